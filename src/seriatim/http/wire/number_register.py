"""What the register says of numbers, on the wire: rows, histories, gaps, moves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictStr

from seriatim.domain.billing import Document
from seriatim.domain.document_number import format_number
from seriatim.domain.limits import REASON_CHARACTERS_MAX
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import Entry, EntryKind, entry_id, moment_text
from seriatim.http.wire.document_numbers import ShownRange, range_out
from seriatim.http.wire.fields import (
    Day,
    DocumentTypeName,
    HexId,
    Moment,
    Prefix,
    RequestModel,
    ResponseModel,
    Uuid,
    left_out,
    text_schema,
)
from seriatim.service.gaps import Gap, GapPage
from seriatim.service.number_history import TAKEN_OUTSIDE, Neighbour, NumberHistory
from seriatim.service.number_list import NumberRow
from seriatim.service.number_moves import NumbersMoved
from seriatim.store.import_queries import NumberText

StateName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in NumberState]})]
_KindName = Annotated[str, Field(json_schema_extra={"enum": [one.value for one in EntryKind]})]
_Reason = Annotated[StrictStr, Field(json_schema_extra=text_schema(REASON_CHARACTERS_MAX, 1))]


class ConfirmNumbers(RequestModel):
    lastNumber: StrictStr = left_out("The last document number of a range.")


class VoidNumbers(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["reason"]})
    reason: _Reason = left_out("Why the numbers will never be used.")
    lastNumber: StrictStr = left_out("The last document number of a range.")


class MovedResponse(ShownRange):
    documentType: DocumentTypeName
    prefix: Prefix
    state: StateName
    entryIds: list[str]
    success: Literal[True]


class ShownNumberRow(ShownRange):
    documentType: DocumentTypeName
    prefix: Prefix
    sequenceSetId: HexId | None
    state: StateName
    reason: str | None
    documentDate: Day | None
    reference: str | None
    entryId: str
    issuedAt: Moment


class NumberListResponse(ResponseModel):
    documentNumbers: list[ShownNumberRow]
    nextPage: str = left_out("Absent at the end; a page may hold fewer rows than asked for.")
    success: Literal[True]


class ShownEvent(ResponseModel):
    entryId: str | None = Field(description="null for a text outside every series.")
    kind: _KindName
    firstNumber: str
    lastNumber: str
    actor: str
    requestId: Uuid
    reason: str | None
    at: Moment
    hash: str | None


class ShownNeighbour(ResponseModel):
    documentNumber: str
    state: StateName


class ShownBearer(ResponseModel):
    id: HexId
    type: DocumentTypeName
    status: str


class HistoryResponse(ResponseModel):
    documentNumber: str
    documentType: DocumentTypeName
    prefix: Prefix | None = Field(description="null for a text outside every series.")
    sequentialNumber: int | None
    seriesId: HexId | None
    sequenceSetId: HexId | None
    chosenBy: str | None = Field(description="Which rule chose the set.")
    state: StateName
    reason: str | None
    documentDate: Day | None
    reference: str | None
    holdUntil: Moment | None
    actor: str
    requestId: Uuid
    issuedAt: Moment
    entryId: str | None
    hash: str | None
    history: list[ShownEvent]
    previous: ShownNeighbour | None
    next: ShownNeighbour | None
    document: ShownBearer | None = Field(description="The document that bears the number.")
    success: Literal[True]


class ShownGap(ShownRange):
    kind: StateName
    reason: str | None
    actor: str
    at: Moment


class GapsResponse(ResponseModel):
    gaps: list[ShownGap]
    unexplained: list[ShownRange] = Field(description="Always empty, or the books are broken.")
    nextPage: str = left_out("Absent on the last page.")
    success: Literal[True]


def moved_out(moved: NumbersMoved) -> dict[str, object]:
    state = NumberState.VOIDED if moved.kind is EntryKind.VOIDED else NumberState.ISSUED
    return {
        **range_out(moved.series.prefix, moved.numbers),
        "documentType": moved.series.document_type.value,
        "prefix": moved.series.prefix,
        "state": state.value,
        "entryIds": [_id(entry) for entry in moved.entries],
        "success": True,
    }


def row_out(row: NumberRow) -> dict[str, object]:
    content = row.part.covering.content
    day = content.document_date
    return {
        **range_out(row.series.prefix, row.part.numbers),
        "documentType": row.series.document_type.value,
        "prefix": row.series.prefix,
        "sequenceSetId": content.sequence_set_id,
        "state": row.part.state.value,
        "reason": row.part.reason,
        "documentDate": None if day is None else day.isoformat(),
        "reference": content.reference,
        "entryId": _id(row.part.covering),
        "issuedAt": moment_text(content.recorded_at),
    }


def history_out(found: NumberHistory | NumberText, document: Document | None) -> dict[str, object]:
    """`document` is the living one that bears the number."""
    body = _text_out(found) if isinstance(found, NumberText) else _number_out(found)
    bearer = None
    if document is not None:
        status, kind = document.state.value, document.document_type.value
        bearer = {"id": document.document_id, "type": kind, "status": status}
    return {**body, "document": bearer}


def _number_out(found: NumberHistory) -> dict[str, object]:
    content = found.covering.content
    day, hold_until = content.document_date, content.hold_until
    prefix = found.series.prefix
    return {
        "documentNumber": format_number(prefix, found.number),
        "documentType": found.series.document_type.value,
        "prefix": prefix,
        "sequentialNumber": found.number,
        "seriesId": found.series.key.series_id,
        "sequenceSetId": content.sequence_set_id,
        "chosenBy": None if content.chosen_by is None else content.chosen_by.value,
        "state": found.state.value,
        "reason": found.reason,
        "documentDate": None if day is None else day.isoformat(),
        "reference": content.reference,
        "holdUntil": None if hold_until is None else moment_text(hold_until),
        "actor": content.actor,
        "requestId": content.request_id,
        "issuedAt": moment_text(content.recorded_at),
        "entryId": _id(found.covering),
        "hash": found.covering.hash.hex(),
        "history": [_event_out(prefix, entry) for entry in found.history],
        "previous": _neighbour_out(prefix, found.previous),
        "next": _neighbour_out(prefix, found.next),
        "success": True,
    }


def _text_out(found: NumberText) -> dict[str, object]:
    """A text that was taken outside every series: no entry of the register stands behind it."""
    day, at = found.document_date, moment_text(found.recorded_at)
    taken = {"actor": found.actor, "requestId": found.request_id, "reason": TAKEN_OUTSIDE}
    no_entry = {"entryId": None, "hash": None}
    only = {"firstNumber": found.text, "lastNumber": found.text}
    nowhere = ("prefix", "sequentialNumber", "seriesId", "sequenceSetId", "chosenBy", "holdUntil")
    return {
        "documentNumber": found.text,
        "documentType": found.document_type.value,
        **dict.fromkeys(nowhere),
        "state": NumberState.IMPORTED.value,
        "documentDate": None if day is None else day.isoformat(),
        "reference": found.reference,
        **taken,
        "issuedAt": at,
        **no_entry,
        "history": [{"kind": EntryKind.IMPORTED.value, **only, **taken, "at": at, **no_entry}],
        "previous": None,
        "next": None,
        "success": True,
    }


def gaps_out(page: GapPage) -> dict[str, Any]:
    prefix = page.series.prefix
    return {
        "gaps": [_gap_out(prefix, gap) for gap in page.gaps],
        "unexplained": [range_out(prefix, numbers) for numbers in page.unexplained],
    }


def _gap_out(prefix: str, gap: Gap) -> dict[str, object]:
    return {
        **range_out(prefix, gap.numbers),
        "kind": gap.state.value,
        "reason": gap.reason,
        "actor": gap.actor,
        "at": moment_text(gap.at),
    }


def _event_out(prefix: str, entry: Entry) -> dict[str, object]:
    content = entry.content
    return {
        "entryId": _id(entry),
        "kind": content.kind.value,
        "firstNumber": format_number(prefix, content.numbers.first),
        "lastNumber": format_number(prefix, content.numbers.last),
        "actor": content.actor,
        "requestId": content.request_id,
        "reason": content.reason,
        "at": moment_text(content.recorded_at),
        "hash": entry.hash.hex(),
    }


def _neighbour_out(prefix: str, neighbour: Neighbour | None) -> dict[str, object] | None:
    if neighbour is None:
        return None
    return {
        "documentNumber": format_number(prefix, neighbour.number),
        "state": neighbour.state.value,
    }


def _id(entry: Entry) -> str:
    return entry_id(entry.series.series_id, entry.entry_number)
