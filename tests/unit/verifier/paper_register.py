"""An exported register and a certificate of it, made on paper with a key that never changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Entry, EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.certificate import (
    Certificate,
    ChainWalk,
    Period,
    RangeAccount,
    hash_before_all,
    signed_certificate,
)
from seriatim.engine.chain import appended
from seriatim.engine.checkpoint import checkpoint_members, signed_checkpoint
from seriatim.engine.verify import series_members
from seriatim.service.exports import entry_line
from seriatim.service.signing import SigningKeys
from seriatim.verifier.seriatim_verifier import EXPORT_FORMAT, compact
from tests.samples import NOON, TODAY, sample_content, sample_series

KEYS = SigningKeys(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), [])
OTHER_KEYS = SigningKeys(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), [])
CERTIFICATE_ID = "88888888888888888888888888888888"
HOLD_UNTIL = NOON + timedelta(hours=1)

CONTENTS = [
    sample_content(1, 2, kind=EntryKind.IMPORTED),  # before the origin
    sample_content(5, 10, reference="order 4711"),
    sample_content(20, 21, kind=EntryKind.IMPORTED),  # ahead
    sample_content(11, 13, kind=EntryKind.RESERVED, hold_until=HOLD_UNTIL),
    sample_content(12, kind=EntryKind.CONFIRMED, refers_to=4),
    sample_content(13, kind=EntryKind.VOIDED, refers_to=4, reason='a "wrong" one, größer\n'),
    sample_content(14, 19, kind=EntryKind.SKIPPED, reason="start number raised to 22"),
    sample_content(22, 30),
    sample_content(23, 24, kind=EntryKind.VOIDED, refers_to=8, reason="printed twice"),
    sample_content(12, kind=EntryKind.VOIDED, refers_to=4, reason="never sent"),
]


@dataclass(frozen=True, slots=True)
class PaperRegister:
    series: Series
    entries: list[Entry]

    def lines(self, keys: SigningKeys | None = KEYS) -> list[str]:
        return [self.header(keys), *(entry_line(entry) for entry in self.entries)]

    def header(self, keys: SigningKeys | None = KEYS, **changes: Any) -> str:
        signed: dict[str, str] | None = None
        if keys is not None:
            own = {"key_id": keys.key_id, "public_key": keys.public_key.hex()}
            signed = {**checkpoint_members(signed_checkpoint(self.series, keys, NOON)), **own}
        header: dict[str, Any] = {
            "format": EXPORT_FORMAT,
            **series_members(self.series),
            "entries": str(self.series.last_entry_number),
            "last_number": str(self.series.last_number),
            "head_hash": self.series.head_hash.hex(),
            "exported_at": "2026-11-23T12:00:00.000123Z",
            "checkpoint": signed,
        }
        return compact({**header, **changes}).decode() + "\n"

    def certificate(
        self, first: int = 5, last: int = 30, *, keys: SigningKeys = KEYS, by_period: bool = False
    ) -> Certificate:
        """Made as the service makes it, from entries that lie on the table."""
        account = RangeAccount(NumberRange(first, last), self.series.last_entry_number)
        covering = [one for one in self.entries if one.content.kind.is_covering]
        for entry in sorted(covering, key=lambda one: one.content.numbers.first):
            moves = [one for one in self.entries if one.content.refers_to == entry.entry_number]
            account.take(entry, moves)
        first_entry, last_entry = account.entries
        wanted = (first_entry - 1, last_entry)
        walk = ChainWalk(0, hash_before_all(self.series), keys, wanted)
        walk.take(self.entries)
        walk.finish(self.series)
        return signed_certificate(
            CERTIFICATE_ID,
            self.series,
            account,
            period=Period(TODAY, TODAY) if by_period else None,
            hashes=walk.hashes,
            checkpoint=signed_checkpoint(self.series, keys, NOON),
            keys=keys,
        )


def paper_register(contents: list[EntryContent] = CONTENTS) -> PaperRegister:
    """The contents as a series writes them, its last number behind imported ones it has met."""
    series = sample_series(origin=5)
    entries: list[Entry] = []
    for content in contents:
        numbers, given = content.numbers, content.kind.is_covering
        if given and content.kind is not EntryKind.IMPORTED:
            series = replace(series, last_number=numbers.first - 1)
        series, more = appended(series, [content])
        entries += more
    return PaperRegister(series, entries)


def recomputed(register: PaperRegister, contents: list[EntryContent]) -> PaperRegister:
    """What a forger makes who changes entries and computes every hash anew."""
    forged = paper_register(contents)
    return PaperRegister(replace(forged.series, key=register.series.key), forged.entries)


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(lines), encoding="utf-8")
    return path


def edited(line: str, **changes: object) -> str:
    return compact({**json.loads(line), **changes}).decode() + "\n"
