"""Rules of invoices, memos, payments and refunds. Source: contract/documents.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from seriatim.domain.billing import PERMITTED_MOVES, TYPE_NAMES, Document, Move
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, PathPart, Violation
from seriatim.domain.limits import (
    AMOUNT_DIGITS_MAX,
    CUSTOM_NUMBER_CHARACTERS_MAX,
    DOCUMENT_DATE_DAYS_AHEAD_MAX,
    DOCUMENTS_PER_REQUEST_MAX,
    ITEMS_PER_DOCUMENT_MAX,
)
from seriatim.domain.money import (
    CURRENCY_FAULT,
    ZERO,
    is_bounded,
    is_currency_code,
    places_in,
    places_of,
)
from seriatim.domain.rules.registry import rule
from seriatim.domain.sequence_set import EntitySettings

RESOURCE = "document"

_NUMBER = re.compile(rf"[A-Za-z0-9_-]{{1,{CUSTOM_NUMBER_CHARACTERS_MAX}}}", re.ASCII)


def violation(category: Category, message: str, *path: PathPart) -> Violation:
    return Violation(RESOURCE, path, category, message)


@rule("contract/documents.md, Resources: up to 50 documents a request")
def request_holds_1_to_50_documents(count: int, field: str) -> Iterator[Violation]:
    if not 1 <= count <= DOCUMENTS_PER_REQUEST_MAX:
        message = f"must hold 1 to {DOCUMENTS_PER_REQUEST_MAX} documents"
        yield violation(Category.INVALID_VALUE, message, field)


@rule("contract/documents.md, Custom numbers")
def custom_number_is_well_formed(number: str, field: str) -> Iterator[Violation]:
    if not _NUMBER.fullmatch(number):
        message = (
            f"must be 1 to {CUSTOM_NUMBER_CHARACTERS_MAX} of the letters A-Z and a-z, "
            "digits, - and _"
        )
        yield violation(Category.INVALID_VALUE, message, field)


@rule("contract/documents.md, Custom numbers: unique; a reserved or passed one is refused")
def custom_number_is_free(number: str, why_not: str | None, field: str) -> Iterator[Violation]:
    if why_not is not None:
        yield violation(Category.RULE, f"'{number}' cannot be given: {why_not}", field)


@rule("contract/documents.md, Resources: items")
def document_has_1_to_1000_items(count: int, field: str) -> Iterator[Violation]:
    if not 1 <= count <= ITEMS_PER_DOCUMENT_MAX:
        message = f"must hold 1 to {ITEMS_PER_DOCUMENT_MAX} items"
        yield violation(Category.INVALID_VALUE, message, field)


@rule("contract/documents.md, Resources: exact decimals with the currency's places")
def amount_fits_its_currency(
    amount: Decimal, currency: str, *path: PathPart
) -> Iterator[Violation]:
    if not is_bounded(amount):
        message = f"may have at most {AMOUNT_DIGITS_MAX} digits before the point"
        yield violation(Category.INVALID_VALUE, message, *path)
    elif places_in(amount) > places_of(currency):
        message = f"has more decimal places than {currency}, which has {places_of(currency)}"
        yield violation(Category.INVALID_VALUE, message, *path)


@rule("contract/documents.md, Resources: only invoice items may be negative")
def amount_is_positive(amount: Decimal, *path: PathPart) -> Iterator[Violation]:
    if amount <= ZERO:
        yield violation(Category.INVALID_VALUE, "must be more than 0", *path)


@rule("contract/documents.md, Resources: an invoice's total may not be negative")
def invoice_total_is_not_negative(total: Decimal) -> Iterator[Violation]:
    if total < ZERO:
        message = f"come to {total}; the total of an invoice may not be negative"
        yield violation(Category.RULE, message, "invoice_items")


@rule("contract/documents.md, Resources: cannot exceed what it applies to")
def amount_does_not_exceed(
    amount: Decimal, left: Decimal, whose: str, *path: PathPart
) -> Iterator[Violation]:
    if amount > left:
        message = f"{amount} is more than the {left} left of {whose}"
        yield violation(Category.RULE, message, *path)


@rule("contract/documents.md, Resources: currency")
def currency_is_the_accounts(
    currency: str, account_currency: str, *path: PathPart
) -> Iterator[Violation]:
    if not is_currency_code(currency):
        yield violation(Category.INVALID_VALUE, CURRENCY_FAULT, *path)
    elif currency != account_currency:
        message = f"is not {account_currency}, the currency of the account"
        yield violation(Category.RULE, message, *path)


@rule("contract/documents.md, Resources: applied within one account")
def documents_are_of_one_account(
    document: Document, account_id: str, *path: PathPart
) -> Iterator[Violation]:
    if document.account_id != account_id:
        message = f"'{document.number}' belongs to another account"
        yield violation(Category.RULE, message, *path)


@rule("contract/numbering.md, Issuing: dates more than a year ahead are refused everywhere")
def day_is_within_a_year(day: date, today: date, *path: PathPart) -> Iterator[Violation]:
    if day > today + timedelta(days=DOCUMENT_DATE_DAYS_AHEAD_MAX):
        message = f"{day.isoformat()} lies more than a year ahead"
        yield violation(Category.INVALID_VALUE, message, *path)


@rule("contract/documents.md, Resources: Draft, Posted, Canceled; Processed, Canceled")
def move_is_permitted(document: Document, move: Move, *path: PathPart) -> Iterator[Violation]:
    permitted = PERMITTED_MOVES[document.document_type].get(move, ())
    if document.state in permitted:
        return
    name = TYPE_NAMES[document.document_type]
    article = "an" if name[0] in "aeiou" else "a"
    states = " or ".join(state.value for state in permitted)
    rest = f"only {article} {name} in the state {states} can be" if permitted else "it never can be"
    message = f"'{document.number}' is {document.state.value} and cannot be {move.value}; {rest}"
    yield violation(Category.RULE, message, *path)


@rule("contract/documents.md, Resources: unapplied and unrefunded")
def document_is_untouched(document: Document, move: Move) -> Iterator[Violation]:
    if not document.is_untouched:
        message = (
            f"'{document.number}' cannot be {move.value}: {document.applied} of it is applied "
            f"and {document.refunded} refunded"
        )
        yield violation(Category.RULE, message)


@rule("contract/documents.md, Resources: a document that others were made from stays")
def document_has_no_followers(
    document: Document, followers: Sequence[str], move: Move
) -> Iterator[Violation]:
    if followers:
        message = (
            f"'{document.number}' cannot be {move.value}: '{followers[0]}' was made from it "
            "and is not canceled"
        )
        yield violation(Category.RULE, message)


@rule("contract/documents.md, Resources: External payments can be canceled")
def canceled_payment_is_external(document: Document) -> Iterator[Violation]:
    if document.details.get("type") != "External":
        message = f"'{document.number}' is not External; only an External one can be canceled"
        yield violation(Category.RULE, message)


@rule("contract/sequence-sets.md, Invoice Settlement: off, memo endpoints answer …10")
def memo_needs_invoice_settlement(
    document_type: DocumentType, settings: EntitySettings
) -> Iterator[Violation]:
    if not settings.shows(document_type):
        message = "Invoice Settlement is switched off for this entity"
        yield violation(Category.NOT_PERMITTED, message)


@rule("contract/documents.md, Which set numbers what: flexible billing attributes")
def set_on_document_needs_flexible_billing(
    sequence_set: str | None, settings: EntitySettings
) -> Iterator[Violation]:
    if sequence_set is not None and not settings.flexible_billing_attributes:
        message = "flexible billing attributes are switched off for this entity"
        yield violation(Category.NOT_PERMITTED, message, "sequence_set")
