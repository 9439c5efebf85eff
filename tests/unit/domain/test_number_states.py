"""What has become of numbers, against a model that looks at each of them alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.number_states import HOLD_EXPIRED, NumberState, is_expired, present_states
from seriatim.domain.register import Entry, EntryKind
from seriatim.engine.chain import appended
from tests.samples import NOON, sample_content, sample_series

LAST = 12
DEADLINE = NOON + timedelta(hours=1)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([EntryKind.VOIDED, EntryKind.CONFIRMED]),
        st.integers(1, LAST),
        st.integers(1, LAST),
    ).map(lambda found: (found[0], min(found[1:]), max(found[1:]))),
    max_size=8,
)


def _held() -> Entry:
    held = sample_content(1, LAST, kind=EntryKind.RESERVED, hold_until=DEADLINE)
    return appended(sample_series(), [held])[1][0]


def _referring(changes: list[tuple[EntryKind, int, int]]) -> list[Entry]:
    contents = [
        sample_content(first, last, kind=kind, refers_to=1, reason=f"change {place}")
        for place, (kind, first, last) in enumerate(changes)
    ]
    return appended(sample_series(last_entry_number=1, last_number=LAST), contents)[1]


@given(changes=CHANGES, is_late=st.booleans())
def test_number_is_what_the_last_entry_about_it_says(
    changes: list[tuple[EntryKind, int, int]], is_late: bool
) -> None:
    covering, referring = _held(), _referring(changes)
    now = DEADLINE if is_late else NOON
    parts = present_states(covering, reversed(referring), now)
    found = {
        number: (part.state, part.decided_by, part.reason)
        for part in parts
        for number in range(part.numbers.first, part.numbers.last + 1)
    }
    rest: tuple[NumberState, Entry, str | None] = (NumberState.RESERVED, covering, None)
    if is_late:
        rest = (NumberState.VOIDED, covering, HOLD_EXPIRED)
    expected = dict.fromkeys(range(1, LAST + 1), rest)
    for entry in referring:
        numbers, is_void = entry.content.numbers, entry.content.kind is EntryKind.VOIDED
        state = NumberState.VOIDED if is_void else NumberState.ISSUED
        for number in range(numbers.first, numbers.last + 1):
            expected[number] = (state, entry, entry.content.reason)
    assert list(found) == sorted(found)
    assert found == expected
    neighbours = pairwise(parts)
    assert all(one.decided_by is not other.decided_by for one, other in neighbours)


@pytest.mark.parametrize(
    ("kind", "seconds_after", "expected"),
    [
        (EntryKind.RESERVED, -1, False),
        (EntryKind.RESERVED, 0, True),
        (EntryKind.ISSUED, 0, False),
    ],
)
def test_hold_expires_at_its_deadline(kind: EntryKind, seconds_after: int, expected: bool) -> None:
    deadline = DEADLINE if kind is EntryKind.RESERVED else None
    (entry,) = appended(sample_series(), [sample_content(kind=kind, hold_until=deadline)])[1]
    assert is_expired(entry, DEADLINE + timedelta(seconds=seconds_after)) is expected
