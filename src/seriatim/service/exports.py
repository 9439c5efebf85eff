"""The register of a series as a file that anybody can check.

Source: docs/reference/register-format.md, Export.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock, SystemClock
from seriatim.domain.register import Entry, canonical_bytes, moment_text
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import Keys, checkpoint_members
from seriatim.engine.verify import series_members
from seriatim.service.permissions import Right, require
from seriatim.service.series import find_series
from seriatim.service.verifying import keep_checkpoint
from seriatim.store.sql_store import SqlStore
from seriatim.verifier.seriatim_verifier import ENTRY_MEMBERS, EXPORT_FORMAT, compact

_ENTRIES_PER_SLICE = 2000


def export_register(
    store: SqlStore,
    caller: Caller,
    series_id: str,
    *,
    keys: Keys | None = None,
    clock: Clock | None = None,
) -> Iterator[str]:
    """Every entry of a series, a line each behind a line that says of which series.

    Shape: each line ends with a newline; with `keys`, the first one carries the signed head.
    Order: by entry number, up to the last one there is at the beginning.
    Errors: NotFound, before the first line.
    Cost: reads in slices; memory stays flat.
    """
    require(caller, Right.READ)
    with store.read() as transaction:
        series = find_series(transaction, caller, series_id)
    return _lines(store, series, keys, clock or SystemClock())


def _lines(store: SqlStore, series: Series, keys: Keys | None, clock: Clock) -> Iterator[str]:
    yield _as_line(_header(store, series, keys, clock))
    written, end = 0, series.last_entry_number
    while written < end:
        wanted = min(_ENTRIES_PER_SLICE, end - written)
        with store.read() as transaction:
            books = transaction.books(series.key.tenant_id, series.key.entity_id)
            entries = books.list_entries(
                series.key.series_id, after_entry_number=written, row_count=wanted
            )
        for entry in entries:
            yield entry_line(entry)
        if not entries:
            return
        written = entries[-1].entry_number


def entry_line(entry: Entry) -> str:
    """The canonical values of an entry by their names, and its hash."""
    values = json.loads(canonical_bytes(entry.series, entry.entry_number, entry.content))
    return _as_line(dict(zip(ENTRY_MEMBERS, [*values, entry.hash.hex()], strict=True)))


def _header(store: SqlStore, series: Series, keys: Keys | None, clock: Clock) -> dict[str, object]:
    now = clock.now()
    signed: dict[str, str] | None = None
    if keys is not None and series.has_entries:
        checkpoint = keep_checkpoint(store, series, keys, now)
        own = {"key_id": keys.key_id, "public_key": keys.public_key.hex()}
        signed = {**checkpoint_members(checkpoint), **own}
    return {
        "format": EXPORT_FORMAT,
        **series_members(series),
        "entries": str(series.last_entry_number),
        "last_number": str(series.last_number),
        "head_hash": series.head_hash.hex(),
        "exported_at": moment_text(now),
        "checkpoint": signed,
    }


def _as_line(value: object) -> str:
    return compact(value).decode() + "\n"
