"""Making invoices, and changing them while they are drafts.

Source: contract/documents.md, Resources.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from seriatim.domain.billing import Document, DocumentItem, Move
from seriatim.domain.document_requests import InvoiceChange, ItemChange, NewInvoice, merged
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, PathPart, Rejected, Violation
from seriatim.domain.money import ZERO, in_places
from seriatim.domain.rules.documents import (
    amount_fits_its_currency,
    day_is_within_a_year,
    document_has_1_to_1000_items,
    invoice_total_is_not_negative,
    move_is_permitted,
    set_on_document_needs_flexible_billing,
    violation,
)
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_drafting import (
    check_currency,
    check_day,
    check_items,
    check_number,
    drafts_by,
    item_details,
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

INVOICE = DocumentType.INVOICE
_ITEMS = "invoice_items"


@dataclass(frozen=True, slots=True)
class MakeInvoice:
    """A standalone invoice, draft or posted at once."""

    asked: NewInvoice
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(account=self.asked.account, custom_number=self.asked.number)

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        account = desk.account(asked.account, violations)
        violations += set_on_document_needs_flexible_billing(asked.sequence_set, desk.settings)
        check_number(asked.number, "invoice_number", violations)
        day = check_day(asked.invoice_date, desk, "invoice_date", violations)
        currency = check_currency(asked.currency, account, violations)
        total = check_items(asked.items, currency, _ITEMS, self.faults, violations)
        violations += invoice_total_is_not_negative(total)
        if account is None:
            raise Rejected(violations)
        chosen = desk.choose_set(account, violations, named=asked.sequence_set)
        if violations:
            raise Rejected(violations)
        own = NumberWish(INVOICE, chosen, day, asked.number, "invoice_number")
        wish = wish_for(desk, own, is_posted=asked.is_posted)
        document_id = uuid.uuid4().hex
        items = made_items(asked.items, currency)

        def effect(given: GivenNumber | None) -> Effect:
            made = made_document(
                desk,
                wish,
                given,
                account,
                document_id=document_id,
                amount=total,
                is_posted=asked.is_posted,
                due_date=asked.due_date,
                details=dict(asked.details),
            )
            return Effect(made, added=[made], items=[(document_id, items)])

        return Plan(effect, wish, document_id, drafts_by(chosen, is_posted=asked.is_posted))


@dataclass(frozen=True, slots=True)
class ChangeInvoice:
    """A change of an invoice: of anything while it is a draft, later of what nobody interprets."""

    key: str
    asked: InvoiceChange
    faults: tuple[Violation, ...] = ()
    place: tuple[PathPart, ...] = ()

    @property
    def needs(self) -> Needs:
        return Needs(documents=(DocumentKey(INVOICE, self.key),), items=bool(self.asked.items))

    def plan(self, desk: DocumentDesk) -> Plan:
        asked, violations = self.asked, list(self.faults)
        before = desk.require(INVOICE, self.key)
        violations += move_is_permitted(before, Move.CHANGE)
        if not before.is_draft:
            violations += _only_drafts(before, asked)
        if asked.invoice_date is not None:
            violations += day_is_within_a_year(asked.invoice_date, desk.today, "invoice_date")
        items = _changed_items(desk, before, asked.items, violations)
        total = before.amount if items is None else sum((one.amount for one in items), ZERO)
        violations += invoice_total_is_not_negative(total)
        if violations:
            raise Rejected(violations)
        amount = in_places(total, before.currency)
        after = replace(
            before,
            document_date=asked.invoice_date or before.document_date,
            due_date=None if asked.clears_due_date else asked.due_date or before.due_date,
            amount=amount,
            balance=before.balance + amount - before.amount,
            details=merged(before.details, asked.details),
            updated_at=desk.now,
        )
        rows = [] if items is None else [(after.document_id, items)]
        renewed = [] if items is None else [after.document_id]
        return Plan(lambda _: Effect(after, changed=[after], items=rows, reitemed=renewed))


def _only_drafts(invoice: Document, asked: InvoiceChange) -> list[Violation]:
    """Dates and items of a posted invoice stay as they were posted."""
    named = {"invoice_date": asked.invoice_date, _ITEMS: asked.items or None}
    return [
        violation(
            Category.RULE,
            f"of '{invoice.number}' cannot be changed, for it is {invoice.state.value}; "
            "only of an invoice in the state Draft it can be",
            field,
        )
        for field, value in named.items()
        if value is not None
    ]


def _changed_items(
    desk: DocumentDesk,
    invoice: Document,
    changes: tuple[ItemChange, ...],
    violations: list[Violation],
) -> list[DocumentItem] | None:
    """The items after the changes; None where there are none."""
    if not changes:
        return None
    items = {item.item_id: item for item in desk.items(invoice.document_id)}
    for index, change in enumerate(changes):
        _change_item(items, change, invoice.currency, index, violations)
    violations += document_has_1_to_1000_items(len(items), _ITEMS)
    return [replace(item, item_number=at) for at, item in enumerate(items.values(), start=1)]


def _change_item(
    items: dict[str, DocumentItem],
    change: ItemChange,
    currency: str,
    index: int,
    violations: list[Violation],
) -> None:
    wanted = change.item
    if wanted.amount is not None:
        violations += amount_fits_its_currency(wanted.amount, currency, _ITEMS, index, "amount")
    if change.item_id is None:
        (made,) = made_items([wanted], currency)
        items[made.item_id] = made
        return
    before = items.get(change.item_id)
    if before is None:
        message = f"the invoice has no item with the id '{change.item_id}'"
        violations.append(violation(Category.NOT_FOUND, message, _ITEMS, index, "id"))
    elif change.is_deleted:
        del items[change.item_id]
    else:
        amount = before.amount if wanted.amount is None else wanted.amount
        items[change.item_id] = replace(
            before,
            amount=in_places(amount, currency),
            details=merged(before.details, item_details(wanted)),
        )
