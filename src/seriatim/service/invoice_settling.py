"""Reversing and writing off invoices: each makes a credit memo and applies it at once.

Source: contract/documents.md, Which set numbers what and Resources.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from seriatim.domain.billing import Application, Document, DocumentItem, Move
from seriatim.domain.document_requests import Settlement
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import PathPart, Rejected, Violation
from seriatim.domain.money import ZERO
from seriatim.domain.rules.documents import (
    amount_does_not_exceed,
    amount_fits_its_currency,
    amount_is_positive,
    memo_needs_invoice_settlement,
    move_is_permitted,
)
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_drafting import check_day, made_document
from seriatim.service.document_moves import check_free
from seriatim.service.document_orders import (
    DocumentKey,
    Effect,
    GivenNumber,
    Needs,
    NumberWish,
    Plan,
)

_INVOICE, _MEMO = DocumentType.INVOICE, DocumentType.CREDIT_MEMO


@dataclass(frozen=True, slots=True)
class SettleInvoice:
    """Reverse an invoice nobody paid anything of, or write off what is left of one.

    Shape: the document of its effect is the credit memo.
    """

    key: str
    move: Move
    asked: Settlement
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=(DocumentKey(_INVOICE, self.key),), items=True)

    def plan(self, desk: DocumentDesk) -> Plan:
        violations = list(self.faults)
        invoice = desk.require(_INVOICE, self.key)
        violations += memo_needs_invoice_settlement(_MEMO, desk.settings)
        if self.move is Move.REVERSE:
            violations += check_free(desk, invoice, self.move)
        else:
            violations += move_is_permitted(invoice, self.move)
        amount = self._amount(invoice, violations)
        day = check_day(self.asked.memo_date, desk, "memo_date", violations)
        if violations:
            raise Rejected(violations)
        account = desk.account_of(invoice)
        chosen = desk.choose_set(account, violations, invoice=invoice)
        wish = NumberWish(_MEMO, chosen, day)
        memo_id = uuid.uuid4().hex
        items = _memo_items(desk.items(invoice.document_id), invoice, amount)

        def effect(given: GivenNumber | None) -> Effect:
            memo = made_document(
                desk,
                wish,
                given,
                account,
                document_id=memo_id,
                amount=amount,
                is_posted=True,
                details=dict(self.asked.details),
                referred_document_id=invoice.document_id,
            )
            applied = replace(memo, balance=memo.balance - memo.amount)
            settled = replace(invoice, balance=invoice.balance - memo.amount, updated_at=desk.now)
            return Effect(
                applied,
                added=[applied],
                changed=[settled],
                items=[(memo_id, items)],
                applications=[Application(memo_id, invoice.document_id, memo.amount)],
            )

        return Plan(effect, wish, memo_id)

    def _amount(self, invoice: Document, violations: list[Violation]) -> Decimal:
        amount = self.asked.amount
        if amount is None:
            violations += amount_is_positive(invoice.balance, "amount")
            return invoice.balance
        violations += amount_fits_its_currency(amount, invoice.currency, "amount")
        violations += amount_is_positive(amount, "amount")
        violations += amount_does_not_exceed(
            amount, invoice.balance, f"'{invoice.number}'", "amount"
        )
        return amount


def _memo_items(
    items: Sequence[DocumentItem], invoice: Document, amount: Decimal
) -> list[DocumentItem]:
    """The invoice's own items where all of it is credited; one for the amount otherwise."""
    if amount != invoice.amount:
        details: dict[str, object] = {"skuName": f"balance of {invoice.number}"}
        return [DocumentItem(1, uuid.uuid4().hex, amount, details)]
    return [
        DocumentItem(
            item.item_number,
            uuid.uuid4().hex,
            item.amount,
            {
                "skuName": item.details.get("sku") or item.details.get("chargeName") or "item",
                "invoiceItemId": item.item_id,
            },
        )
        for item in items
        if item.amount != ZERO
    ]
