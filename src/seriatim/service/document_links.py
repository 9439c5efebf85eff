"""What a document refers to, and what refers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seriatim.domain.billing import Account, Document, LinkedDocument
from seriatim.domain.caller import Caller
from seriatim.domain.errors import InvariantBroken
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import EntityBooks, Transaction

LINKS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class DocumentLinks:
    """The neighbours of a document.

    Shape: `referred` is the invoice of a memo, or what a refund pays back; `made_from_it` the other
        way round. `applied_to` and `applied_from` bear the amount that lies between the two.
        Each list holds LINKS_SHOWN_MAX at most; `are_all` says whether that was all.
    """

    account: Account
    referred: LinkedDocument | None
    made_from_it: Sequence[LinkedDocument]
    applied_to: Sequence[LinkedDocument]
    applied_from: Sequence[LinkedDocument]
    are_all: bool


def find_links(transaction: Transaction, caller: Caller, document: Document) -> DocumentLinks:
    """Cost: five statements, each by an index."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    account = books.get_account(document.account_id)
    if account is None:
        raise InvariantBroken(f"the account of the document '{document.number}' is gone")
    row_count, key = LINKS_SHOWN_MAX + 1, document.document_id
    found = (
        books.list_documents_referring(key, row_count=row_count),
        books.list_documents_applied_to(key, row_count=row_count),
        books.list_documents_applied_from(key, row_count=row_count),
    )
    made, targets, sources = (one[:LINKS_SHOWN_MAX] for one in found)
    return DocumentLinks(
        account=account,
        referred=_referred(books, document),
        made_from_it=made,
        applied_to=targets,
        applied_from=sources,
        are_all=all(len(one) < row_count for one in found),
    )


def _referred(books: EntityBooks, document: Document) -> LinkedDocument | None:
    """Deleted documents are referred to by nothing; see the rules of deletion."""
    if document.referred_document_id is None:
        return None
    found = books.get_document(document.referred_document_id)
    if found is None:
        return None
    return LinkedDocument(
        document_id=found.document_id,
        document_type=found.document_type,
        number=found.number,
        state=found.state,
        document_date=found.document_date,
        currency=found.currency,
        amount=found.amount,
    )
