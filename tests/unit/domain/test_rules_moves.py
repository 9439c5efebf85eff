"""Rules of confirming and voiding: what each refuses, by its field, and what it lets pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import Category
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState, StateRange
from seriatim.domain.register import Entry, SeriesKey
from seriatim.domain.rules.moves import (
    confirmed_numbers_are_on_hold,
    hold_lasts_1_to_86400_seconds,
    moved_number_is_of_a_series,
    range_does_not_run_backwards,
    range_holds_at_most_a_million_numbers,
    range_holds_only_numbers_given,
    void_gives_its_reason,
    voided_number_was_a_documents,
    voided_numbers_are_in_use,
    voided_numbers_are_no_documents,
)
from tests.samples import ENTITY_ID, SERIES_ID, TENANT_ID, sample_content

INVALID, MISSING, RULE = Category.INVALID_VALUE, Category.MISSING_FIELD, Category.RULE
ENTRY = Entry(SeriesKey(TENANT_ID, ENTITY_ID, SERIES_ID), 1, sample_content(3, 5), b"\0" * 32)
RANGE = StateRange(NumberRange(3, 5), NumberState.ISSUED, ENTRY, ENTRY, None)


def in_state(state: NumberState, reason: str | None = None) -> StateRange:
    return replace(RANGE, state=state, reason=reason)


@pytest.mark.parametrize("seconds", [0, -1, 86_401, 10**30])
def test_hold_lasts_1_to_86400_seconds_broken_is_refused(seconds: int) -> None:
    (fault,) = hold_lasts_1_to_86400_seconds(seconds)
    assert (fault.path, fault.category) == (("hold_seconds",), INVALID)
    assert "86400" in fault.message


@pytest.mark.parametrize("seconds", [1, 86_400])
def test_hold_lasts_1_to_86400_seconds_kept_is_accepted(seconds: int) -> None:
    assert list(hold_lasts_1_to_86400_seconds(seconds)) == []


@pytest.mark.parametrize(
    ("reason", "category"),
    [(None, MISSING), ("", INVALID), (" \t", INVALID), ("x" * 256, INVALID)],
)
def test_void_gives_its_reason_broken_is_refused(reason: str | None, category: Category) -> None:
    (fault,) = void_gives_its_reason(reason)
    assert (fault.path, fault.category) == (("reason",), category)


@pytest.mark.parametrize("reason", ["x", "x" * 255, "ß" * 255])
def test_void_gives_its_reason_kept_is_accepted(reason: str) -> None:
    assert list(void_gives_its_reason(reason)) == []


def test_range_does_not_run_backwards_broken_is_refused() -> None:
    (fault,) = range_does_not_run_backwards("INV", NumberRange(5, 4))
    assert (fault.path, fault.category) == (("last_number",), INVALID)
    assert fault.message == "lies before INV00000005"


@pytest.mark.parametrize("last", [5, 6])
def test_range_does_not_run_backwards_kept_is_accepted(last: int) -> None:
    assert list(range_does_not_run_backwards("INV", NumberRange(5, last))) == []


def test_range_holds_at_most_a_million_numbers_broken_is_refused() -> None:
    (fault,) = range_holds_at_most_a_million_numbers(NumberRange(5, 1_000_005))
    assert (fault.path, fault.category) == (("last_number",), INVALID)
    assert "1000001" in fault.message


def test_range_holds_at_most_a_million_numbers_kept_is_accepted() -> None:
    assert list(range_holds_at_most_a_million_numbers(NumberRange(5, 1_000_004))) == []


@pytest.mark.parametrize("state", set(NumberState) - {NumberState.RESERVED})
def test_confirmed_numbers_are_on_hold_broken_is_refused(state: NumberState) -> None:
    (fault,) = confirmed_numbers_are_on_hold("INV", in_state(state))
    assert (fault.path, fault.category) == ((), RULE)
    assert fault.message.startswith(f"INV00000003 to INV00000005 are {state.value};")


def test_confirmed_numbers_are_on_hold_kept_is_accepted() -> None:
    assert list(confirmed_numbers_are_on_hold("INV", in_state(NumberState.RESERVED))) == []


def test_refusal_of_a_state_says_why_the_number_is_in_it() -> None:
    one = replace(in_state(NumberState.VOIDED, HOLD_EXPIRED), numbers=NumberRange(3, 3))
    (fault,) = confirmed_numbers_are_on_hold("INV", one)
    assert fault.message.startswith("INV00000003 is voided (hold expired);")


@pytest.mark.parametrize("state", [NumberState.VOIDED, NumberState.SKIPPED, NumberState.IMPORTED])
def test_voided_numbers_are_in_use_broken_is_refused(state: NumberState) -> None:
    (fault,) = voided_numbers_are_in_use("INV", in_state(state))
    assert (fault.path, fault.category) == ((), RULE)


@pytest.mark.parametrize("state", [NumberState.ISSUED, NumberState.RESERVED])
def test_voided_numbers_are_in_use_kept_is_accepted(state: NumberState) -> None:
    assert list(voided_numbers_are_in_use("INV", in_state(state))) == []


def test_voided_numbers_are_no_documents_broken_is_refused() -> None:
    (fault,) = voided_numbers_are_no_documents(["INV00000003"])
    assert (fault.path, fault.category) == ((), RULE)
    assert "'INV00000003'" in fault.message


def test_voided_numbers_are_no_documents_kept_is_accepted() -> None:
    assert list(voided_numbers_are_no_documents([])) == []


def test_moved_number_is_of_a_series_broken_is_refused() -> None:
    (fault,) = moved_number_is_of_a_series("FINV0007", is_of_a_series=False)
    assert (fault.path, fault.category) == (("number",), RULE)
    assert fault.message.startswith("'FINV0007' was imported as a text of no series;")


def test_moved_number_is_of_a_series_kept_is_accepted() -> None:
    assert list(moved_number_is_of_a_series("FINV0007", is_of_a_series=True)) == []


@pytest.mark.parametrize(
    ("given", "never_given"),
    [([(3, 5)], "INV00000006"), ([(4, 8)], "INV00000003"), ([(3, 4), (7, 7)], "INV00000005")],
)
def test_range_holds_only_numbers_given_broken_is_refused(
    given: list[tuple[int, int]], never_given: str
) -> None:
    parts = [NumberRange(*part) for part in given]
    (fault,) = range_holds_only_numbers_given("INV", NumberRange(3, 8), parts)
    assert (fault.path, fault.category) == (("last_number",), INVALID)
    assert fault.message == f"makes a range with {never_given} in it, which was never given"


def test_range_holds_only_numbers_given_kept_is_accepted() -> None:
    parts = [NumberRange(3, 5), NumberRange(6, 8)]
    assert list(range_holds_only_numbers_given("INV", NumberRange(3, 8), parts)) == []


def test_state_without_a_reason_is_said_alone() -> None:
    one = replace(in_state(NumberState.ISSUED), numbers=NumberRange(3, 3))
    (fault,) = confirmed_numbers_are_on_hold("INV", one)
    assert fault.message == "INV00000003 is issued; only a reserved number can be confirmed"
    (fault,) = confirmed_numbers_are_on_hold("INV", in_state(NumberState.VOIDED, HOLD_EXPIRED))
    assert fault.message.startswith("INV00000003 to INV00000005 are voided (hold expired);")


@pytest.mark.parametrize("state", [NumberState.RESERVED, NumberState.VOIDED, NumberState.SKIPPED])
def test_voided_number_was_a_documents_broken_is_refused(state: NumberState) -> None:
    (fault,) = voided_number_was_a_documents("INV", in_state(state))
    assert (fault.path, fault.category) == ((), RULE)


@pytest.mark.parametrize("state", [NumberState.ISSUED, NumberState.IMPORTED])
def test_voided_number_was_a_documents_kept_is_accepted(state: NumberState) -> None:
    assert list(voided_number_was_a_documents("INV", in_state(state))) == []
