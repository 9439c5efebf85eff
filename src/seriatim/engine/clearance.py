"""Keeping the texts of entangled series apart, without a look-up on the ordinary path.

Below a series' `clear_until` no text can be taken by another. For a *shorter* prefix that is
the start of the next zone in which a longer one's numbers read as its own; for a *longer*
one, the first number whose text the shorter has already passed. Whoever moves a series
locks its partners and renews their `clear_until`, so that neither can overtake the other.

Source: contract/sequence-sets.md, Prefix 6; design: entangled prefixes without a check.
"""

from __future__ import annotations

from dataclasses import replace

from seriatim.domain.document_number import Entanglement, NumberRange, entanglement, fold
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.sequence_set import Series

_SLICE_ENTRIES = 1000


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
            if first <= zone.last - offset and first + offset <= partner.last_number:
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


def _texts_taken(books: SeriesBooks, partner: Series, numbers: NumberRange) -> list[NumberRange]:
    taken = []
    first = numbers.first
    while first <= numbers.last:
        window = NumberRange(first, numbers.last)
        entries = books.find_covering(partner.key.series_id, window, row_count=_SLICE_ENTRIES)
        taken += [
            NumberRange(max(entry.first, first), min(entry.last, numbers.last))
            for kind, entry in entries
            if kind.takes_text
        ]
        if len(entries) < _SLICE_ENTRIES:
            break
        first = entries[-1][1].last + 1
    return taken


def renew_clearance(books: SeriesBooks, series: Series, partners: list[Series]) -> Series:
    """Renew `clear_until` of a series that was born or moved, and of its partners.

    All of them must be locked; `series` itself is returned and not yet written.
    """
    for partner in partners:
        everybody_else = [
            other
            for other in books.find_entangled_series(partner.prefix)
            if other.key not in (series.key, partner.key)
        ]
        contact = first_contact(partner, [series, *everybody_else])
        if contact != partner.clear_until:
            books.set_clear_until(partner.key.series_id, contact)
    return replace(series, clear_until=first_contact(series, partners))


def is_clear(series: Series, last_number: int) -> bool:
    """Whether every number up to `last_number` can be given without looking anything up."""
    return series.clear_until is None or last_number < min(
        series.clear_until, SEQUENTIAL_NUMBER_MAX + 1
    )
