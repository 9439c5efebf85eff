"""Making credit and debit memos, standalone or from an invoice.

Source: contract/documents.md, Which set numbers what and Resources.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from seriatim.domain.billing import Account, Details, Document, DocumentItem, Move
from seriatim.domain.document_requests import MemoFromInvoice, NewItem, NewMemo
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, PathPart, Rejected, Violation
from seriatim.domain.money import ZERO
from seriatim.domain.rules.documents import (
    amount_does_not_exceed,
    amount_is_positive,
    memo_needs_invoice_settlement,
    move_is_permitted,
    violation,
)
from seriatim.service.applying import AUTO_APPLY, applied_to_its_invoice, is_auto_applied
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_drafting import (
    check_currency,
    check_day,
    check_items,
    check_number,
    drafts_by,
    made_document,
    made_items,
    wish_for,
)
from seriatim.service.document_orders import (
    DocumentKey,
    Effect,
    GivenNumber,
    Needs,
    NumberWish,
    Plan,
)


@dataclass(frozen=True, slots=True)
class MakeMemo:
    """A standalone credit or debit memo, draft or posted at once."""

    document_type: DocumentType
    asked: NewMemo
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(account=self.asked.account, custom_number=self.asked.number)

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        violations += memo_needs_invoice_settlement(self.document_type, desk.settings)
        account = desk.account(asked.account, violations)
        check_number(asked.number, "number", violations)
        day = check_day(asked.memo_date, desk, "effective_date", violations)
        currency = check_currency(asked.currency, account, violations)
        check_items(asked.items, currency, "charges", self.faults, violations)
        violations += _not_positive(asked.items, "charges")
        if violations or account is None:
            raise Rejected(violations)
        chosen = desk.choose_set(account, violations)
        wish = NumberWish(self.document_type, chosen, day, asked.number, "number")
        items = made_items(asked.items, currency)
        return _Draft(desk, account, wish, asked, items, asked.details).plan()


@dataclass(frozen=True, slots=True)
class MakeMemoFromInvoice:
    """A credit or debit memo for items of a posted invoice; the invoice's set numbers it.

    Shape: `invoice_key` is that of the path; where it is None, the body names the invoice.
    """

    document_type: DocumentType
    invoice_key: str | None
    asked: MemoFromInvoice
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        key = self.invoice_key or self.asked.invoice_key
        if key is None:
            return Needs()
        return Needs(documents=(DocumentKey(DocumentType.INVOICE, key),), items=True)

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        violations += memo_needs_invoice_settlement(self.document_type, desk.settings)
        invoice = self._invoice(desk, violations)
        violations += move_is_permitted(invoice, Move.CREDIT)
        day = check_day(asked.memo_date, desk, "effective_date", violations)
        check_items(asked.items, invoice.currency, "items", self.faults, violations)
        violations += _not_positive(asked.items, "items")
        self._check_against(desk, invoice, violations)
        if violations:
            raise Rejected(violations)
        account = desk.account_of(invoice)
        chosen = desk.choose_set(account, violations, invoice=invoice)
        wish = NumberWish(self.document_type, chosen, day)
        items = made_items(asked.items, invoice.currency)
        details = {**asked.details, AUTO_APPLY: True} if asked.is_applied else asked.details
        return _Draft(desk, account, wish, asked, items, details, invoice).plan()

    def _invoice(self, desk: DocumentDesk, violations: list[Violation]) -> Document:
        """Errors: NotFound for the path; Rejected, with the violations so far, for the body."""
        if self.invoice_key is not None:
            found = desk.require(DocumentType.INVOICE, self.invoice_key)
            named = self.asked.invoice_key
            if named is not None and desk.document(DocumentType.INVOICE, named) != found:
                message = "names another invoice than the path"
                violations.append(violation(Category.INVALID_VALUE, message, "invoice_id"))
            return found
        key = self.asked.invoice_key
        in_body = None if key is None else desk.document(DocumentType.INVOICE, key)
        if in_body is None:
            if key is not None:
                message = f"no invoice with the key '{key}'"
                violations.append(violation(Category.NOT_FOUND, message, "invoice_id"))
            raise Rejected(violations)
        return in_body

    def _check_against(
        self, desk: DocumentDesk, invoice: Document, violations: list[Violation]
    ) -> None:
        """Every item names one of the invoice, of which credits leave as much as they take."""
        left = {item.item_id: item.amount for item in desk.items(invoice.document_id)}
        unknown = [
            violation(
                Category.NOT_FOUND,
                f"the invoice has no item with the id '{item.source_item_id}'",
                *("items", index, "invoice_item_id"),
            )
            for index, item in enumerate(self.asked.items)
            if item.source_item_id is not None and item.source_item_id not in left
        ]
        violations += unknown
        if self.document_type is DocumentType.CREDIT_MEMO and not unknown:
            credited = desk.credited_items(invoice.document_id)
            violations += _over_credited(self.asked.items, left, invoice, credited)


def _over_credited(
    asked: Sequence[NewItem],
    left: dict[str, Decimal],
    invoice: Document,
    credited: Sequence[DocumentItem],
) -> list[Violation]:
    """Where all credit memos of an invoice together exceed one of its items, or else the whole.

    Shape: `left` is what each of its items came to.
    """
    for item in credited:
        source_id = item.details.get("invoiceItemId")
        if isinstance(source_id, str) and source_id in left:
            left[source_id] -= item.amount
    found: list[Violation] = []
    for index, wanted in enumerate(asked):
        source_id, amount = wanted.source_item_id, wanted.amount
        if source_id in left and amount is not None:
            found += amount_does_not_exceed(
                amount, left[source_id], "the invoice's item", "items", index, "amount"
            )
            left[source_id] -= amount
    whole = invoice.amount - sum((item.amount for item in credited), ZERO)
    total = sum((item.amount for item in asked if item.amount is not None), ZERO)
    return found or list(
        amount_does_not_exceed(total, whole, f"'{invoice.number}' to credit", "items")
    )


def _not_positive(items: Sequence[NewItem], name: str) -> list[Violation]:
    return [
        fault
        for index, item in enumerate(items)
        if item.amount is not None
        for fault in amount_is_positive(item.amount, name, index, "amount")
    ]


@dataclass(frozen=True, slots=True)
class _Draft:
    """All that a memo is made of but its number."""

    desk: DocumentDesk
    account: Account
    wish: NumberWish
    asked: NewMemo | MemoFromInvoice
    items: list[DocumentItem]
    details: Details
    invoice: Document | None = None
    document_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def plan(self) -> Plan:
        wish = wish_for(self.desk, self.wish, is_posted=self.asked.is_posted)
        points_at = drafts_by(wish.chosen, is_posted=self.asked.is_posted)
        return Plan(lambda given: self._effect(wish, given), wish, self.document_id, points_at)

    def _effect(self, wish: NumberWish, given: GivenNumber | None) -> Effect:
        invoice, asked = self.invoice, self.asked
        memo = made_document(
            self.desk,
            wish,
            given,
            self.account,
            document_id=self.document_id,
            amount=sum((item.amount for item in self.items), ZERO),
            is_posted=asked.is_posted,
            due_date=asked.due_date,
            details=dict(self.details),
            referred_document_id=None if invoice is None else invoice.document_id,
        )
        rows = [(self.document_id, self.items)]
        if invoice is None or not asked.is_posted or not is_auto_applied(memo):
            return Effect(memo, added=[memo], items=rows)
        memo, settled, applications = applied_to_its_invoice(memo, invoice, self.desk.now)
        return Effect(memo, added=[memo], changed=settled, items=rows, applications=applications)
