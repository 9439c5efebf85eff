"""Accounts and documents: what they are, their states, and what may become of them.

Source: contract/documents.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from seriatim.domain.document_type import DocumentType
from seriatim.domain.money import ZERO
from seriatim.domain.register import ChosenBy

Details = Mapping[str, object]
"""What the original documents and the service does not interpret, by its name on the wire."""


class DocumentState(StrEnum):
    """Order: as a document goes through them."""

    DRAFT = "Draft"
    POSTED = "Posted"
    PROCESSED = "Processed"
    CANCELED = "Canceled"


class NumberOrigin(StrEnum):
    """Where a document's number comes from."""

    SERIES = "series"
    CUSTOM = "custom"  # given by the caller
    TEMPORARY = "temporary"  # until the document is posted


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    account_number: str
    name: str
    currency: str
    sequence_set_id: str | None
    details: Details
    position: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentItem:
    """Shape: `item_number` counts from 1 within the document."""

    item_number: int
    item_id: str
    amount: Decimal
    details: Details


@dataclass(frozen=True, slots=True)
class Document:
    """One invoice, memo, payment or refund.

    Shape: `balance` is what is left: to be paid of an invoice or debit memo, to be applied or
        refunded of a credit memo or payment, nothing of a refund. `refunded` is the part of a
        credit memo or payment that went back. `referred_document_id` is the invoice of a memo
        that was made from one, and what a refund pays back. `series_id` is None unless the number
        is one of a series. `position` orders lists: by creation.
    """

    document_id: str
    document_type: DocumentType
    number: str
    number_origin: NumberOrigin
    account_id: str
    sequence_set_id: str
    series_id: str | None
    chosen_by: ChosenBy
    state: DocumentState
    document_date: date
    due_date: date | None
    currency: str
    amount: Decimal
    balance: Decimal
    refunded: Decimal
    referred_document_id: str | None
    details: Details
    position: int
    created_at: datetime
    updated_at: datetime
    posted_at: datetime | None = None
    account_number: str = ""

    @property
    def is_draft(self) -> bool:
        return self.state is DocumentState.DRAFT

    @property
    def applied(self) -> Decimal:
        """How much was paid of it, or applied from it."""
        return self.amount - self.balance - self.refunded

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was applied to it, from it, or refunded."""
        return self.applied == ZERO and self.refunded == ZERO


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document as another one names it.

    Shape: `amount` is what lies between the two where one is applied to the other, else its own.
    """

    document_id: str
    document_type: DocumentType
    number: str
    state: DocumentState
    document_date: date
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Application:
    """How much of a credit memo or payment is applied to an invoice or debit memo."""

    source_document_id: str
    target_document_id: str
    amount: Decimal


class Move(StrEnum):
    """What can be done with a document once it is there. The values end a sentence."""

    POST = "posted"
    UNPOST = "unposted"
    CANCEL = "canceled"
    CHANGE = "changed"
    DELETE = "deleted"
    REVERSE = "reversed"
    WRITE_OFF = "written off"
    APPLY = "applied"
    UNAPPLY = "unapplied"
    REFUND = "refunded"
    CREDIT = "credited or debited by a memo"


_DRAFT, _POSTED = DocumentState.DRAFT, DocumentState.POSTED
_PROCESSED, _CANCELED = DocumentState.PROCESSED, DocumentState.CANCELED

_MEMO_MOVES = {
    Move.POST: (_DRAFT,),
    Move.UNPOST: (_POSTED,),
    Move.CANCEL: (_DRAFT,),
    Move.CHANGE: (_DRAFT, _POSTED),
    Move.DELETE: (_CANCELED,),
}
_PAYMENT_MOVES = {
    Move.CANCEL: (_PROCESSED,),
    Move.CHANGE: (_PROCESSED,),
    Move.DELETE: (_CANCELED,),
}
PERMITTED_MOVES: Mapping[DocumentType, Mapping[Move, tuple[DocumentState, ...]]] = {
    DocumentType.INVOICE: {
        **_MEMO_MOVES,
        Move.DELETE: (_DRAFT, _CANCELED),
        Move.REVERSE: (_POSTED,),
        Move.WRITE_OFF: (_POSTED,),
        Move.APPLY: (_POSTED,),
        Move.CREDIT: (_POSTED,),
    },
    DocumentType.CREDIT_MEMO: {
        **_MEMO_MOVES,
        Move.APPLY: (_POSTED,),
        Move.UNAPPLY: (_POSTED,),
        Move.REFUND: (_POSTED,),
    },
    DocumentType.DEBIT_MEMO: {**_MEMO_MOVES, Move.APPLY: (_POSTED,)},
    DocumentType.PAYMENT: {
        **_PAYMENT_MOVES,
        Move.APPLY: (_PROCESSED,),
        Move.UNAPPLY: (_PROCESSED,),
        Move.REFUND: (_PROCESSED,),
    },
    DocumentType.REFUND: _PAYMENT_MOVES,
}
"""From which states each move is permitted; an invoice or debit memo is applied *to*."""

STATES: Mapping[DocumentType, tuple[DocumentState, ...]] = {
    document_type: (
        (_DRAFT, _POSTED, _CANCELED)
        if document_type.is_billing_document
        else (_PROCESSED, _CANCELED)
    )
    for document_type in DocumentType
}
"""The states that a document of each type can be in."""

TEMPORARY_PREFIXES: Mapping[DocumentType, str] = {
    DocumentType.INVOICE: "TMP-INV-",
    DocumentType.CREDIT_MEMO: "TMP-CM-",
    DocumentType.DEBIT_MEMO: "TMP-DM-",
}
"""What a draft's number begins with until it is posted. Source: When the number is given."""

TYPE_NAMES: Mapping[DocumentType, str] = {
    DocumentType.INVOICE: "invoice",
    DocumentType.CREDIT_MEMO: "credit memo",
    DocumentType.DEBIT_MEMO: "debit memo",
    DocumentType.PAYMENT: "payment",
    DocumentType.REFUND: "refund",
}
