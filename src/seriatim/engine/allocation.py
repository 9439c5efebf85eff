"""Which numbers a series gives next. Pure but for the look-up of taken texts it is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.errors import Rejected
from seriatim.domain.rules.issuing import series_has_numbers_left
from seriatim.domain.sequence_set import Series
from seriatim.engine.clearance import is_clear

TakenLookup = Callable[[NumberRange], list[tuple[NumberRange, str]]]


@dataclass(frozen=True, slots=True)
class Step:
    """A run of numbers in the order of the series.

    Shape: `taken_by` is the prefix of the series that took the text, None where the
        numbers are given out.
    """

    numbers: NumberRange
    taken_by: str | None = None


def next_steps(series: Series, count: int, taken: TakenLookup) -> list[Step]:
    """The next `count` free numbers, and what is stepped over on the way to the last of them.

    Order: ascending, without a hole between the steps.
    Errors: Rejected when the series would pass its 20 digits.
    """
    steps: list[Step] = []
    first, missing = series.next_number, count
    while missing > 0:
        window = NumberRange(first, first + missing - 1)
        violations = list(series_has_numbers_left(series, window.last))
        if violations:
            raise Rejected(violations)
        blocked = [] if is_clear(series, window.last) else taken(window)
        free = list(without(window, [part for part, _ in blocked]))
        steps += [Step(part, prefix) for part, prefix in blocked]
        steps += [Step(part) for part in free]
        missing -= sum(part.count for part in free)
        first = window.last + 1
    return _joined(sorted(steps, key=lambda step: step.numbers.first))


def _joined(steps: list[Step]) -> list[Step]:
    """Neighbours of one kind as one step: each becomes a row of the register."""
    joined: list[Step] = []
    for step in steps:
        if joined and joined[-1].taken_by == step.taken_by:
            numbers = NumberRange(joined[-1].numbers.first, step.numbers.last)
            joined[-1] = Step(numbers, step.taken_by)
        else:
            joined.append(step)
    return joined
