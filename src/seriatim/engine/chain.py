"""Appending to a series' hash chain. Pure; source: contract/numbering.md, Register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import (
    Entry,
    EntryContent,
    EntryKind,
    canonical_bytes,
    chained_hash,
)
from seriatim.domain.sequence_set import Series


def appended(
    series: Series, contents: Sequence[EntryContent], covered: Sequence[NumberRange] = ()
) -> tuple[Series, list[Entry]]:
    """The series after its new entries, and the entries with their places in the chain.

    Shape: `covered` are the numbers on the way that imported entries cover already.
    Order: entries as given; covering ones rise from the series' next number, except
        imported ones, which may lie ahead or before the origin.
    Errors: InvariantBroken if an entry would leave a gap or cover a number twice.
    """
    head = Head(series)
    head.pass_over(covered)
    entries = [head.append(content) for content in contents]
    return head.series(), entries


class Head:
    """The growing end of a series: its fields, so that not every entry makes a new series."""

    __slots__ = (
        "_before",
        "_covered",
        "_entry_number",
        "_given_count",
        "_hash",
        "_other_counts",
        "last_document_date",
        "last_number",
    )

    def __init__(self, series: Series) -> None:
        self._before = series
        self._covered: list[NumberRange] = []
        self._entry_number = series.last_entry_number
        self._hash = series.head_hash
        self.last_number = series.last_number
        self.last_document_date = series.last_document_date
        self._given_count = series.issued_count
        self._other_counts = {
            EntryKind.VOIDED: series.voided_count,
            EntryKind.SKIPPED: series.skipped_count,
            EntryKind.IMPORTED: series.imported_count,
        }

    def pass_over(self, covered: Sequence[NumberRange]) -> None:
        """Numbers on the way that imported entries cover already. Order: rising."""
        if covered:
            self._covered = list(reversed(covered))
            self._pass_covered()

    def append(self, content: EntryContent) -> Entry:
        """Errors: InvariantBroken if the entry would leave a gap or cover a number twice."""
        kind, numbers = content.kind, content.numbers
        is_given = kind is EntryKind.ISSUED or kind is EntryKind.RESERVED
        if is_given or kind is EntryKind.SKIPPED:
            self._pass(numbers.first, numbers.last)
        elif kind is EntryKind.IMPORTED:
            self._take_in(numbers)
        elif kind is EntryKind.CONFIRMED and numbers.last > self.last_number:
            raise InvariantBroken(f"'{self._before.prefix}': confirmed a number never reserved")
        if is_given:
            self._given_count += numbers.count
            self._note_date(content.document_date)
        elif kind in self._other_counts:
            self._other_counts[kind] += numbers.count
        self._entry_number += 1
        self._hash = chained_hash(
            self._hash, canonical_bytes(self._before.key, self._entry_number, content)
        )
        return Entry(self._before.key, self._entry_number, content, self._hash)

    def _note_date(self, day: date | None) -> None:
        if day is not None and (self.last_document_date is None or day > self.last_document_date):
            self.last_document_date = day

    def _pass(self, first: int, last: int) -> None:
        if first != self.last_number + 1 or last < first:
            raise InvariantBroken(
                f"'{self._before.prefix}': the entry begins at {first}, "
                f"the next number is {self.last_number + 1}"
            )
        self.last_number = last
        if self._covered:
            self._pass_covered()

    def _take_in(self, numbers: NumberRange) -> None:
        """Imported numbers lie ahead, or before the origin, where the series' order ends."""
        if numbers.first == self.last_number + 1:
            self._pass(numbers.first, numbers.last)
        elif numbers.first <= self.last_number and numbers.last >= self._before.origin:
            raise InvariantBroken(
                f"'{self._before.prefix}': imported {numbers.first}, which is covered already"
            )

    def _pass_covered(self) -> None:
        while self._covered and self._covered[-1].first <= self.last_number + 1:
            self.last_number = max(self.last_number, self._covered.pop().last)

    def series(self) -> Series:
        before, counts = self._before, self._other_counts
        return Series(
            key=before.key,
            document_type=before.document_type,
            prefix=before.prefix,
            origin=before.origin,
            last_number=self.last_number,
            last_entry_number=self._entry_number,
            head_hash=self._hash,
            clear_until=before.clear_until,
            last_document_date=self.last_document_date,
            issued_count=self._given_count,
            voided_count=counts[EntryKind.VOIDED],
            skipped_count=counts[EntryKind.SKIPPED],
            imported_count=counts[EntryKind.IMPORTED],
            is_released=before.is_released,
            stopped_because=before.stopped_because,
            is_chronological=before.is_chronological,
        )
