"""Gaps: every number of a series that is not in use, and why; and whether any is unexplained.

Source: contract/numbering.md, Issuing: GET /v1/series/{id}/gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState
from seriatim.domain.register import Entry, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.service.permissions import Right, require
from seriatim.service.series import find_series
from seriatim.store.sql_store import EntityBooks, Transaction

_ENTRIES_PER_SLICE = 1000
_UNEXPLAINED_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of numbers not in use. `entry` is the one that says so."""

    numbers: NumberRange
    state: NumberState
    reason: str | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class GapPage:
    """Shape: `next_place` is where the next page begins, None on the last. `unexplained` is
    always empty, or the books are broken.
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

    Cost: reads the gaps alone, not the issues between them; only where the counts of the series
        do not add up is every entry read, to find the hole.
    """
    require(caller, Right.READ)
    series = find_series(transaction, caller, series_id)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    entries = books.list_exceptional(
        series.key.series_id, after=after or (0, 0), row_count=row_count + 1
    )
    page = entries[:row_count]
    gaps = [_gap(entry) for entry in page if entry.content.kind is not EntryKind.IMPORTED]
    gaps += _expired_holds(books, series, clock) if after is None else []
    last = page[-1] if len(entries) > row_count else None
    return GapPage(
        series,
        sorted(gaps, key=lambda gap: gap.numbers.first),
        _unexplained(books, series),
        None if last is None else (last.content.numbers.first, last.entry_number),
    )


def _gap(entry: Entry) -> Gap:
    state = NumberState(entry.content.kind.value)
    return Gap(entry.content.numbers, state, entry.content.reason, entry)


def _expired_holds(books: EntityBooks, series: Series, clock: Clock) -> list[Gap]:
    """Holds whose deadline has come and that nobody has written down yet."""
    series_id = series.key.series_id
    holds = books.find_expired_holds(series_id, clock.now(), row_count=_ENTRIES_PER_SLICE)
    covering = books.get_entries(series_id, [hold.entry_number for hold in holds])
    return [
        Gap(hold.numbers, NumberState.VOIDED, HOLD_EXPIRED, covering[hold.entry_number])
        for hold in holds
    ]


def _unexplained(books: EntityBooks, series: Series) -> list[NumberRange]:
    covered = series.issued_count + series.skipped_count + _imported_within(books, series)
    if covered == series.last_number - series.origin + 1:
        return []
    return _holes(books, series)


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
