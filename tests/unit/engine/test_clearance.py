"""`clear_until` against its meaning: below it, no text of the series was taken by another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, format_number, parse_number
from seriatim.domain.register import EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine import clearance
from seriatim.engine.chain import appended
from seriatim.engine.clearance import (
    first_contact,
    is_clear,
    lock_with_partners,
    renew_clearance,
    taken_by_partners,
    taken_numbers,
)
from tests.samples import sample_content, sample_series
from tests.unit.engine.paper_books import PaperBooks

ZONE = NumberRange(300_000_001, 399_999_999)  # where "23" reads as numbers of "2"


def _series(prefix: str, last_number: int = 0) -> Series:
    """Its id rises with its length."""
    series_id = f"{len(prefix):032d}"
    return sample_series(prefix, series_id=series_id, last_number=last_number or None)


@pytest.mark.parametrize(
    ("series", "partners", "expected"),
    [
        # the shorter one: where the next zone begins, whoever stands where
        (_series("2"), [_series("23")], ZONE.first),
        (_series("2"), [_series("23", 10**8)], ZONE.first),
        (_series("2", ZONE.first - 1), [_series("23")], ZONE.first),
        (_series("2", ZONE.first + 4), [_series("23")], ZONE.first + 5),
        (_series("2", ZONE.last - 1), [_series("23")], ZONE.last),
        (_series("2", ZONE.last), [_series("23")], 3_100_000_000),
        (_series("2"), [_series("23"), _series("210")], ZONE.first),
        (_series("2"), [_series("210"), _series("23")], ZONE.first),
        (_series("2", ZONE.last), [_series("23"), _series("210")], 1_000_000_001),
        # the longer one: from where the shorter has reached the zone
        (_series("23"), [_series("2")], None),
        (_series("23"), [_series("2", ZONE.first - 2)], None),
        (_series("23"), [_series("2", ZONE.first - 1)], 1),
        (_series("23"), [_series("2", ZONE.first)], 1),
        (_series("23", 7), [_series("2", ZONE.first)], 8),
        (_series("23", 7), [_series("2", ZONE.first + 7)], 8),
        (_series("23", 7), [_series("2", 10**10)], 8),
        (_series("23", 99_999_998), [_series("2", ZONE.last)], 99_999_999),
        (_series("23", 99_999_999), [_series("2", ZONE.last)], None),
        (_series("23", 99_999_999), [_series("2", 3_100_000_000)], 100_000_000),
        # through with every zone
        (_series("A123456789012", 10**8), [_series("A", 10**20 - 1)], None),
        # nobody
        (_series("INV"), [], None),
        (_series("INV"), [_series("INV07"), _series("CM")], None),
    ],
)
def test_first_contact_is_where_a_partner_may_have_been(
    series: Series, partners: list[Series], expected: int | None
) -> None:
    assert first_contact(series, partners) == expected


@given(
    prefix=st.sampled_from(["2", "23", "234", "2345"]),
    positions=st.dictionaries(
        st.sampled_from(["2", "23", "234", "2345"]),
        st.integers(1, 10**11) | st.integers(0, 9).map(lambda n: 300_000_000 + n),
        min_size=4,
        max_size=4,
    ),
    probe=st.integers(0, 10**9) | st.integers(0, 20),
)
def test_below_first_contact_no_text_was_passed_by_a_partner(
    prefix: str, positions: dict[str, int], probe: int
) -> None:
    series = _series(prefix, positions.pop(prefix))
    partners = [_series(other, last) for other, last in positions.items()]
    contact = first_contact(series, partners)
    limit = 10**20 if contact is None else contact
    number = series.next_number + probe
    for candidate in {number, limit - 1} if number < limit else {limit - 1}:
        if not series.next_number <= candidate < 10**20:
            continue
        text = format_number(prefix, candidate)
        for partner in partners:
            same = parse_number(partner.prefix, text)
            assert same is None or same > partner.last_number


@pytest.mark.parametrize(
    ("clear_until", "last_number", "expected"),
    [(None, 10**20 - 1, True), (10, 9, True), (10, 10, False), (10, 11, False)],
)
def test_numbers_are_clear_up_to_and_not_with_the_mark(
    clear_until: int | None, last_number: int, *, expected: bool
) -> None:
    assert is_clear(sample_series(clear_until=clear_until), last_number) is expected


def test_series_is_locked_together_with_everybody_entangled() -> None:
    books = PaperBooks(*(_series(prefix) for prefix in ("2345", "2", "23", "INVOI", "234")))
    books.calls.clear()
    series, partners = lock_with_partners(books, _series("23"))
    assert series.prefix == "23"
    assert {partner.prefix for partner in partners} == {"2", "234", "2345"}
    assert books.calls == [("lock_series", *(f"{n:032d}" for n in (1, 2, 3, 4)))]


def test_partner_born_while_waiting_for_the_lock_is_locked_as_well() -> None:
    class Slow(PaperBooks):
        def lock_series(self, series_ids: list[str]) -> dict[str, Series]:
            newborn = _series("234")
            if newborn.key.series_id not in self.series:
                self.series[newborn.key.series_id] = newborn
                self.entries[newborn.key.series_id] = []
            return super().lock_series(series_ids)

    books = Slow()
    books.series = {one.key.series_id: one for one in (_series("2"), _series("23"))}
    _, partners = lock_with_partners(books, _series("2"))
    assert {partner.prefix for partner in partners} == {"23", "234"}


def _books_with(series: Series, *kinds: tuple[EntryKind, int, int]) -> tuple[PaperBooks, Series]:
    """Books in which `series` (of the prefix "23") has these entries, one after another."""
    advanced, entries = appended(
        series, [sample_content(first, last, kind=kind) for kind, first, last in kinds]
    )
    books = PaperBooks(_series("2"), series)
    books.append_entries(entries)
    books.series[series.key.series_id] = advanced
    return books, advanced


def test_texts_taken_are_issued_reserved_and_imported_ones_but_not_skipped_ones() -> None:
    books, partner = _books_with(
        sample_series("23"),
        (EntryKind.ISSUED, 1, 3),
        (EntryKind.SKIPPED, 4, 5),
        (EntryKind.RESERVED, 6, 6),
        (EntryKind.IMPORTED, 9, 9),
    )
    window = NumberRange(300_000_002, 300_000_020)
    found = taken_by_partners(books, _series("2"), [partner], window)
    assert found == [
        (NumberRange(300_000_002, 300_000_003), "23"),
        (NumberRange(300_000_006, 300_000_006), "23"),
        (NumberRange(300_000_009, 300_000_009), "23"),
    ]


def test_texts_taken_are_found_beyond_the_first_slice_of_entries() -> None:
    numbers = 2500
    books, partner = _books_with(
        sample_series("23"), *((EntryKind.ISSUED, n, n) for n in range(1, numbers + 1))
    )
    window = NumberRange(300_000_001, 300_010_000)
    found = taken_by_partners(books, _series("2"), [partner], window)
    assert sum(part.count for part, _ in found) == numbers
    assert books.look_ups == 3


def test_texts_taken_that_just_fill_a_slice_are_found_once() -> None:
    books, partner = _books_with(
        sample_series("23"), *((EntryKind.ISSUED, n, n) for n in range(1, 1001))
    )
    window = NumberRange(300_000_001, 300_001_000)
    found = taken_by_partners(books, _series("2"), [partner], window)
    assert sum(part.count for part, _ in found) == 1000
    assert books.look_ups == 1


def test_texts_of_a_stranger_are_not_asked_for() -> None:
    books = PaperBooks(_series("INV"))
    found = taken_by_partners(books, _series("2"), [_series("INV")], NumberRange(1, 10**20 - 1))
    assert (found, books.look_ups) == ([], 0)


def test_renewed_clearance_is_written_for_partners_and_returned_for_the_series() -> None:
    shorter, longer = _series("2"), _series("23")
    books = PaperBooks(shorter, longer)
    assert books.series[shorter.key.series_id].clear_until == ZONE.first
    moved = replace(books.series[shorter.key.series_id], last_number=ZONE.first + 9)
    renewed = renew_clearance(books, moved, [books.series[longer.key.series_id]])
    assert renewed.clear_until == ZONE.first + 10
    assert books.series[longer.key.series_id].clear_until == 1


def test_partner_keeps_away_from_its_other_partners_too() -> None:
    """ "23" moves; "2" must still stop at the zone of "21"."""
    books = PaperBooks(*(_series(prefix) for prefix in ("2", "23")), sample_series("21"))
    shorter, moved = books.series[f"{1:032d}"], books.series[f"{2:032d}"]
    assert shorter.clear_until == 100_000_001
    renew_clearance(books, replace(moved, last_number=50), [shorter])
    assert books.series[f"{1:032d}"].clear_until == 100_000_001


class _WatchedBooks(PaperBooks):
    """Notes for which prefixes the entangled series were asked for."""

    asked: list[str]

    def find_entangled_series(self, prefix: str) -> list[Series]:
        self.asked.append(prefix)
        return super().find_entangled_series(prefix)


def test_renewal_among_many_partners_reads_nothing_of_each() -> None:
    """A hundred thousand prefixes may extend one another: work for each pair would be too much."""
    _WatchedBooks.asked = []
    longer = [sample_series(f"2{n}") for n in range(10, 60)]
    books = _WatchedBooks(_series("2"), *longer)
    moved, partners = books.series[f"{1:032d}"], [books.series[one.key.series_id] for one in longer]
    books.asked.clear()
    books.look_ups = 0
    renew_clearance(books, replace(moved, last_number=50), partners)
    assert (books.asked, books.look_ups) == ([], 0)


@pytest.mark.parametrize("slice_entries", [1, 2, 3])
def test_texts_outside_every_series_are_found_slice_by_slice(
    monkeypatch: pytest.MonkeyPatch, slice_entries: int
) -> None:
    books = PaperBooks(series := _series("INV"))
    books.texts = {f"inv{number:08d}" for number in (4, 5, 9, 10, 11)}
    monkeypatch.setattr(clearance, "_SLICE_ENTRIES", slice_entries)
    found = taken_numbers(books, series, [], NumberRange(5, 10))
    assert [part.numbers for part in found] == [NumberRange(5, 5), NumberRange(9, 10)]


def test_partner_that_shares_no_text_is_left_alone() -> None:
    books = PaperBooks(series := _series("2"), stranger := _series("INV"))
    before = books.series[stranger.key.series_id]
    assert renew_clearance(books, series, [stranger]).clear_until is None
    assert books.series[stranger.key.series_id] == before
