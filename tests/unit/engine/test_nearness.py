"""Only near partners are looked at where there are many, and no text is given twice for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, entanglement
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import PREFIX_CHARACTERS_MAX, SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import ChosenBy
from seriatim.domain.sequence_set import Series
from seriatim.engine import nearness
from seriatim.engine.batch import Batch
from seriatim.engine.imported import Placed, UsedNumbers, take_in
from seriatim.engine.issue import issue, raise_start
from seriatim.engine.nearness import (
    PARTNERS_READ_MAX,
    lock_near,
    near_partners,
    partners_meaning,
)
from seriatim.engine.orders import Issued, IssueOrder, Stamp
from tests.samples import BATCH_ID, NOON, REQUEST_ID, SET_ID, TODAY, sample_series
from tests.unit.engine.paper_books import PaperBooks

STAMP = Stamp("client:1", REQUEST_ID, BATCH_ID, NOON)
SHORTER = "f" * 32


def _order(count: int) -> IssueOrder:
    return IssueOrder(
        count=count,
        sequence_set_id=SET_ID,
        chosen_by=ChosenBy.DEFAULT,
        document_date=None,
        today=TODAY,
    )


def _issue(books: PaperBooks, series_id: str, count: int = 1) -> Issued:
    return issue(books, books.series[series_id], _order(count), STAMP)


def _books(longer: list[str], start: int) -> PaperBooks:
    """The series `2`, and those that extend it."""
    series = [sample_series(prefix, series_id=f"{int(prefix):032d}") for prefix in longer]
    books = PaperBooks(sample_series("2", series_id=SHORTER), *series)
    raise_start(books, books.series[SHORTER], start, STAMP)
    return books


def _many() -> list[str]:
    return [f"2{infix}" for infix in range(3, 4 + PARTNERS_READ_MAX)]


def _locked_together(books: PaperBooks) -> int:
    return max(len(call) - 1 for call in books.calls if call[0] == "lock_series")


@pytest.mark.parametrize(("left_out", "others_locked"), [(0, 1), (1, PARTNERS_READ_MAX)])
def test_series_in_a_zone_locks_near_partners_alone_where_there_are_many(
    left_out: int, others_locked: int
) -> None:
    books = _books(_many()[left_out:], 400_000_001)
    books.calls.clear()
    _issue(books, SHORTER)
    assert _locked_together(books) == 1 + others_locked


def test_near_partner_among_many_gives_no_text_of_the_shorter_one_again() -> None:
    books = _books(_many(), 400_000_001)
    longer = f"{24:032d}"
    assert _issue(books, SHORTER, 2).ranges == [NumberRange(400_000_001, 400_000_002)]
    assert _issue(books, longer, 2).ranges == [NumberRange(3, 4)]
    assert _issue(books, SHORTER, 2).ranges == [NumberRange(400_000_005, 400_000_006)]


def test_series_in_one_zone_of_many_looks_again_before_the_next() -> None:
    books = _books(_many(), 399_999_999)
    _issue(books, f"{24:032d}", 1)
    _issue(books, SHORTER)  # 400 000 000 is no number of `24`
    assert books.series[SHORTER].clear_until == 400_000_000
    assert _issue(books, SHORTER, 2).ranges == [
        NumberRange(400_000_000, 400_000_000),
        NumberRange(400_000_002, 400_000_002),
    ]


def test_series_that_is_driven_beyond_what_it_knows_looks_at_all_partners() -> None:
    books = _books(_many(), 300_000_001)
    _issue(books, f"{23:032d}", 99_999_999)
    _issue(books, f"{24:032d}", 50)
    assert _issue(books, SHORTER, 2).ranges == [
        NumberRange(400_000_000, 400_000_000),
        NumberRange(400_000_051, 400_000_051),
    ]
    _issue(books, f"{24:032d}", 1)  # 51 is taken by the shorter one now
    assert books.series[f"{24:032d}"].last_number == 52


def _born(books: PaperBooks) -> None:
    books.add(replace(sample_series("2", series_id=SHORTER), last_number=399_999_998))


def _raised(books: PaperBooks) -> None:
    books.add(sample_series("2", series_id=SHORTER))
    raise_start(books, books.series[SHORTER], 399_999_999, STAMP)


def _imported(books: PaperBooks) -> None:
    seen = books.add(sample_series("2", series_id=SHORTER))
    used = UsedNumbers(1, DocumentType.INVOICE, "2399999998")
    placed = [Placed(used, seen, NumberRange(399_999_998, 399_999_998))]
    series, near = lock_near(books, seen, [placed[0].numbers])
    take_in(books, series, near, placed, STAMP, keep_free=False, today=TODAY)


@pytest.mark.parametrize("come", [_born, _raised, _imported])
def test_series_that_came_before_the_numbers_of_one_of_many_steps_over_them(
    come: Callable[[PaperBooks], None],
) -> None:
    longer = [f"2{infix}" for infix in range(4, 5 + PARTNERS_READ_MAX)]  # none of them near before
    books = PaperBooks(*(sample_series(one, series_id=f"{int(one):032d}") for one in longer))
    _issue(books, f"{24:032d}", 2)
    come(books)
    assert _issue(books, SHORTER, 3).ranges == [
        NumberRange(399_999_999, 400_000_000),
        NumberRange(400_000_003, 400_000_003),
    ]


def test_orders_of_a_batch_lock_at_once_what_they_come_near_together() -> None:
    books = _books(_many(), 399_999_995)
    seen = books.series[SHORTER]
    books.calls.clear()
    batch = Batch(books)
    batch.lock([(seen, 3)] * 4)
    assert books.calls == [("lock_series", f"{23:032d}", f"{24:032d}", SHORTER)]


class _Overtaken(PaperBooks):
    """Somebody raises the series while we wait for its lock."""

    def lock_series(self, series_ids: list[str]) -> dict[str, Series]:
        self.series[SHORTER] = replace(self.series[SHORTER], last_number=400_000_005)
        return super().lock_series(series_ids)


def test_who_came_near_while_we_waited_for_the_lock_is_locked_as_well() -> None:
    books = _Overtaken()
    books.series = _books(_many(), 300_000_001).series
    series, near = lock_near(books, books.series[SHORTER])
    assert series.last_number == 400_000_005
    assert {one.prefix for one in near.partners} == {"23", "24"}
    assert near.until == 499_999_999
    assert books.calls == [
        ("lock_series", f"{23:032d}", SHORTER),
        ("lock_series", f"{24:032d}"),
    ]


def test_used_number_beside_locks_whoever_can_mean_it() -> None:
    books = _books(_many(), 1)
    numbers = [NumberRange(700_000_001, 700_000_009), NumberRange(2_500_000_000, 2_500_000_000)]
    _, near = lock_near(books, books.series[SHORTER], numbers)
    assert {one.prefix for one in near.partners} == {"27"}
    assert near.until == 99_999_999


def test_used_numbers_with_too_many_meanings_lock_all_partners() -> None:
    books = _books([*_many(), "212345"], 1)
    everything = [NumberRange(1, SEQUENTIAL_NUMBER_MAX)]
    _, near = lock_near(books, books.series[SHORTER], everything)
    assert len(near.partners) == 1 + len(_many())
    assert len(partners_meaning(books, books.series[SHORTER], everything)) == 1 + len(_many())


def test_end_of_the_numbers_is_the_end_of_what_is_known() -> None:
    books = _books(_many(), SEQUENTIAL_NUMBER_MAX - 5)
    assert near_partners(books, books.series[SHORTER], 100).until == SEQUENTIAL_NUMBER_MAX


LONGEST = "a" * PREFIX_CHARACTERS_MAX
PREFIXES = ["a", "A1", "a12", "a123", "a1230", "A2", "a20", "a999999999", "b1"]
PREFIXES += [LONGEST, LONGEST[:-1], f"{LONGEST[:-1]}1", f"{LONGEST[:-3]}115"]


@settings(deadline=None)
@example(prefix="a", head=2, digits=8, offset=-9, count=20)  # from one zone into the next
@example(prefix="a", head=115, digits=17, offset=0, count=1)  # in a zone of 19 digits
@given(
    prefix=st.sampled_from(PREFIXES),
    head=st.integers(0, 1300),
    digits=st.integers(7, 17),
    offset=st.integers(-9, 9),
    count=st.integers(1, 1_000_000),
)
def test_everybody_who_can_mean_one_of_the_next_numbers_is_near(
    prefix: str, head: int, digits: int, offset: int, count: int
) -> None:
    last_number = max(0, head * 10**digits + offset)
    ids = {one: f"{place:032d}" for place, one in enumerate(PREFIXES)}
    series = sample_series(prefix, series_id=ids[prefix], last_number=last_number)
    books = PaperBooks(
        *(sample_series(one, series_id=ids[one]) for one in PREFIXES if one != prefix), series
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearness, "PARTNERS_READ_MAX", -1)
        near = near_partners(books, series, count)
    until = near.until
    assert until >= min(last_number + count, SEQUENTIAL_NUMBER_MAX)
    assert len(near.ids) == len(set(near.ids))
    assert set(near.ids) >= {ids[one] for one in PREFIXES if _can_meet(series, one, until)}


def _can_meet(series: Series, other: str, until: int) -> bool:
    shared = None if other == series.prefix else entanglement(series.prefix, other)
    numbers = NumberRange(series.next_number, until)
    return shared is not None and any(shared.translate(series.prefix, numbers))
