"""Reading the register entry by entry, on both databases, and the files that come of it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from seriatim.cli import register_files
from seriatim.cli.register_files import COLUMNS, cells_of, write_csv, write_ndjson, write_xlsx
from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.service import register_rows
from seriatim.service.register_rows import read_register
from tests.conformance.desk import Desk
from tests.conformance.import_desk import imported
from tests.samples import new_set

LAST = 10**20 - 1
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def _rows(desk: Desk, **chosen: Any) -> list[dict[str, Any]]:
    found = read_register(desk.store, desk.asking(Role.AUDITOR), **chosen)
    rows = [cells_of(row) for row in found.rows]
    assert len(rows) == found.entries
    return rows


def test_every_entry_of_every_series_is_a_row(desk: Desk) -> None:
    desk.create(new_set("FR", invoice=("FR", LAST)))
    desk.issue(DocumentType.REFUND)
    desk.issue(sequence_set="FR", reference="last of all")
    issued = desk.issue(count=3)
    desk.issue(hold_seconds=60)
    rows = _rows(desk)
    assert [(row["prefix"], row["entry"]) for row in rows] == [
        ("FR", 1),
        ("INV", 1),
        ("INV", 2),
        ("R-", 1),
    ]
    first, second = rows[:2]
    assert (first["firstNumber"], first["reference"]) == (f"FR{LAST}", "last of all")
    entry = issued.first_entry
    assert second == {
        "documentType": "invoice",
        "prefix": "INV",
        "firstNumber": "INV00000001",
        "lastNumber": "INV00000003",
        "count": 3,
        "kind": "issued",
        "documentDate": "2026-11-23",
        "reference": None,
        "reason": None,
        "refersTo": None,
        "holdUntil": None,
        "recordedAt": "2026-11-23T12:00:00.000123Z",
        "actor": desk.caller.actor,
        "requestId": entry.content.request_id,
        "sequenceSetId": issued.sequence_set_id,
        "chosenBy": "default",
        "seriesId": entry.series.series_id,
        "entry": 1,
        "entryId": f"{entry.series.series_id}-1",
        "batchId": entry.content.batch_id,
        "hash": entry.hash.hex(),
    }
    assert rows[2]["holdUntil"] == "2026-11-23T12:01:00.000123Z"
    assert set(second) == set(COLUMNS)


def test_series_are_chosen_by_type_and_prefix(desk: Desk) -> None:
    desk.issue()
    desk.issue(DocumentType.CREDIT_MEMO)
    assert [row["prefix"] for row in _rows(desk, document_type=DocumentType.CREDIT_MEMO)] == ["CM"]
    assert [row["prefix"] for row in _rows(desk, prefix="inv")] == ["INV"]
    assert _rows(desk, prefix="INV", document_type=DocumentType.CREDIT_MEMO) == []
    assert _rows(desk.another_entity()) == []


def test_register_is_read_slice_by_slice_up_to_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_rows, "_ENTRIES_PER_SLICE", 2)
    monkeypatch.setattr(register_rows, "_SERIES_PER_SLICE", 1)
    for number in range(5):
        desk.issue(reference=str(number))
    desk.issue(DocumentType.CREDIT_MEMO)
    found = read_register(desk.store, desk.asking())
    desk.issue(reference="too late")
    rows = [cells_of(row) for row in found.rows]
    assert [row["reference"] for row in rows] == [None, "0", "1", "2", "3", "4"]


def test_csv_is_harmless_to_spreadsheets(desk: Desk) -> None:
    for text in (*FORMULAS, 'a "quoted", text\nof two lines'):
        desk.issue(reference=text)
    file = io.StringIO()
    write_csv(_rows(desk), file)
    read = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert [row["reference"] for row in read[:-1]] == [f"'{text}" for text in FORMULAS]
    assert read[-1]["reference"] == 'a "quoted", text\nof two lines'
    assert list(read[0]) == list(COLUMNS)


def test_json_lines_are_exact(desk: Desk) -> None:
    imported(desk, f"INV1{'0' * 19}..INV{LAST}", keep_free=True)
    file = io.StringIO()
    write_ndjson(_rows(desk), file)
    (line,) = file.getvalue().splitlines()
    assert json.loads(line)["count"] == 9 * 10**19
    assert json.loads(line)["lastNumber"] == f"INV{LAST}"


def _sheets(written: list[dict[str, Any]], path: Path) -> list[list[list[tuple[str, str]]]]:
    """The cells of a workbook, each its kind and its text; sheet by sheet, row by row."""
    with path.open("wb") as file:
        write_xlsx(written, file)
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        names = sorted(name for name in book.namelist() if "worksheets/sheet" in name)
        trees = [ElementTree.fromstring(book.read(name)) for name in names]
    assert not any(tree.findall(f".//{space}f") for tree in trees), "a formula"
    return [
        [
            [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row]
            for row in tree.iter(f"{space}row")
        ]
        for tree in trees
    ]


def test_workbook_holds_texts_and_rounds_nothing(desk: Desk, tmp_path: Path) -> None:
    for text in FORMULAS[:4]:
        desk.issue(reference=text)
    imported(desk, f"INV1{'0' * 19}..INV{LAST}", keep_free=True)
    ((header, *rows),) = _sheets(_rows(desk), tmp_path / "register.xlsx")
    assert [text for _, text in header] == list(COLUMNS)
    # Cells without a value are left out, and none of these columns has such.
    cells = [dict(zip(COLUMNS[:8], row, strict=False)) for row in rows]
    assert [cell["reference"] for cell in cells[:4]] == [("inlineStr", t) for t in FORMULAS[:4]]
    assert cells[0]["count"] == ("n", "1")
    assert cells[4]["count"] == ("inlineStr", str(9 * 10**19))
    assert cells[4]["lastNumber"] == ("inlineStr", f"INV{LAST}")


def test_workbook_goes_on_on_another_sheet(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_files, "_SHEET_ROWS_MAX", 3)
    for number in range(5):
        desk.issue(reference=str(number))
    assert [len(sheet) for sheet in _sheets(_rows(desk), tmp_path / "a.xlsx")] == [3, 3, 2]
    assert [len(sheet) for sheet in _sheets([], tmp_path / "b.xlsx")] == [1]


def test_exported_moments_are_in_utc(desk: Desk) -> None:
    desk.clock.moment = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    desk.issue()
    assert _rows(desk)[0]["recordedAt"] == "2026-11-24T00:30:00.000000Z"
