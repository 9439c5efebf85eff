"""Many orders in one transaction: the same numbers as one by one, written together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, fold, format_number
from seriatim.domain.errors import Rejected, SeriatimError, SeriesUnusable, StoreUnavailable
from seriatim.domain.register import ChosenBy, Entry, EntryKind, Hold
from seriatim.domain.sequence_set import Series
from seriatim.engine.batch import Batch
from seriatim.engine.issue import raise_start
from seriatim.engine.orders import Issued, IssueOrder, Stamp
from seriatim.engine.verify import SeriesVerifier
from tests.samples import BATCH_ID, NOON, REQUEST_ID, SET_ID, TODAY, sample_series
from tests.unit.engine.paper_books import PaperBooks

STAMP = Stamp("client:1", REQUEST_ID, BATCH_ID, NOON)


class Noting(PaperBooks):
    """Books that note how often something was written."""

    def __init__(self, *series: Series) -> None:
        self.appends: list[int] = []
        super().__init__(*series)

    def append_entries(self, entries: list[Entry]) -> None:
        self.appends.append(len(entries))
        super().append_entries(entries)


def _order(count: int = 1, **rest: object) -> IssueOrder:
    given = {"document_date": None, "chosen_by": ChosenBy.DEFAULT, **rest}
    return IssueOrder(count=count, sequence_set_id=SET_ID, today=TODAY, **given)  # type: ignore[arg-type] # a table


def _issued(books: PaperBooks, orders: Iterable[tuple[Series, int]]) -> list[Issued]:
    wanted = list(orders)
    batch = Batch(books)
    batch.lock(wanted)
    found = [batch.issue(series.key.series_id, _order(count), STAMP) for series, count in wanted]
    batch.write()
    return found


def _numbers(issued: Issued) -> list[int]:
    return [n for part in issued.ranges for n in range(part.first, part.last + 1)]


def _id(number: int) -> str:
    return f"{number:032d}"


def test_orders_of_one_series_follow_one_another_in_one_write() -> None:
    books = Noting(series := sample_series())
    found = _issued(books, [(series, 2), (series, 1), (series, 3)])
    assert [_numbers(one) for one in found] == [[1, 2], [3], [4, 5, 6]]
    assert books.appends == [3]
    assert books.series[series.key.series_id].last_number == 6


def test_series_far_from_each_other_are_locked_at_once_in_order() -> None:
    one, other = sample_series("INV", series_id=_id(2)), sample_series("CM", series_id=_id(1))
    books = Noting(one, other)
    books.calls.clear()
    _issued(books, [(one, 1), (other, 1), (one, 1)])
    locks = [call[1:] for call in books.calls if call[0] == "lock_series"]
    assert locks == [(_id(1), _id(2))]
    assert books.appends == [3]


def test_nothing_issued_writes_nothing() -> None:
    books = Noting(series := sample_series())
    batch = Batch(books)
    batch.lock([(series, 1)])
    batch.write()
    assert books.appends == []


def test_order_that_fails_leaves_the_others_alone() -> None:
    """A caller whose part is invalid fails alone."""
    series = sample_series(last_number=10**20 - 4, last_document_date=TODAY)
    books = Noting(series)
    books.chronological.add(series.key.series_id)
    batch = Batch(books)
    batch.lock([(series, 1)] * 3)
    assert _numbers(batch.issue(series.key.series_id, _order(), STAMP)) == [10**20 - 3]
    for bad in (_order(3), _order(document_date=TODAY - timedelta(days=1))):
        with pytest.raises(Rejected):
            batch.issue(series.key.series_id, bad, STAMP)
    assert _numbers(batch.issue(series.key.series_id, _order(2), STAMP))[-1] == 10**20 - 1
    batch.write()
    assert books.appends == [2]


def test_date_of_an_earlier_order_of_the_batch_counts() -> None:
    books = Noting(series := sample_series())
    books.chronological.add(series.key.series_id)
    batch = Batch(books)
    batch.lock([(series, 1)] * 2)
    tomorrow = TODAY + timedelta(days=1)
    batch.issue(series.key.series_id, _order(document_date=tomorrow), STAMP)
    assert batch.issue(series.key.series_id, _order(), STAMP).document_date == tomorrow
    with pytest.raises(Rejected, match="lies before"):
        batch.issue(series.key.series_id, _order(document_date=TODAY), STAMP)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"stopped_because": "a fault"}, StoreUnavailable),
        ({"is_released": True}, SeriesUnusable),
    ],
)
def test_series_that_may_not_issue_fails_alone(
    change: dict[str, object], error: type[SeriatimError]
) -> None:
    good, bad = sample_series("INV", series_id=_id(1)), sample_series("CM", series_id=_id(2))
    books = Noting(good, bad)
    books.series[_id(2)] = replace(bad, **change)  # type: ignore[arg-type] # a table of fields
    batch = Batch(books)
    batch.lock([(bad, 1), (good, 1)])
    with pytest.raises(error):
        batch.issue(_id(2), _order(), STAMP)
    batch.issue(_id(1), _order(), STAMP)
    batch.write()
    assert (len(books.entries[_id(1)]), len(books.entries[_id(2)])) == (1, 0)


def test_series_that_nobody_locked_is_locked_when_asked_for() -> None:
    books = Noting(series := sample_series())
    batch = Batch(books)
    assert _numbers(batch.issue(series.key.series_id, _order(), STAMP)) == [1]
    batch.write()
    assert books.appends == [1]


def test_numbers_given_earlier_in_the_batch_are_taken_for_a_partner() -> None:
    longer = sample_series("23", series_id=_id(1))
    books = Noting(longer, shorter := sample_series("2", series_id=_id(2)))
    shorter, _ = raise_start(books, shorter, 300_000_001, STAMP)
    found = _issued(books, [(longer, 2), (shorter, 1), (longer, 1), (shorter, 1)])
    assert [_numbers(one) for one in found] == [[1, 2], [300_000_003], [4], [300_000_005]]


def test_numbers_given_in_the_batch_are_taken_for_a_partner_that_nobody_had_come_near() -> None:
    longer = sample_series("23", series_id=_id(1))
    books = Noting(longer, shorter := sample_series("2", series_id=_id(2), origin=299_999_999))
    assert books.series[_id(1)].clear_until is None
    found = _issued(books, [(shorter, 5), (longer, 1)])
    assert [_numbers(one) for one in found] == [list(range(299_999_999, 300_000_004)), [4]]


def test_second_order_that_comes_near_takes_its_partners_along() -> None:
    longer = sample_series("23", series_id=_id(1))
    books = Noting(longer, shorter := sample_series("2", series_id=_id(2), origin=299_999_999))
    _issued(books, [(longer, 1)])
    found = _issued(books, [(shorter, 2), (shorter, 2)])
    assert [_numbers(one) for one in found] == [
        [299_999_999, 300_000_000],
        [300_000_002, 300_000_003],
    ]


@pytest.mark.parametrize("count", [5, 2])
def test_numbers_given_to_a_partner_after_a_refusal_are_taken(count: int) -> None:
    """An order that failed near a partner must not leave behind how that one stood then."""
    longer = sample_series("23", series_id=_id(1))
    books = Noting(longer, shorter := sample_series("2", series_id=_id(2), origin=299_999_999))
    books.chronological.add(_id(2))
    books.series[_id(2)] = shorter = replace(books.series[_id(2)], last_document_date=TODAY)
    batch = Batch(books)
    batch.lock([(shorter, 5), (longer, 2)])
    with pytest.raises(Rejected):
        batch.issue(_id(2), _order(5, document_date=TODAY - timedelta(days=1)), STAMP)
    theirs = _numbers(batch.issue(_id(1), _order(2), STAMP))
    ours = _numbers(batch.issue(_id(2), _order(count), STAMP))
    batch.write()
    theirs += _numbers(_issued(books, [(books.series[_id(1)], 3)])[0])
    ours += _numbers(_issued(books, [(books.series[_id(2)], 3)])[0])
    texts = {format_number("23", n) for n in theirs} | {format_number("2", n) for n in ours}
    assert len(texts) == len(theirs) + len(ours) == count + 8


NEAR = {"7": 1_200_000_000, "71": 200_000_000, "712": 0, "INV": 2_000_000_000, "inv20": 0}
ORDERS = st.lists(st.tuples(st.sampled_from(sorted(NEAR)), st.integers(1, 6)), max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    batches=st.lists(ORDERS, max_size=4),
    starts=st.fixed_dictionaries({prefix: st.integers(0, 6) for prefix in NEAR}),
)
def test_no_text_is_given_twice_however_orders_share_batches(
    batches: list[list[tuple[str, int]]], starts: dict[str, int]
) -> None:
    ids = {prefix: _id(n) for n, prefix in enumerate(NEAR)}
    books = PaperBooks(
        *(
            sample_series(prefix, series_id=ids[prefix], origin=NEAR[prefix] + starts[prefix] + 1)
            for prefix in NEAR
        )
    )
    texts: set[str] = set()
    for orders in batches:
        found = _issued(books, [(books.series[ids[prefix]], count) for prefix, count in orders])
        for (prefix, count), issued in zip(orders, found, strict=True):
            new = {fold(format_number(prefix, number)) for number in _numbers(issued)}
            assert len(new) == count
            assert not texts & new
            texts |= new
    for series_id, series in books.series.items():
        verifier = SeriesVerifier(series)
        verifier.take(books.entries[series_id])
        assert verifier.finish().first_fault is None


def test_range_is_as_wide_as_what_was_asked_for() -> None:
    books = Noting(series := sample_series())
    (issued,) = _issued(books, [(series, 1_000_000)])
    assert issued.ranges == [NumberRange(1, 1_000_000)]
    assert books.appends == [1]


def test_reserved_numbers_are_held_until_their_deadline() -> None:
    books = Noting(series := sample_series())
    batch = Batch(books)
    batch.lock([(series, 3)])
    deadline = NOON + timedelta(hours=1)
    reserved = batch.issue(series.key.series_id, _order(2, hold_until=deadline), STAMP)
    batch.issue(series.key.series_id, _order(), STAMP)
    batch.write()
    first, second = books.entries[series.key.series_id]
    assert (first.content.kind, first.content.hold_until) == (EntryKind.RESERVED, deadline)
    assert (second.content.kind, second.hold) == (EntryKind.ISSUED, None)
    assert reserved.first_entry.hold == Hold(series.key, NumberRange(1, 2), 1, deadline)
    assert ("insert_holds", "1") in books.calls


def test_what_was_issued_since_a_mark_is_taken_back() -> None:
    kept, other = sample_series("INV", series_id=_id(1)), sample_series("CM", series_id=_id(2))
    books = Noting(kept, other)
    batch = Batch(books)
    batch.lock([(kept, 3), (other, 1)])
    assert _numbers(batch.issue(kept.key.series_id, _order(), STAMP)) == [1]
    mark = batch.mark()
    batch.issue(kept.key.series_id, _order(), STAMP)
    batch.issue(other.key.series_id, _order(), STAMP)
    assert batch.undo_to(mark)
    assert _numbers(batch.issue(kept.key.series_id, _order(), STAMP)) == [2]
    batch.write()
    assert books.series[kept.key.series_id].last_number == 2
    assert books.series[other.key.series_id].last_number == 0


def test_series_locked_only_after_the_mark_is_taken_back_too() -> None:
    books = Noting(series := sample_series())
    batch = Batch(books)
    mark = batch.mark()
    batch.issue(series.key.series_id, _order(), STAMP)
    assert batch.undo_to(mark)
    batch.write()
    assert books.appends == []


def test_what_is_in_the_books_is_not_taken_back() -> None:
    books = Noting(series := sample_series())
    batch = Batch(books)
    batch.lock([(series, 2)])
    mark = batch.mark()
    batch.issue(series.key.series_id, _order(), STAMP)
    batch.write()
    assert not batch.undo_to(mark)
    mark = batch.mark()
    batch.note_written()
    assert not batch.undo_to(mark)


def test_series_beside_are_locked_with_the_others() -> None:
    one, other = sample_series("INV", series_id=_id(2)), sample_series("CM", series_id=_id(1))
    books = Noting(one, other)
    books.calls.clear()
    Batch(books).lock([(one, 1)], [other.key.series_id])
    assert [call[1:] for call in books.calls if call[0] == "lock_series"] == [(_id(1), _id(2))]
