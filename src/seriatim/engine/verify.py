"""Recomputing the invariants of a series from its entries, and describing the first fault.

The rules stand in the file that third parties check with: seriatim/verifier.
Source: contract/numbering.md, Register: invariants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.register import Entry, canonical_bytes, moment_text
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import CheckpointWatch, Keys
from seriatim.verifier.seriatim_verifier import (
    Fault,
    FaultFound,
    Line,
    RegisterWalk,
    SeriesIdentity,
    check_moves,
)

__all__ = ["Fault", "SeriesVerifier", "Verification", "line_of", "series_members"]

Move = tuple[Line | None, Line]
"""A confirmed or voided entry, behind the entry that it refers to, if there is one."""


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
    """Walks one series' entries in order, and stops at the first fault.

    Order: `expect` the checkpoints of a stretch, `take` its entries, and so on to the end; then
        `take_moves`, and `finish`.
    Cost: constant memory, but for imported numbers that the series has not reached, and for the
        moves of one covering entry at a time.
    """

    def __init__(self, series: Series, keys: Keys | None = None) -> None:
        self._series = series
        self._walk = RegisterWalk(identity_of(series))
        self._watch = CheckpointWatch(keys)
        self._fault: Fault | None = None

    @property
    def is_faultless(self) -> bool:
        return self._fault is None

    @property
    def moves(self) -> int:
        """How many confirmed and voided entries were walked past."""
        return self._walk.moves

    def expect(self, checkpoints: Iterable[Checkpoint]) -> bool:
        """Compare with these on the way; whether to go on."""
        try:
            self._watch.expect(checkpoints)
        except FaultFound as found:
            self._note(found)
        return self.is_faultless

    def take(self, entries: Iterable[Entry]) -> bool:
        """Check further entries; whether to go on."""
        walk, watch = self._walk, self._watch
        try:
            for entry in entries:
                walk.take(line_of(entry))
                if watch.awaits(walk.entries):
                    watch.meet(walk.entries, walk.hash, walk.last_number)
        except FaultFound as found:
            self._note(found)
        return self.is_faultless

    def take_moves(self, moves: Iterable[Move]) -> bool:
        """Check all confirmed and voided entries against what they refer to.

        Order: by the entry referred to, then as they were written. Of several faults the one
            that was written first counts.
        """
        seen = 0
        for _, group in groupby(moves, key=lambda one: one[1].refers_to):
            pairs = list(group)
            seen += len(pairs)
            try:
                check_moves(pairs[0][0], [move for _, move in pairs])
            except FaultFound as found:
                self._note(found)
        if self.is_faultless and seen != self._walk.moves:
            message = f"{self._walk.moves} entries refer to others, {seen} can be found by that"
            self._fault = Fault(None, 4, message)
        return self.is_faultless

    def finish(self) -> Verification:
        series, walk = self._series, self._walk
        if self.is_faultless:
            try:
                walk.finish(series.last_entry_number, series.last_number, series.head_hash)
                self._watch.finish(walk.entries)
            except FaultFound as found:
                self._note(found)
        return Verification(walk.entries, walk.numbers, walk.hash, self._fault)

    def _note(self, found: FaultFound) -> None:
        earliest = self._fault
        if earliest is None or (found.fault.entry_number or 0) < (earliest.entry_number or 0):
            self._fault = found.fault


def identity_of(series: Series) -> SeriesIdentity:
    key = series.key
    return SeriesIdentity(
        tenant_id=key.tenant_id,
        entity_id=key.entity_id,
        series_id=key.series_id,
        document_type=series.document_type.value,
        prefix=series.prefix,
        origin=series.origin,
    )


def series_members(series: Series) -> dict[str, str]:
    """As certificates and exported registers name a series."""
    return {name: str(value) for name, value in identity_of(series)._asdict().items()}


def line_of(entry: Entry) -> Line:
    """The entry as the verifier of third parties reads it."""
    # By position: names would cost as much again, and this runs once for each entry.
    number, content = entry.entry_number, entry.content
    return Line(
        number,
        content.kind.value,
        content.numbers.first,
        content.numbers.last,
        content.refers_to,
        content.reason,
        None if content.hold_until is None else moment_text(content.hold_until),
        canonical_bytes(entry.series, number, content),
        entry.hash,
    )
