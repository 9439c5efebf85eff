"""Deleting a document: its number is voided, or, outside every series, given back.

Source: contract/documents.md, Custom numbers and When the number is given.
"""

from __future__ import annotations

import secrets

from seriatim.domain.billing import TYPE_NAMES, Document, Move, NumberOrigin
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected, Violation
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_moves import check_free, named_document
from seriatim.service.document_orders import DocumentKey, Needs
from seriatim.service.number_moves import void_number_of_document
from seriatim.service.permissions import Right, require
from seriatim.service.set_choice import SetChoice
from seriatim.store.sql_store import Transaction

_RENAMED_HEX_CHARACTERS = 11


def delete_document(
    transaction: Transaction,
    caller: Caller,
    document_type: DocumentType,
    key: str,
    *,
    clock: Clock,
) -> Document:
    """Delete a document in a state that allows it; what it was.

    Errors: NotFound, Rejected.
    """
    require(caller, Right.ISSUE)
    books, now = transaction.books(caller.tenant_id, caller.entity_id), clock.now()
    desk = DocumentDesk(books, SetChoice(books, now), now)
    desk.read([Needs(documents=(DocumentKey(document_type, key),))])
    violations: list[Violation] = []
    document = named_document(desk, document_type, key, (), violations)
    violations += check_free(desk, document, Move.DELETE)
    if violations:
        raise Rejected(violations)
    books.delete_document(document.document_id)
    if document.series_id is not None:
        name = TYPE_NAMES[document_type]
        reason = f"the {name} was deleted while it was {document.state.value}"
        void_number_of_document(transaction, caller, document.number, reason=reason, clock=clock)
    elif document.number_origin is NumberOrigin.CUSTOM:
        mark = secrets.token_hex(_RENAMED_HEX_CHARACTERS)[:_RENAMED_HEX_CHARACTERS]
        books.rename_number_text(document.number, f"{document.number}_{mark}")
    return document
