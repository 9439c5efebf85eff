"""Checkpoints: what the head of a series was at one time, signed. Source: contract, guarantee G7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.domain.register import SeriesKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Shape: the signature covers all the rest; `key_id` names the key that made it."""

    series: SeriesKey
    entry_number: int
    last_number: int
    head_hash: bytes
    signed_at: datetime
    key_id: str
    signature: bytes
