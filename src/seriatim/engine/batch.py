"""Issuing for many callers in one transaction: one lock, one insert, one update for all.

Source: contract/numbering.md, Speed by design; ADR 9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import Rejected, SeriesUnusable
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.register import Entry
from seriatim.domain.rules.issuing import chronological_date_does_not_go_back
from seriatim.domain.sequence_set import Series
from seriatim.engine.allocation import Step, next_steps
from seriatim.engine.chain import Head
from seriatim.engine.clearance import (
    Taken,
    is_clear,
    lock_with_partners,
    past_imported,
    renew_clearance,
    taken_numbers,
)
from seriatim.engine.nearness import lock_with_near, near_ids
from seriatim.engine.orders import Issued, IssueOrder, Stamp, entry_contents


@dataclass(slots=True)
class _Moving:
    """A locked series on its way: as it was read, how it has grown, and what is not yet written.

    Shape: `partners` is None where nobody entangled had to be looked for; otherwise they are all
        that the series can meet up to `known_until`.
    """

    before: Series
    head: Head
    partners: list[Series] | None = None
    known_until: int = SEQUENTIAL_NUMBER_MAX
    entries: list[Entry] = field(default_factory=list[Entry])

    def is_clear(self, count: int) -> bool:
        """Whether the next `count` numbers can be given without looking anything up."""
        return is_clear(self.before, self.head.last_number + count)


@dataclass(frozen=True, slots=True)
class BatchMark:
    """A point to come back to. Shape: each series with its entries that were not yet written."""

    writes: int
    series: dict[str, tuple[Series, int]]


class Batch:
    """The issues of one transaction from one entity's series.

    Shape: `issue` gives each caller its numbers; `write` puts everything into the books and must
        be called before the commit.
    Order: all series are locked first, in the order of their ids; then numbers go out in the
        order of the calls.
    """

    def __init__(self, books: SeriesBooks) -> None:
        self._books = books
        self._moving: dict[str, _Moving] = {}
        self._writes = 0

    def lock(self, wanted: Iterable[tuple[Series, int]], beside: Iterable[str] = ()) -> None:
        """Lock every series that `issue` will be called for, with how many numbers of it.

        Shape: the series as they were read before; what counts is read under the lock. Where
            another series' numbers are near, that one is locked with it; `beside` are the ids of
            further ones.
        """
        counts: dict[str, int] = {}
        first_seen: dict[str, Series] = {}
        for seen, count in wanted:
            series_id = seen.key.series_id
            first_seen.setdefault(series_id, seen)
            counts[series_id] = counts.get(series_id, 0) + count
        series_ids = set(counts)
        for series_id, seen in first_seen.items():
            if not is_clear(seen, seen.last_number + counts[series_id]):
                series_ids.update(near_ids(self._books, seen, counts[series_id]))
        series_ids.update(beside)
        locked = self._books.lock_series(sorted(series_ids))
        self._take_all(locked[series_id] for series_id in counts)

    def issue(self, series_id: str, order: IssueOrder, stamp: Stamp) -> Issued:
        """Give out the next `order.count` numbers of a locked series.

        Errors: Rejected (nothing left, a date that goes back), SeriesUnusable (stopped, or its
            prefix was released meanwhile): this order alone fails.
        """
        moving = self._near(series_id, order.count)
        _refuse_unusable(moving.before)
        document_date = _document_date(moving, order)
        steps = self._next_steps(moving, order)
        moving.head.pass_over([step.numbers for step in steps if step.is_covered])
        contents = entry_contents(steps, order, document_date, stamp)
        entries = [moving.head.append(content) for content in contents]
        moving.entries += entries
        if moving.partners is not None:
            self.write()
        ranges = [step.numbers for step in steps if step.is_free]
        return Issued(moving.before, ranges, entries, document_date)

    def write(self) -> None:
        """Write what was issued; then forget the series, since writing may have changed others."""
        moved = [moving for moving in self._moving.values() if moving.entries]
        self._moving = {}
        if not moved:
            return
        self.note_written()
        grown = [(self._grown(moving), moving.before.last_entry_number) for moving in moved]
        entries = [entry for moving in moved for entry in moving.entries]
        self._books.append_entries(entries)
        holds = [hold for entry in entries if (hold := entry.hold) is not None]
        if holds:
            self._books.insert_holds(holds)
        self._books.advance_series(grown)

    def _grown(self, moving: _Moving) -> Series:
        """The series after its new entries, its clearance renewed where others are near."""
        series = moving.head.series()
        if moving.partners is None:
            return series
        advanced = past_imported(self._books, series)
        return renew_clearance(self._books, advanced, moving.partners, moving.known_until)

    def _next_steps(self, moving: _Moving, order: IssueOrder) -> list[Step]:
        count = order.count
        first, last = moving.head.last_number + 1, moving.head.last_number + count
        if last <= SEQUENTIAL_NUMBER_MAX and moving.is_clear(count):
            return [Step(NumberRange(first, last))]
        series = moving.head.series()

        def taken(window: NumberRange) -> list[Taken]:
            if window.last > moving.known_until:
                self._know_all_partners(moving)
            return taken_numbers(self._books, series, moving.partners or [], window)

        return next_steps(series, count, taken, order.asked_by)

    def _know_all_partners(self, moving: _Moving) -> None:
        """So much is stepped over that the series comes further than it was looked."""
        _, moving.partners = lock_with_partners(self._books, moving.before)
        moving.known_until = SEQUENTIAL_NUMBER_MAX

    def mark(self) -> BatchMark:
        """Where the batch stands, for `undo_to`."""
        standing = {
            series_id: (moving.head.series(), len(moving.entries))
            for series_id, moving in self._moving.items()
        }
        return BatchMark(self._writes, standing)

    def undo_to(self, mark: BatchMark) -> bool:
        """Take back what was issued since; False where some of it is in the books already."""
        if self._writes != mark.writes:
            return False
        for series_id, moving in self._moving.items():
            series, entries_kept = mark.series.get(series_id, (moving.before, 0))
            moving.head = Head(series)
            del moving.entries[entries_kept:]
        return True

    def note_written(self) -> None:
        """Something is in the books that no `undo_to` takes back."""
        self._writes += 1

    def _near(self, series_id: str, count: int) -> _Moving:
        """The series, with its partners where somebody else's numbers are near."""
        moving = self._moving.get(series_id)
        if moving is None:
            moving = self._take(self._books.lock_series([series_id])[series_id])
        moving.partners = None  # of an order that failed: they may have been given numbers since
        if moving.is_clear(count):
            return moving
        held = moving.head.series()
        self.write()  # the look-ups below go to the books
        series, partners, known_until = lock_with_near(self._books, held, count)
        moving = self._take(series)
        moving.partners, moving.known_until = partners, known_until
        return moving

    def _take(self, locked: Series) -> _Moving:
        self._take_all([locked])
        return self._moving[locked.key.series_id]

    def _take_all(self, locked: Iterable[Series]) -> None:
        for series in locked:
            self._moving[series.key.series_id] = _Moving(series, Head(series))


def _refuse_unusable(series: Series) -> None:
    if series.stopped_because is not None:
        message = f"the series '{series.prefix}' is stopped: {series.stopped_because}"
        raise SeriesUnusable(message)
    if series.is_released:
        raise SeriesUnusable(f"the prefix '{series.prefix}' was released meanwhile; try again")


def _document_date(moving: _Moving, order: IssueOrder) -> date:
    """Source: contract/numbering.md, Issuing: chronological series."""
    if not moving.before.is_chronological:
        return order.document_date or order.today
    series = moving.head.series()
    violations = list(chronological_date_does_not_go_back(series, order.document_date))
    if violations:
        raise Rejected(violations)
    return order.document_date or max(order.today, series.last_document_date or order.today)
