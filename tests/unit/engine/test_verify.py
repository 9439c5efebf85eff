"""The verifier: silent over sound books, and pointing at the first fault of broken ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Entry, EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.verify import Fault, SeriesVerifier, Verification
from tests.samples import sample_content, sample_series

CONTENTS = [
    sample_content(5, 10),
    sample_content(11, kind=EntryKind.RESERVED),
    sample_content(11, kind=EntryKind.VOIDED, refers_to=2, reason="wrong"),
    sample_content(12, 99, kind=EntryKind.SKIPPED, reason="start number raised to 100"),
    sample_content(100, reference="last"),
]


def _books(contents: list[EntryContent] = CONTENTS) -> tuple[Series, list[Entry]]:
    return appended(sample_series(origin=5), contents)


def _verified(series: Series, entries: list[Entry]) -> Verification:
    verifier = SeriesVerifier(series)
    verifier.take(entries)
    return verifier.finish()


def test_sound_books_are_verified() -> None:
    series, entries = _books()
    assert _verified(series, entries) == Verification(5, 96, series.head_hash, None)


def test_series_without_entries_is_verified() -> None:
    series = sample_series(origin=5)
    found = _verified(series, [])
    assert found.is_verified
    assert (found.entries, found.numbers, found.head_hash) == (0, 0, series.head_hash)


def test_slices_of_any_size_come_to_the_same() -> None:
    series, entries = _books()
    verifier = SeriesVerifier(series)
    assert all(verifier.take([entry]) for entry in entries)
    assert verifier.finish() == _verified(series, entries)


def _edited(index: int, **changes: Any) -> Callable[[list[Entry]], list[Entry]]:
    def edit(entries: list[Entry]) -> list[Entry]:
        content = entries[index].content._replace(**changes)
        return [
            *entries[:index],
            entries[index]._replace(content=content),
            *entries[index + 1 :],
        ]

    return edit


def _renumbered(entries: list[Entry]) -> list[Entry]:
    return [entry._replace(entry_number=n) for n, entry in enumerate(entries, start=1)]


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (_edited(0, actor="nobody"), Fault(1, 4, "the hash of entry 1 does not fit its content")),
        (
            _edited(3, numbers=NumberRange(12, 98)),
            Fault(4, 4, "the hash of entry 4 does not fit its content"),
        ),
        (
            lambda entries: entries[1:],
            Fault(2, 4, "entry 1 is missing: 2 follows 0"),
        ),
        (
            lambda entries: entries[:2] + entries[3:],
            Fault(4, 4, "entry 3 is missing: 4 follows 2"),
        ),
        (
            lambda entries: _renumbered(entries[:2] + entries[3:]),
            Fault(3, 4, "the hash of entry 3 does not fit its content"),
        ),
        (
            lambda entries: [entries[1], entries[0], *entries[2:]],
            Fault(2, 4, "entry 1 is missing: 2 follows 0"),
        ),
        (
            lambda entries: _renumbered([*entries[:2], entries[3], entries[2], entries[4]]),
            Fault(3, 4, "the hash of entry 3 does not fit its content"),
        ),
        (
            lambda entries: _renumbered([entries[0], *entries]),
            Fault(2, 4, "the hash of entry 2 does not fit its content"),
        ),
        (lambda entries: entries[:-1], Fault(None, 4, "the series counts 5 entries, not 4")),
        (lambda _: [], Fault(None, 4, "the series counts 5 entries, not 0")),
    ],
)
def test_tampering_is_found_where_it_was_done(
    tamper: Callable[[list[Entry]], list[Entry]], fault: Fault
) -> None:
    series, entries = _books()
    found = _verified(series, tamper(entries))
    assert found.first_fault == fault
    assert not found.is_verified


@pytest.mark.parametrize(
    ("contents", "fault"),
    [
        ([sample_content(6)], Fault(1, 1, "no entry covers 5 to 5")),
        ([sample_content(5), sample_content(9)], Fault(2, 1, "no entry covers 6 to 8")),
        ([sample_content(5, 7), sample_content(7)], Fault(2, 1, "7 is covered more than once")),
        ([sample_content(4)], Fault(1, 1, "4 is covered more than once")),
    ],
)
def test_gap_or_overlap_in_a_sound_chain_is_found(
    contents: list[EntryContent], fault: Fault
) -> None:
    """A chain recomputed by hand, as a defect of ours or a forger would leave it."""
    series = sample_series(origin=5)
    entries: list[Entry] = []
    for content in contents:
        at = replace(series, last_number=content.numbers.first - 1)
        series, (entry,) = appended(at, [content])
        entries.append(entry)
    assert _verified(series, entries).first_fault == fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"last_number": 101}, Fault(None, 1, "the series stands at 101, its entries at 100")),
        ({"last_number": 99}, Fault(None, 1, "the series stands at 99, its entries at 100")),
        ({"last_entry_number": 6}, Fault(None, 4, "the series counts 6 entries, not 5")),
        (
            {"head_hash": b"\0" * 32},
            Fault(None, 4, "the head hash of the series is not that of its entries"),
        ),
        ({"origin": 4}, Fault(1, 1, "no entry covers 4 to 4")),
        ({"origin": 6}, Fault(1, 1, "5 is covered more than once")),
        ({"prefix": "INW"}, Fault(1, 4, "the hash of entry 1 does not fit its content")),
    ],
)
def test_counter_edited_by_hand_is_found(change: dict[str, object], fault: Fault) -> None:
    series, entries = _books()
    edited = replace(series, **change)  # type: ignore[arg-type] # a table of fields
    assert _verified(edited, entries).first_fault == fault


def test_head_edited_before_the_first_entry_is_found() -> None:
    series = sample_series(origin=5, head_hash=b"\0" * 32)
    fault = _verified(series, []).first_fault
    assert fault == Fault(None, 4, "the head hash of the series is not that of its entries")


def test_imported_numbers_ahead_are_passed_when_the_series_gets_there() -> None:
    series = sample_series(origin=1)
    series, entries = appended(
        series,
        [
            sample_content(3, 4, kind=EntryKind.IMPORTED),
            sample_content(7, kind=EntryKind.IMPORTED),
            sample_content(1, 2),
        ],
    )
    # What issuing over an imported number will do: take up behind it.
    series = replace(series, last_number=4)
    series, more = appended(series, [sample_content(5, 6)])
    series = replace(series, last_number=7)
    found = _verified(series, entries + more)
    assert found.first_fault is None
    assert (found.entries, found.numbers) == (4, 7)


@pytest.mark.parametrize(
    ("contents", "first_twice"),
    [
        ([sample_content(7, 8, kind=EntryKind.IMPORTED), sample_content(5, 7)], 7),
        (
            [
                sample_content(7, 9, kind=EntryKind.IMPORTED),
                sample_content(9, kind=EntryKind.IMPORTED),
                sample_content(5, 6),
            ],
            9,
        ),
    ],
)
def test_imported_number_that_is_covered_twice_is_found(
    contents: list[EntryContent], first_twice: int
) -> None:
    series, entries = _books(contents)
    fault = _verified(series, entries).first_fault
    assert fault == Fault(len(entries), 1, f"{first_twice} is covered more than once")


def test_imported_number_that_was_given_before_is_found() -> None:
    series, entries = _books([sample_content(5, 7)])
    elsewhere = replace(series, origin=8)  # which the engine would refuse otherwise
    twice, more = appended(elsewhere, [sample_content(6, kind=EntryKind.IMPORTED)])
    fault = _verified(replace(twice, origin=5), entries + more).first_fault
    assert fault == Fault(2, 1, "6 is covered more than once")


def test_imported_number_before_the_origin_is_outside_of_completeness() -> None:
    series, entries = _books([sample_content(1, 4, kind=EntryKind.IMPORTED), sample_content(5)])
    assert _verified(series, entries).is_verified


def test_verifier_stops_at_the_first_fault() -> None:
    series, entries = _books()
    verifier = SeriesVerifier(series)
    assert not verifier.take(_edited(1, reason="x")(entries))
    assert verifier.finish().entries == 1
