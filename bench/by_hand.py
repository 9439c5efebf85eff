"""The peer: what a careful programmer would write by hand, one transaction a number, in a loop.

On the register's own tables, with all of their checks, indexes and triggers: lock the series,
hash the entry as docs/reference/register-format.md says, insert it, move the series on, commit.
What comes of it passes `seriatim verify`. No set is looked up, no request is checked, no series
of the same text is thought of, nobody else waits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, Protocol
from uuid import uuid4

import apsw
import psycopg

from bench.side import Turn, plan, take_turns

_COLUMNS: Final = (
    "tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, "
    "sequence_set_id, chosen_by, document_date, actor, request_id, batch_id, recorded_at, "
    "format_version, hash"
)
_SELECT: Final = (
    "SELECT last_number, last_entry_number, head_hash, issued_count FROM seriatim_series "
    "WHERE tenant_id = {0} AND entity_id = {0} AND series_id = {0}"
)
_INSERT: Final = f"INSERT INTO seriatim_register ({_COLUMNS}) VALUES ({', '.join(['{0}'] * 16)})"
_UPDATE: Final = (
    "UPDATE seriatim_series SET last_number = {0}, last_entry_number = {0}, head_hash = {0}, "
    "issued_count = {0}, last_document_date = {0} "
    "WHERE tenant_id = {0} AND entity_id = {0} AND series_id = {0}"
)


class Database(Protocol):
    begin: str
    select: str
    insert: str
    update: str

    def number(self, number: int) -> object: ...
    def run(self, statement: str, parameters: tuple[Any, ...] = ()) -> Any: ...


class Sqlite:
    """WAL and FULL, as the service's."""

    begin = "BEGIN IMMEDIATE"
    select = _SELECT.format("?")
    insert = _INSERT.format("?")
    update = _UPDATE.format("?")

    def __init__(self, path: str) -> None:
        connection = apsw.Connection(path)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        self.run = connection.execute

    def number(self, number: int) -> str:
        return f"{number:020d}"


class Postgres:
    """psycopg prepares a statement that it sees often by itself."""

    begin = "BEGIN"
    select = _SELECT.format("%s") + " FOR UPDATE"
    insert = _INSERT.format("%s")
    update = _UPDATE.format("%s")

    def __init__(self, url: str) -> None:
        connection = psycopg.connect(url, autocommit=True)
        connection.execute("SET timezone = 'UTC'")
        self.run = connection.execute

    def number(self, number: int) -> int:
        return number


def issue_one(database: Database, place: tuple[str, str, str], set_id: str) -> str:
    """One number, durably. Shape: `place` is tenant, entity and series."""
    request_id, now = str(uuid4()), datetime.now(UTC)
    today, recorded_at = now.date().isoformat(), now.isoformat(timespec="microseconds")[:26] + "Z"
    run, number_in = database.run, database.number
    run(database.begin)
    last_number, entry_number, head, count = run(database.select, place).fetchone()
    number, entry_number = int(last_number) + 1, entry_number + 1
    batch_id = str(uuid4())
    parts = [
        *("seriatim-register-1", *place, str(entry_number), "issued", str(number), str(number)),
        *(None, set_id, "default", today, None, "by hand", request_id, batch_id, None, None),
        recorded_at,
    ]
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    head = hashlib.sha256(bytes(head) + canonical).digest()
    stored = number_in(number)
    run(
        database.insert,
        (
            *(*place, entry_number, "issued", stored, stored, set_id, "default", today),
            *("by hand", request_id, batch_id, recorded_at, 1, head),
        ),
    )
    run(
        database.update,
        (stored, entry_number, head, number_in(int(count) + 1), today, *place),
    )
    run("COMMIT")
    return f"INV{number:08d}"


def _turn(step: Callable[[], object], seconds: float) -> Turn:
    began = perf_counter()
    count = 0
    while (took := perf_counter() - began) < seconds:
        step()
        count += 1
    return Turn(count, took)


def _main() -> None:
    wanted = plan()
    url: str = wanted["url"]
    sqlite_path = url.removeprefix("sqlite:///")
    database = Postgres(url) if sqlite_path == url else Sqlite(sqlite_path)
    place = (wanted["tenant_id"], wanted["entity_id"], wanted["series_id"])
    set_id = wanted["sequence_set_id"]
    take_turns(lambda seconds: _turn(lambda: issue_one(database, place, set_id), seconds))


if __name__ == "__main__":
    _main()
