"""Domain values for tests, each with every field in place and only what matters spelled out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from seriatim.domain.billing import Account, Document, DocumentState, NumberOrigin
from seriatim.domain.document_number import NumberRange
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import (
    ChosenBy,
    EntryContent,
    EntryKind,
    SeriesKey,
    genesis_hash,
)
from seriatim.domain.sequence_set import (
    ABSENT,
    Blank,
    NumberingInput,
    SequenceSet,
    SequenceSetInput,
    Series,
)

TENANT_ID = "11111111111111111111111111111111"
ENTITY_ID = "22222222222222222222222222222222"
SERIES_ID = "33333333333333333333333333333333"
SET_ID = "44444444444444444444444444444444"
REQUEST_ID = "55555555-5555-4555-8555-555555555555"
BATCH_ID = "66666666-6666-4666-8666-666666666666"
ACCOUNT_ID = "88888888888888888888888888888888"
DOCUMENT_ID = "99999999999999999999999999999999"
NOON = datetime(2026, 11, 23, 12, 0, 0, 123, tzinfo=UTC)
TODAY = NOON.date()

Numbering = NumberingInput | Blank | None


def sample_series(
    prefix: str = "INV",
    *,
    origin: int = 1,
    last_number: int | None = None,
    document_type: DocumentType = DocumentType.INVOICE,
    series_id: str = SERIES_ID,
    **rest: Any,
) -> Series:
    """A series that stands before its origin, or at `last_number` with one entry."""
    key = SeriesKey(TENANT_ID, ENTITY_ID, series_id)
    has_entries = last_number is not None
    rest.setdefault("last_entry_number", 1 if has_entries else 0)
    rest.setdefault("head_hash", genesis_hash(key, document_type.value, prefix))
    return Series(
        key=key,
        document_type=document_type,
        prefix=prefix,
        origin=origin,
        last_number=origin - 1 if last_number is None else last_number,
        **rest,
    )


def sample_set(
    name: str = "EU", *, is_default: bool = False, chronological: bool = False, **series: Series
) -> SequenceSet:
    """`series` by the field name of their document type."""
    types = {document_type.field_name: document_type for document_type in DocumentType}
    return SequenceSet(
        sequence_set_id=SET_ID,
        sequence_set_number="SS-00000001",
        name=name,
        is_default=is_default,
        chronological=chronological,
        revision=1,
        series={types[field]: one for field, one in series.items()},
    )


def numbering(prefix: str | Blank = ABSENT, start_number: int | Blank = ABSENT) -> NumberingInput:
    return NumberingInput(prefix, start_number)


def wanted_set(
    name: str | Blank = ABSENT,
    *,
    number: str | Blank = ABSENT,
    chronological: bool | Blank = ABSENT,
    **types: Numbering | tuple[str, int] | str,
) -> SequenceSetInput:
    """What a request says of a set; `types` by field name: ("INV2", 1), "INV2", None …"""
    fields = {document_type.field_name: document_type for document_type in DocumentType}
    said: dict[DocumentType, Numbering] = {}
    for field, value in types.items():
        match value:
            case str():
                said[fields[field]] = NumberingInput(value)
            case (prefix, start_number):
                said[fields[field]] = NumberingInput(prefix, start_number)
            case _:
                said[fields[field]] = value
    return SequenceSetInput(
        name=name, sequence_set_number=number, chronological=chronological, numbering=said
    )


def new_set(name: str, letters: str | None = None, **types: Any) -> SequenceSetInput:
    """A set with the three required types, prefixed from its name unless told otherwise."""
    stem = letters if letters is not None else name.upper()
    required = {
        "invoice": (f"{stem}-I-", 1),
        "credit_memo": (f"{stem}-C-", 1),
        "debit_memo": (f"{stem}-D-", 1),
    }
    return wanted_set(name, **(required | types))


def sample_content(
    first: int = 1, last: int | None = None, *, kind: EntryKind = EntryKind.ISSUED, **rest: Any
) -> EntryContent:
    if kind is EntryKind.ISSUED:
        rest.setdefault("sequence_set_id", SET_ID)
        rest.setdefault("document_date", date(2026, 11, 23))
    rest.setdefault("actor", "client:77777777-7777-4777-8777-777777777777")
    rest.setdefault("request_id", REQUEST_ID)
    rest.setdefault("batch_id", BATCH_ID)
    rest.setdefault("recorded_at", NOON)
    numbers = NumberRange(first, first if last is None else last)
    return EntryContent(kind=kind, numbers=numbers, **rest)


def sample_account(**changed: Any) -> Account:
    given: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "account_number": "A00000001",
        "name": "Account",
        "currency": "EUR",
        "sequence_set_id": None,
        "details": {},
        "position": 1,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Account(**given | changed)


def sample_document(**changed: Any) -> Document:
    """An invoice over 100 that is a draft with a number of a series."""
    given: dict[str, Any] = {
        "document_id": DOCUMENT_ID,
        "document_type": DocumentType.INVOICE,
        "number": "INV00000001",
        "number_origin": NumberOrigin.SERIES,
        "account_id": ACCOUNT_ID,
        "sequence_set_id": SET_ID,
        "series_id": SERIES_ID,
        "chosen_by": ChosenBy.DEFAULT,
        "state": DocumentState.DRAFT,
        "document_date": TODAY,
        "due_date": None,
        "currency": "EUR",
        "amount": Decimal(100),
        "balance": Decimal(100),
        "refunded": Decimal(0),
        "referred_document_id": None,
        "details": {},
        "position": 1,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Document(**given | changed)
