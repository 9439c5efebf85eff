"""Which of a series' partners are near, so that a hundred thousand of them cost no more than one.

A longer prefix adds digits, and those stand at the front of the number that the shorter one would
have to reach: from a few numbers one can tell which prefixes could mean the same texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seriatim.domain.document_number import NumberRange, entanglement, possible_shorter_prefixes
from seriatim.domain.limits import (
    DOCUMENT_NUMBER_DIGITS_MIN,
    PREFIX_CHARACTERS_MAX,
    SEQUENTIAL_NUMBER_DIGITS_MAX,
    SEQUENTIAL_NUMBER_MAX,
)
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.sequence_set import Series

PARTNERS_READ_MAX = 8
"""So many longer partners are looked at one by one; of more, those that are near."""

PREFIXES_LOOKED_UP_MAX = 30_000
"""Enough for a chunk of used numbers that are long and far apart. Of more, all partners are read."""


class Near(NamedTuple):
    """The partners that a series has to know for now.

    Shape: beyond `until` there may be others that can meet it.
    """

    partners: list[Series]
    until: int

    @property
    def ids(self) -> list[str]:
        return [one.key.series_id for one in self.partners]


def near_partners(
    books: SeriesBooks, series: Series, count: int = 1, beside: Iterable[NumberRange] = ()
) -> Near:
    """Who can meet the next `count` numbers, and a little more, or one of those `beside`.

    Shape: all partners, to the end of the series, where there are few. Otherwise to the end of a
        block of numbers that read alike but for their last eight digits: every prefix that could
        mean one of them shows in the digits before.
    Cost: two statements, and an exact look-up for each way to read those numbers, however many
        partners there are.
    """
    few = books.find_few_entangled(series.prefix, longer_max=PARTNERS_READ_MAX)
    if few is not None:
        return Near(few, SEQUENTIAL_NUMBER_MAX)
    block: int = 10**DOCUMENT_NUMBER_DIGITS_MIN
    end = (series.last_number + count) // block * block + block - 1
    until = min(end, SEQUENTIAL_NUMBER_MAX)
    ahead = NumberRange(series.next_number, until)
    return Near(_partners_meaning(books, series.prefix, [ahead, *beside]), until)


def partners_meaning(
    books: SeriesBooks, series: Series, numbers: Sequence[NumberRange]
) -> list[Series]:
    """At least those whose texts can be one of these numbers; all partners where there are few."""
    few = books.find_few_entangled(series.prefix, longer_max=PARTNERS_READ_MAX)
    return _partners_meaning(books, series.prefix, numbers) if few is None else few


def _partners_meaning(
    books: SeriesBooks, prefix: str, numbers: Sequence[NumberRange]
) -> list[Series]:
    prefixes = _prefixes_meaning(prefix, numbers)
    if prefixes is None:
        return books.find_entangled_series(prefix)
    found = books.find_series_with_prefixes(prefixes) if prefixes else []
    return [one for one in found if entanglement(prefix, one.prefix) is not None]


def _prefixes_meaning(prefix: str, numbers: Sequence[NumberRange]) -> list[str] | None:
    """Every prefix that can be entangled with this one and mean one of the numbers.

    Shape: None where they are too many to look up.
    """
    infix_max = 10 ** (PREFIX_CHARACTERS_MAX - len(prefix)) - 1
    found = dict.fromkeys(possible_shorter_prefixes(prefix))
    for digits in range(DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX):
        for part in numbers:
            first = max(part.first // 10**digits, 1)
            last = min(part.last // 10**digits, infix_max)
            if len(found) + last - first >= PREFIXES_LOOKED_UP_MAX:
                return None
            found.update(dict.fromkeys(f"{prefix}{infix}" for infix in range(first, last + 1)))
    return list(found)


def near_ids(
    books: SeriesBooks, series: Series, count: int = 1, beside: Iterable[NumberRange] = ()
) -> list[str]:
    """The ids of those that are near, as far as they are known now."""
    return near_partners(books, series, count, beside).ids


def lock_with_near(
    books: SeriesBooks, held: Series, count: int
) -> tuple[Series, list[Series], int]:
    """The series and the partners near its next `count` numbers, locked; and how far those are
    all.

    Shape: `held` is locked already, and stands as the books have it but for `clear_until`: while
        we hold it, no further partner can be born.
    """
    series_id = held.key.series_id
    near = near_partners(books, held, count)
    locked = books.lock_series([series_id, *near.ids])
    return locked.pop(series_id), list(locked.values()), near.until


def lock_near(
    books: SeriesBooks, seen: Series, beside: Sequence[NumberRange] = ()
) -> tuple[Series, Near]:
    """The series and the partners near it, locked, as they stand under the lock.

    Shape: near are those that can meet its next numbers or those `beside`. Whoever raises it beyond
        `Near.until` need not know those whom it passes, as it leaves their texts to them.
    Order: all at once, so that whoever needs several locks them in the order of their ids. Whoever
        came near, or was born, while we waited for the lock is locked after the others; while we
        hold the series, nobody else does.
    """
    series_id = seen.key.series_id
    series, locked = seen, dict[str, Series]()
    while True:
        near = near_partners(books, series, 1, beside)
        missing = {series_id, *near.ids} - locked.keys()
        if not missing:
            others = [one for one in locked.values() if one.key != series.key]
            return series, Near(others, near.until)
        locked |= books.lock_series(sorted(missing))
        series = locked[series_id]
