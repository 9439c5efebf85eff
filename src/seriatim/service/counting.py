"""Counting the numbers of each day behind the issuing, so that issuing pays nothing for it.

Each series is counted from the entry where counting stopped, some entries at a time; which entry
that is stands in the same transaction as what was added, and moves on only where it still is what
it was. So nothing is counted twice or left out, however many processes count and whenever one dies.

Source: design/data-model.md, daily_count; ADR 14.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from seriatim.domain.caller import Caller
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import SeriesKey
from seriatim.service.permissions import Right, require
from seriatim.store.counting_queries import DailyTotal, Moved, SeriesToCount
from seriatim.store.sql_store import SqlStore, Transaction

_SERIES_AT_ONCE = 200
_ENTRIES_AT_ONCE = 20_000
_ROUNDS_PER_SWEEP = 25
_ROUNDS_PER_PAGE = 3


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a stretch of a series' entries came to, by day."""

    series: SeriesToCount
    up_to_entry: int
    days: dict[date, Moved]


def count_all(store: SqlStore) -> int:
    """Count what was issued since the last time, of all tenants; how many entries.

    Cost: of the series that moved, a bounded number of entries; the rest waits for the next time.
        Each round is one short write, whatever the number of series in it.
    """
    entries = 0
    after: SeriesKey | None = None
    for _ in range(_ROUNDS_PER_SWEEP):
        with store.read() as transaction:
            found = transaction.list_series_to_count(after=after, row_count=_SERIES_AT_ONCE)
        if not found and after is None:
            break
        entries += _count_some(store, found)
        # Round again from the beginning, so that one long series does not hold up all others.
        after = found[-1].series if len(found) == _SERIES_AT_ONCE else None
    return entries


def count_for_page(store: SqlStore, caller: Caller, time_zone: str) -> int:
    """Count a little of one entity for whoever looks at it now; how many entries are left.

    Shape: of an entity with a great many series, only the first are looked at: the sweeper has
        counted the others moments ago.
    """
    require(caller, Right.READ)
    for _ in range(_ROUNDS_PER_PAGE):
        found = _first_of_entity(store, caller, time_zone)
        if not found:
            return 0
        _count_some(store, found)
    return sum(one.entries_left for one in _first_of_entity(store, caller, time_zone))


def _first_of_entity(store: SqlStore, caller: Caller, time_zone: str) -> list[SeriesToCount]:
    with store.read() as transaction:
        books = transaction.books(caller.tenant_id, caller.entity_id)
        return books.list_first_series_to_count(time_zone, row_count=_SERIES_AT_ONCE)


def _count_some(store: SqlStore, found: list[SeriesToCount]) -> int:
    """Count entries of these series, at most so many in all; how many were counted."""
    counted: list[_Counted] = []
    room = _ENTRIES_AT_ONCE
    for series in found:
        if room <= 0:
            break
        one = _counted(store, series, room)
        room -= one.up_to_entry - (series.counted_up_to or 0)
        counted.append(one)
    if counted:
        store.run(lambda transaction: _keep(transaction, counted))
    return _ENTRIES_AT_ONCE - room


def _counted(store: SqlStore, series: SeriesToCount, entries_max: int) -> _Counted:
    """Entries up to the series' last one are committed and never change: no lock is needed."""
    behind = series.counted_up_to or 0
    up_to = min(behind + entries_max, series.last_entry_number)
    key = series.series
    with store.read() as transaction:
        minutes = transaction.books(key.tenant_id, key.entity_id).count_moved_by_minute(
            key.series_id, after_entry_number=behind, up_to_entry_number=up_to
        )
    zone = ZoneInfo(series.time_zone)
    days: defaultdict[date, Moved] = defaultdict(Moved)
    for minute, moved in minutes:
        days[minute.astimezone(zone).date()] += moved
    return _Counted(series, up_to, dict(days))


def _keep(transaction: Transaction, counted: list[_Counted]) -> None:
    """Order: first the tallies, by their ids, then the days, by theirs: two never wait in a ring."""
    own = [one for one in counted if _is_ours(transaction, one)]
    totals: defaultdict[tuple[str, str, str, date, DocumentType], Moved] = defaultdict(Moved)
    for one in own:
        series, key = one.series, one.series.series
        for day, moved in one.days.items():
            place = (key.tenant_id, key.entity_id, series.time_zone, day, series.document_type)
            totals[place] += moved
    for place in sorted(totals):
        tenant_id, entity_id, time_zone, day, document_type = place
        total = DailyTotal(day, document_type, totals[place])
        transaction.books(tenant_id, entity_id).add_to_daily_total(time_zone, total)
    for one in own:
        series, key = one.series, one.series.series
        books = transaction.books(key.tenant_id, key.entity_id)
        for day, moved in sorted(one.days.items()):
            if moved.issued:
                books.add_to_daily_count(series.time_zone, day, key.series_id, moved.issued)


def _is_ours(transaction: Transaction, counted: _Counted) -> bool:
    """Whether no other process counted the series since we read how far it was."""
    key = counted.series.series
    books = transaction.books(key.tenant_id, key.entity_id)
    if counted.series.counted_up_to is None:
        return books.begin_tally(counted.series, counted.up_to_entry)
    return books.advance_tally(counted.series, counted.up_to_entry)
