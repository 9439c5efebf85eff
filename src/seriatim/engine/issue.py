"""Moving a series inside one transaction: issue from it, raise it, bring it into being."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.errors import Rejected, StoreUnavailable
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.register import ChosenBy, Entry, EntryContent, EntryKind
from seriatim.domain.rules.issuing import chronological_date_does_not_go_back
from seriatim.domain.sequence_set import Series
from seriatim.engine.allocation import Step, next_steps
from seriatim.engine.chain import appended
from seriatim.engine.clearance import (
    is_clear,
    lock_with_partners,
    renew_clearance,
    taken_by_partners,
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who moves a series, and when: what every entry of the move carries."""

    actor: str
    request_id: str
    batch_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """What to issue from one series, after its set was resolved and its request checked.

    Shape: with `references`, each number is an entry of its own that carries one of them;
        otherwise a run of numbers is one entry with `reference`.
    """

    count: int
    sequence_set_id: str
    chosen_by: ChosenBy
    document_date: date | None
    today: date
    is_chronological: bool
    reference: str | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """Numbers given out. Shape: `ranges` rise; more than one if some were stepped over."""

    series: Series
    ranges: list[NumberRange]
    entries: list[Entry]
    document_date: date

    @property
    def first_entry(self) -> Entry:
        return next(entry for entry in self.entries if entry.content.kind is EntryKind.ISSUED)


def issue(books: SeriesBooks, series_id: str, order: IssueOrder, stamp: Stamp) -> Issued:
    """Give out the next `order.count` numbers of a series, in the caller's transaction.

    Order: the series' row lock decides between transactions.
    Errors: Rejected (nothing left, a date that goes back); nothing is written then.
    Cost: one lock, one insert of all entries, one update; look-ups only where another
        series may have taken a text.
    """
    series, partners = _locked(books, series_id, order.count)
    document_date = _document_date(series, order)
    steps = next_steps(
        series, order.count, lambda window: taken_by_partners(books, series, partners, window)
    )
    contents = [
        content for step in steps for content in _contents(step, order, document_date, stamp)
    ]
    contents = _with_references(contents, order.references)
    advanced, entries = appended(series, contents)
    advanced = _write(books, series, advanced, entries, partners)
    ranges = [step.numbers for step in steps if step.taken_by is None]
    return Issued(advanced, ranges, entries, document_date)


def _locked(books: SeriesBooks, series_id: str, count: int) -> tuple[Series, list[Series]]:
    series = books.lock_series([series_id])[series_id]
    if series.stopped_because is not None:
        message = f"the series '{series.prefix}' is stopped: {series.stopped_because}"
        raise StoreUnavailable(message)
    if is_clear(series, series.last_number + count):
        return series, []
    return lock_with_partners(books, series)


def _document_date(series: Series, order: IssueOrder) -> date:
    """Source: contract/numbering.md, Issuing: chronological series."""
    if not order.is_chronological:
        return order.document_date or order.today
    violations = list(chronological_date_does_not_go_back(series, order.document_date))
    if violations:
        raise Rejected(violations)
    return order.document_date or max(order.today, series.last_document_date or order.today)


def _contents(
    step: Step, order: IssueOrder, document_date: date, stamp: Stamp
) -> list[EntryContent]:
    if step.taken_by is not None:
        reason = f"the same text was given by the series '{step.taken_by}'"
        return [_entry(EntryKind.SKIPPED, step.numbers, stamp, reason)]
    issued = EntryContent(
        kind=EntryKind.ISSUED,
        numbers=step.numbers,
        actor=stamp.actor,
        request_id=stamp.request_id,
        batch_id=stamp.batch_id,
        recorded_at=stamp.recorded_at,
        sequence_set_id=order.sequence_set_id,
        chosen_by=order.chosen_by,
        document_date=document_date,
        reference=order.reference,
    )
    if not order.references:
        return [issued]
    return [
        replace(issued, numbers=NumberRange(number, number))
        for number in range(step.numbers.first, step.numbers.last + 1)
    ]


def _with_references(
    contents: list[EntryContent], references: tuple[str, ...]
) -> list[EntryContent]:
    if not references:
        return contents
    waiting = iter(references)
    return [
        replace(content, reference=next(waiting)) if content.kind is EntryKind.ISSUED else content
        for content in contents
    ]


def raise_start(books: SeriesBooks, series_id: str, start_number: int, stamp: Stamp) -> Series:
    """Make `start_number` the next number; what lies in between is skipped, with the reason.

    Errors: InvariantBroken if the series is past it already: a rule refuses that before.
    """
    series, partners = lock_with_partners(books, books.lock_series([series_id])[series_id])
    passed = NumberRange(series.next_number, start_number - 1)
    contents = [
        _entry(EntryKind.SKIPPED, part, stamp, f"start number raised to {start_number}")
        for part in without(passed, [])
    ]
    advanced, entries = appended(series, contents)
    return _write(books, series, advanced, entries, partners)


def settle(books: SeriesBooks, series_id: str) -> Series:
    """Take note of a series that was born or started anew: its partners must know of it."""
    series, partners = lock_with_partners(books, books.lock_series([series_id])[series_id])
    settled = renew_clearance(books, series, partners)
    if settled.clear_until != series.clear_until:
        books.set_clear_until(series_id, settled.clear_until)
    return settled


def preview(books: SeriesBooks, series: Series, count: int) -> list[int]:
    """The numbers the series would give next; fewer where it ends. Nothing is locked."""
    partners = books.find_entangled_series(series.prefix)

    def taken(window: NumberRange) -> list[tuple[NumberRange, str]]:
        return taken_by_partners(books, series, partners, window)

    for fewer in range(count, 0, -1):
        try:
            steps = next_steps(series, fewer, taken)
        except Rejected:
            continue
        return [
            number
            for step in steps
            if step.taken_by is None
            for number in range(step.numbers.first, step.numbers.last + 1)
        ]
    return []


def _entry(kind: EntryKind, numbers: NumberRange, stamp: Stamp, reason: str) -> EntryContent:
    return EntryContent(
        kind=kind,
        numbers=numbers,
        actor=stamp.actor,
        request_id=stamp.request_id,
        batch_id=stamp.batch_id,
        recorded_at=stamp.recorded_at,
        reason=reason,
    )


def _write(
    books: SeriesBooks,
    before: Series,
    advanced: Series,
    entries: list[Entry],
    partners: list[Series],
) -> Series:
    if partners:
        advanced = renew_clearance(books, advanced, partners)
    books.append_entries(entries)
    books.advance_series(advanced, previous_entry_number=before.last_entry_number)
    return advanced
