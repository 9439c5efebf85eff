"""Which of a series' partners are near, so that a hundred thousand of them cost no more than one.

A longer prefix adds digits, and those stand at the front of the number that the shorter one would
have to reach: from a few numbers one can tell which prefixes could mean the same texts.
"""

from __future__ import annotations

from seriatim.domain.document_number import entanglement, possible_shorter_prefixes
from seriatim.domain.limits import (
    DOCUMENT_NUMBER_DIGITS_MIN,
    PREFIX_CHARACTERS_MAX,
    SEQUENTIAL_NUMBER_DIGITS_MAX,
    SEQUENTIAL_NUMBER_MAX,
)
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.sequence_set import Series

PARTNERS_READ_MAX = 8
"""So many partners are looked at one by one; of more, those that are near."""


def near_until(books: SeriesBooks, series: Series, count: int) -> int:
    """How far one has to know the partners to give the next `count` numbers, and a little more.

    Shape: to the end of the series where there are few. Otherwise to the end of a block of
        numbers that read alike but for their last eight digits: every prefix that could mean one
        of them shows in the digits before.
    """
    end: int = SEQUENTIAL_NUMBER_MAX
    if books.has_many_extending(series.prefix, count_min=PARTNERS_READ_MAX + 1):
        block = 10**DOCUMENT_NUMBER_DIGITS_MIN
        end = min(end, (series.last_number + count) // block * block + block - 1)
    return end


def _near(books: SeriesBooks, series: Series, until: int) -> list[Series]:
    """The partners that can meet the series from its next number up to `until`.

    Cost: an exact look-up for each way to read those numbers, however many partners there are:
        of a longer prefix, the digits that it adds stand at the front of the number.
    """
    if until == SEQUENTIAL_NUMBER_MAX:
        return [one for one in books.find_entangled_series(series.prefix) if one.key != series.key]
    prefixes = possible_shorter_prefixes(series.prefix)
    for digits in range(DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX):
        first, last = series.next_number // 10**digits, until // 10**digits
        prefixes += [f"{series.prefix}{infix}" for infix in range(max(first, 1), last + 1)]
    fitting = [prefix for prefix in prefixes if len(prefix) <= PREFIX_CHARACTERS_MAX]
    found = books.find_series_with_prefixes(fitting) if fitting else []
    return [
        one
        for one in found
        if one.key != series.key and entanglement(series.prefix, one.prefix) is not None
    ]


def near_ids(books: SeriesBooks, series: Series, count: int) -> list[str]:
    """The partners near the next `count` numbers, as far as they are known now."""
    return [one.key.series_id for one in _near(books, series, near_until(books, series, count))]


def lock_with_near(
    books: SeriesBooks, held: Series, count: int
) -> tuple[Series, list[Series], int]:
    """The series and the partners near its next `count` numbers, locked; and how far those are
    all.

    Shape: `held` is locked already, and stands as the books have it but for `clear_until`: while
        we hold it, no further partner can be born.
    """
    series_id = held.key.series_id
    until = near_until(books, held, count)
    near = [one.key.series_id for one in _near(books, held, until)]
    locked = books.lock_series([series_id, *near])
    return locked.pop(series_id), list(locked.values()), until
