"""What has become of numbers: their present states, from the entries of the register. Pure.

Source: contract/numbering.md, Register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Entry, EntryKind

HOLD_EXPIRED = "hold expired"


class NumberState(StrEnum):
    ISSUED = "issued"
    RESERVED = "reserved"
    VOIDED = "voided"
    SKIPPED = "skipped"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class StateRange:
    """A run of numbers of one covering entry that are in the same state.

    Shape: `decided_by` is the entry that put them there: the covering one, or the last that
        refers to it. `reason` says why a voided or skipped number is not used.
    """

    numbers: NumberRange
    state: NumberState
    covering: Entry
    decided_by: Entry
    reason: str | None


def present_states(covering: Entry, referring: Iterable[Entry], now: datetime) -> list[StateRange]:
    """The numbers of a covering entry by their present state. Order: ascending.

    A hold counts as voided from its deadline on, whether or not that was written down yet.
    """
    pieces = [_own_state(covering, now)]
    for entry in sorted(referring, key=lambda one: one.entry_number):
        pieces = [part for piece in pieces for part in _changed(piece, entry)]
    return pieces


def _own_state(covering: Entry, now: datetime) -> StateRange:
    content = covering.content
    state = NumberState(content.kind.value)
    if is_expired(covering, now):
        return StateRange(content.numbers, NumberState.VOIDED, covering, covering, HOLD_EXPIRED)
    return StateRange(content.numbers, state, covering, covering, content.reason)


def is_expired(covering: Entry, now: datetime) -> bool:
    """Whether the entry holds numbers and its deadline has come."""
    deadline = covering.content.hold_until
    return covering.content.kind is EntryKind.RESERVED and deadline is not None and deadline <= now


def _changed(piece: StateRange, entry: Entry) -> Iterable[StateRange]:
    """The piece, cut where the entry begins and ends."""
    numbers, change = piece.numbers, entry.content.numbers
    first, last = max(numbers.first, change.first), min(numbers.last, change.last)
    if last < first:
        yield piece
        return
    if numbers.first < first:
        yield _part(piece, numbers.first, first - 1)
    is_void = entry.content.kind is EntryKind.VOIDED
    state = NumberState.VOIDED if is_void else NumberState.ISSUED
    yield StateRange(NumberRange(first, last), state, piece.covering, entry, entry.content.reason)
    if last < numbers.last:
        yield _part(piece, last + 1, numbers.last)


def _part(piece: StateRange, first: int, last: int) -> StateRange:
    return StateRange(
        NumberRange(first, last), piece.state, piece.covering, piece.decided_by, piece.reason
    )
