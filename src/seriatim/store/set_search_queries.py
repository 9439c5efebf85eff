"""Finding sets by a part of their name, number or prefixes, in the orders people list them in."""

from __future__ import annotations

from typing import NamedTuple

from seriatim.domain.document_number import fold
from seriatim.store.entity_queries import EntityQueries

_BEFORE_ALL, _BEHIND_ALL = -1, 2**62


class ListedSet(NamedTuple):
    """A set, and its place in the order it was listed in."""

    sequence_set_id: str
    place: str | int


class SetSearchQueries(EntityQueries):
    """Shape: `text` is what a name, number or prefix must hold, "" for any; `after` is the place
    of the last set seen, None for the beginning.
    """

    def list_sets_by_name(self, text: str, *, after: str | None, row_count: int) -> list[ListedSet]:
        rows = self._rows(
            "list_sets_by_name", pattern=_pattern(text), after_name=after or "", row_count=row_count
        )
        return [ListedSet(*row) for row in rows]

    def list_sets_by_name_backwards(
        self, text: str, *, after: str | None, row_count: int
    ) -> list[ListedSet]:
        rows = self._rows(
            "list_sets_by_name_backwards",
            pattern=_pattern(text),
            after_name=after or "",
            row_count=row_count,
        )
        return [ListedSet(*row) for row in rows]

    def list_sets_by_position(
        self, text: str, *, after: int | None, row_count: int
    ) -> list[ListedSet]:
        rows = self._rows(
            "list_sets_by_position",
            pattern=_pattern(text),
            after_position=_BEFORE_ALL if after is None else after,
            row_count=row_count,
        )
        return [ListedSet(*row) for row in rows]

    def list_sets_by_position_backwards(
        self, text: str, *, after: int | None, row_count: int
    ) -> list[ListedSet]:
        rows = self._rows(
            "list_sets_by_position_backwards",
            pattern=_pattern(text),
            after_position=_BEHIND_ALL if after is None else after,
            row_count=row_count,
        )
        return [ListedSet(*row) for row in rows]


def _pattern(text: str) -> str:
    """For LIKE: the text anywhere, its own signs taken as they are."""
    if not text:
        return ""
    plain = fold(text).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"
