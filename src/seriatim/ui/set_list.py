"""The list of sequence sets, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from seriatim.domain.document_type import DocumentType
from seriatim.service.set_saving import SetView
from seriatim.service.set_search import SEARCH_CHARACTERS_MAX, SetOrder, every_set, search_sets
from seriatim.service.spreadsheet_cells import harmless_text
from seriatim.ui.rendering import marked
from seriatim.ui.visit import Visit

_ROWS_SHOWN: Final = 25
_ORDERS: Final = {
    SetOrder.CREATED: marked("Oldest first"),
    SetOrder.NEWEST: marked("Newest first"),
    SetOrder.NAME: marked("Name, A to Z"),
    SetOrder.NAME_BACKWARDS: marked("Name, Z to A"),
}


def show(visit: Visit) -> Response:
    text, order = visit.asked("search")[:SEARCH_CHARACTERS_MAX], _order(visit.asked("order"))
    after = visit.asked("after") or None
    with visit.store.read() as transaction:
        found = search_sets(
            transaction, visit.caller, text=text, order=order, after=after, row_count=_ROWS_SHOWN
        )
    narrowed = {name: value for name, value in (("search", text), ("order", order)) if value}
    values = {
        "found": found,
        "search": text,
        "order": order,
        "orders": {one: visit.text(title) for one, title in _ORDERS.items()},
        "is_first_page": after is None,
        "first_url": "?" + urlencode(narrowed),
        "next_url": "?" + urlencode({**narrowed, "after": found.next_place or ""}),
        "export_url": visit.url("sets.csv") + (f"?{urlencode({'search': text})}" if text else ""),
        "types": [one for one in DocumentType if visit.place.settings.shows(one)],
    }
    return visit.page("sets.html", values)


def export(visit: Visit) -> Response:
    """Every set that the search finds, a row each."""
    text = visit.asked("search")[:SEARCH_CHARACTERS_MAX]
    sets = every_set(visit.store, visit.caller, text=text)
    headers = {"Content-Disposition": 'attachment; filename="sequence-sets.csv"'}
    return StreamingResponse(_csv(sets), media_type="text/csv; charset=utf-8", headers=headers)


def _order(wanted: str) -> SetOrder:
    return SetOrder(wanted) if wanted in list(SetOrder) else SetOrder.CREATED


def _csv(sets: Iterator[SetView]) -> Iterator[str]:
    """Shape: the columns of `seriatim sets list -o csv`."""
    per_type = ("prefix", "startNumber", "nextDocumentNumber")
    columns = [f"{one.value}.{name}" for one in DocumentType for name in per_type]
    yield _line(["id", "name", "sequenceSetNumber", "chronological", *columns])
    for view in sets:
        shown = {one.document_type: one for one in view.series}
        current = view.sequence_set
        cells = [
            current.sequence_set_id,
            current.name,
            current.sequence_set_number,
            "true" if current.chronological else "false",
        ]
        for document_type in DocumentType:
            series = shown.get(document_type)
            cells += (
                ["", "", ""]
                if series is None
                else [series.prefix, str(series.next_number), series.next_document_number or ""]
            )
        yield _line(cells)


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(harmless_text, cells))
    return line.getvalue()
