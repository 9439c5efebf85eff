"""The register: every number and what became of it, as a list and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response, StreamingResponse

from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import REFERENCE_CHARACTERS_MAX
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import moment_text
from seriatim.service.number_list import NumberFilter, NumberPage, NumberRow, Place, list_numbers
from seriatim.service.number_places import is_day, is_place_of
from seriatim.service.sequence_sets import find_set_id
from seriatim.service.set_search import living_set_names
from seriatim.service.spreadsheet_cells import harmless_text
from seriatim.ui.places import place_in, place_out
from seriatim.ui.rendering import marked
from seriatim.ui.visit import Visit

_ROWS_SHOWN: Final = 25
_ROWS_PER_SLICE: Final = 500
_EMPTY_PAGES_MAX: Final = 20
_FIELDS: Final = ("type", "set", "prefix", "state", "reference", "from", "to")
_COLUMNS: Final = (
    "documentType",
    "prefix",
    "firstNumber",
    "lastNumber",
    "count",
    "state",
    "reason",
    "documentDate",
    "reference",
    "sequenceSetId",
    "issuedAt",
    "actor",
)


@dataclass(slots=True)
class _Wanted:
    """The filters as they were asked for. Shape: `faults` by the names of their fields."""

    numbers: NumberFilter
    fields: dict[str, str]
    faults: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def show(visit: Visit) -> Response:
    if number := visit.asked("number"):
        return RedirectResponse(visit.url("register", "numbers", quote(number, safe="")), 303)
    wanted = _wanted(visit)
    after = _after(visit, wanted.numbers)
    found = NumberPage([], None) if wanted.faults else _next_rows(visit, wanted.numbers, after)
    narrowed = urlencode(wanted.fields)
    next_place = "" if found.next_place is None else place_out(found.next_place)
    values = {
        "rows": found.rows,
        "names": _set_names(visit, found.rows),
        "fields": {name: wanted.fields.get(name, "") for name in _FIELDS},
        "faults": wanted.faults,
        "is_narrowed": bool(wanted.fields),
        "is_first_page": after is None,
        "first_url": f"?{narrowed}",
        "next_url": f"?{urlencode({**wanted.fields, 'after': next_place})}" if next_place else "",
        "export_url": f"{visit.url('register.csv')}?{narrowed}",
        "types": list(DocumentType),
        "states": list(NumberState),
    }
    return visit.page("register.html", values, status=422 if wanted.faults else 200)


def export(visit: Visit) -> Response:
    """A row for each range of one state, as the list shows them."""
    wanted = _wanted(visit)
    if wanted.faults:
        return show(visit)
    headers = {"Content-Disposition": 'attachment; filename="register.csv"'}
    lines = _csv(visit, wanted.numbers)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(visit: Visit) -> _Wanted:
    fields = {name: value for name in _FIELDS if (value := visit.asked(name))}
    wanted = _Wanted(NumberFilter(), fields)
    kind, state, reference = (fields.get(name, "") for name in ("type", "state", "reference"))
    if len(reference) > REFERENCE_CHARACTERS_MAX:
        wanted.faults["reference"] = [visit.text(marked("is too long"))]
    wanted.numbers = NumberFilter(
        document_type=DocumentType(kind) if kind in list(DocumentType) else None,
        prefix=fields.get("prefix"),
        sequence_set_id=_set_id(visit, wanted),
        state=NumberState(state) if state in list(NumberState) else None,
        reference=reference or None,
        date_from=_day(visit, wanted, "from"),
        date_to=_day(visit, wanted, "to"),
    )
    return wanted


def _set_id(visit: Visit, wanted: _Wanted) -> str | None:
    key = wanted.fields.get("set")
    if key is None:
        return None
    with visit.store.read() as transaction:
        found = find_set_id(transaction, visit.caller, key)
    if found is None:
        wanted.faults["set"] = [visit.text(marked("names no sequence set"))]
    return found


def _day(visit: Visit, wanted: _Wanted, name: str) -> date | None:
    text = wanted.fields.get(name)
    if text is None:
        return None
    if not is_day(text):
        wanted.faults[name] = [visit.text(marked("must be a day that exists, as 2026-12-31"))]
        return None
    return date.fromisoformat(text)


def _after(visit: Visit, wanted: NumberFilter) -> Place | None:
    parts: Any = place_in(visit.asked("after"), str, str, str, int, str)
    return parts if parts is not None and is_place_of(wanted, parts) else None


def _next_rows(visit: Visit, wanted: NumberFilter, after: Place | None) -> NumberPage:
    """The next page that holds a row, as far as that can be found in reasonable time."""
    found = _page(visit, wanted, after)
    for _ in range(_EMPTY_PAGES_MAX):
        if found.rows or found.next_place is None:
            break
        found = _page(visit, wanted, found.next_place)
    return found


def _page(
    visit: Visit, wanted: NumberFilter, after: Place | None, row_count: int = _ROWS_SHOWN
) -> NumberPage:
    """Shape: a page may hold fewer rows than asked for, and yet have a next one."""
    with visit.store.read() as transaction:
        return list_numbers(
            transaction, visit.caller, wanted, after=after, row_count=row_count, clock=visit.clock
        )


def _set_names(visit: Visit, rows: list[NumberRow]) -> dict[str, str]:
    ids = {row.part.covering.content.sequence_set_id for row in rows} - {None}
    with visit.store.read() as transaction:
        return living_set_names(transaction, visit.caller, {one for one in ids if one})


def _csv(visit: Visit, wanted: NumberFilter) -> Iterator[str]:
    yield _line(list(_COLUMNS))
    after: Place | None = None
    while True:
        found = _page(visit, wanted, after, _ROWS_PER_SLICE)
        for row in found.rows:
            yield _line(_cells(row))
        if found.next_place is None:
            return
        after = found.next_place


def _cells(row: NumberRow) -> list[str]:
    content, numbers, prefix = row.part.covering.content, row.part.numbers, row.series.prefix
    day = content.document_date
    return [
        row.series.document_type.value,
        prefix,
        format_number(prefix, numbers.first),
        format_number(prefix, numbers.last),
        str(numbers.count),
        row.part.state.value,
        row.part.reason or "",
        "" if day is None else day.isoformat(),
        content.reference or "",
        content.sequence_set_id or "",
        moment_text(content.recorded_at),
        content.actor,
    ]


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    # A bare carriage return would begin a new line for whoever reads the file.
    has_return = any("\r" in cell for cell in cells)
    writer = csv.writer(
        line, lineterminator="\n", quoting=csv.QUOTE_ALL if has_return else csv.QUOTE_MINIMAL
    )
    writer.writerow(map(harmless_text, cells))
    return line.getvalue()
