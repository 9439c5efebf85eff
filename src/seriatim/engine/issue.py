"""Moving a series inside one transaction: issue from it, raise it, bring it into being."""

from __future__ import annotations

from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.errors import InvariantBroken, Rejected
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.sequence_set import Series
from seriatim.engine.allocation import next_steps
from seriatim.engine.batch import Batch
from seriatim.engine.chain import appended
from seriatim.engine.clearance import (
    Taken,
    imported_ahead,
    past_imported,
    renew_clearance,
    taken_numbers,
)
from seriatim.engine.nearness import lock_near, partners_meaning
from seriatim.engine.orders import Issued, IssueOrder, Stamp, skipped_entry


def issue(books: SeriesBooks, seen: Series, order: IssueOrder, stamp: Stamp) -> Issued:
    """Give out the next `order.count` numbers of a series, in the caller's transaction.

    Shape: `seen` is the series as it was read before; what counts is read under the lock.
    Order: the series' row lock decides between transactions.
    Errors: Rejected (nothing left, a date that goes back); nothing is written then.
    Cost: one lock, one insert of all entries, one update; look-ups only where another
        series may have taken a text.
    """
    batch = Batch(books)
    batch.lock([(seen, order.count)])
    issued = batch.issue(seen.key.series_id, order, stamp)
    batch.write()
    return issued


def raise_start(
    books: SeriesBooks, seen: Series, start_number: int, stamp: Stamp
) -> tuple[Series, list[NumberRange]]:
    """Make `start_number` the next number; what lies in between is skipped, with the reason.

    Shape: the series as it stands then, and what was skipped: numbers that were imported ahead
        stay imported, and are passed.
    Errors: InvariantBroken if the series is past it already: a rule refuses that before.
    """
    series, near = lock_near(books, seen)
    if start_number < series.next_number:
        raise InvariantBroken(f"'{series.prefix}' is past {start_number} and cannot go back")
    passed = NumberRange(series.next_number, start_number - 1)
    covered = list(imported_ahead(books, series, passed))
    skipped = list(without(passed, covered))
    contents = [
        skipped_entry(part, stamp, f"start number raised to {start_number}") for part in skipped
    ]
    advanced, entries = appended(series, contents, covered)
    advanced = past_imported(books, advanced)
    advanced = renew_clearance(books, advanced, near.partners, near.until)
    books.append_entries(entries)
    books.advance_series([(advanced, series.last_entry_number)])
    return advanced, skipped


def settle(books: SeriesBooks, seen: Series) -> Series:
    """Take note of a series that was born or started anew: its partners must know of it."""
    series, near = lock_near(books, seen)
    settled = renew_clearance(books, series, near.partners, near.until)
    if settled.clear_until != series.clear_until:
        books.set_clear_until(series.key.series_id, settled.clear_until)
    return settled


def preview(books: SeriesBooks, series: Series, count: int) -> list[int]:
    """The numbers the series would give next; fewer where it ends. Nothing is locked."""

    def taken(window: NumberRange) -> list[Taken]:
        partners = partners_meaning(books, series, [window])
        return taken_numbers(books, series, partners, window)

    for fewer in range(count, 0, -1):
        try:
            steps = next_steps(series, fewer, taken)
        except Rejected:
            continue
        return [
            number
            for step in steps
            if step.is_free
            for number in range(step.numbers.first, step.numbers.last + 1)
        ]
    return []
