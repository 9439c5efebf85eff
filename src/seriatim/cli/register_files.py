"""Files of register entries: CSV, JSON lines and Excel workbooks, written row by row."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import IO, Any, Final

from seriatim.cli.backend import Json
from seriatim.cli.faults import UsageFault
from seriatim.cli.output import csv_writer, harmless

_SHEET_ROWS_MAX: Final = 1_048_576
_EXACT_IN_EXCEL_MAX: Final = 10**15  # beyond it Excel rounds

COLUMNS: Final = (
    "documentType",
    "prefix",
    "firstNumber",
    "lastNumber",
    "count",
    "kind",
    "documentDate",
    "reference",
    "reason",
    "refersTo",
    "holdUntil",
    "recordedAt",
    "actor",
    "requestId",
    "sequenceSetId",
    "chosenBy",
    "seriesId",
    "entry",
    "entryId",
    "batchId",
    "hash",
)


class FileForm(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"
    REGISTER = "register"


def cells_of(head: Json, entry: Json) -> dict[str, Any]:
    """An entry by the names of the columns; what it does not have is None."""
    found = {**entry, **{name: head[name] for name in ("documentType", "prefix", "seriesId")}}
    return {name: found[name] for name in COLUMNS}


Rows = Iterable[Mapping[str, Any]]


def write_csv(rows: Rows, file: IO[str]) -> None:
    """Shape: a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    write_row = csv_writer(file)
    write_row(COLUMNS)
    for row in rows:
        write_row([harmless(row[name]) for name in COLUMNS])


def write_ndjson(rows: Rows, file: IO[str]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


TEXT_WRITERS: Final[Mapping[FileForm, Callable[[Rows, IO[str]], None]]] = {
    FileForm.CSV: write_csv,
    FileForm.NDJSON: write_ndjson,
}


def write_text(write: Callable[[Rows, IO[str]], None], rows: Rows, file: IO[bytes]) -> None:
    """Shape: UTF-8. The file stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        write(rows, text)
        text.flush()
    finally:
        text.detach()


def write_xlsx(rows: Rows, file: IO[bytes]) -> None:
    """Shape: texts are texts, never formulas or links; an integer that Excel would round is a
    text. What does not fit on one sheet goes on on the next.

    Errors: UsageFault where the package that writes workbooks is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        message = "Excel workbooks need the package xlsxwriter: pip install 'seriatim[xlsx]'"
        raise UsageFault(message) from None
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        sheet, line = None, _SHEET_ROWS_MAX
        for row in rows:
            if sheet is None or line == _SHEET_ROWS_MAX:
                sheet, line = _new_sheet(workbook), 1
            for column, name in enumerate(COLUMNS):
                _write_cell(sheet, line, column, row[name])
            line += 1
        if sheet is None:
            _new_sheet(workbook)


def _new_sheet(workbook: Any) -> Any:
    number = len(workbook.worksheets()) + 1
    sheet = workbook.add_worksheet("Register" if number == 1 else f"Register {number}")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name)
    return sheet


def _write_cell(sheet: Any, line: int, column: int, value: object) -> None:
    if value is None:
        return
    if isinstance(value, int) and value < _EXACT_IN_EXCEL_MAX:
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(value))
