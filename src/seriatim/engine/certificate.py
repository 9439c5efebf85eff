"""Completeness certificates: small signed files that account for every integer of a range.

Source: contract/numbering.md, Register 4; docs/reference/certificates.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Entry, genesis_hash, moment_text
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import (
    CheckpointWatch,
    Keys,
    checkpoint_members,
)
from seriatim.engine.verify import line_of, series_members
from seriatim.verifier.seriatim_verifier import (
    CERTIFICATE_FORMAT,
    Account,
    FaultFound,
    certificate_text,
    chain_step,
    runs_as_json,
)

RUNS_MAX: Final = 100_000
"""Above this a certificate is refused: its range has to be cut."""


@dataclass(frozen=True, slots=True)
class Period:
    """Document dates, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """Shape: `text` is the whole file; `counts` by state; `as_of` the last entry it knows."""

    certificate_id: str
    series: Series
    numbers: NumberRange
    period: Period | None
    counts: dict[str, int]
    run_count: int
    checkpoint: Checkpoint
    text: str


class RangeAccount:
    """What became of every number of a range, as of one entry.

    Order: covering entries in the order of their numbers, each with the entries that refer to it
        and are known by then. Errors: FaultFound.
    """

    def __init__(self, numbers: NumberRange, as_of_entry: int) -> None:
        self.account = Account(numbers.first, numbers.last)
        self._as_of_entry = as_of_entry

    def take(self, covering: Entry, referring: Iterable[Entry]) -> None:
        known = [one for one in referring if one.entry_number <= self._as_of_entry]
        self.account.take(line_of(covering), [line_of(one) for one in known])

    @property
    def has_too_many_runs(self) -> bool:
        return len(self.account.runs) > RUNS_MAX

    @property
    def entries(self) -> tuple[int, int]:
        """The first and the last entry that concern the range."""
        return self.account.first_entry or 0, self.account.last_entry


class ChainWalk:
    """Walks a chain from an entry whose hash is known to its head, comparing with checkpoints.

    Shape: `hashes` are those of the wanted entries, filled in as they are passed.
    Errors: FaultFound.
    """

    def __init__(
        self, after_entry: int, hash_there: bytes, keys: Keys, wanted: Iterable[int]
    ) -> None:
        self.entry_number = after_entry
        self._hash = hash_there
        self._watch = CheckpointWatch(keys)
        self._wanted = set(wanted)
        self.hashes: dict[int, bytes] = {}
        self._keep()

    def expect(self, checkpoints: Iterable[Checkpoint]) -> None:
        self._watch.expect(checkpoints)

    def take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._hash = chain_step(self._hash, self.entry_number, line_of(entry))
            self.entry_number += 1
            self._watch.meet(self.entry_number, self._hash, None)
            self._keep()

    def finish(self, series: Series) -> None:
        self._watch.finish(self.entry_number)
        if (self.entry_number, self._hash) != (series.last_entry_number, series.head_hash):
            raise FaultFound(None, 4, "the head of the series is not that of its entries")

    def _keep(self) -> None:
        if self.entry_number in self._wanted:
            self.hashes[self.entry_number] = self._hash


def hash_before_all(series: Series) -> bytes:
    return genesis_hash(series.key, series.document_type.value, series.prefix)


def signed_certificate(
    certificate_id: str,
    series: Series,
    account: RangeAccount,
    *,
    period: Period | None,
    hashes: dict[int, bytes],
    checkpoint: Checkpoint,
    keys: Keys,
) -> Certificate:
    """Errors: FaultFound where a number of the range is accounted for by no entry."""
    found = account.account
    found.finish()
    first_entry, last_entry = account.entries
    content = {
        "format": CERTIFICATE_FORMAT,
        "certificate_id": certificate_id,
        **series_members(series),
        "period": _members_of(period),
        "first_number": str(found.first),
        "last_number": str(found.last),
        "first_entry": str(first_entry),
        "last_entry": str(last_entry),
        "hash_before": hashes[first_entry - 1].hex(),
        "hash_after": hashes[last_entry].hex(),
        "counts": {state: str(count) for state, count in found.counts.items()},
        "runs": runs_as_json(found.runs),
        "checkpoint": checkpoint_members(checkpoint),
        "issued_at": moment_text(checkpoint.signed_at),
        "key_id": keys.key_id,
        "public_key": keys.public_key.hex(),
    }
    return Certificate(
        certificate_id=certificate_id,
        series=series,
        numbers=NumberRange(found.first, found.last),
        period=period,
        counts=dict(found.counts),
        run_count=len(found.runs),
        checkpoint=checkpoint,
        text=certificate_text(content, keys.sign),
    )


def _members_of(period: Period | None) -> dict[str, str] | None:
    if period is None:
        return None
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}
