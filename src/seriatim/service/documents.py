"""Reading documents: one, a page of a list, the items of one.

Source: contract/documents.md, Resources; contract/transport.md, Paging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from seriatim.domain.billing import STATES, Document, DocumentItem, DocumentState
from seriatim.domain.caller import Caller
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.rules.documents import memo_needs_invoice_settlement
from seriatim.service.document_desk import as_id, can_be_number
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import EntityBooks, Transaction


class Place(NamedTuple):
    """Where a page ended."""

    position: int
    document_id: str


BEFORE_ALL = Place(0, "0" * 32)
BEHIND_ALL = Place(2**63 - 1, "f" * 32)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What is listed. Shape: a filter that is None is not asked for."""

    account_id: str | None = None
    state: DocumentState | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Shape: `ends_at` is the place of the last document shown, None where no page follows."""

    documents: Sequence[Document]
    ends_at: Place | None = None


def get_document(
    transaction: Transaction, caller: Caller, document_type: DocumentType, key: str
) -> Document:
    """Errors: NotFound; Rejected for memos while Invoice Settlement is off."""
    require(caller, Right.READ)
    books = _books(transaction, caller, document_type)
    found = find_document(books, document_type, key)
    if found is None:
        raise NotFound(document_type.field_name, key)
    return found


def find_document(books: EntityBooks, document_type: DocumentType, key: str) -> Document | None:
    """The document of a type with that id or number."""
    document_id = as_id(key)
    found = None if document_id is None else books.get_document(document_id)
    if found is None and can_be_number(key):
        found = books.find_document_by_number(key)
    return found if found is not None and found.document_type is document_type else None


def find_numbered(transaction: Transaction, caller: Caller, number: str) -> Document | None:
    """The document that bears a number, whatever its type; none of a type that is switched off."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    found = books.find_document_by_number(number) if can_be_number(number) else None
    is_shown = found is not None and books.get_settings().shows(found.document_type)
    return found if is_shown else None


def list_documents(
    transaction: Transaction,
    caller: Caller,
    document_type: DocumentType,
    wanted: DocumentFilter,
    *,
    after: Place | None = None,
    newest_first: bool = False,
    row_count: int,
) -> DocumentPage:
    """Order: by creation, or against it. Cost: a page from each state's stretch of an index,
    wherever it is.
    """
    require(caller, Right.READ)
    books = _books(transaction, caller, document_type)
    account_id = None if wanted.account_id is None else as_id(wanted.account_id)
    if wanted.account_id is not None and account_id is None:
        return DocumentPage([])
    if wanted.number is not None:
        found = _numbered(books, document_type, wanted, account_id)
        return DocumentPage([one for one in found if _is_behind(one, after, newest_first)])
    states = STATES[document_type] if wanted.state is None else (wanted.state,)
    if newest_first:
        found = books.list_documents_in_states_backwards(
            document_type,
            states,
            account_id=account_id,
            before=BEHIND_ALL if after is None else after,
            row_count=row_count + 1,
        )
    else:
        found = books.list_documents_in_states(
            document_type,
            states,
            account_id=account_id,
            after=BEFORE_ALL if after is None else after,
            row_count=row_count + 1,
        )
    shown = found[:row_count]
    return DocumentPage(shown, _place_of(shown[-1]) if len(found) > row_count else None)


def _numbered(
    books: EntityBooks,
    document_type: DocumentType,
    wanted: DocumentFilter,
    account_id: str | None,
) -> list[Document]:
    number = wanted.number or ""
    found = books.find_document_by_number(number) if can_be_number(number) else None
    fits = (
        found is not None
        and found.document_type is document_type
        and account_id in (None, found.account_id)
        and wanted.state in (None, found.state)
    )
    return [found] if fits and found is not None else []


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Shape: `ends_at` is the number of the last item shown, None where no page follows."""

    document: Document
    items: Sequence[DocumentItem]
    ends_at: int | None = None


def list_items(
    transaction: Transaction,
    caller: Caller,
    document_type: DocumentType,
    key: str,
    *,
    after_item_number: int = 0,
    row_count: int,
) -> ItemPage:
    """Order: as the document has them. Errors: NotFound."""
    document = get_document(transaction, caller, document_type, key)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    found = books.list_items(
        document.document_id, after_item_number=after_item_number, row_count=row_count + 1
    )
    shown = found[:row_count]
    return ItemPage(document, shown, shown[-1].item_number if len(found) > row_count else None)


def _books(transaction: Transaction, caller: Caller, document_type: DocumentType) -> EntityBooks:
    """Errors: Rejected for memos while Invoice Settlement is off."""
    books = transaction.books(caller.tenant_id, caller.entity_id)
    if document_type.needs_invoice_settlement:
        violations = list(memo_needs_invoice_settlement(document_type, books.get_settings()))
        if violations:
            raise Rejected(violations)
    return books


def _place_of(document: Document) -> Place:
    return Place(document.position, document.document_id)


def _is_behind(document: Document, after: Place | None, newest_first: bool) -> bool:
    place = _place_of(document)
    return after is None or (place < after if newest_first else place > after)
