"""Confirming reserved numbers, voiding numbers, and settling holds whose deadline has come.

Source: contract/numbering.md, Register and Issuing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange, parse_number, without
from seriatim.domain.errors import (
    Category,
    Conflict,
    Rejected,
    SeriesUnusable,
    Violation,
)
from seriatim.domain.limits import NUMBERS_AT_FAULT_LISTED_MAX
from seriatim.domain.number_states import HOLD_EXPIRED, StateRange, present_states
from seriatim.domain.register import Entry, EntryContent, EntryKind, Hold, SeriesKey
from seriatim.domain.rules.issuing import violation
from seriatim.domain.rules.moves import (
    confirmed_numbers_are_on_hold,
    moved_number_is_of_a_series,
    range_does_not_run_backwards,
    range_holds_at_most_a_million_numbers,
    range_holds_only_numbers_given,
    void_gives_its_reason,
    voided_number_was_a_documents,
    voided_numbers_are_in_use,
    voided_numbers_are_no_documents,
)
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.service.number_finding import find_number_or_text
from seriatim.service.permissions import Right, require
from seriatim.store.import_queries import NumberText
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction

SWEEPER = "service:hold-sweeper"
_COVERING_PER_SLICE = 1000
_SERIES_PER_SWEEP = 100
_HOLDS_PER_SWEEP = 500

StateRule = Callable[[str, StateRange], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class NumbersMoved:
    """Numbers confirmed or voided. `entries` rise with the numbers."""

    series: Series
    numbers: NumberRange
    kind: EntryKind
    entries: list[Entry]


def confirm_numbers(
    transaction: Transaction,
    caller: Caller,
    first_number: str,
    *,
    last_number: str | None,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> NumbersMoved:
    """Turn reserved numbers into issued ones. The hold's deadline is judged here and now.

    Errors: NotFound, Rejected where any number of the range is not reserved.
    """
    require(caller, Right.ISSUE)
    move = _Move(transaction, caller, EntryKind.CONFIRMED, None, clock)
    return move.carry_out(first_number, last_number, confirmed_numbers_are_on_hold, shape_faults)


def void_numbers(
    transaction: Transaction,
    caller: Caller,
    first_number: str,
    *,
    last_number: str | None,
    reason: str | None,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> NumbersMoved:
    """Say that issued or reserved numbers will never be used, and why.

    Errors: NotFound, Rejected where any number of the range is neither issued nor reserved.
    """
    require(caller, Right.ISSUE)
    faults = list(shape_faults)
    if not any(fault.path == ("reason",) for fault in shape_faults):
        faults += void_gives_its_reason(reason)
    move = _Move(transaction, caller, EntryKind.VOIDED, reason, clock)
    return move.carry_out(
        first_number, last_number, voided_numbers_are_in_use, faults, spares_documents=True
    )


def void_number_of_document(
    transaction: Transaction, caller: Caller, number: str, *, reason: str, clock: Clock
) -> NumbersMoved:
    """Void the number of a document that this transaction deletes, or one it was given itself."""
    move = _Move(transaction, caller, EntryKind.VOIDED, reason, clock)
    return move.carry_out(number, None, voided_number_was_a_documents, ())


def sweep_expired_holds(store: SqlStore, *, clock: Clock) -> int:
    """Write down that holds have expired; how many. Each is written once, whoever sweeps.

    Order: a hold is looked up again under the lock of its series, so that of two sweepers, or a
        sweeper and a void, only one finds it. A series that somebody else holds for long is left
        to the next sweep.
    """
    now = clock.now()
    with store.read() as transaction:
        found = transaction.list_series_with_expired_holds(now, row_count=_SERIES_PER_SWEEP)
    swept = 0
    for series in found:
        with suppress(Conflict):
            swept += store.run(_sweeping(series, now))
    return swept


def _sweeping(series: SeriesKey, now: datetime) -> Callable[[Transaction], int]:
    def sweep(transaction: Transaction) -> int:
        books = transaction.books(series.tenant_id, series.entity_id)
        locked = books.lock_series([series.series_id])[series.series_id]
        if locked.stopped_because is not None:
            return 0
        holds = books.find_expired_holds(series.series_id, now, row_count=_HOLDS_PER_SWEEP)
        voiding = EntryContent(
            kind=EntryKind.VOIDED,
            numbers=NumberRange(1, 1),
            actor=SWEEPER,
            request_id=str(uuid.uuid4()),
            batch_id=str(uuid.uuid4()),
            recorded_at=now,
            reason=HOLD_EXPIRED,
        )
        contents = [
            voiding._replace(numbers=hold.numbers, refers_to=hold.entry_number) for hold in holds
        ]
        _append(books, locked, contents)
        for hold in holds:
            books.delete_hold(hold)
        return len(holds)

    return sweep


class _Move:
    """One confirming or voiding of a range, under the lock of its series."""

    def __init__(
        self,
        transaction: Transaction,
        caller: Caller,
        kind: EntryKind,
        reason: str | None,
        clock: Clock,
    ) -> None:
        self._books = transaction.books(caller.tenant_id, caller.entity_id)
        self._clock = clock
        self._content = EntryContent(
            kind=kind,
            numbers=NumberRange(1, 1),
            actor=caller.actor,
            request_id=caller.request_id,
            batch_id=str(uuid.uuid4()),
            recorded_at=clock.now(),
            reason=reason,
        )

    def carry_out(
        self,
        first_text: str,
        last_text: str | None,
        state_rule: StateRule,
        faults: Sequence[Violation],
        *,
        spares_documents: bool = False,
    ) -> NumbersMoved:
        violations = list(faults)
        found = find_number_or_text(self._books, first_text)
        if isinstance(found, NumberText):
            raise Rejected([*violations, *_faults_of_text(found)])
        numbers = _range(found.series, found.number, last_text, violations)
        series_id = found.series.key.series_id
        locked = self._lock(series_id)
        parts = self._parts(locked, numbers) if numbers else []
        if numbers is not None:
            given = [part.numbers for part in parts]
            violations += range_holds_only_numbers_given(locked.prefix, numbers, given)
        state_faults = (
            replace(fault, path=(_field(found.number, part.numbers.first),))
            for part in parts
            for fault in state_rule(locked.prefix, part)
        )
        violations += islice(state_faults, NUMBERS_AT_FAULT_LISTED_MAX)
        if spares_documents and numbers is not None:
            borne = self._books.find_documents_numbered_between(locked.prefix, numbers)
            first_borne = parse_number(locked.prefix, borne[0]) if borne else None
            path = (_field(found.number, first_borne),)
            spared = voided_numbers_are_no_documents(borne)
            violations += [replace(fault, path=path) for fault in spared]
        if violations or numbers is None:
            raise Rejected(violations)
        contents = [self._entry_for(part) for part in _by_covering(parts)]
        advanced, entries = _append(self._books, locked, contents)
        self._settle_holds(series_id, numbers)
        return NumbersMoved(advanced, numbers, self._content.kind, entries)

    def _lock(self, series_id: str) -> Series:
        """Order: holds are judged by the time at which the lock was had, however long it took."""
        locked = self._books.lock_series([series_id])[series_id]
        if locked.stopped_because is not None:
            message = f"the series '{locked.prefix}' is stopped: {locked.stopped_because}"
            raise SeriesUnusable(message)
        self._content = self._content._replace(recorded_at=self._clock.now())
        return locked

    def _parts(self, series: Series, numbers: NumberRange) -> list[StateRange]:
        """The range by its present states, as far as its numbers were given."""
        parts: list[StateRange] = []
        first = numbers.first
        while first <= numbers.last:
            slice_ = self._books.list_covering(
                series.key.series_id, from_number=first, row_count=_COVERING_PER_SLICE
            )
            within = [one for one in slice_ if one.content.numbers.first <= numbers.last]
            referring = self._books.list_referring(
                series.key.series_id, [one.entry_number for one in within], numbers
            )
            for covering in within:
                states = present_states(
                    covering,
                    referring.get(covering.entry_number, []),
                    self._content.recorded_at,
                )
                parts += [part for one in states for part in _within(one, numbers)]
            if len(within) < _COVERING_PER_SLICE:
                break
            first = within[-1].content.numbers.last + 1
        return parts

    def _entry_for(self, part: StateRange) -> EntryContent:
        return self._content._replace(numbers=part.numbers, refers_to=part.covering.entry_number)

    def _settle_holds(self, series_id: str, numbers: NumberRange) -> None:
        for hold in self._books.find_holds(series_id, numbers):
            self._books.delete_hold(hold)
            rest = [
                Hold(hold.series, part, hold.entry_number, hold.hold_until)
                for part in without(hold.numbers, [numbers])
            ]
            if rest:
                self._books.insert_holds(rest)


def _append(
    books: EntityBooks, series: Series, contents: list[EntryContent]
) -> tuple[Series, list[Entry]]:
    if not contents:
        return series, []
    advanced, entries = appended(series, contents)
    books.append_entries(entries)
    books.advance_series([(advanced, series.last_entry_number)])
    return advanced, entries


def _faults_of_text(found: NumberText) -> list[Violation]:
    if found.document_id is None:
        return list(moved_number_is_of_a_series(found.text, is_of_a_series=False))
    borne = voided_numbers_are_no_documents([found.text])
    return [replace(fault, path=("number",)) for fault in borne]


def _field(first: int, at_fault: int | None) -> str:
    """The field that named a number at fault: the range was extended to all but the first."""
    return "number" if at_fault == first else "last_number"


def _range(
    series: Series, first: int, last_text: str | None, violations: list[Violation]
) -> NumberRange | None:
    if last_text is None:
        return NumberRange(first, first)
    last = parse_number(series.prefix, last_text)
    if last is None:
        message = f"'{last_text}' is not a number of the series '{series.prefix}'"
        violations.append(violation(Category.INVALID_VALUE, message, "last_number"))
        return None
    numbers = NumberRange(first, last)
    faults = [
        *range_does_not_run_backwards(series.prefix, numbers),
        *range_holds_at_most_a_million_numbers(numbers),
    ]
    violations += faults
    return None if faults else numbers


def _within(part: StateRange, numbers: NumberRange) -> list[StateRange]:
    first = max(part.numbers.first, numbers.first)
    last = min(part.numbers.last, numbers.last)
    return [replace(part, numbers=NumberRange(first, last))] if first <= last else []


def _by_covering(parts: list[StateRange]) -> list[StateRange]:
    """Neighbours of one covering entry as one, so that each gets one entry."""
    joined: list[StateRange] = []
    for part in parts:
        if joined and joined[-1].covering is part.covering:
            numbers = NumberRange(joined[-1].numbers.first, part.numbers.last)
            joined[-1] = replace(joined[-1], numbers=numbers)
        else:
            joined.append(part)
    return joined
