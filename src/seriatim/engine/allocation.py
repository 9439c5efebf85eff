"""Which numbers a series gives next. Pure but for the look-up of taken texts it is handed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seriatim.domain.document_number import NumberRange, without
from seriatim.domain.errors import Rejected
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.rules.issuing import series_has_numbers_left
from seriatim.domain.sequence_set import Series
from seriatim.engine.clearance import Taken, is_clear

TakenLookup = Callable[[NumberRange], list[Taken]]


class Step(NamedTuple):
    """A run of numbers in the order of the series.

    Shape: `why` says why they are skipped; it is None where the numbers are given out, and
        where an imported entry covers them already.
    """

    numbers: NumberRange
    why: str | None = None
    is_covered: bool = False

    @property
    def is_free(self) -> bool:
        return self.why is None and not self.is_covered


def next_steps(
    series: Series, count: int, taken: TakenLookup, asked_by: str = "sequence_set"
) -> list[Step]:
    """The next `count` free numbers, and what is stepped over on the way to the last of them.

    Shape: `asked_by` is the field at fault where there are not so many.

    Order: ascending, without a hole between the steps.
    Errors: Rejected when the series would pass its 20 digits.
    Cost: look-ups in the order of the logarithm of what is stepped over.
    """
    steps: list[Step] = []
    first, missing, width = series.next_number, count, count
    while missing > 0:
        violations = list(series_has_numbers_left(series, first + missing - 1, asked_by))
        if violations:
            raise Rejected(violations)
        window = NumberRange(first, min(first + width - 1, SEQUENTIAL_NUMBER_MAX))
        blocked = [] if is_clear(series, window.last) else taken(window)
        for step in _in_order(window, blocked):
            if missing == 0:
                break
            steps.append(_shortened(step, missing) if step.is_free else step)
            missing -= steps[-1].numbers.count if step.is_free else 0
        # A long stretch of taken numbers is crossed in strides that double.
        first, width = window.last + 1, 2 * width
    return _joined(steps)


def _in_order(window: NumberRange, blocked: list[Taken]) -> list[Step]:
    steps = [Step(part.numbers, part.why, part.why is None) for part in blocked]
    steps += [Step(part) for part in without(window, [part.numbers for part in blocked])]
    return sorted(steps, key=lambda step: step.numbers.first)


def _shortened(free: Step, count_max: int) -> Step:
    first, last = free.numbers.first, free.numbers.last
    return Step(NumberRange(first, min(last, first + count_max - 1)))


def _joined(steps: list[Step]) -> list[Step]:
    """Neighbours of one kind as one step: each becomes a row of the register."""
    joined: list[Step] = []
    for step in steps:
        if joined and (joined[-1].why, joined[-1].is_covered) == (step.why, step.is_covered):
            numbers = NumberRange(joined[-1].numbers.first, step.numbers.last)
            joined[-1] = step._replace(numbers=numbers)
        else:
            joined.append(step)
    return joined
