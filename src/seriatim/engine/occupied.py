"""Which used numbers cannot be taken in, because the books have them already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from seriatim.domain.document_number import NumberRange, entanglement
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.register import EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.imported import Placed

Occupied = tuple[NumberRange, str]
"""Numbers of a series that are taken, and by what."""

_SLICE_ENTRIES = 1000
# Used numbers that lie so close together are looked up together: what lies between them is read too.
_CLOSE = 20
_WHY = {
    EntryKind.ISSUED: "was issued before",
    EntryKind.RESERVED: "was reserved before",
    EntryKind.SKIPPED: "was skipped: the register says that nobody will ever get it",
    EntryKind.IMPORTED: "was imported before",
}
_OUTSIDE = "the same text was taken before"


def why_occupied(
    books: SeriesBooks, series: Series, partners: list[Series], placed: Sequence[Placed]
) -> dict[int, str]:
    """The lines whose numbers are taken, and by what.

    Shape: `placed` rise and are disjoint, all of the one series.
    Cost: one look-up where nothing near is taken, the ordinary case.
    """
    whole = NumberRange(placed[0].numbers.first, placed[-1].numbers.last)
    if next(_occupied(books, series, partners, whole), None) is None:
        return {}
    found: dict[int, str] = {}
    for near in _close_together(placed):
        if len(near) == 1:
            first = next(_occupied(books, series, partners, near[0].numbers), None)
            found |= {} if first is None else {near[0].used.line: first[1]}
        else:
            window = NumberRange(near[0].numbers.first, near[-1].numbers.last)
            taken = sorted(_occupied(books, series, partners, window), key=lambda one: one[0].first)
            found |= _meetings(near, taken)
    return found


def _close_together(placed: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Runs to look up together; a long range, in which much may be taken, stands alone."""
    run: list[Placed] = []
    for one in placed:
        is_long = one.numbers.count > _SLICE_ENTRIES
        if run and (is_long or one.numbers.first - run[-1].numbers.last > _CLOSE):
            yield run
            run = []
        run.append(one)
        if is_long:
            yield run
            run = []
    if run:
        yield run


def _meetings(placed: Sequence[Placed], taken: Sequence[Occupied]) -> dict[int, str]:
    found: dict[int, str] = {}
    at = 0
    for one in placed:
        while at < len(taken) and taken[at][0].last < one.numbers.first:
            at += 1
        if at < len(taken) and taken[at][0].first <= one.numbers.last:
            found[one.used.line] = taken[at][1]
    return found


def _occupied(
    books: SeriesBooks, series: Series, partners: list[Series], numbers: NumberRange
) -> Iterator[Occupied]:
    """What of `numbers` is taken, by whomever. Order: by who took it, then ascending."""
    return chain(
        _covered(books, series, numbers),
        _taken_by_partners(books, series, partners, numbers),
        _taken_outside(books, series, numbers),
    )


def _covered(books: SeriesBooks, series: Series, numbers: NumberRange) -> Iterator[Occupied]:
    for kind, part in _entries(books, series, numbers):
        yield part, _WHY[kind]


def _taken_by_partners(
    books: SeriesBooks, series: Series, partners: list[Series], numbers: NumberRange
) -> Iterator[Occupied]:
    for partner in partners:
        found = entanglement(series.prefix, partner.prefix)
        if found is None:
            continue
        why = f"the same text was given by the series '{partner.prefix}'"
        for theirs in found.translate(series.prefix, numbers):
            for kind, part in _entries(books, partner, theirs):
                if kind.takes_text:
                    for ours in found.translate(partner.prefix, part):
                        yield ours, why


def _taken_outside(books: SeriesBooks, series: Series, numbers: NumberRange) -> Iterator[Occupied]:
    if not books.has_text_numbers(series.prefix):
        return
    first = numbers.first
    while first <= numbers.last:
        found = books.find_text_numbers(
            series.prefix, NumberRange(first, numbers.last), row_count=_SLICE_ENTRIES
        )
        for number in found:
            yield NumberRange(number, number), _OUTSIDE
        if len(found) < _SLICE_ENTRIES:
            return
        first = found[-1] + 1


def _entries(
    books: SeriesBooks, series: Series, numbers: NumberRange
) -> Iterator[tuple[EntryKind, NumberRange]]:
    first = numbers.first
    while first <= numbers.last:
        found = books.find_covering(
            series.key.series_id, NumberRange(first, numbers.last), row_count=_SLICE_ENTRIES
        )
        yield from found
        if len(found) < _SLICE_ENTRIES:
            return
        first = found[-1][1].last + 1
