"""Numbers imported ahead of a series, and texts taken outside every series: stepped over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.errors import InvariantBroken, Rejected
from seriatim.domain.register import ChosenBy, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.clearance import (
    Taken,
    first_taken_ahead,
    past_imported,
    renew_clearance,
    taken_numbers,
)
from seriatim.engine.issue import issue, preview, raise_start, settle
from seriatim.engine.orders import IssueOrder, Stamp
from seriatim.engine.verify import SeriesVerifier
from tests.samples import BATCH_ID, NOON, REQUEST_ID, SET_ID, TODAY, sample_content, sample_series
from tests.unit.engine.paper_books import PaperBooks

STAMP = Stamp("client:a", REQUEST_ID, BATCH_ID, NOON)
MAX = 10**20 - 1
IMPORTED = EntryKind.IMPORTED


def _series(prefix: str = "INV", origin: int = 1) -> Series:
    return sample_series(prefix, origin=origin, series_id=f"{len(prefix):032d}")


def take_in(books: PaperBooks, series: Series, *parts: tuple[int, int]) -> Series:
    """Imported entries as an import leaves them: passed where they follow, clearance renewed."""
    advanced, entries = appended(
        series, [sample_content(first, last, kind=IMPORTED) for first, last in parts]
    )
    books.append_entries(entries)
    advanced = past_imported(books, advanced)
    partners = [one for one in books.find_entangled_series(series.prefix) if one.key != series.key]
    advanced = renew_clearance(books, advanced, partners)
    books.advance_series([(advanced, series.last_entry_number)])
    return advanced


def given_out(books: PaperBooks, series: Series, count: int = 1) -> list[int]:
    order = IssueOrder(count, SET_ID, ChosenBy.DEFAULT, None, TODAY)
    issued = issue(books, books.series[series.key.series_id], order, STAMP)
    return [n for part in issued.ranges for n in range(part.first, part.last + 1)]


def is_sound(books: PaperBooks, series: Series) -> bool:
    verifier = SeriesVerifier(books.series[series.key.series_id])
    verifier.take(books.entries[series.key.series_id])
    return verifier.finish().is_verified


def test_number_before_an_imported_one_is_the_first_that_is_not_clear() -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(), (10, 12), (20, 20))
    assert (series.next_number, series.clear_until) == (1, 9)
    assert given_out(books, series, 8) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert books.look_ups == 2  # those of the import alone
    assert given_out(books, series) == [9]
    now = books.series[series.key.series_id]
    assert (now.last_number, now.clear_until) == (12, 19)
    assert is_sound(books, series)


def test_imported_numbers_that_follow_at_once_are_passed_with_no_entry() -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(), (1, 3), (4, 4), (6, 6))
    assert (series.last_number, series.clear_until, series.skipped_count) == (4, 5, 0)
    assert given_out(books, series, 3) == [5, 7, 8]
    assert [entry.content.kind for entry in books.entries[series.key.series_id]] == [
        IMPORTED,
        IMPORTED,
        IMPORTED,
        EntryKind.ISSUED,
        EntryKind.ISSUED,
    ]
    assert is_sound(books, series)


def test_imported_number_at_the_very_end_ends_the_series_before_it() -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(origin=MAX - 2), (MAX - 1, MAX))
    assert given_out(books, series) == [MAX - 2]
    now = books.series[series.key.series_id]
    assert (now.last_number, now.clear_until) == (MAX, None)
    with pytest.raises(Rejected):
        given_out(books, series)
    assert is_sound(books, series)


def test_imported_numbers_before_the_origin_do_not_concern_the_series() -> None:
    books = PaperBooks(_series(origin=100))
    series = take_in(books, _series(origin=100), (1, 5), (99, 99))
    assert (series.next_number, series.clear_until, series.imported_count) == (100, None, 6)
    assert given_out(books, series) == [100]
    assert is_sound(books, series)


def test_number_imported_where_the_series_has_been_breaks_off() -> None:
    series = sample_series(last_number=10)
    for first, last in ((1, 1), (10, 10), (1, 20), (10, 12)):
        with pytest.raises(InvariantBroken, match="covered already"):
            appended(series, [sample_content(first, last, kind=IMPORTED)])


def test_entries_go_on_behind_covered_numbers_and_nowhere_else() -> None:
    series = sample_series(last_number=4)
    covered = [NumberRange(5, 6), NumberRange(9, 9)]
    advanced, _ = appended(series, [sample_content(7, 8), sample_content(10)], covered)
    assert advanced.last_number == 10
    with pytest.raises(InvariantBroken):
        appended(series, [sample_content(7, 9)], [NumberRange(5, 5)])


def test_raised_start_leaves_imported_numbers_out_of_what_it_skips() -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(), (3, 4), (8, 9), (20, 20))
    raised, skipped = raise_start(books, series, 10, STAMP)
    entries = [
        entry.content.numbers
        for entry in books.entries[series.key.series_id]
        if entry.content.kind is EntryKind.SKIPPED
    ]
    assert skipped == entries == [NumberRange(1, 2), NumberRange(5, 7)]
    assert (raised.last_number, raised.clear_until) == (9, 19)
    assert is_sound(books, series)


@pytest.mark.parametrize("start_number", [10, 11, 12])
def test_raised_start_that_was_imported_is_passed(start_number: int) -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(), (10, 12))
    assert raise_start(books, series, start_number, STAMP)[0].next_number == 13
    assert is_sound(books, series)


def test_preview_steps_over_what_was_imported() -> None:
    books = PaperBooks(_series())
    series = take_in(books, _series(), (2, 3))
    assert preview(books, series, 3) == [1, 4, 5]


def test_text_taken_outside_is_stepped_over_by_a_series_born_later() -> None:
    books = PaperBooks()
    books.texts = {"inv00000003", "inv00000004", "inv123", "other"}
    series = books.add(_series())
    assert books.series[series.key.series_id].clear_until == 3
    assert given_out(books, series, 4) == [1, 2, 5, 6]
    why = [one.content.reason for one in books.entries[series.key.series_id]]
    assert why == [None, "the same text was taken outside every series", None]
    assert books.series[series.key.series_id].clear_until is None
    assert is_sound(books, series)


def test_long_row_of_texts_taken_outside_is_read_slice_by_slice() -> None:
    books = PaperBooks()
    books.texts = {format_number("inv", number) for number in range(2, 3002)}
    series = books.add(_series())
    assert taken_numbers(books, series, [], NumberRange(1, 9000)) == [
        Taken(NumberRange(2, 3001), "the same text was taken outside every series")
    ]


def test_longer_prefix_keeps_off_what_was_imported_ahead_of_the_shorter_one() -> None:
    books = PaperBooks(_series("INV"), _series("INV2026"))
    shorter = take_in(books, _series("INV"), (202600000005, 202600000006))
    longer = books.series[f"{7:032d}"]
    assert shorter.next_number == 1
    assert longer.clear_until == 5
    assert given_out(books, longer, 6) == [1, 2, 3, 4, 7, 8]
    assert is_sound(books, longer)


def test_series_born_later_keeps_off_what_was_imported_ahead_of_a_shorter_one() -> None:
    books = PaperBooks(_series("INV"))
    take_in(books, _series("INV"), (202600000002, 202600000002), (2026000000001, 2026000000001))
    longer = books.add(_series("INV2026"))
    assert given_out(books, longer, 3) == [1, 3, 4]
    # Nine digits never begin with a zero: the other text is no number of the longer prefix.
    assert books.series[longer.key.series_id].clear_until is None


def test_series_at_its_end_has_nothing_ahead() -> None:
    books = PaperBooks(_series())
    assert first_taken_ahead(books, sample_series(last_number=MAX, imported_count=1), []) is None


@given(data=st.data(), origin=st.integers(1, 5))
def test_every_number_is_accounted_for_once_whatever_was_imported(
    data: st.DataObject, origin: int
) -> None:
    """Against counting: the numbers given are the lowest that nothing else has."""
    imported = data.draw(st.sets(st.integers(1, 30), max_size=15))
    texts = data.draw(st.sets(st.integers(1, 30), max_size=8)) - imported
    books = PaperBooks()
    books.texts = {format_number("inv", number) for number in texts}
    series = _series(origin=origin)
    books.series[series.key.series_id], books.entries[series.key.series_id] = series, []
    take_in(books, settle(books, series), *((n, n) for n in sorted(imported)))
    wanted = [n for n in range(origin, 100) if n not in imported | texts]
    given_so_far: list[int] = []
    for count in data.draw(st.lists(st.integers(1, 6), max_size=8)):
        given_so_far += given_out(books, series, count)
    assert given_so_far == wanted[: len(given_so_far)]
    assert is_sound(books, series)
