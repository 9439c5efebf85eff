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
from seriatim.domain.errors import NotFound
from seriatim.domain.register import Entry
from seriatim.http.wire.register_entries import entry_out, head_out
from seriatim.service import exports
from seriatim.service.exports import RegisterHead, read_register
from tests.conformance.desk import Desk
from tests.conformance.import_desk import imported
from tests.samples import new_set

LAST = 10**20 - 1
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def _register(
    desk: Desk, series_id: str, role: Role = Role.AUDITOR, pages: list[int] | None = None
) -> tuple[RegisterHead, list[Entry]]:
    """All pages of one register; how long each was goes to `pages`."""
    head, entries, place = None, [], None
    while True:
        page = read_register(
            desk.store, desk.asking(role), series_id, place=place, clock=desk.clock
        )
        head = head or page.head
        entries += page.entries
        if pages is not None:
            pages.append(len(page.entries))
        place = page.next_place
        if place is None:
            assert head is not None
            return head, entries


def _rows(desk: Desk) -> list[dict[str, Any]]:
    rows = []
    for series in desk.all_series():
        head, entries = _register(desk, series.key.series_id)
        assert len(entries) == series.last_entry_number
        rows += [cells_of(head_out(head), entry_out(series, entry)) for entry in entries]
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


def test_another_entity_has_a_register_of_its_own(desk: Desk) -> None:
    desk.issue()
    other = desk.another_entity()
    assert _rows(other) == []
    with pytest.raises(NotFound):
        _register(other, desk.series("INV").key.series_id)


@pytest.mark.parametrize("role", Role)
def test_every_role_may_read_the_register(desk: Desk, role: Role) -> None:
    desk.issue()
    assert len(_register(desk, desk.series("INV").key.series_id, role)[1]) == 1


def test_register_is_read_page_by_page_up_to_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ENTRIES_PER_PAGE", 2)
    for number in range(5):
        desk.issue(reference=str(number))
    series_id, caller = desk.series("INV").key.series_id, desk.asking()
    first = read_register(desk.store, caller, series_id, clock=desk.clock)
    assert (first.head is not None, first.next_place) == (True, (2, 5))
    desk.issue(reference="too late")
    found, place = [*first.entries], first.next_place
    while place is not None:
        page = read_register(desk.store, caller, series_id, place=place, clock=desk.clock)
        assert page.head is None
        found += page.entries
        place = page.next_place
    assert [entry.content.reference for entry in found] == ["0", "1", "2", "3", "4"]
    pages: list[int] = []
    _register(desk, series_id, pages=pages)
    assert pages == [2, 2, 2]


@pytest.mark.parametrize("place", [(7, 5), (5, 5), (2**62, 2**63 - 1), (0, 0)])
def test_place_that_is_not_in_the_register_ends_it(desk: Desk, place: tuple[int, int]) -> None:
    desk.issue()
    series_id = desk.series("INV").key.series_id
    page = read_register(desk.store, desk.asking(), series_id, place=place, clock=desk.clock)
    assert (page.entries, page.next_place) == ([], None)


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
