"""Appending to a chain: what it counts, and every gap or overlap it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import EntryContent, EntryKind, canonical_bytes, chained_hash
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from tests.samples import TODAY, sample_content, sample_series

SERIES = sample_series(last_number=10, last_entry_number=4, last_document_date=TODAY)


def test_entries_take_their_places_in_the_chain() -> None:
    contents = [
        sample_content(11, 20, kind=EntryKind.SKIPPED, reason="raised"),
        sample_content(21, 25),
        sample_content(26, kind=EntryKind.RESERVED),
    ]
    advanced, entries = appended(SERIES, contents)
    expected = SERIES.head_hash
    for number, (entry, content) in enumerate(zip(entries, contents, strict=True), start=5):
        expected = chained_hash(expected, canonical_bytes(SERIES.key, number, content))
        assert (entry.entry_number, entry.content, entry.hash) == (number, content, expected)
        assert entry.series == SERIES.key
    assert advanced == replace(
        SERIES,
        last_number=26,
        last_entry_number=7,
        head_hash=expected,
        issued_count=6,
        skipped_count=10,
    )


def test_nothing_appended_changes_nothing() -> None:
    assert appended(SERIES, []) == (SERIES, [])


@pytest.mark.parametrize(
    "contents",
    [
        [sample_content(12)],  # a gap
        [sample_content(10)],  # an overlap
        [sample_content(1, 11)],
        [sample_content(11, 10)],  # the wrong way round
        [sample_content(11), sample_content(13)],
        [sample_content(11, 15), sample_content(15)],
        [sample_content(12, kind=EntryKind.SKIPPED)],
        [sample_content(10, kind=EntryKind.RESERVED)],
        [sample_content(11, kind=EntryKind.CONFIRMED, refers_to=1)],  # never reserved
    ],
)
def test_gap_or_overlap_breaks_off(contents: list[EntryContent]) -> None:
    with pytest.raises(InvariantBroken, match="'INV'"):
        appended(SERIES, contents)


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (sample_content(50, 59, kind=EntryKind.IMPORTED), {"imported_count": 10}),
        (sample_content(3, 4, kind=EntryKind.VOIDED, refers_to=1), {"voided_count": 2}),
        (sample_content(3, 4, kind=EntryKind.CONFIRMED, refers_to=1), {}),
    ],
)
def test_entry_that_does_not_advance_the_series_is_counted(
    content: EntryContent, changes: dict[str, int]
) -> None:
    advanced, entries = appended(SERIES, [content])
    assert advanced == replace(
        SERIES,
        last_entry_number=5,
        head_hash=entries[0].hash,
        **changes,  # type: ignore[arg-type] # a table of counts
    )


@pytest.mark.parametrize(
    ("last", "given", "expected"),
    [
        (None, TODAY, TODAY),
        (TODAY, TODAY - timedelta(days=1), TODAY),
        (TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=1)),
        (TODAY, None, TODAY),
        (None, None, None),
    ],
)
def test_last_document_date_never_goes_back(last: object, given: object, expected: object) -> None:
    series: Series = replace(SERIES, last_document_date=last)  # type: ignore[arg-type] # a table
    advanced, _ = appended(series, [sample_content(11, document_date=given)])
    assert advanced.last_document_date == expected


def test_last_number_of_all_can_be_appended() -> None:
    series = sample_series(last_number=10**20 - 2)
    advanced, _ = appended(series, [sample_content(10**20 - 1)])
    assert advanced.last_number == 10**20 - 1
    assert advanced.next_document_number is None
