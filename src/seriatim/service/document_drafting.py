"""What the making of every billing document has in common: its checks, its items, its row."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from seriatim.domain.billing import Account, Document, DocumentItem, DocumentState
from seriatim.domain.document_requests import NewItem
from seriatim.domain.errors import InvariantBroken, Violation
from seriatim.domain.money import ZERO, in_places
from seriatim.domain.rules.documents import (
    amount_fits_its_currency,
    currency_is_the_accounts,
    custom_number_is_well_formed,
    day_is_within_a_year,
    document_has_1_to_1000_items,
)
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_orders import GivenNumber, NumberWish
from seriatim.service.set_choice import SetChosen


def is_faulty(faults: Sequence[Violation], field: str) -> bool:
    """Whether a field's own shape was reported, so that rules pass over it."""
    return any(fault.path in {(), (field,)} for fault in faults)


def check_items(
    items: Sequence[NewItem],
    currency: str,
    field: str,
    faults: Sequence[Violation],
    violations: list[Violation],
) -> Decimal:
    """What the items come to. An amount that is at fault was reported and counts nothing."""
    if not is_faulty(faults, field):
        violations += document_has_1_to_1000_items(len(items), field)
    total = ZERO
    for index, item in enumerate(items):
        if item.amount is not None:
            violations += amount_fits_its_currency(item.amount, currency, field, index, "amount")
            total += item.amount
    return total


def check_number(number: str | None, field: str, violations: list[Violation]) -> None:
    if number is not None:
        violations += custom_number_is_well_formed(number, field)


def check_currency(
    currency: str | None, account: Account | None, violations: list[Violation]
) -> str:
    """The currency that amounts are checked in; a wrong one is a violation."""
    if account is None:
        return currency or ""
    if currency is not None:
        violations += currency_is_the_accounts(currency, account.currency, "currency")
    return account.currency


def check_day(
    day: date | None, desk: DocumentDesk, field: str, violations: list[Violation]
) -> date:
    """The day, today if there is none."""
    if day is not None:
        violations += day_is_within_a_year(day, desk.today, field)
    return day or desk.today


def made_items(items: Sequence[NewItem], currency: str) -> list[DocumentItem]:
    return [
        DocumentItem(
            item_number=number,
            item_id=uuid.uuid4().hex,
            amount=in_places(item.amount or ZERO, currency),
            details=item_details(item),
        )
        for number, item in enumerate(items, start=1)
    ]


def item_details(item: NewItem) -> dict[str, object]:
    """What is kept of an item beside its amount: its days too, under their names on the wire."""
    kept = dict(item.details)
    named = {
        "serviceStartDate": item.service_start_date,
        "serviceEndDate": item.service_end_date,
    }
    kept |= {name: day.isoformat() for name, day in named.items() if day is not None}
    if item.source_item_id is not None:
        kept["invoiceItemId"] = item.source_item_id
    return kept


def made_document(
    desk: DocumentDesk,
    wish: NumberWish,
    given: GivenNumber | None,
    account: Account,
    *,
    document_id: str,
    amount: Decimal,
    is_posted: bool,
    due_date: date | None = None,
    details: dict[str, object] | None = None,
    referred_document_id: str | None = None,
) -> Document:
    """A new billing document, with nothing applied to it yet."""
    if given is None:
        raise InvariantBroken(f"a document was made without a number: {wish.document_type.value}")
    exact = in_places(amount, account.currency)
    return Document(
        document_id=document_id,
        document_type=wish.document_type,
        number=given.text,
        number_origin=given.origin,
        account_id=account.account_id,
        account_number=account.account_number,
        sequence_set_id=wish.chosen.sequence_set.sequence_set_id,
        series_id=given.series_id,
        chosen_by=wish.chosen.chosen_by,
        state=DocumentState.POSTED if is_posted else DocumentState.DRAFT,
        document_date=wish.document_date,
        due_date=due_date,
        currency=account.currency,
        amount=exact,
        balance=exact,
        refunded=in_places(ZERO, account.currency),
        referred_document_id=referred_document_id,
        details=details or {},
        position=desk.new_position(),
        created_at=desk.now,
        updated_at=desk.now,
        posted_at=desk.now if is_posted else None,
    )


def wish_for(
    desk: DocumentDesk,
    wish: NumberWish,
    *,
    is_posted: bool,
) -> NumberWish:
    """The wish, for a temporary number where a draft gets its own only when it is posted."""
    is_late = desk.settings.number_assignment == "posting" and wish.custom is None
    if is_posted or not is_late:
        return wish
    return NumberWish(wish.document_type, wish.chosen, wish.document_date, is_temporary=True)


def drafts_by(chosen: SetChosen, *, is_posted: bool) -> str | None:
    """The set that a draft will point at."""
    return None if is_posted else chosen.sequence_set.sequence_set_id
