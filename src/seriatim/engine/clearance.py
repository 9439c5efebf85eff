"""Keeping texts from being given twice, without a look-up on the ordinary path.

Below a series' `clear_until` no text can be taken by another. For a *shorter* prefix that is
the start of the next zone in which a longer one's numbers read as its own; for a *longer*
one, the first number of a zone that the shorter has reached. Whoever moves a series there
locks its partners and renews their `clear_until`, so that neither can overtake the other. Both
then know it of one another beforehand, and lock both rows in one order.

Two things more lower it: a text that was taken outside every series and reads as a number of
this one, and imported numbers that lie ahead. The last number before those is not clear either:
whoever gives it passes them at once, so that a series never stands before an imported number.

Where many extend a prefix, those partners are known that are near (`nearness`), and `clear_until`
comes no further than they are.

Source: contract/sequence-sets.md, Prefix 6; contract/numbering.md, Import; design: entangled
prefixes without a check; ADR 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from seriatim.domain.document_number import Entanglement, NumberRange, entanglement, fold
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.sequence_set import Series

_SLICE_ENTRIES = 1000
_FIRST_SLICE_ENTRIES = 8
_TAKEN_OUTSIDE = "the same text was taken outside every series"


@dataclass(frozen=True, slots=True)
class Taken:
    """Numbers that a series cannot give.

    Shape: `why` is None where an imported entry of the series itself covers them; the others
        need a skipped entry that says it.
    """

    numbers: NumberRange
    why: str | None


def first_contact(series: Series, partners: list[Series]) -> int | None:
    """The first number of `series`, from its next on, whose text a partner may have taken."""
    contacts = []
    for partner in partners:
        found = entanglement(series.prefix, partner.prefix)
        if found is not None:
            contact = _contact(found, series, partner)
            if contact is not None:
                contacts.append(contact)
    return min(contacts, default=None)


def _contact(found: Entanglement, series: Series, partner: Series) -> int | None:
    series_is_shorter = fold(found.shorter) == fold(series.prefix)
    for zone, offset in found.zones():
        if series_is_shorter:
            if series.next_number <= zone.last:
                return max(series.next_number, zone.first)
        else:
            first = max(series.next_number, zone.first - offset)
            if first <= zone.last - offset and zone.first <= partner.next_number:
                return first
    return None


def lock_with_partners(books: SeriesBooks, series: Series) -> tuple[Series, list[Series]]:
    """The series and every entangled one, locked, as they stand under the lock.

    Order: all at once, so that whoever needs several locks them in the order of their ids.
        A partner that was born while we waited for the lock is locked after the others; while
        we hold the series, no further one can be.
    """
    series_id = series.key.series_id
    locked = books.lock_series([series_id, *partner_ids(books, series)])
    born = [one for one in partner_ids(books, series) if one not in locked]
    if born:
        locked |= books.lock_series(born)
    return locked[series_id], [one for one in locked.values() if one.key != series.key]


def partner_ids(books: SeriesBooks, series: Series) -> list[str]:
    """The series entangled with this one, as far as they are known now."""
    return [
        partner.key.series_id
        for partner in books.find_entangled_series(series.prefix)
        if partner.key != series.key
    ]


def taken_numbers(
    books: SeriesBooks, series: Series, partners: list[Series], numbers: NumberRange
) -> list[Taken]:
    """The parts of `numbers` that the series cannot give: all of them lie ahead of it.

    Order: ascending; they are disjoint, for no text is ever taken twice.
    """
    taken = [Taken(part, None) for part in imported_ahead(books, series, numbers)]
    taken += [
        Taken(part, f"the same text was given by the series '{prefix}'")
        for part, prefix in taken_by_partners(books, series, partners, numbers)
    ]
    taken += [Taken(part, _TAKEN_OUTSIDE) for part in _taken_outside(books, series, numbers)]
    return sorted(taken, key=lambda part: part.numbers.first)


def imported_ahead(
    books: SeriesBooks, series: Series, numbers: NumberRange
) -> Iterator[NumberRange]:
    """The parts of `numbers`, all ahead of the series, that imported entries cover.

    Order: ascending. Cost: read slice by slice, as far as they are asked for.
    """
    if series.imported_count:
        first = max(numbers.first, series.next_number)
        yield from _texts_taken(books, series, NumberRange(first, numbers.last))


def past_imported(books: SeriesBooks, series: Series) -> Series:
    """The series behind the imported numbers that follow it without a hole, if any do."""
    slice_entries = _FIRST_SLICE_ENTRIES
    while series.imported_count and series.next_number <= SEQUENTIAL_NUMBER_MAX:
        rest = NumberRange(series.next_number, SEQUENTIAL_NUMBER_MAX)
        last_number = series.last_number
        for _, ahead in books.find_covering(series.key.series_id, rest, row_count=slice_entries):
            if ahead.first > last_number + 1:
                break
            last_number = max(last_number, ahead.last)
        if last_number == series.last_number:
            break
        series = replace(series, last_number=last_number)
        slice_entries = _SLICE_ENTRIES
    return series


def first_taken_ahead(books: SeriesBooks, series: Series, partners: list[Series]) -> int | None:
    """The first number of `series`, from its next on, that an import may keep from it."""
    if series.next_number > SEQUENTIAL_NUMBER_MAX:
        return None
    rest = NumberRange(series.next_number, SEQUENTIAL_NUMBER_MAX)
    found: list[int] = []
    own = _first_covered(books, series, rest)
    if own is not None:
        found.append(max(series.next_number, own - 1))
    if books.has_text_numbers(series.prefix):
        found += books.find_text_numbers(series.prefix, rest, row_count=1)
    for partner in partners:
        shared = entanglement(series.prefix, partner.prefix)
        if shared is not None and fold(shared.longer) == fold(series.prefix):
            found += _imported_ahead_of(books, series, partner, shared)
    return min(found, default=None)


def _imported_ahead_of(
    books: SeriesBooks, series: Series, shorter: Series, shared: Entanglement
) -> list[int]:
    """What the longer series calls the first number imported ahead of the shorter one.

    The shorter one needs no such look-up: its zones are where it has to look anyway.
    """
    for zone, offset in shared.zones():
        first = max(zone.first, series.next_number + offset, shorter.next_number)
        if first <= zone.last:
            found = _first_covered(books, shorter, NumberRange(first, zone.last))
            if found is not None:
                return [found - offset]
    return []


def _first_covered(books: SeriesBooks, series: Series, numbers: NumberRange) -> int | None:
    """The first of `numbers`, all ahead of the series, that an imported entry covers."""
    if series.imported_count == 0:
        return None
    entries = books.find_covering(series.key.series_id, numbers, row_count=1)
    return max(entries[0][1].first, numbers.first) if entries else None


def _taken_outside(books: SeriesBooks, series: Series, numbers: NumberRange) -> list[NumberRange]:
    """The parts of `numbers` whose text was taken outside every series."""
    taken: list[NumberRange] = []
    if not books.has_text_numbers(series.prefix):
        return taken
    first = numbers.first
    while first <= numbers.last:
        window = NumberRange(first, numbers.last)
        found = books.find_text_numbers(series.prefix, window, row_count=_SLICE_ENTRIES)
        _join(taken, (NumberRange(number, number) for number in found))
        if len(found) < _SLICE_ENTRIES:
            break
        first = found[-1] + 1
    return taken


def _join(joined: list[NumberRange], parts: Iterable[NumberRange]) -> None:
    """Add rising parts behind those that are there, neighbours as one."""
    for part in parts:
        if joined and joined[-1].last + 1 == part.first:
            joined[-1] = NumberRange(joined[-1].first, part.last)
        else:
            joined.append(part)


def taken_by_partners(
    books: SeriesBooks, series: Series, partners: list[Series], numbers: NumberRange
) -> list[tuple[NumberRange, str]]:
    """The parts of `numbers` whose text a partner took, each with that partner's prefix.

    Order: ascending. Texts a partner merely skipped are free.
    """
    taken = []
    for partner in partners:
        found = entanglement(series.prefix, partner.prefix)
        if found is None:
            continue
        for theirs in found.translate(series.prefix, numbers):
            for part in _texts_taken(books, partner, theirs):
                taken += [(ours, partner.prefix) for ours in found.translate(partner.prefix, part)]
    return sorted(taken, key=lambda part: part[0].first)


def _texts_taken(
    books: SeriesBooks, partner: Series, numbers: NumberRange
) -> Iterator[NumberRange]:
    first = numbers.first
    while first <= numbers.last:
        window = NumberRange(first, numbers.last)
        entries = books.find_covering(partner.key.series_id, window, row_count=_SLICE_ENTRIES)
        for kind, entry in entries:
            if kind.takes_text:
                yield NumberRange(max(entry.first, first), min(entry.last, numbers.last))
        if len(entries) < _SLICE_ENTRIES:
            break
        first = entries[-1][1].last + 1


def renew_clearance(
    books: SeriesBooks,
    series: Series,
    partners: list[Series],
    known_until: int = SEQUENTIAL_NUMBER_MAX,
) -> Series:
    """Renew `clear_until` of a series that was born or moved, and lower its partners' where it
    has come nearer to them.

    All of them must be locked; `series` itself is returned and not yet written. Beyond
    `known_until` there may be further partners: there the series has to look again.
    Cost: a partner's bound is never raised here, for which all of its own partners would have to
        be read: one that is too low costs the partner a look-up, when it gets there.
    """
    for partner in partners:
        nearest = _first_met(books, partner, series)
        if nearest is not None and (partner.clear_until is None or nearest < partner.clear_until):
            books.set_clear_until(partner.key.series_id, nearest)
    clear_until = _clear_until(books, series, partners)
    if known_until < SEQUENTIAL_NUMBER_MAX:
        clear_until = min(known_until + 1, clear_until or SEQUENTIAL_NUMBER_MAX)
    return replace(series, clear_until=clear_until)


def _first_met(books: SeriesBooks, partner: Series, moved: Series) -> int | None:
    """The first number of `partner`, from its next on, that `moved` or its imports may take."""
    shared = entanglement(partner.prefix, moved.prefix)
    if shared is None:
        return None
    contact = _contact(shared, partner, moved)
    found = [] if contact is None else [contact]
    if moved.imported_count and fold(shared.longer) == fold(partner.prefix):
        found += _imported_ahead_of(books, partner, moved, shared)
    return min(found, default=None)


def _clear_until(books: SeriesBooks, series: Series, partners: list[Series]) -> int | None:
    bounds = (first_contact(series, partners), first_taken_ahead(books, series, partners))
    return min((bound for bound in bounds if bound is not None), default=None)


def is_clear(series: Series, last_number: int) -> bool:
    """Whether every number up to `last_number` can be given without looking anything up."""
    return series.clear_until is None or last_number < min(
        series.clear_until, SEQUENTIAL_NUMBER_MAX + 1
    )
