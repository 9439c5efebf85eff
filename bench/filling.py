"""Sequence sets by the hundred thousand, put straight into the tables.

Through the service it would take an hour. The rows are those that it would have written, but
for the audit trail.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import apsw

from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import SeriesKey, genesis_hash
from seriatim.service.founding import Founded
from seriatim.store.postgres import PostgresSession
from seriatim.store.queries import statements
from seriatim.store.session import Session
from seriatim.store.sql_store import SqlStore, Transaction
from seriatim.store.sqlite import SqliteSession

SETS_AT_ONCE: Final = 20_000
_LETTERS: Final = dict(zip(DocumentType, "ICDPR", strict=True))

Rows = dict[str, list[dict[str, Any]]]


def set_name(position: int) -> str:
    return f"S{position:07d}"


def set_number(position: int) -> str:
    return f"SS-{position:08d}"


def fill(
    store: SqlStore,
    founded: Founded,
    sets: int,
    document_types: Sequence[DocumentType] = tuple(DocumentType),
) -> None:
    """Add so many sets behind DEFAULT, each with series of its own at number 1."""
    for first in range(1, sets + 1, SETS_AT_ONCE):
        last = min(first + SETS_AT_ONCE - 1, sets)
        with store.write() as transaction:
            _fill_some(transaction, founded, range(first, last + 1), document_types)


@contextmanager
def unguarded_sqlite(path: str) -> Iterator[apsw.Connection]:
    """One transaction by hand, without journal, checks and waiting for the disk until it ends."""
    connection = apsw.Connection(path)
    try:
        connection.pragma("journal_mode", "off")
        connection.pragma("synchronous", "off")
        connection.pragma("ignore_check_constraints", True)
        with connection:
            yield connection
    finally:
        connection.close()
    with Path(path).open("rb") as file:
        os.fsync(file.fileno())


def _fill_some(
    transaction: Transaction,
    founded: Founded,
    positions: range,
    document_types: Sequence[DocumentType],
) -> None:
    recorded_at = transaction.session.values.moment_in(datetime.now(UTC))
    common = {
        "tenant_id": founded.tenant_id,
        "entity_id": founded.entity_id,
        "chronological": False,
        "recorded_at": recorded_at,
    }
    rows: Rows = {}
    for position in positions:
        set_id = uuid.uuid4().hex
        for statement, row in _rows_of_set(set_id, position):
            rows.setdefault(statement, []).append({**common, **row})
        for document_type in document_types:
            key = SeriesKey(founded.tenant_id, founded.entity_id, uuid.uuid4().hex)
            series = _series(transaction, key, document_type, position)
            for statement in ("insert_series", "insert_prefix_owner", "point_set_at_series"):
                rows.setdefault(statement, []).append(
                    {**common, **series, "sequence_set_id": set_id}
                )
    for statement, several in rows.items():
        _execute_many(transaction.session, statement, several)
    books = transaction.books(founded.tenant_id, founded.entity_id)
    books.set_last_set_position(positions[-1])


def _execute_many(session: Session, statement: str, rows: list[dict[str, Any]]) -> None:
    """The store's own statement for each row, through the driver."""
    if isinstance(session, SqliteSession):
        session.connection.executemany(statements("sqlite")[statement], rows)
    elif isinstance(session, PostgresSession):
        with session.connection.cursor() as cursor:
            cursor.executemany(statements("postgres")[statement], rows)


def _rows_of_set(set_id: str, position: int) -> Iterable[tuple[str, dict[str, Any]]]:
    name, number = set_name(position), set_number(position)
    yield (
        "insert_set",
        {
            "sequence_set_id": set_id,
            "sequence_set_number": number,
            "name": name,
            "is_default": False,
            "position": position,
        },
    )
    for key in (set_id, name, number):
        yield "insert_set_key", {"sequence_set_id": set_id, "key_folded": fold(key)}


def _series(
    transaction: Transaction, key: SeriesKey, document_type: DocumentType, position: int
) -> dict[str, Any]:
    prefix = f"{_LETTERS[document_type]}{position:07d}-"
    number_in = transaction.session.values.number_in
    return {
        "series_id": key.series_id,
        "document_type": document_type.value,
        "prefix": prefix,
        "prefix_folded": fold(prefix),
        "origin": number_in(1),
        "last_number": number_in(0),
        "head_hash": genesis_hash(key, document_type.value, prefix),
    }
