"""The register of a series entry by entry, in pages, and as a file that anybody can check.

Source: docs/reference/register-format.md, Export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from seriatim.domain.caller import Caller
from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.clock import Clock
from seriatim.domain.register import Entry, canonical_bytes, moment_text
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import Keys, checkpoint_members
from seriatim.engine.verify import series_members
from seriatim.service.permissions import Right, require
from seriatim.service.series import find_series
from seriatim.service.verifying import keep_checkpoint
from seriatim.store.sql_store import SqlStore
from seriatim.verifier.seriatim_verifier import ENTRY_MEMBERS, EXPORT_FORMAT, compact

ENTRIES_PER_PAGE = 1000

RegisterPlace = tuple[int, int]
"""The entry behind which a page begins, and the last entry that there was at the beginning."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint, and the public key that its signature is checked with, in hex."""

    checkpoint: Checkpoint
    public_key: str


@dataclass(frozen=True, slots=True)
class RegisterHead:
    """A series as it stood when the reading of its register began."""

    series: Series
    read_at: datetime
    signed: SignedHead | None = None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Shape: `head` is None on every page but the first; `next_place` is None on the last."""

    head: RegisterHead | None
    series: Series
    entries: list[Entry]
    next_place: RegisterPlace | None


def read_register(
    store: SqlStore,
    caller: Caller,
    series_id: str,
    *,
    place: RegisterPlace | None = None,
    keys: Keys | None = None,
    clock: Clock,
) -> RegisterPage:
    """A page of the entries of a series.

    Shape: with `keys`, the first page carries the signed head.
    Order: by entry number, up to the last one there was when the first page was read.
    Errors: NotFound.
    """
    require(caller, Right.READ)
    with store.read() as transaction:
        series = find_series(transaction, caller, series_id)
        books = transaction.books(caller.tenant_id, caller.entity_id)
        after, last = place or (0, series.last_entry_number)
        entries = []
        if after < last:
            row_count = min(ENTRIES_PER_PAGE, last - after)
            entries = books.list_entries(
                series.key.series_id, after_entry_number=after, row_count=row_count
            )
    head = _head(store, series, keys, clock) if place is None else None
    reached = entries[-1].entry_number if entries else last
    return RegisterPage(head, series, entries, (reached, last) if reached < last else None)


def register_lines(head: RegisterHead, entries: Iterable[Entry]) -> Iterator[str]:
    """The file: every entry of a series, a line each behind a line that says of which series.

    Shape: each line ends with a newline.
    """
    yield _as_line(_first_members(head))
    for entry in entries:
        yield entry_line(entry)


def entry_line(entry: Entry) -> str:
    """The canonical values of an entry by their names, and its hash."""
    values = json.loads(canonical_bytes(entry.series, entry.entry_number, entry.content))
    return _as_line(dict(zip(ENTRY_MEMBERS, [*values, entry.hash.hex()], strict=True)))


def _head(store: SqlStore, series: Series, keys: Keys | None, clock: Clock) -> RegisterHead:
    now = clock.now()
    if keys is None or not series.has_entries:
        return RegisterHead(series, now)
    checkpoint = keep_checkpoint(store, series, keys, now)
    return RegisterHead(series, now, SignedHead(checkpoint, keys.public_key.hex()))


def _first_members(head: RegisterHead) -> dict[str, object]:
    series, signed = head.series, head.signed
    members: dict[str, str] | None = None
    if signed is not None:
        own = {"key_id": signed.checkpoint.key_id, "public_key": signed.public_key}
        members = {**checkpoint_members(signed.checkpoint), **own}
    return {
        "format": EXPORT_FORMAT,
        **series_members(series),
        "entries": str(series.last_entry_number),
        "last_number": str(series.last_number),
        "head_hash": series.head_hash.hex(),
        "exported_at": moment_text(head.read_at),
        "checkpoint": members,
    }


def _as_line(value: object) -> str:
    return compact(value).decode() + "\n"
