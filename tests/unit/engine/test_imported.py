"""Used numbers: which series each belongs to, what is written of them, what is in their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, format_number, without
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriesUnusable
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine import occupied
from seriatim.engine.chain import appended
from seriatim.engine.imported import (
    Foreign,
    Misplaced,
    Placed,
    Prefixes,
    UsedNumbers,
    planned,
    prefixes_in,
    take_in,
)
from seriatim.engine.nearness import Near
from seriatim.engine.occupied import why_occupied
from seriatim.engine.orders import Stamp
from tests.samples import BATCH_ID, NOON, REQUEST_ID, TODAY, sample_content, sample_series
from tests.unit.engine.paper_books import PaperBooks

NOBODY_NEAR = Near([], SEQUENTIAL_NUMBER_MAX)
STAMP = Stamp("client:a", REQUEST_ID, BATCH_ID, NOON)
MEMO = DocumentType.CREDIT_MEMO
PREFIXES = Prefixes(
    [
        sample_series("INV"),
        sample_series("INV2026"),
        sample_series("INV20", document_type=MEMO),
        sample_series("CM", document_type=MEMO),
        sample_series("2"),
        sample_series("GONE", is_released=True),
    ]
)


def _used(
    number: str, last: str | None = None, kind: DocumentType = DocumentType.INVOICE
) -> object:
    return PREFIXES.place(UsedNumbers(2, kind, number, last))


@pytest.mark.parametrize(
    ("number", "last", "prefix", "numbers"),
    [
        ("INV00000018", None, "INV", (18, 18)),
        ("inv100000000", None, "INV", (10**8, 10**8)),
        ("INV202600000005", None, "INV2026", (5, 5)),  # the longest
        ("INV2026000000005", None, "INV", (2026000000005, 2026000000005)),
        ("INV202600000005", "INV202600000009", "INV2026", (5, 9)),
        ("INV202600000005", "INV202700000000", "INV", (202600000005, 202700000000)),
        ("INV2000000001", None, "INV", (2000000001, 2000000001)),  # INV20 is the memos'
        ("200000007", None, "2", (7, 7)),
        (f"INV{10**20 - 1}", None, "INV", (10**20 - 1, 10**20 - 1)),
    ],
)
def test_number_belongs_to_the_longest_prefix_of_its_type(
    number: str, last: str | None, prefix: str, numbers: tuple[int, int]
) -> None:
    found = _used(number, last)
    assert isinstance(found, Placed)
    assert (found.series.prefix, found.numbers) == (prefix, NumberRange(*numbers))


@pytest.mark.parametrize(
    "number",
    [
        "INV000123",
        "INV",
        "123",
        "2",
        "00000001",
        "GONE00000001",
        "X00000001",
        "P-",  # below: reserved
        "INV00000001a",
        "A/2019-7",
        f"INV{7:020d}",  # as many digits as a number may have
        "PREVIEW",
    ],
)
def test_number_in_another_format_is_text(number: str) -> None:
    found = _used(number)
    assert isinstance(found, Misplaced if number == "P-" else Foreign)


@pytest.mark.parametrize(
    ("number", "last", "why"),
    [
        ("CM00000005", None, "the prefix 'CM' belongs to the document type creditMemo"),
        ("CM123", None, "the prefix 'CM' belongs to the document type creditMemo"),
        ("cm", None, "the prefix 'CM' belongs to the document type creditMemo"),
        ("CM00000005", "CM00000009", "the prefix 'CM' belongs to the document type creditMemo"),
        (f"INV{10**20}", None, "has more than 20 digits behind 'INV'"),
        ("INV00000005", "INV00000004", "lastNumber 'INV00000004' lies before the number"),
        ("INV00000005", "X", "lastNumber 'X' is no number of the series 'INV'"),
        ("INV5", "INV00000009", "a range needs a series: no series of the type could give"),
        ("X1", "X2", "a range needs a series: no series of the type could give"),
        ("TMP-INV-00000001", None, "begins with the reserved prefix 'TMP-INV-'"),
        ("pm-7", None, "begins with the reserved prefix 'pm-'"),
    ],
)
def test_number_that_belongs_nowhere_says_why(number: str, last: str | None, why: str) -> None:
    found = _used(number, last)
    assert isinstance(found, Misplaced)
    assert found.why.startswith(why)


def test_prefix_of_default_is_not_reserved_for_its_own_type() -> None:
    prefixes = Prefixes([sample_series("P-", document_type=DocumentType.PAYMENT)])
    assert isinstance(prefixes.place(UsedNumbers(2, DocumentType.PAYMENT, "P-00000001")), Placed)
    assert isinstance(prefixes.place(UsedNumbers(2, DocumentType.PAYMENT, "P-1")), Foreign)


def _placed(series: Series, first: int, last: int | None = None, reference: str = "") -> Placed:
    used = UsedNumbers(first, series.document_type, "", None, TODAY, reference)
    return Placed(used, series, NumberRange(first, first if last is None else last))


def _parts(series: Series, placed: list[Placed], **rest: object) -> list[tuple[str, int, int]]:
    covered: list[NumberRange] = rest.pop("covered", [])  # type: ignore[assignment] # a table
    plan = planned(series, placed, covered, STAMP, keep_free=bool(rest.get("keep_free")))
    return [(one.kind.value, one.numbers.first, one.numbers.last) for one in plan.contents]


def test_holes_are_skipped_but_for_what_was_imported_ahead() -> None:
    series = sample_series(last_number=10)
    placed = [_placed(series, 15), _placed(series, 16, 20), _placed(series, 25)]
    assert _parts(series, placed, covered=[NumberRange(12, 13), NumberRange(21, 24)]) == [
        ("skipped", 11, 11),
        ("skipped", 14, 14),
        ("imported", 15, 20),
        ("imported", 25, 25),
    ]


def test_range_is_cut_at_the_origin() -> None:
    series = sample_series(origin=10)
    assert _parts(series, [_placed(series, 8, 12)]) == [("imported", 8, 9), ("imported", 10, 12)]


def test_range_that_ends_with_the_origin_moves_the_series() -> None:
    series = sample_series(origin=10)
    plan = planned(series, [_placed(series, 8, 10)], [], STAMP, keep_free=False)
    assert plan.next_number == 11


def test_lines_that_differ_are_entries_of_their_own() -> None:
    series = sample_series()
    placed = [_placed(series, 1), _placed(series, 2, reference="x"), _placed(series, 4, 5, "x")]
    used = placed[2].used
    placed.append(replace(_placed(series, 6, reference="x"), used=used))
    later = replace(used, document_date=TODAY + timedelta(days=1))
    placed.append(replace(_placed(series, 7), used=later))
    assert _parts(series, placed, keep_free=True) == [
        ("imported", 1, 1),
        ("imported", 2, 2),
        ("imported", 4, 6),
        ("imported", 7, 7),
    ]


@pytest.mark.parametrize("keep_free", [False, True])
@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        ([(1, 1)], 7),  # behind it: nothing is taken back
        ([(1, 2), (4, 4)], 7),
        ([(2, 4)], 7),  # across its next number
        ([(7, 8), (9, 9), (11, 11)], 10),  # one right behind the other
        ([(8, 9)], 7),
    ],
)
def test_plan_passes_what_is_covered_and_never_goes_back(
    keep_free: bool, covered: list[tuple[int, int]], expected: int
) -> None:
    series = sample_series(last_number=2)
    ahead = [NumberRange(*part) for part in covered]
    free = without(NumberRange(3, 6), ahead)
    placed = [_placed(series, part.first, part.last) for part in free]
    assert planned(series, placed, ahead, STAMP, keep_free=keep_free).next_number == expected


@pytest.mark.parametrize(
    ("keep_free", "given", "covered", "expected"),
    [
        (False, [(5, 6)], [], 7),
        (True, [(5, 6)], [], 1),
        (True, [(1, 2)], [], 3),
        (True, [(1, 2)], [(3, 4), (6, 6)], 5),
        (True, [(1, 2), (5, 6)], [(3, 4)], 7),
        (True, [(1, 2), (5, 6)], [], 3),
        (False, [(1, 2)], [(3, 4)], 5),
    ],
)
def test_plan_tells_the_next_number(
    keep_free: bool, given: list[tuple[int, int]], covered: list[tuple[int, int]], expected: int
) -> None:
    series = sample_series()
    placed = [_placed(series, first, last) for first, last in given]
    ahead = [NumberRange(*part) for part in covered]
    assert planned(series, placed, ahead, STAMP, keep_free=keep_free).next_number == expected


def test_stopped_series_takes_nothing_in() -> None:
    series = sample_series(stopped_because="a defect")
    with pytest.raises(SeriesUnusable, match="a defect"):
        take_in(
            PaperBooks(series),
            series,
            NOBODY_NEAR,
            [_placed(series, 1)],
            STAMP,
            keep_free=False,
            today=TODAY,
        )


def _with_entries(*kinds: tuple[EntryKind, int, int]) -> tuple[PaperBooks, Series]:
    books = PaperBooks(sample_series())
    contents = [sample_content(first, last, kind=kind) for kind, first, last in kinds]
    series, entries = appended(sample_series(), contents)
    books.append_entries(entries)
    books.series[series.key.series_id] = series
    return books, series


def test_what_is_in_the_way_is_named_for_each_line() -> None:
    books, series = _with_entries(
        (EntryKind.ISSUED, 1, 5),
        (EntryKind.RESERVED, 6, 6),
        (EntryKind.SKIPPED, 7, 9),
        (EntryKind.IMPORTED, 50, 60),
    )
    books.texts = {format_number("inv", 70)}
    placed = [_placed(series, n) for n in (1, 6, 9, 10, 49, 55, 61, 70)]
    placed.append(_placed(series, 71, 5000))
    assert why_occupied(books, series, [], placed) == {
        1: "was issued before",
        6: "was reserved before",
        9: "was skipped: the register says that nobody will ever get it",
        55: "was imported before",
        70: "the same text was taken before",
    }
    assert why_occupied(books, series, [], [_placed(series, 8, 5000)]) == {
        8: "was skipped: the register says that nobody will ever get it"
    }


def test_nothing_in_the_way_costs_one_look_up() -> None:
    books, series = _with_entries((EntryKind.ISSUED, 1, 5))
    assert why_occupied(books, series, [], [_placed(series, n) for n in range(6, 5000, 7)]) == {}
    assert books.look_ups == 1


def test_text_of_a_partner_is_in_the_way_unless_it_was_skipped() -> None:
    longer = sample_series("INV2", series_id="2" * 32)
    books = PaperBooks(series := sample_series(), longer)
    advanced, entries = appended(
        longer, [sample_content(1, 3), sample_content(4, 9, kind=EntryKind.SKIPPED)]
    )
    books.append_entries(entries)
    placed = [_placed(series, 200000000 + n) for n in (3, 4)]
    assert why_occupied(books, series, [advanced, sample_series("CM")], placed) == {
        200000003: "the same text was given by the series 'INV2'"
    }


@given(
    taken=st.lists(st.tuples(st.integers(1, 80), st.integers(0, 6)), max_size=15),
    outside=st.sets(st.integers(1, 90), max_size=5),
    wanted=st.lists(st.tuples(st.integers(1, 90), st.integers(0, 9)), min_size=1, max_size=8),
    slice_entries=st.integers(1, 4),
)
def test_lines_in_the_way_are_those_of_counting(
    taken: list[tuple[int, int]],
    outside: set[int],
    wanted: list[tuple[int, int]],
    slice_entries: int,
) -> None:
    covering = [(first, first + more) for first, more in _disjoint(taken)]
    series = sample_series(origin=1000)  # all of it lies before the origin, in any order
    imported, entries = appended(
        series, [sample_content(a, b, kind=EntryKind.IMPORTED) for a, b in covering]
    )
    books = PaperBooks(series)
    books.append_entries(entries)
    books.texts = {format_number("inv", number) for number in outside}
    placed = [_placed(imported, first, first + more) for first, more in _disjoint(wanted)]
    numbers = {n for a, b in covering for n in range(a, b + 1)} | outside
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occupied, "_SLICE_ENTRIES", slice_entries)
        found = why_occupied(books, imported, [], placed)
    assert set(found) == {
        one.used.line
        for one in placed
        if numbers & set(range(one.numbers.first, one.numbers.last + 1))
    }


def _disjoint(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for first, more in sorted(parts):
        if not kept or first > sum(kept[-1]):
            kept.append((first, more))
    return kept


@pytest.mark.parametrize(
    ("keep_free", "last_number", "clear_until", "skipped"),
    [(False, 7, None, [(1, 2), (5, 6)]), (True, 0, 2, [])],
)
def test_used_numbers_are_written_and_the_series_moved(
    keep_free: bool, last_number: int, clear_until: int | None, skipped: list[tuple[int, int]]
) -> None:
    series = sample_series()
    books = PaperBooks(series)
    placed = [_placed(series, 3, 4), _placed(series, 7)]
    moved, contents = take_in(
        books, series, NOBODY_NEAR, placed, STAMP, keep_free=keep_free, today=TODAY
    )
    assert books.series[series.key.series_id] == moved
    assert (moved.last_number, moved.clear_until) == (last_number, clear_until)
    assert moved.last_document_date == (None if keep_free else TODAY)
    assert (moved.imported_count, moved.skipped_count) == (3, sum(b - a + 1 for a, b in skipped))
    assert [entry.content for entry in books.entries[series.key.series_id]] == contents
    assert [
        (one.numbers.first, one.numbers.last) for one in contents if one.kind is EntryKind.SKIPPED
    ] == skipped


def test_used_numbers_behind_those_imported_ahead_skip_what_is_left() -> None:
    books = PaperBooks(series := sample_series())

    def taken_in(first: int, last: int, *, keep_free: bool) -> list[EntryContent]:
        now = books.series[series.key.series_id]
        _, contents = take_in(
            books,
            now,
            NOBODY_NEAR,
            [_placed(now, first, last)],
            STAMP,
            keep_free=keep_free,
            today=TODAY,
        )
        return contents

    taken_in(10, 12, keep_free=True)
    parts = [(one.numbers.first, one.numbers.last) for one in taken_in(20, 20, keep_free=False)]
    assert parts == [(1, 9), (13, 19), (20, 20)]
    assert books.series[series.key.series_id].last_number == 20


@pytest.mark.parametrize(("known", "given", "last"), [(-2, -1, -1), (-1, -2, -1), (-1, 5, 0)])
def test_last_document_date_is_the_later_one_and_not_in_the_future(
    known: int, given: int, last: int
) -> None:
    def day(days: int) -> date:
        return TODAY + timedelta(days=days)

    series = replace(sample_series(), last_document_date=day(known))
    used = UsedNumbers(2, series.document_type, "", None, day(given), "")
    placed = [Placed(used, series, NumberRange(1, 1))]
    moved, _ = take_in(
        PaperBooks(series), series, NOBODY_NEAR, placed, STAMP, keep_free=False, today=TODAY
    )
    assert moved.last_document_date == day(last)


def test_nothing_used_is_nothing_written() -> None:
    assert planned(sample_series(), [], [], STAMP, keep_free=False).contents == []


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("INV2026", ["inv", "inv2", "inv20", "inv202"]),
        ("2026", ["2", "20", "202"]),
        ("INV", []),
        ("X" * 17 + "17", []),
        ("X" * 16 + "17", ["x" * 16]),
    ],
)
def test_prefixes_in_a_number_are_all_that_it_could_be_read_with(
    text: str, prefixes: list[str]
) -> None:
    assert prefixes_in(text) == prefixes


@pytest.mark.parametrize("slice_entries", [1, 2, 3])
def test_texts_in_the_way_are_found_slice_by_slice(
    monkeypatch: pytest.MonkeyPatch, slice_entries: int
) -> None:
    books, series = _with_entries((EntryKind.ISSUED, 1, 5))
    books.texts = {format_number("inv", number) for number in (69, 70, 71)}
    monkeypatch.setattr(occupied, "_SLICE_ENTRIES", slice_entries)
    placed = [_placed(series, number) for number in (70, 71)]
    assert set(why_occupied(books, series, [], placed)) == {70, 71}


def test_entries_in_the_way_are_found_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    books, series = _with_entries((EntryKind.ISSUED, 1, 5), (EntryKind.RESERVED, 6, 9))
    monkeypatch.setattr(occupied, "_SLICE_ENTRIES", 1)
    found = why_occupied(books, series, [], [_placed(series, 5), _placed(series, 9)])
    assert found == {5: "was issued before", 9: "was reserved before"}
