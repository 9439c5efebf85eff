"""Signing the head of a series, and holding its chain against what was signed before.

A chain alone cannot show that its end was cut off, or that all of it was computed anew: a head
that was signed with a key kept outside the database does.
Source: contract/numbering.md, Register 4; docs/reference/certificates.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.register import moment_text
from seriatim.domain.sequence_set import Series
from seriatim.verifier.seriatim_verifier import FaultFound, checkpoint_bytes


class Keys(Protocol):
    """The key that signs now, and every public key whose signatures count."""

    @property
    def key_id(self) -> str: ...

    @property
    def public_key(self) -> bytes: ...

    @property
    def public_pem(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...

    def is_signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether the key of that id is one of ours and made the signature."""
        ...


def signed_checkpoint(series: Series, keys: Keys, now: datetime) -> Checkpoint:
    """The head of the series as it stands, signed."""
    unsigned = Checkpoint(
        series=series.key,
        entry_number=series.last_entry_number,
        last_number=series.last_number,
        head_hash=series.head_hash,
        signed_at=now,
        key_id=keys.key_id,
        signature=b"",
    )
    return replace(unsigned, signature=keys.sign(signed_bytes(unsigned)))


def signed_bytes(checkpoint: Checkpoint) -> bytes:
    key = checkpoint.series
    return checkpoint_bytes(
        (key.tenant_id, key.entity_id, key.series_id),
        entry_number=checkpoint.entry_number,
        last_number=checkpoint.last_number,
        head_hash=checkpoint.head_hash,
        signed_at=moment_text(checkpoint.signed_at),
        key_id=checkpoint.key_id,
    )


def checkpoint_members(checkpoint: Checkpoint) -> dict[str, str]:
    """As certificates and exported registers show a checkpoint."""
    return {
        "entry_number": str(checkpoint.entry_number),
        "last_number": str(checkpoint.last_number),
        "head_hash": checkpoint.head_hash.hex(),
        "signed_at": moment_text(checkpoint.signed_at),
        "signature": checkpoint.signature.hex(),
    }


class CheckpointWatch:
    """Compares a chain with the checkpoints of its series, as it is walked.

    Shape: `keys` is None where this process has none; then the hashes are compared, and the
        signatures are not.
    Errors: FaultFound, from each method.
    """

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys
        self._expected: dict[int, Checkpoint] = {}
        self._last_met = 0

    def expect(self, checkpoints: Iterable[Checkpoint]) -> None:
        for checkpoint in checkpoints:
            self._check_signature(checkpoint)
            self._expected[checkpoint.entry_number] = checkpoint

    def awaits(self, entry_number: int) -> bool:
        return entry_number in self._expected

    def meet(self, entry_number: int, head_hash: bytes, last_number: int | None) -> None:
        """Shape: `last_number` is None where the walk does not know it."""
        checkpoint = self._expected.pop(entry_number, None)
        if checkpoint is None:
            return
        is_same_number = last_number is None or checkpoint.last_number == last_number
        if checkpoint.head_hash != head_hash or not is_same_number:
            message = (
                f"entry {entry_number} is not the one signed at "
                f"{moment_text(checkpoint.signed_at)}: the chain was computed anew "
                f"behind entry {self._last_met}"
            )
            raise FaultFound(entry_number, 4, message)
        self._last_met = entry_number

    def finish(self, last_entry_number: int) -> None:
        for checkpoint in self._expected.values():
            message = (
                f"{checkpoint.entry_number} entries were signed at "
                f"{moment_text(checkpoint.signed_at)}, {last_entry_number} are there: "
                "the end was cut off"
            )
            raise FaultFound(last_entry_number + 1, 4, message)

    def _check_signature(self, checkpoint: Checkpoint) -> None:
        keys = self._keys
        if keys is None:
            return
        signed = signed_bytes(checkpoint)
        if not keys.is_signed(checkpoint.key_id, signed, checkpoint.signature):
            message = (
                f"the checkpoint of entry {checkpoint.entry_number} bears no valid signature of a "
                f"known key (it names {checkpoint.key_id})"
            )
            raise FaultFound(checkpoint.entry_number, 4, message)
