"""Recomputing the invariants of a series from its entries, and describing the first fault.

Source: contract/numbering.md, Register: invariants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seriatim.domain.register import (
    Entry,
    EntryKind,
    canonical_bytes,
    chained_hash,
    genesis_hash,
)
from seriatim.domain.sequence_set import Series


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the books are wrong. `invariant` is its number in the contract."""

    entry_number: int | None
    invariant: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a pass over one series found. `numbers` counts the integers accounted for."""

    entries: int
    numbers: int
    head_hash: bytes
    first_fault: Fault | None

    @property
    def is_verified(self) -> bool:
        return self.first_fault is None


class SeriesVerifier:
    """Walks one series' entries in order, in constant memory, and stops at the first fault.

    Imported entries ahead of the next number cannot be placed until the series reaches them;
    until then each is kept as one range.
    """

    def __init__(self, series: Series) -> None:
        self._series = series
        self._hash = genesis_hash(series.key, series.document_type.value, series.prefix)
        self._entries = 0
        self._numbers = 0
        self._next_number = series.origin
        self._ahead: list[tuple[int, int]] = []
        self._fault: Fault | None = None

    def take(self, entries: Iterable[Entry]) -> bool:
        """Check further entries; whether to go on."""
        for entry in entries:
            self._fault = self._check(entry)
            if self._fault is not None:
                return False
        return True

    def finish(self) -> Verification:
        if self._fault is None:
            self._fault = self._check_totals()
        return Verification(self._entries, self._numbers, self._hash, self._fault)

    def _check(self, entry: Entry) -> Fault | None:
        number, content = entry.entry_number, entry.content
        if number != self._entries + 1:
            message = f"entry {self._entries + 1} is missing: {number} follows {self._entries}"
            return Fault(number, 4, message)
        expected = chained_hash(self._hash, canonical_bytes(entry.series, number, content))
        if expected != entry.hash:
            return Fault(number, 4, f"the hash of entry {number} does not fit its content")
        self._entries, self._hash = number, expected
        return self._check_cover(entry) if content.kind.is_covering else None

    def _check_cover(self, entry: Entry) -> Fault | None:
        number, numbers = entry.entry_number, entry.content.numbers
        self._numbers += numbers.count
        if entry.content.kind is EntryKind.IMPORTED:
            # What lies before the origin is recorded outside the series' completeness.
            if numbers.last >= self._series.origin:
                self._ahead.append((numbers.first, numbers.last))
            return self._pass_imported(number)
        if numbers.first > self._next_number:
            message = f"no entry covers {self._next_number} to {numbers.first - 1}"
            return Fault(number, 1, message)
        if numbers.first < self._next_number:
            return Fault(number, 1, f"{numbers.first} is covered more than once")
        self._next_number = numbers.last + 1
        return self._pass_imported(number)

    def _pass_imported(self, entry_number: int) -> Fault | None:
        self._ahead.sort()
        while self._ahead and self._ahead[0][0] <= self._next_number:
            first, last = self._ahead.pop(0)
            if first < self._next_number:
                return Fault(entry_number, 1, f"{first} is covered more than once")
            self._next_number = last + 1
        return None

    def _check_totals(self) -> Fault | None:
        series = self._series
        if self._entries != series.last_entry_number:
            message = f"the series counts {series.last_entry_number} entries, not {self._entries}"
            return Fault(None, 4, message)
        if self._hash != series.head_hash:
            return Fault(None, 4, "the head hash of the series is not that of its entries")
        if self._next_number != series.next_number:
            message = (
                f"the series stands at {series.last_number}, its entries at {self._next_number - 1}"
            )
            return Fault(None, 1, message)
        return None
