"""What every document shows in answers, whatever its type."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from seriatim.domain.billing import Document
from seriatim.domain.register import moment_text
from seriatim.http.wire.fields import HexId, Moment
from seriatim.http.wire.values import Keeping, ShownAmount


class ShownDocument(Keeping):
    id: HexId
    accountId: HexId
    accountNumber: str
    amount: ShownAmount
    currency: str
    sequenceSetId: HexId | None = Field(description="The set that numbers it.")
    createdDate: Moment
    updatedDate: Moment


def document_out(document: Document, *, number_name: str = "number") -> dict[str, Any]:
    """With what the service does not interpret, under the names it came with."""
    return {
        **document.details,
        "id": document.document_id,
        number_name: document.number,
        "accountId": document.account_id,
        "accountNumber": document.account_number,
        "amount": document.amount,
        "currency": document.currency,
        "sequenceSetId": document.sequence_set_id,
        "status": document.state.value,
        "createdDate": moment_text(document.created_at),
        "updatedDate": moment_text(document.updated_at),
    }
