"""Document numbers as text and back, ranges, and who a prefix could be entangled with."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import (
    NumberRange,
    entanglement,
    fold,
    format_number,
    parse_number,
    possible_shorter_prefixes,
    without,
)

LETTERS = "ABCXYZabcxyz0123456789"
PREFIXES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}", fullmatch=True)
NUMBERS = st.one_of(
    st.integers(1, 10**20 - 1),
    st.integers(1, 20).flatmap(lambda digits: st.integers(10 ** (digits - 1), 10**digits - 1)),
)


@pytest.mark.parametrize(
    ("prefix", "number", "text"),
    [
        ("INV", 18, "INV00000018"),
        ("INV", 99_999_999, "INV99999999"),
        ("INV", 100_000_006, "INV100000006"),
        ("INV", 9_876_543_210_036, "INV9876543210036"),
        ("2", 1, "200000001"),
        ("P-", 10**20 - 1, "P-99999999999999999999"),
    ],
)
def test_number_is_padded_to_eight_digits_and_no_more(prefix: str, number: int, text: str) -> None:
    assert format_number(prefix, number) == text
    assert parse_number(prefix, text) == number


@given(prefix=PREFIXES, number=NUMBERS)
def test_number_read_back_is_the_same(prefix: str, number: int) -> None:
    text = format_number(prefix, number)
    assert parse_number(prefix, text) == number
    assert parse_number(prefix.swapcase(), text.swapcase()) == number


@given(prefix=PREFIXES, text=st.text(LETTERS + "-_ß\N{KELVIN SIGN}٣", max_size=24))
def test_text_read_as_a_number_would_be_written_so(prefix: str, text: str) -> None:
    for candidate in (text, prefix + text):
        number = parse_number(prefix, candidate)
        if number is not None:
            assert fold(format_number(prefix, number)) == fold(candidate)


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("INV", "INV"),
        ("INV", "INV0000018"),  # seven digits
        ("INV", "INV000000018"),  # nine digits that are padded
        ("INV", "INV00000000"),
        ("INV", "INV100000000000000000000"),  # 10^20
        ("INV", "INV" + "9" * 5000),
        ("INV", "INV-00000018"),
        ("INV", "IN00000018"),
        ("INV", "INV0000001٨"),
        ("INV", "INV 0000018"),
        ("INV", "INV+0000018"),
        ("INV", ""),
    ],
)
def test_text_in_another_format_is_no_number_of_the_series(prefix: str, text: str) -> None:
    assert parse_number(prefix, text) is None


def test_letter_that_folds_into_two_does_not_swallow_a_digit() -> None:
    assert parse_number("SS", "ß123456789") == 123_456_789
    assert parse_number("SS", "ß12345678") == 12_345_678


RANGES = st.lists(st.integers(0, 40), unique=True, max_size=12).map(
    lambda bounds: [
        NumberRange(first, last)
        for first, last in zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False)
    ]
)


@given(first=st.integers(0, 40), length=st.integers(0, 40), taken=RANGES)
def test_parts_outside_the_taken_ones_are_all_there_is_left(
    first: int, length: int, taken: list[NumberRange]
) -> None:
    whole = NumberRange(first, first + length)
    parts = list(without(whole, taken))
    blocked = {n for part in taken for n in range(part.first, part.last + 1)}
    expected = [n for n in range(whole.first, whole.last + 1) if n not in blocked]
    assert [n for part in parts for n in range(part.first, part.last + 1)] == expected
    assert all(part.count >= 1 for part in parts)
    assert all(a.last + 1 < b.first for a, b in itertools.pairwise(parts))


def test_range_counts_both_its_ends() -> None:
    assert NumberRange(5, 5).count == 1
    assert NumberRange(1, 10**20 - 1).count == 10**20 - 1


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("A12", ["A1", "A"]),
        ("A1", ["A"]),
        ("A", []),
        ("A10", ["A"]),  # "A1" plus "0" cannot meet
        ("A01", ["A0"]),
        ("234", ["23", "2"]),
        ("20", []),
        ("INV2026", ["INV202", "INV20", "INV"]),
        ("A1B", []),
        ("A-1", ["A-"]),
    ],
)
def test_possible_shorter_prefixes_of_a_prefix_are_found(prefix: str, expected: list[str]) -> None:
    assert possible_shorter_prefixes(prefix) == expected


@given(longer=st.from_regex(r"[A-Z0-9][A-Z0-9]{0,5}", fullmatch=True))
def test_possible_shorter_prefixes_miss_no_partner(longer: str) -> None:
    shorter = [longer[:cut] for cut in range(1, len(longer))]
    partners = {one for one in shorter if entanglement(one, longer) is not None}
    assert partners <= set(possible_shorter_prefixes(longer))
