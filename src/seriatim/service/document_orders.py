"""What is to be done with documents: orders that say what they need and what comes of it.

An order is carried out in a transaction that it may share with many others. So it asks for nothing
itself: it says beforehand what must be read and locked; it is planned against that, in memory; and
once its number is known, its effect is put down. Everything is read and written for all orders
together.

Source: contract/documents.md; design: documents in the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from seriatim.domain.billing import Application, Document, DocumentItem, NumberOrigin
from seriatim.domain.caller import Caller
from seriatim.domain.document_requests import AccountKey
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import PathPart, SeriatimError
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.idempotency import FinishedAnswer, KeyUse
from seriatim.service.set_choice import SetChosen


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """A document of a type by its id or number."""

    document_type: DocumentType
    key: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What an order must be planned against.

    Shape: the documents are locked for changing; `items` are those of these documents.
        `custom_number` is the number the order wants to give itself.
    """

    account: AccountKey | None = None
    documents: tuple[DocumentKey, ...] = ()
    items: bool = False
    custom_number: str | None = None


@dataclass(frozen=True, slots=True)
class NumberWish:
    """The number that a document shall have.

    Shape: `custom` is the caller's own, with the field that gave it; without, it is the next of
        the series that the set leads to, or, if `is_temporary`, the next temporary one.
    """

    document_type: DocumentType
    chosen: SetChosen
    document_date: date
    custom: str | None = None
    custom_field: str = "number"
    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class GivenNumber:
    text: str
    origin: NumberOrigin
    series_id: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What is written of an order. Shape: `document` is what the order was about.

    An application replaces the one between the same two; one of nothing takes it away.
    `reitemed` are documents of this transaction or before whose items are replaced.
    """

    document: Document
    added: Sequence[Document] = ()
    changed: Sequence[Document] = ()
    items: Sequence[tuple[str, Sequence[DocumentItem]]] = ()
    reitemed: Sequence[str] = ()
    applications: Sequence[Application] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How an order will be carried out, found possible.

    Shape: `effect` is pure, and is given the number, or None where none is wished for; it must
        not fail. `document_id` is that of the new document, if there is one. `drafts_by` is the
        set that a draft will point at.
    """

    effect: Callable[[GivenNumber | None], Effect]
    wish: NumberWish | None = None
    document_id: str | None = None
    drafts_by: str | None = None


class DocumentOrder(Protocol):
    @property
    def needs(self) -> Needs: ...

    @property
    def place(self) -> tuple[PathPart, ...]:
        """Where the order stands in its request: () where it is the whole of it."""
        ...

    def plan(self, desk: DocumentDesk) -> Plan:
        """Errors: Rejected, with every fault of the order; NotFound for a key of the path."""
        ...


Outcome = Document | SeriatimError


@dataclass(frozen=True, slots=True)
class DocumentAsk:
    """One caller's orders, with all that their answer needs.

    Shape: `orders` is an error where the request could not be read at all: it is refused in its
        turn, so that its key keeps the refusal. With `is_atomic`, one refusal refuses them all;
        without, each has its own outcome. `finish` and `refuse` are pure.
    """

    caller: Caller
    orders: Sequence[DocumentOrder] | SeriatimError
    is_atomic: bool
    finish: Callable[[Sequence[Outcome]], FinishedAnswer]
    refuse: Callable[[SeriatimError], FinishedAnswer]
    key_use: KeyUse | None = field(default=None)

    @property
    def readable(self) -> Sequence[DocumentOrder]:
        return () if isinstance(self.orders, SeriatimError) else self.orders
