"""Lives of entangled series of which each knows only those that are near, against a set of texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.domain.document_number import NumberRange, fold, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import ChosenBy
from seriatim.domain.sequence_set import Series
from seriatim.engine import nearness
from seriatim.engine.imported import Placed, UsedNumbers, take_in
from seriatim.engine.issue import issue, preview, raise_start
from seriatim.engine.nearness import lock_near, partners_meaning
from seriatim.engine.occupied import why_occupied
from seriatim.engine.orders import IssueOrder, Stamp
from tests.samples import BATCH_ID, NOON, REQUEST_ID, SET_ID, TODAY, sample_series
from tests.unit.engine.paper_books import PaperBooks

STAMP = Stamp("client:1", REQUEST_ID, BATCH_ID, NOON)
# "7" + 1200000001 is "71" + 200000001 is "712" + 00000001; so is "7" + 1299999999 the last of "712"
# with eight digits. Before the numbers of "73" a series has to look again.
PLACES = {
    "7": (1_200_000_000, 1_299_999_996, 299_999_996),
    "71": (200_000_000, 299_999_996),
    "712": (0, 99_999_996),
    "73": (0, 99_999_996),
}
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["issue", "issue", "raise", "import", "keep free"]),
        st.sampled_from([(prefix, place) for prefix in PLACES for place in PLACES[prefix]]),
        st.integers(1, 7),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=25,
)


class Lives:
    """Shape: `taken` are the texts that were given or imported."""

    def __init__(self) -> None:
        self.books = PaperBooks()
        self.taken: set[str] = set()

    def do(self, what: str, prefix: str, number: int, times: int) -> None:
        if _id(prefix) not in self.books.series:
            self._born(prefix, number)
        if what == "issue":
            self._issue(prefix, times)
        elif what != "raise":
            numbers = NumberRange(number, number + times - 1)
            self._take_in(prefix, numbers, keep_free=what == "keep free")
        elif number >= self._series(prefix).next_number:
            raise_start(self.books, self._series(prefix), number, STAMP)

    def _born(self, prefix: str, number: int) -> None:
        series = sample_series(prefix, series_id=_id(prefix))
        self.books.add(replace(series, origin=number, last_number=number - 1))

    def _series(self, prefix: str) -> Series:
        return self.books.series[_id(prefix)]

    def _issue(self, prefix: str, count: int) -> None:
        series = self._series(prefix)
        expected = self._free(prefix, series.next_number, count)
        assert preview(self.books, series, count) == expected
        order = IssueOrder(count, SET_ID, ChosenBy.DEFAULT, None, TODAY)
        issued = issue(self.books, series, order, STAMP)
        assert [n for part in issued.ranges for n in _of(part)] == expected
        self.taken |= {_text(prefix, n) for n in expected}

    def _free(self, prefix: str, first: int, count: int) -> list[int]:
        found: list[int] = []
        while len(found) < count:
            if _text(prefix, first) not in self.taken:
                found.append(first)
            first += 1
        return found

    def _take_in(self, prefix: str, numbers: NumberRange, *, keep_free: bool) -> None:
        used = UsedNumbers(1, DocumentType.INVOICE, _text(prefix, numbers.first))
        seen = self._series(prefix)
        placed = [Placed(used, seen, numbers)]
        series, near = lock_near(self.books, seen, [numbers])
        why = why_occupied(self.books, series, near.partners, placed)
        known = partners_meaning(self.books, series, [numbers])
        assert bool(why) == bool(why_occupied(self.books, series, known, placed))
        passed = numbers.first < series.next_number
        texts = {_text(prefix, n) for n in _of(numbers)}
        assert why or not texts & self.taken
        if not why and not passed:
            take_in(self.books, series, near, placed, STAMP, keep_free=keep_free, today=TODAY)
            self.taken |= texts


def _id(prefix: str) -> str:
    return f"{int(prefix):032d}"


def _of(numbers: NumberRange) -> Iterator[int]:
    return iter(range(numbers.first, numbers.last + 1))


def _text(prefix: str, number: int) -> str:
    return fold(format_number(prefix, number))


@settings(deadline=timedelta(seconds=5), max_examples=300)
@given(moves=MOVES)
def test_no_text_is_given_twice_and_none_is_left_out_by_series_that_know_the_near_alone(
    moves: list[tuple[str, tuple[str, int], int, int]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearness, "PARTNERS_READ_MAX", -1)
        lives = Lives()
        for what, (prefix, place), offset, times in moves:
            lives.do(what, prefix, place + offset, times)
