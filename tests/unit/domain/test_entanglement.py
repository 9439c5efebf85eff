"""When two prefixes can meet, against the plain definition: equal texts."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import (
    Entanglement,
    NumberRange,
    entanglement,
    fold,
    format_number,
    parse_number,
)
from seriatim.domain.rules.set_state import first_meeting
from tests.samples import sample_series

LAST = 10**20 - 1

# Numbers at both ends of every length in digits, where texts begin and cease to be equal.
EDGES = sorted(
    {
        number
        for digits in range(1, 21)
        for number in (
            10 ** (digits - 1),
            10 ** (digits - 1) + 1,
            5 * 10 ** (digits - 1),
            10**digits - 1,
        )
    }
)

PAIRS = [
    ("2", "23"),
    ("2", "234"),
    ("23", "234"),
    ("INV", "INV2"),
    ("INV", "inv20"),
    ("INV", "INV2026"),
    ("A", "A99999999999"),
    ("A", "A123456789012"),
]

APART = [
    ("INV", "INV07"),  # a first 0
    ("INV", "INV0"),
    ("INV", "INV"),
    ("INV", "inv"),
    ("INV", "INV2X"),
    ("INV", "INV-2"),
    ("INV", "CM"),
    ("INV2", "INV3"),
    ("1", "2"),
    ("A", "A1234567890123"),  # 13 digits more: beyond 20 together with eight
]


@pytest.mark.parametrize(("shorter", "longer"), PAIRS)
def test_entangled_prefixes_are_seen_in_either_order(shorter: str, longer: str) -> None:
    assert entanglement(shorter, longer) == Entanglement(shorter, longer)
    assert entanglement(longer, shorter) == Entanglement(shorter, longer)


@pytest.mark.parametrize(("one", "other"), APART)
def test_prefixes_that_never_meet_are_not_entangled(one: str, other: str) -> None:
    assert entanglement(one, other) is None
    assert entanglement(other, one) is None


def test_thirteen_digits_more_do_meet_nowhere() -> None:
    found = Entanglement("A", "A1234567890123")
    assert list(found.zones()) == []
    assert not found.can_meet


@pytest.mark.parametrize(("shorter", "longer"), PAIRS + APART)
def test_zones_hold_exactly_the_numbers_of_equal_text(shorter: str, longer: str) -> None:
    """For each edge of the longer series: where its text reads as a number of the shorter."""
    found = entanglement(shorter, longer)
    zones = list(found.zones()) if found else []
    for number in [] if fold(shorter) == fold(longer) else EDGES:
        same = parse_number(shorter, format_number(longer, number))
        inside = [
            number + offset for zone, offset in zones if zone.first <= number + offset <= zone.last
        ]
        assert inside == ([] if same is None else [same])


@pytest.mark.parametrize(("shorter", "longer"), PAIRS)
def test_zones_rise_and_do_not_overlap(shorter: str, longer: str) -> None:
    zones = [zone for zone, _ in Entanglement(shorter, longer).zones()]
    assert all(zone.first <= zone.last <= LAST for zone in zones)
    assert all(one.last < other.first for one, other in pairwise(zones))


def test_zones_of_two_and_twenty_three_are_as_computed_by_hand() -> None:
    zones = list(Entanglement("2", "23").zones())
    assert zones[0] == (NumberRange(300_000_001, 399_999_999), 300_000_000)
    assert zones[1] == (NumberRange(3_100_000_000, 3_999_999_999), 3_000_000_000)
    assert zones[-1] == (
        NumberRange(31 * 10**18, 39_999_999_999_999_999_999),
        3 * 10**19,
    )
    assert len(zones) == 12


def _spans(numbers: list[NumberRange]) -> list[tuple[int, int]]:
    return [(part.first, part.last) for part in numbers]


NUMBER = st.one_of(st.sampled_from(EDGES), st.integers(1, LAST))


@given(pair=st.sampled_from(PAIRS), number=NUMBER, from_shorter=st.booleans())
def test_single_number_translates_to_the_number_of_the_same_text(
    pair: tuple[str, str], number: int, *, from_shorter: bool
) -> None:
    shorter, longer = pair
    ours, theirs = (shorter, longer) if from_shorter else (longer, shorter)
    expected = parse_number(theirs, format_number(ours, number))
    found = list(Entanglement(shorter, longer).translate(ours, NumberRange(number, number)))
    assert _spans(found) == ([] if expected is None else [(expected, expected)])


@given(
    pair=st.sampled_from(PAIRS),
    ends=st.tuples(NUMBER, NUMBER).map(sorted),
    from_shorter=st.booleans(),
)
def test_range_translates_there_and_back(
    pair: tuple[str, str], ends: list[int], *, from_shorter: bool
) -> None:
    shorter, longer = pair
    ours, theirs = (shorter, longer) if from_shorter else (longer, shorter)
    found = Entanglement(shorter, longer)
    whole = NumberRange(*ends)
    there = list(found.translate(ours, whole))
    back = [again for part in there for again in found.translate(theirs, part)]
    assert [part.count for part in back] == [part.count for part in there]
    for one, other in zip(there, back, strict=True):
        assert whole.first <= other.first <= other.last <= whole.last
        for mine, same in ((other.first, one.first), (other.last, one.last)):
            assert fold(format_number(ours, mine)) == fold(format_number(theirs, same))


@given(
    pair=st.sampled_from(PAIRS),
    longer_at=st.tuples(NUMBER, st.integers(0, 30)),
    shorter_at=st.tuples(NUMBER, st.integers(0, 30)),
)
def test_first_meeting_is_the_lowest_that_one_of_them_has_ahead(
    pair: tuple[str, str], longer_at: tuple[int, int], shorter_at: tuple[int, int]
) -> None:
    shorter, longer = (
        sample_series(
            prefix,
            origin=origin,
            last_number=min(origin - 1 + passed, LAST),
        )
        for prefix, (origin, passed) in zip(pair, (shorter_at, longer_at), strict=True)
    )
    found = Entanglement(*pair)

    def can_meet_at(number: int) -> bool:
        same = parse_number(shorter.prefix, format_number(longer.prefix, number))
        return (
            same is not None
            and number >= longer.origin
            and same >= shorter.origin
            and (number >= longer.next_number or same >= shorter.next_number)
        )

    meeting = first_meeting(found, shorter, longer)
    candidates = {
        start
        for zone, offset in found.zones()
        for start in (
            zone.first - offset,
            longer.origin,
            longer.next_number,
            shorter.origin - offset,
            shorter.next_number - offset,
        )
        if 1 <= start <= LAST
    }
    expected = min(filter(can_meet_at, candidates), default=None)
    assert meeting == expected
    if meeting is not None and meeting > 1:
        assert not can_meet_at(meeting - 1)


def test_numbers_below_one_in_small_space_meet_as_by_counting() -> None:
    """Every pair of positions near the border of the first zone, counted out."""
    found = Entanglement("2", "23")
    border = 300_000_000
    for shorter_next, longer_next in combinations(range(1, 9), 2):
        shorter = sample_series("2", origin=1, last_number=border + shorter_next - 1)
        longer = sample_series("23", origin=1, last_number=longer_next - 1)
        expected = min(shorter_next, longer_next)
        assert first_meeting(found, shorter, longer) == expected
