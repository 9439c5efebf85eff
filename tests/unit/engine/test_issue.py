"""Moving a series: issue, raise, settle and preview, on books made of paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, fold, format_number
from seriatim.domain.errors import InvariantBroken, Rejected, SeriesUnusable, StoreUnavailable
from seriatim.domain.register import ChosenBy, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.issue import issue, preview, raise_start, settle
from seriatim.engine.orders import Issued, IssueOrder, Stamp
from seriatim.engine.verify import SeriesVerifier
from tests.samples import BATCH_ID, NOON, REQUEST_ID, SET_ID, TODAY, sample_content, sample_series
from tests.unit.engine.paper_books import PaperBooks

STAMP = Stamp("client:1", REQUEST_ID, BATCH_ID, NOON)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


def _order(count: int = 1, document_date: date | None = None, **rest: object) -> IssueOrder:
    return IssueOrder(
        count=count,
        sequence_set_id=SET_ID,
        chosen_by=ChosenBy.REQUEST,
        document_date=document_date,
        today=TODAY,
        **rest,  # type: ignore[arg-type] # reference and references
    )


def _issue(books: PaperBooks, series: Series, count: int = 1, **rest: object) -> Issued:
    return issue(books, series, _order(count, **rest), STAMP)  # type: ignore[arg-type] # as above


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"count": 1}, "sequence_set"),
        ({"count": 2}, "count"),
        ({"count": 2, "references": ("a", "b")}, "references"),
    ],
)
def test_order_names_the_field_that_asks_for_too_many(order: dict[str, Any], field: str) -> None:
    assert _order(**order).asked_by == field


def test_run_of_numbers_is_one_entry_with_everything_about_it() -> None:
    books = PaperBooks(series := sample_series(origin=18))
    issued = _issue(books, series, 3, reference="order 7")
    assert issued.ranges == [NumberRange(18, 20)]
    assert issued.document_date == TODAY
    (entry,) = books.entries[series.key.series_id]
    assert entry == issued.first_entry
    content = entry.content
    assert (content.kind, content.numbers) == (EntryKind.ISSUED, NumberRange(18, 20))
    assert (content.sequence_set_id, content.chosen_by) == (SET_ID, ChosenBy.REQUEST)
    assert (content.actor, content.request_id, content.batch_id) == (
        STAMP.actor,
        STAMP.request_id,
        STAMP.batch_id,
    )
    assert (content.reference, content.document_date) == ("order 7", TODAY)
    assert content.recorded_at == NOON
    assert issued.series == series  # as it was locked
    assert books.series[series.key.series_id].next_document_number == "INV00000021"


def test_each_reference_is_an_entry_of_its_own() -> None:
    books = PaperBooks(series := sample_series())
    issued = _issue(books, series, 3, references=("a", "", "c"))
    assert issued.ranges == [NumberRange(1, 3)]
    found = [
        (entry.content.numbers.first, entry.content.numbers.last, entry.content.reference)
        for entry in books.entries[series.key.series_id]
    ]
    assert found == [(1, 1, "a"), (2, 2, ""), (3, 3, "c")]


def test_reference_passes_over_numbers_that_are_stepped_over() -> None:
    books, shorter, longer = _entangled()
    _issue(books, longer, 1)
    raise_start(books, shorter, 300_000_001, STAMP)
    issued = _issue(books, shorter, 2, references=("a", "b"))
    assert issued.ranges == [NumberRange(300_000_002, 300_000_003)]
    kinds = [
        (entry.content.kind, entry.content.reference)
        for entry in books.entries[shorter.key.series_id][1:]
    ]
    assert kinds == [
        (EntryKind.SKIPPED, None),
        (EntryKind.ISSUED, "a"),
        (EntryKind.ISSUED, "b"),
    ]


def _entangled() -> tuple[PaperBooks, Series, Series]:
    shorter, longer = sample_series("2"), sample_series("23", series_id="4" * 32)
    return PaperBooks(shorter, longer), shorter, longer


def test_number_far_from_every_other_series_locks_its_own_alone() -> None:
    books, shorter, longer = _entangled()
    for series in (shorter, longer):
        books.calls.clear()
        _issue(books, books.series[series.key.series_id], 5)
        assert ("lock_series", series.key.series_id) in books.calls
        assert [call for call in books.calls if len(call) > 2] == []
    assert books.look_ups == 0


def test_number_near_another_series_locks_both_at_once() -> None:
    """Locking one and then the other could meet somebody who comes the other way."""
    books, shorter, longer = _entangled()
    shorter, _ = raise_start(books, shorter, 300_000_001, STAMP)
    books.calls.clear()
    _issue(books, shorter)
    locks = {call for call in books.calls if call[0] == "lock_series"}
    assert locks == {("lock_series", *sorted([shorter.key.series_id, longer.key.series_id]))}


def test_series_that_came_near_unseen_locks_its_partners_after_all() -> None:
    books, shorter, _ = _entangled()
    raise_start(books, shorter, 300_000_001, STAMP)
    books.calls.clear()
    _issue(books, shorter)  # as it was before
    locks = [len(call) - 1 for call in books.calls if call[0] == "lock_series"]
    assert locks == [1, 2]


def test_text_given_by_a_partner_is_skipped_with_the_reason() -> None:
    books, shorter, longer = _entangled()
    _issue(books, longer, 2)
    raise_start(books, shorter, 300_000_001, STAMP)
    issued = _issue(books, shorter, 2)
    assert issued.ranges == [NumberRange(300_000_003, 300_000_004)]
    skipped = books.entries[shorter.key.series_id][1].content
    assert skipped.kind is EntryKind.SKIPPED
    assert skipped.numbers == NumberRange(300_000_001, 300_000_002)
    assert skipped.reason == "the same text was given by the series '23'"
    assert (skipped.sequence_set_id, skipped.document_date) == (None, None)


def test_series_whose_partner_is_gone_need_not_look_any_more() -> None:
    books, shorter, longer = _entangled()
    shorter, _ = raise_start(books, shorter, 300_000_001, STAMP)
    released = replace(books.series[longer.key.series_id], is_released=True)
    books.series[longer.key.series_id] = released
    _issue(books, shorter)
    assert books.series[shorter.key.series_id].clear_until is None


def test_zone_ahead_is_not_forgotten_by_an_issue_before_it() -> None:
    books, shorter, _ = _entangled()
    assert _issue(books, shorter).series.clear_until == 300_000_001
    assert _issue(books, shorter, 10).series.clear_until == 300_000_001


def test_stopped_series_gives_nothing() -> None:
    books = PaperBooks(series := sample_series(stopped_because="entry 7 is missing"))
    with pytest.raises(StoreUnavailable, match="'INV' is stopped: entry 7 is missing"):
        _issue(books, series)
    assert books.entries[series.key.series_id] == []


def test_series_released_meanwhile_gives_nothing() -> None:
    books = PaperBooks(series := sample_series())
    books.series[series.key.series_id] = replace(series, is_released=True)
    with pytest.raises(SeriesUnusable, match="'INV' was released meanwhile"):
        _issue(books, series)
    assert books.entries[series.key.series_id] == []


@pytest.mark.parametrize(
    ("last", "given", "expected"),
    [
        (None, None, TODAY),
        (None, YESTERDAY, YESTERDAY),
        (TODAY, TODAY, TODAY),
        (TODAY, TOMORROW, TOMORROW),
        (YESTERDAY, None, TODAY),
        (TOMORROW, None, TOMORROW),  # the later of today and the last one
    ],
)
def test_chronological_series_takes_dates_that_do_not_go_back(
    last: date | None, given: date | None, expected: date
) -> None:
    books = PaperBooks(series := sample_series(last_document_date=last))
    books.chronological.add(series.key.series_id)
    assert _issue(books, series, document_date=given).document_date == expected


def test_chronological_series_refuses_an_earlier_date() -> None:
    books = PaperBooks(series := sample_series(last_document_date=TODAY))
    books.chronological.add(series.key.series_id)
    with pytest.raises(Rejected, match="lies before"):
        _issue(books, series, document_date=YESTERDAY)
    assert books.entries[series.key.series_id] == []


def test_chronology_is_that_of_the_series_under_the_lock() -> None:
    """Before it, a set could become chronological and give a later date in between."""
    seen = sample_series(last_document_date=TODAY)
    books = PaperBooks(seen)
    books.chronological.add(seen.key.series_id)
    with pytest.raises(Rejected, match="lies before"):
        _issue(books, seen, document_date=YESTERDAY)


@pytest.mark.parametrize("given", [YESTERDAY, date(1970, 1, 1)])
def test_other_series_take_any_date(given: date) -> None:
    books = PaperBooks(series := sample_series(last_document_date=TODAY))
    issued = _issue(books, series, document_date=given)
    assert issued.document_date == given
    assert books.series[series.key.series_id].last_document_date == TODAY


def test_raised_start_skips_what_lies_between_with_the_reason() -> None:
    books = PaperBooks(series := sample_series())
    _issue(books, series)
    raised, skipped = raise_start(books, series, 10, STAMP)
    assert (raised.next_number, skipped) == (10, [NumberRange(2, 9)])
    content = books.entries[series.key.series_id][1].content
    assert (content.kind, content.numbers) == (EntryKind.SKIPPED, NumberRange(2, 9))
    assert content.reason == "start number raised to 10"


def test_start_raised_to_the_next_number_writes_nothing() -> None:
    books = PaperBooks(series := sample_series())
    _issue(books, series)
    before = books.series[series.key.series_id]
    assert raise_start(books, series, 2, STAMP) == (before, [])
    assert len(books.entries[series.key.series_id]) == 1


def test_start_lowered_is_a_defect() -> None:
    books = PaperBooks(series := sample_series())
    _issue(books, series, 5)
    with pytest.raises(InvariantBroken, match="is past 5"):
        raise_start(books, series, 5, STAMP)


@pytest.mark.parametrize(
    ("last_number", "count", "expected"),
    [
        (None, 3, [1, 2, 3]),
        (10**20 - 3, 3, [10**20 - 2, 10**20 - 1]),
        (10**20 - 1, 3, []),
    ],
)
def test_preview_tells_the_next_numbers_as_far_as_there_are_any(
    last_number: int | None, count: int, expected: list[int]
) -> None:
    books = PaperBooks(series := sample_series(last_number=last_number))
    assert preview(books, series, count) == expected
    assert books.entries[series.key.series_id] == []


def test_preview_steps_over_taken_text() -> None:
    books, shorter, longer = _entangled()
    _issue(books, longer, 2)
    raised, _ = raise_start(books, shorter, 300_000_001, STAMP)
    assert preview(books, raised, 3) == [300_000_003, 300_000_004, 300_000_005]


# Prefixes and positions at which everybody is near everybody.
NEAR = {"7": 1_200_000_000, "71": 200_000_000, "712": 0, "INV": 2_000_000_000, "inv20": 0}
MOVES = st.lists(
    st.tuples(
        st.sampled_from(sorted(NEAR)),
        st.sampled_from(["issue", "raise"]),
        st.integers(1, 12),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(
    moves=MOVES,
    starts=st.fixed_dictionaries({prefix: st.integers(1, 6) for prefix in NEAR}),
    late=st.sets(st.sampled_from(sorted(NEAR))),
)
def test_no_text_is_given_twice_however_the_series_move(
    moves: list[tuple[str, str, int]], starts: dict[str, int], late: set[str]
) -> None:
    ids = {prefix: f"{n:032d}" for n, prefix in enumerate(NEAR)}
    unborn = {
        prefix: sample_series(prefix, series_id=ids[prefix], origin=NEAR[prefix] + starts[prefix])
        for prefix in NEAR
    }
    books = PaperBooks(*(unborn.pop(prefix) for prefix in sorted(NEAR) if prefix not in late))
    given_texts: dict[str, str] = {}
    for prefix, action, amount in moves:
        if prefix in unborn:
            books.add(unborn.pop(prefix))
        series = books.series[ids[prefix]]
        if action == "raise":
            raise_start(books, series, series.next_number + amount, STAMP)
            continue
        issued = _issue(books, series, amount)
        assert sum(part.count for part in issued.ranges) == amount
        for part in issued.ranges:
            for number in range(part.first, part.last + 1):
                text = fold(format_number(prefix, number))
                assert given_texts.setdefault(text, prefix) == prefix
    for series_id, series in books.series.items():
        verifier = SeriesVerifier(series)
        verifier.take(books.entries[series_id])
        assert verifier.finish().first_fault is None


def test_settled_series_is_seen_by_its_partner() -> None:
    books = PaperBooks(shorter := sample_series("2"))
    assert books.series[shorter.key.series_id].clear_until is None
    newborn = sample_series("23", series_id="4" * 32)
    books.series[newborn.key.series_id] = newborn
    settle(books, newborn)
    assert books.series[shorter.key.series_id].clear_until == 300_000_001


def test_first_entry_is_the_first_that_gives_numbers_out() -> None:
    series, entries = appended(
        sample_series(), [sample_content(1, 4, kind=EntryKind.SKIPPED), sample_content(5)]
    )
    issued = Issued(series, [NumberRange(5, 5)], entries, TODAY)
    assert issued.first_entry is entries[1]
    with pytest.raises(InvariantBroken):
        _ = issued._replace(entries=entries[:1]).first_entry
