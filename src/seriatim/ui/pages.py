"""Every page of the console, in one readable list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from starlette.responses import Response

from seriatim.ui import set_deletion, set_editor, set_list
from seriatim.ui.visit import Handler, Visit


@dataclass(frozen=True, slots=True)
class Page:
    """Shape: `path` stands below the entity."""

    method: Literal["GET", "POST"]
    path: str
    answer: Handler


PAGES: Final = (
    Page("GET", "sets", set_list.show),
    Page("GET", "sets.csv", set_list.export),
    Page("GET", "sets/new", set_editor.show_new),
    Page("POST", "sets/new", set_editor.take_new),
    Page("GET", "sets/{key}", set_editor.show),
    Page("POST", "sets/{key}", set_editor.take),
    Page("GET", "sets/{key}/delete", set_deletion.show),
    Page("POST", "sets/{key}/delete", set_deletion.take),
)


def first_page(visit: Visit) -> Response:
    return visit.redirect("sets")
