"""The peer: nothing but SHA-256, each hash over the one before it and an entry's bytes.

The bytes are the canonical ones of a real series, made before the turn and held in memory.
"""

from __future__ import annotations

import hashlib
from time import perf_counter
from typing import Final

from bench.side import Turn, plan, take_turns
from seriatim.domain.register import SeriesKey, canonical_bytes
from seriatim.store.open import open_store

ENTRIES: Final = 20_000


def _canonical(url: str, key: SeriesKey) -> list[bytes]:
    store = open_store(url)
    with store.read() as transaction:
        books = transaction.books(key.tenant_id, key.entity_id)
        entries = books.list_entries(key.series_id, after_entry_number=0, row_count=ENTRIES)
    store.close()
    return [canonical_bytes(key, entry.entry_number, entry.content) for entry in entries]


def _turn(several: list[bytes], seconds: float) -> Turn:
    began = perf_counter()
    count = 0
    head = bytes(32)
    while (took := perf_counter() - began) < seconds:
        for canonical in several:
            head = hashlib.sha256(head + canonical).digest()
        count += len(several)
    return Turn(count, took)


def _main() -> None:
    wanted = plan()
    several = _canonical(wanted["url"], SeriesKey(**wanted["series"]))
    take_turns(lambda seconds: _turn(several, seconds))


if __name__ == "__main__":
    _main()
