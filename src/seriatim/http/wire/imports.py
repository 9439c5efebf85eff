"""Imports of used numbers on the wire: how far a file has come, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictInt, StrictStr

from seriatim.domain.document_number import format_number
from seriatim.domain.limits import IMPORT_BYTES_MAX
from seriatim.http.wire.fields import (
    DocumentTypeName,
    Flag,
    HexId,
    Prefix,
    RequestModel,
    ResponseModel,
    left_out,
)
from seriatim.service.import_lines import LineList, SeriesTally
from seriatim.service.import_uploads import ImportView
from seriatim.service.imports import ImportOutcome, ImportState

_Sha256 = Annotated[StrictStr, Field(json_schema_extra={"pattern": "^[0-9a-fA-F]{64}$"})]
_SKIPPED_WARNED_OF = 1_000_000
_Bytes = Annotated[StrictInt, Field(json_schema_extra={"minimum": 0, "maximum": IMPORT_BYTES_MAX})]


class NewImport(RequestModel):
    model_config = ConfigDict(json_schema_extra={"required": ["fileSha256", "byteCount"]})
    fileSha256: _Sha256 = left_out("SHA-256 of the whole file, in hex: what it is known by.")
    byteCount: _Bytes = left_out("How long the file is.")


class RunImport(RequestModel):
    keepFree: Flag = left_out("Leave the holes between the numbers to be issued.")
    skipBad: Flag = left_out("Leave faulty lines out and take in the others.")


class ImportResponse(ResponseModel):
    importId: HexId
    state: Literal["uploading", "uploaded", "importing", "imported"]
    byteCount: int | None = Field(description="null once the file is imported.")
    receivedBytes: int | None = Field(description="Where the next part begins.")
    linesTotal: int | None = Field(description="null until something of it was written.")
    linesApplied: int | None
    success: Literal[True]


class ShownLine(ResponseModel):
    line: int
    message: str


class ShownLines(ResponseModel):
    total: int
    shown: list[ShownLine] = Field(description="The first hundred, by line.")


class ShownTally(ResponseModel):
    documentType: DocumentTypeName
    prefix: Prefix
    imported: int
    firstNumber: str | None
    lastNumber: str | None
    skipped: int
    beforeOrigin: int
    nextDocumentNumber: str | None
    seriesId: HexId


class ImportRunResponse(ResponseModel):
    state: Literal["checked", "refused", "imported", "importedBefore", "stopped"]
    whyRefused: str | None = Field(description="null where the faults say it.")
    linesTaken: int
    linesBefore: int
    series: list[ShownTally]
    warnings: list[str] = Field(
        description="What cannot be undone: many numbers skipped, a series at its end."
    )
    faults: ShownLines
    keptAsText: ShownLines
    success: Literal[True]


def import_out(view: ImportView) -> dict[str, Any]:
    upload, job = view.upload, view.job
    if job is not None and job.finished_at is not None:
        state = "imported"
    elif job is not None:
        state = "importing"
    else:
        state = "uploaded" if upload is not None and upload.is_whole else "uploading"
    return {
        "importId": view.import_id,
        "state": state,
        "byteCount": None if upload is None else upload.byte_count,
        "receivedBytes": None if upload is None else upload.received_bytes,
        "linesTotal": None if job is None else job.lines_total,
        "linesApplied": None if job is None else job.lines_applied,
        "success": True,
    }


def outcome_out(outcome: ImportOutcome) -> dict[str, Any]:
    is_refused = outcome.state in {ImportState.REFUSED, ImportState.STOPPED}
    return {
        "state": outcome.state.value,
        "whyRefused": outcome.why_refused if is_refused else None,
        "linesTaken": outcome.lines_taken,
        "linesBefore": outcome.lines_before,
        "series": [_tally_out(tally) for tally in outcome.tallies],
        "warnings": [warning for tally in outcome.tallies for warning in _warnings_of(tally)],
        "faults": _lines_out(outcome.faults),
        "keptAsText": _lines_out(outcome.foreign),
        "success": True,
    }


def _lines_out(lines: LineList) -> dict[str, Any]:
    shown = [{"line": one.line, "message": one.message} for one in lines.shown]
    return {"total": lines.total, "shown": shown}


def _warnings_of(tally: SeriesTally) -> Iterator[str]:
    series = tally.series
    if tally.skipped > _SKIPPED_WARNED_OF:
        yield f"{series.prefix}: {tally.skipped} numbers between are skipped for ever"
    if series.next_document_number is None:
        last = format_number(series.prefix, series.last_number)
        yield f"{series.prefix}: ends with {last}; no number can be issued from it any more"


def _tally_out(tally: SeriesTally) -> dict[str, Any]:
    series, numbers = tally.series, tally.imported_range
    return {
        "documentType": series.document_type.value,
        "prefix": series.prefix,
        "imported": tally.imported,
        "firstNumber": None if numbers is None else format_number(series.prefix, numbers.first),
        "lastNumber": None if numbers is None else format_number(series.prefix, numbers.last),
        "skipped": tally.skipped,
        "beforeOrigin": tally.before_origin,
        "nextDocumentNumber": series.next_document_number,
        "seriesId": series.key.series_id,
    }
