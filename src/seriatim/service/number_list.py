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
from heapq import merge

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange, fold
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
_ENTRY_NUMBER_MAX = 2**63 - 1
_BEGINNING = ("", 0, 0)
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_EXCEPTIONAL = {
    NumberState.VOIDED: EntryKind.VOIDED,
    NumberState.SKIPPED: EntryKind.SKIPPED,
    NumberState.IMPORTED: EntryKind.IMPORTED,
}

Place = tuple[str, str, str, int, str]
"""Where a list goes on: behind a series' prefix and document type, and in it behind a day or "",
an entry number, and a number as text. For a list by reference, a series id stands in place of the
day, and nothing in place of the prefix and type."""


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
    for place, row in reading.rows(after):
        if row is not None and wanted.accepts(row.part):
            rows.append(row)
        if len(rows) >= row_count or reading.examined >= _EXAMINED_MAX:
            return NumberPage(rows, place)
    return NumberPage(rows, None)


Examined = tuple[Place, NumberRow | None]
_Inside = tuple[str, int, int]
"""How far in a series: a day or "", an entry number, a number."""


class _Reading:
    """Walks the rows that may be wanted, each with the place behind it.

    Shape: a place without a row is one to which nothing was found.
    """

    def __init__(self, books: EntityBooks, wanted: NumberFilter, clock: Clock) -> None:
        self._books = books
        self._wanted = wanted
        self._now = clock.now()
        self.examined = 0

    def rows(self, after: Place | None) -> Iterator[Examined]:
        if self._wanted.reference is not None:
            yield from self._by_reference(self._wanted.reference, after)
            return
        for series, inside in self._series(after):
            yield from self._within(series, inside)
            self.examined += 1
            end = (_LAST_DAY.isoformat(), _ENTRY_NUMBER_MAX, SEQUENTIAL_NUMBER_MAX)
            yield self._place(series, *end), None

    def _series(self, after: Place | None) -> Iterator[tuple[Series, _Inside]]:
        """The series from the place on; the first of them from inside it."""
        place = ("", "")
        if after is not None:
            begun = self._books.find_series_by_prefix(DocumentType(after[1]), after[0])
            if begun is not None and self._wanted.accepts_series(begun):
                yield begun, (after[2], after[3], int(after[4]))
            place = after[0], after[1]
        if self._wanted.prefix is not None:
            if after is None:
                found = self._books.find_series_with_prefixes([self._wanted.prefix])
                yield from ((one, _BEGINNING) for one in found if self._wanted.accepts_series(one))
            return
        while found := self._books.list_series(
            after_prefix=place[0], after_document_type=place[1], row_count=_SERIES_PER_SLICE
        ):
            self.examined += 1
            for series in found:
                if self._wanted.accepts_series(series):
                    yield series, _BEGINNING
            place = found[-1].prefix, found[-1].document_type.value

    def _within(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        wanted = self._wanted
        if wanted.state is NumberState.RESERVED:
            yield from self._held(series, inside)
        elif wanted.date_from is not None or wanted.date_to is not None:
            yield from self._dated(series, inside)
        elif wanted.state is NumberState.VOIDED:
            voided, expired = self._exceptional(series, inside), self._expired(series, inside)
            yield from merge(voided, expired, key=_number_and_entry)
        elif wanted.state in _EXCEPTIONAL:
            yield from self._exceptional(series, inside)
        else:
            yield from self._numbered(series, inside)

    def _numbered(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        after = inside[2]
        while after < SEQUENTIAL_NUMBER_MAX and (
            entries := self._books.list_covering(
                series.key.series_id, from_number=after + 1, row_count=_ENTRIES_PER_SLICE
            )
        ):
            for _, part in self._with_states(series, entries, after):
                after = part.numbers.last
                yield self._place(series, "", 0, after), NumberRow(series, part)

    def _dated(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        day_text, entry_number, behind = inside
        after = (self._wanted.date_from or _FIRST_DAY, 0)
        if day_text:
            # The entry itself once more: the page may have ended inside it.
            after = (date.fromisoformat(day_text), entry_number - 1)
        until = self._wanted.date_to or _LAST_DAY
        while entries := self._books.list_by_date(
            series.key.series_id, after=after, until=until, row_count=_ENTRIES_PER_SLICE
        ):
            begun = entries[:1] if entries[0].entry_number == entry_number else []
            for some, from_behind in ((begun, behind), (entries[len(begun) :], 0)):
                for entry, part in self._with_states(series, some, from_behind):
                    day = entry.content.document_date or after[0]
                    place = day.isoformat(), entry.entry_number, part.numbers.last
                    yield self._place(series, *place), NumberRow(series, part)
            after = (entries[-1].content.document_date or after[0], entries[-1].entry_number)

    def _exceptional(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        after = (inside[2], inside[1])
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
                yield self._place(series, "", after[1], after[0]), NumberRow(series, part)

    def _expired(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        """Holds whose deadline has come and that nobody has written down yet."""
        for place, row in self._held(series, inside):
            yield place, row if row and row.part.state is NumberState.VOIDED else None

    def _held(self, series: Series, inside: _Inside) -> Iterator[Examined]:
        after = inside[2]
        series_id = series.key.series_id
        while holds := self._books.list_holds(
            series_id, after_number=after, row_count=_ENTRIES_PER_SLICE
        ):
            covering = self._books.get_entries(series_id, [hold.entry_number for hold in holds])
            for hold in holds:
                self.examined += 1
                after = hold.numbers.first
                (part,) = present_states(covering[hold.entry_number], [], self._now)
                part = replace(part, numbers=hold.numbers)
                yield self._place(series, "", _ENTRY_NUMBER_MAX, after), NumberRow(series, part)

    def _by_reference(self, reference: str, after: Place | None) -> Iterator[Examined]:
        place = ("0" * 32, 0)
        begun, behind = place, 0
        if after is not None:
            begun, behind = (after[2], after[3]), int(after[4])
            place = after[2], after[3] - 1
        while entries := self._books.list_by_reference(
            reference, after=place, row_count=_ENTRIES_PER_SLICE
        ):
            for entry in entries:
                place = (entry.series.series_id, entry.entry_number)
                series = self._books.get_series(entry.series.series_id)
                if series is not None and self._wanted.accepts_series(series):
                    rest = behind if place == begun else 0
                    for _, part in self._with_states(series, [entry], rest):
                        yield ("", "", *place, str(part.numbers.last)), NumberRow(series, part)
                self.examined += 1
                yield ("", "", *place, str(SEQUENTIAL_NUMBER_MAX)), None

    def _with_states(
        self, series: Series, entries: list[Entry], behind: int
    ) -> Iterator[tuple[Entry, StateRange]]:
        """The numbers behind a given one, each part with its entry."""
        rest = NumberRange(behind + 1, SEQUENTIAL_NUMBER_MAX)
        referring = self._books.list_referring(
            series.key.series_id, [entry.entry_number for entry in entries], rest
        )
        for entry in entries:
            self.examined += 1
            found = referring.get(entry.entry_number, [])
            for part in present_states(entry, found, self._now):
                if part.numbers.last > behind:
                    first = max(part.numbers.first, behind + 1)
                    yield entry, replace(part, numbers=NumberRange(first, part.numbers.last))

    def _place(self, series: Series, day: str, entry_number: int, number: int) -> Place:
        return series.prefix, series.document_type.value, day, entry_number, str(number)


def _number_and_entry(examined: Examined) -> tuple[int, int]:
    _, _, _, entry_number, number = examined[0]
    return int(number), entry_number
