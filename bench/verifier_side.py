"""Ours: verify one series over all of its entries, over and over, at least once."""

from __future__ import annotations

import resource
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.side import Turn, plan, take_turns
from seriatim.domain.register import SeriesKey
from seriatim.service.verifying import verify
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore

_KIBIBYTE: Final = 1024


def _turn(store: SqlStore, key: SeriesKey, seconds: float) -> Turn:
    began = perf_counter()
    entries = 0
    took = 0.0
    while not entries or took < seconds:
        _, found = verify(store, key, None)
        if not found.is_verified:
            raise AssertionError(f"the register does not verify: {found.first_fault}")
        entries += found.entries
        took = perf_counter() - began
    return Turn(entries, took, _peak_bytes())


def _peak_bytes() -> int:
    """On Linux not from `getrusage`, which counts in what the parent had before the start."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * _KIBIBYTE


def _main() -> None:
    wanted = plan()
    store = open_store(wanted["url"])
    key = SeriesKey(**wanted["series"])
    take_turns(lambda seconds: _turn(store, key, seconds))
    store.close()


if __name__ == "__main__":
    _main()
