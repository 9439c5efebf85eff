"""Gaps: every number of a series that is not in use, and why; and whether any is unexplained.

Source: contract/numbering.md, Issuing: GET /v1/series/{id}/gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim import telemetry
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState
from seriatim.domain.register import Entry, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.service.number_moves import SWEEPER
from seriatim.service.permissions import Right, require
from seriatim.service.series import find_series
from seriatim.store.sql_store import EntityBooks, Transaction

_ENTRIES_PER_SLICE = 1000
_UNEXPLAINED_SHOWN_MAX = 100
_BEHIND_ALL_ENTRIES = 2**63 - 1

_log = telemetry.logger("books")


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of numbers not in use, who said so, and since when."""

    numbers: NumberRange
    state: NumberState
    reason: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GapPage:
    """Shape: `next_place` is where the next page begins, None on the last. `unexplained` is
    always empty, or the books are broken; the first page looks closest.
    """

    series: Series
    gaps: list[Gap]
    unexplained: list[NumberRange]
    next_place: tuple[int, int] | None


def list_gaps(
    transaction: Transaction,
    caller: Caller,
    series_id: str,
    *,
    after: tuple[int, int] | None,
    row_count: int,
    clock: Clock,
) -> GapPage:
    """Order: by first number. `after` is a first number and an entry number.

    Cost: reads the gaps of the page, not the issues between them; the first page also counts the
        entries in an index, and only where something does not add up reads them, to find the hole.
    """
    require(caller, Right.READ)
    series = find_series(transaction, caller, series_id)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    place = after or (0, 0)
    entries = books.list_exceptional(series.key.series_id, after=place, row_count=row_count + 1)
    found = [((one.content.numbers.first, one.entry_number), _gap(one)) for one in entries]
    found += _expired_holds(books, series, clock.now(), place[0], row_count + 1)
    found.sort(key=lambda one: one[0])
    page = found[:row_count]
    unexplained = _unexplained(books, series, counts_entries=after is None)
    if unexplained:
        _log.error("numbers_unexplained", series=series_id, ranges=len(unexplained))
    return GapPage(
        series,
        [gap for _, gap in page if gap.state is not NumberState.IMPORTED],
        unexplained,
        page[-1][0] if len(found) > row_count else None,
    )


def _gap(entry: Entry) -> Gap:
    state = NumberState(entry.content.kind.value)
    content = entry.content
    return Gap(content.numbers, state, content.reason, content.actor, content.recorded_at)


def _expired_holds(
    books: EntityBooks, series: Series, now: datetime, after_number: int, row_count: int
) -> list[tuple[tuple[int, int], Gap]]:
    """Holds whose deadline has come and that nobody has written down yet, with their places.

    Shape: said by the sweeper, who is about to write them down, and over since their deadline.
    """
    series_id = series.key.series_id
    holds = books.find_expired_holds(series_id, now, after_number=after_number, row_count=row_count)
    return [
        (
            (hold.numbers.first, _BEHIND_ALL_ENTRIES),
            Gap(hold.numbers, NumberState.VOIDED, HOLD_EXPIRED, SWEEPER, hold.hold_until),
        )
        for hold in holds
    ]


def _unexplained(books: EntityBooks, series: Series, *, counts_entries: bool) -> list[NumberRange]:
    covered = series.issued_count + series.skipped_count + _imported_within(books, series)
    adds_up = covered == series.last_number - series.origin + 1
    if adds_up and counts_entries:
        # Entries that came since the series was read are no fault.
        adds_up = books.count_entries(series.key.series_id) >= series.last_entry_number
    return [] if adds_up else _holes(books, series)


def _imported_within(books: EntityBooks, series: Series) -> int:
    """How many imported numbers lie between the origin and the last number."""
    if series.imported_count == 0:
        return 0
    count, after = 0, (0, 0)
    while entries := books.list_exceptional(
        series.key.series_id, after=after, row_count=_ENTRIES_PER_SLICE
    ):
        for entry in entries:
            numbers = entry.content.numbers
            first, last = max(numbers.first, series.origin), min(numbers.last, series.last_number)
            if entry.content.kind is EntryKind.IMPORTED and first <= last:
                count += last - first + 1
        after = (entries[-1].content.numbers.first, entries[-1].entry_number)
    return count


def _holes(books: EntityBooks, series: Series) -> list[NumberRange]:
    holes: list[NumberRange] = []
    first = series.origin
    while first <= series.last_number and len(holes) < _UNEXPLAINED_SHOWN_MAX:
        entries = books.list_covering(
            series.key.series_id, from_number=first, row_count=_ENTRIES_PER_SLICE
        )
        is_end = len(entries) < _ENTRIES_PER_SLICE
        last = series.last_number if is_end else entries[-1].content.numbers.last
        window = NumberRange(first, last)
        holes += without(window, [entry.content.numbers for entry in entries])
        first = last + 1
    return holes[:_UNEXPLAINED_SHOWN_MAX]
