"""Which numbers come next, against counting them out one by one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import Category, Rejected
from seriatim.engine.allocation import Step, TakenLookup, next_steps
from seriatim.engine.clearance import Taken
from tests.samples import sample_series

LAST = 10**20 - 1


def _lookup(taken: dict[int, str]) -> TakenLookup:
    """Each taken number by itself, as a register of single entries would have it."""
    return lambda window: [
        Taken(NumberRange(number, number), taken[number])
        for number in sorted(taken)
        if window.first <= number <= window.last
    ]


def _counted_out(first: int, count: int, taken: dict[int, str]) -> list[tuple[int, str | None]]:
    """The plain way: one number after the other until enough were free."""
    found: list[tuple[int, str | None]] = []
    number, missing = first, count
    while missing:
        found.append((number, taken.get(number)))
        missing -= number not in taken
        number += 1
    return found


def _numbers(steps: list[Step]) -> list[tuple[int, str | None]]:
    return [
        (number, step.why)
        for step in steps
        for number in range(step.numbers.first, step.numbers.last + 1)
    ]


@given(
    origin=st.integers(1, 60) | st.integers(LAST - 1000, LAST - 900),
    count=st.integers(1, 50),
    blocked=st.dictionaries(st.integers(0, 120), st.sampled_from(["A1", "A12"])),
)
def test_next_numbers_are_those_of_counting(
    origin: int, count: int, blocked: dict[int, str]
) -> None:
    taken = {origin + ahead: prefix for ahead, prefix in blocked.items()}
    series = sample_series("A", origin=origin, clear_until=origin)
    steps = next_steps(series, count, _lookup(taken))
    assert _numbers(steps) == _counted_out(origin, count, taken)
    neighbours = itertools.pairwise(steps)
    assert all(one.why != other.why for one, other in neighbours)
    assert steps[-1].is_free


def test_number_below_clear_until_is_not_looked_up() -> None:
    def nobody_asks(window: NumberRange) -> list[Taken]:
        raise AssertionError(window)

    for clear_until in (None, 11):
        series = sample_series(origin=1, clear_until=clear_until)
        assert next_steps(series, 10, nobody_asks) == [Step(NumberRange(1, 10))]


def test_number_at_clear_until_is_looked_up() -> None:
    series = sample_series("A", origin=1, clear_until=10)
    assert next_steps(series, 10, _lookup({10: "A1"})) == [
        Step(NumberRange(1, 9)),
        Step(NumberRange(10, 10), "A1"),
        Step(NumberRange(11, 11)),
    ]


def test_taken_number_behind_the_last_one_given_is_left_alone() -> None:
    series = sample_series("A", origin=1, clear_until=1)
    assert next_steps(series, 1, _lookup({2: "A1"})) == [Step(NumberRange(1, 1))]


@pytest.mark.parametrize("count", [1, 7])
def test_long_stretch_of_taken_numbers_is_crossed_in_few_look_ups(count: int) -> None:
    """A partner may have given out a million numbers in one request."""
    wall = NumberRange(10, 1_000_000_009)
    asked: list[NumberRange] = []

    def taken(window: NumberRange) -> list[Taken]:
        asked.append(window)
        first, last = max(window.first, wall.first), min(window.last, wall.last)
        return [Taken(NumberRange(first, last), "A1")] if first <= last else []

    series = sample_series("A", origin=10, clear_until=10)
    steps = next_steps(series, count, taken)
    assert steps == [Step(wall, "A1"), Step(NumberRange(wall.last + 1, wall.last + count))]
    assert len(asked) < 40


@pytest.mark.parametrize(
    ("last_number", "count", "taken"),
    [
        (LAST, 1, {}),
        (LAST - 1, 2, {}),
        (LAST - 1, 1_000_000, {}),
        (LAST - 1, 1, {LAST: "A1"}),
        (LAST - 3, 3, {LAST - 1: "A1"}),
    ],
)
def test_number_past_twenty_digits_is_refused(
    last_number: int, count: int, taken: dict[int, str]
) -> None:
    series = sample_series("A", last_number=last_number, clear_until=1)
    with pytest.raises(Rejected) as refused:
        next_steps(series, count, _lookup(taken))
    assert [one.category for one in refused.value.violations] == [Category.RULE]
    assert "20 digits" in refused.value.message


def test_last_number_of_all_is_given() -> None:
    for clear_until in (None, 1, LAST):
        series = sample_series("A", last_number=LAST - 2, clear_until=clear_until)
        assert next_steps(series, 2, _lookup({})) == [Step(NumberRange(LAST - 1, LAST))]
