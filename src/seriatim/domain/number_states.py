"""What has become of numbers: their present states, from the entries of the register. Pure.

Source: contract/numbering.md, Register.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush
from itertools import pairwise

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

    Shape: neighbours that the same entry brought into their state are one range.
    A hold counts as voided from its deadline on, whether or not that was written down yet.
    Cost: n log n in the entries that refer to it, of which a long block may have many.
    """
    parts: list[StateRange] = []
    for numbers, last_word in _last_words(covering.content.numbers, referring):
        part = _decided(covering, last_word, numbers, now)
        if parts and parts[-1].decided_by is part.decided_by:
            part = replace(part, numbers=NumberRange(parts.pop().numbers.first, numbers.last))
        parts.append(part)
    return parts


def is_expired(covering: Entry, now: datetime) -> bool:
    """Whether the entry holds numbers and its deadline has come."""
    deadline = covering.content.hold_until
    return covering.content.kind is EntryKind.RESERVED and deadline is not None and deadline <= now


def _last_words(
    whole: NumberRange, referring: Iterable[Entry]
) -> Iterator[tuple[NumberRange, Entry | None]]:
    """`whole` in pieces, each with the latest of the entries that concern it."""
    changes = sorted(referring, key=lambda one: one.content.numbers.first)
    cuts = {whole.first}
    for change in changes:
        cuts |= {change.content.numbers.first, change.content.numbers.last + 1}
    inside = sorted(cut for cut in cuts if whole.first <= cut <= whole.last)
    begun: list[tuple[int, Entry]] = []
    waiting = deque(changes)
    for first, beyond in pairwise([*inside, whole.last + 1]):
        while waiting and waiting[0].content.numbers.first <= first:
            change = waiting.popleft()
            heappush(begun, (-change.entry_number, change))
        while begun and begun[0][1].content.numbers.last < first:
            heappop(begun)
        yield NumberRange(first, beyond - 1), begun[0][1] if begun else None


def _decided(
    covering: Entry, last_word: Entry | None, numbers: NumberRange, now: datetime
) -> StateRange:
    if last_word is not None:
        is_void = last_word.content.kind is EntryKind.VOIDED
        state = NumberState.VOIDED if is_void else NumberState.ISSUED
        return StateRange(numbers, state, covering, last_word, last_word.content.reason)
    if is_expired(covering, now):
        return StateRange(numbers, NumberState.VOIDED, covering, covering, HOLD_EXPIRED)
    state = NumberState(covering.content.kind.value)
    return StateRange(numbers, state, covering, covering, covering.content.reason)
