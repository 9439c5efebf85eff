"""Listing document numbers: a row for each range of one present state.

A list is read series by series, each in the order that its filters allow an index to give; a
page looks at a bounded number of entries and says where the next one goes on, so that the
millionth row costs what the first does.

Source: contract/numbering.md, Issuing: GET /v1/document-numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.number_states import NumberState, StateRange, present_states
from seriatim.domain.register import Entry, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import EntityBooks, Transaction

_EXAMINED_MAX = 5000
_ENTRIES_PER_SLICE = 200
_SERIES_PER_SLICE = 200
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_EXCEPTIONAL = {
    NumberState.VOIDED: EntryKind.VOIDED,
    NumberState.SKIPPED: EntryKind.SKIPPED,
    NumberState.IMPORTED: EntryKind.IMPORTED,
}

Place = tuple[str, str, str, int]
"""Where a list goes on: a series' prefix and document type, and how far in it: a number or a
day as text, and an entry number. For a list by reference: a series id, and an entry number."""


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """Which numbers to list; None does not narrow."""

    document_type: DocumentType | None = None
    prefix: str | None = None
    sequence_set_id: str | None = None
    state: NumberState | None = None
    reference: str | None = None
    date_from: date | None = None
    date_to: date | None = None

    def accepts(self, part: StateRange) -> bool:
        content = part.covering.content
        day = content.document_date
        return (
            (self.state is None or part.state is self.state)
            and (self.sequence_set_id is None or content.sequence_set_id == self.sequence_set_id)
            and (self.reference is None or content.reference == self.reference)
            and (self.date_from is None or (day is not None and day >= self.date_from))
            and (self.date_to is None or (day is not None and day <= self.date_to))
        )

    def accepts_series(self, series: Series) -> bool:
        return (
            (self.document_type is None or series.document_type is self.document_type)
            and (self.prefix is None or fold(series.prefix) == fold(self.prefix))
            and series.has_entries
        )


@dataclass(frozen=True, slots=True)
class NumberRow:
    series: Series
    part: StateRange


@dataclass(frozen=True, slots=True)
class NumberPage:
    """Shape: a page may hold fewer rows than asked for, and yet have a next one."""

    rows: list[NumberRow]
    next_place: Place | None


def list_numbers(
    transaction: Transaction,
    caller: Caller,
    wanted: NumberFilter,
    *,
    after: Place | None,
    row_count: int,
    clock: Clock,
) -> NumberPage:
    """Order: by prefix and document type; within a series by number, or by day where days are
    asked for; with a reference, by series id and entry.
    """
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    reading = _Reading(books, wanted, clock)
    rows: list[NumberRow] = []
    for place, series, parts in reading.entries(after):
        rows += [NumberRow(series, part) for part in parts if wanted.accepts(part)]
        if len(rows) >= row_count or reading.examined >= _EXAMINED_MAX:
            return NumberPage(rows, place)
    return NumberPage(rows, None)


Examined = tuple[Place, Series, list[StateRange]]


class _Reading:
    """Walks the entries that may hold wanted numbers, each with the place behind it."""

    def __init__(self, books: EntityBooks, wanted: NumberFilter, clock: Clock) -> None:
        self._books = books
        self._wanted = wanted
        self._now = clock.now()
        self.examined = 0

    def entries(self, after: Place | None) -> Iterator[Examined]:
        if self._wanted.reference is not None:
            yield from self._by_reference(self._wanted.reference, after)
            return
        for series, inside in self._series(after):
            yield from self._within(series, inside)

    def _series(self, after: Place | None) -> Iterator[tuple[Series, tuple[str, int] | None]]:
        """The series from the place on; the first of them from inside it."""
        place = ("", "")
        if after is not None:
            begun = self._books.find_series_by_prefix(DocumentType(after[1]), after[0])
            if begun is not None and self._wanted.accepts_series(begun):
                yield begun, (after[2], after[3])
            place = after[0], after[1]
        if self._wanted.prefix is not None:
            if after is None:
                found = self._books.find_series_with_prefixes([self._wanted.prefix])
                yield from ((one, None) for one in found if self._wanted.accepts_series(one))
            return
        while found := self._books.list_series(
            after_prefix=place[0], after_document_type=place[1], row_count=_SERIES_PER_SLICE
        ):
            self.examined += 1
            for series in found:
                if self._wanted.accepts_series(series):
                    yield series, None
            place = found[-1].prefix, found[-1].document_type.value

    def _within(self, series: Series, inside: tuple[str, int] | None) -> Iterator[Examined]:
        if self._wanted.state is NumberState.RESERVED:
            yield from self._held(series, inside)
        elif self._wanted.date_from is not None or self._wanted.date_to is not None:
            yield from self._dated(series, inside)
        elif self._wanted.state in _EXCEPTIONAL:
            yield from self._exceptional(series, inside)
        else:
            yield from self._numbered(series, inside)

    def _numbered(self, series: Series, inside: tuple[str, int] | None) -> Iterator[Examined]:
        from_number = int(inside[0]) + 1 if inside else 1
        while from_number <= SEQUENTIAL_NUMBER_MAX and (
            entries := self._books.list_covering(
                series.key.series_id, from_number=from_number, row_count=_ENTRIES_PER_SLICE
            )
        ):
            for entry, parts in self._with_states(series, entries):
                from_number = entry.content.numbers.last + 1
                yield self._place(series, str(from_number - 1), 0), series, parts

    def _dated(self, series: Series, inside: tuple[str, int] | None) -> Iterator[Examined]:
        after = (self._wanted.date_from or _FIRST_DAY, 0)
        if inside:
            after = (date.fromisoformat(inside[0]), inside[1])
        until = self._wanted.date_to or _LAST_DAY
        while entries := self._books.list_by_date(
            series.key.series_id, after=after, until=until, row_count=_ENTRIES_PER_SLICE
        ):
            for entry, parts in self._with_states(series, entries):
                after = (entry.content.document_date or after[0], entry.entry_number)
                yield self._place(series, after[0].isoformat(), after[1]), series, parts

    def _exceptional(self, series: Series, inside: tuple[str, int] | None) -> Iterator[Examined]:
        after = (int(inside[0]), inside[1]) if inside else (0, 0)
        series_id = series.key.series_id
        while entries := self._books.list_exceptional(
            series_id, after=after, row_count=_ENTRIES_PER_SLICE
        ):
            voided = [one.content.refers_to for one in entries if one.content.refers_to]
            covering = self._books.get_entries(series_id, voided)
            for entry in entries:
                self.examined += 1
                after = (entry.content.numbers.first, entry.entry_number)
                covers = covering.get(entry.content.refers_to or 0, entry)
                state = NumberState(entry.content.kind.value)
                part = StateRange(entry.content.numbers, state, covers, entry, entry.content.reason)
                yield self._place(series, str(after[0]), after[1]), series, [part]

    def _held(self, series: Series, inside: tuple[str, int] | None) -> Iterator[Examined]:
        after = int(inside[0]) if inside else 0
        series_id = series.key.series_id
        while holds := self._books.list_holds(
            series_id, after_number=after, row_count=_ENTRIES_PER_SLICE
        ):
            covering = self._books.get_entries(series_id, [hold.entry_number for hold in holds])
            for hold in holds:
                self.examined += 1
                after = hold.numbers.first
                states = present_states(covering[hold.entry_number], [], self._now)
                parts = [replace(one, numbers=hold.numbers) for one in states]
                yield self._place(series, str(after), 0), series, parts

    def _by_reference(self, reference: str, after: Place | None) -> Iterator[Examined]:
        place = (after[2], after[3]) if after else ("0" * 32, 0)
        while entries := self._books.list_by_reference(
            reference, after=place, row_count=_ENTRIES_PER_SLICE
        ):
            for entry in entries:
                series = self._books.get_series(entry.series.series_id)
                if series is None or not self._wanted.accepts_series(series):
                    continue
                for _, parts in self._with_states(series, [entry]):
                    place = (entry.series.series_id, entry.entry_number)
                    yield ("", "", *place), series, parts
            place = (entries[-1].series.series_id, entries[-1].entry_number)

    def _with_states(
        self, series: Series, entries: list[Entry]
    ) -> Iterator[tuple[Entry, list[StateRange]]]:
        referring = self._books.list_referring(
            series.key.series_id, [entry.entry_number for entry in entries]
        )
        for entry in entries:
            self.examined += 1
            found = referring.get(entry.entry_number, [])
            yield entry, present_states(entry, found, self._now)

    def _place(self, series: Series, text: str, entry_number: int) -> Place:
        return series.prefix, series.document_type.value, text, entry_number
