"""Writing to PostgreSQL through the caller's psycopg connection.

Source: contract/guarantees.md, Facts 1 and 3; ADR 11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format, PipelineStatus, TransactionStatus
from psycopg.rows import tuple_row
from psycopg.types.datetime import DateBinaryLoader, TimestamptzBinaryLoader
from psycopg.types.numeric import NumericBinaryLoader
from psycopg.types.string import ByteaBinaryLoader, TextBinaryLoader

from seriatim.domain.errors import Conflict, StoreRefused
from seriatim.store.postgres import translated_error
from seriatim.store.postgres_arrays import as_columns
from seriatim.store.postgres_values import PostgresValues
from seriatim.store.queries import statements
from seriatim.store.session import Row, SerializationFailure

Result = TypeVar("Result")

_SAVEPOINT = "seriatim_own"
_INNER_SAVEPOINT = "seriatim_own_work"
# Their rows are locked nowhere: a snapshot would not show those that were born since.
_NEEDS_READ_COMMITTED = "find_series_extending"
_SNAPSHOTS = frozenset({"repeatable read", "serializable"})


class _HexIdLoader(Loader):
    """UUID columns come out as 32 hex characters."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).hex()


# In binary, since text depends on the connection's DateStyle.
_LOADERS: dict[str, type[Loader]] = {
    "uuid": _HexIdLoader,
    "numeric": NumericBinaryLoader,
    "date": DateBinaryLoader,
    "timestamptz": TimestamptzBinaryLoader,
    "bytea": ByteaBinaryLoader,
    "text": TextBinaryLoader,
}


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """One database of one server, and the very tables that a connection sees there.

    Shape: `tables` are their object ids, in the order of their names; None where one is not seen.
    """

    system: str
    database: str
    tables: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    place: DatabasePlace
    is_read_only: bool


@cache
def _encoded_statements() -> dict[str, bytes]:
    """The text of our own files, never built from input: the driver takes that as bytes."""
    return {name: text.encode() for name, text in statements("postgres").items()}


class OwnPostgresSession:
    """Shape: with a cursor of its own, so that the caller's row factory and adapters are left
    alone and do not matter.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.values = PostgresValues()
        self.is_snapshot = False
        self._cursor = psycopg.Cursor(connection, row_factory=tuple_row)
        self._cursor.format = Format.BINARY
        for type_name, loader in _LOADERS.items():
            self._cursor.adapters.register_loader(type_name, loader)

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        if self.is_snapshot and query == _NEEDS_READ_COMMITTED:
            raise StoreRefused(_SNAPSHOT_REFUSED)
        return self._translated(
            lambda: self._cursor.execute(_encoded_statements()[query], parameters).fetchall()
        )

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        return self._translated(
            lambda: self._cursor.execute(_encoded_statements()[query], parameters).rowcount
        )

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        return self.execute(query, as_columns(parameters)) if parameters else 0

    def execute_later(self, query: str, parameters: list[dict[str, Any]]) -> None:
        self.execute_many(query, parameters)

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        return self.rows(query, as_columns(parameters)) if parameters else []

    def savepoint(self) -> None:
        self.run(f"SAVEPOINT {_INNER_SAVEPOINT}")

    def undo_to_savepoint(self) -> None:
        self.run(f"ROLLBACK TO SAVEPOINT {_INNER_SAVEPOINT}")

    def run(self, script: str) -> None:
        self._translated(lambda: self._cursor.execute(script.encode()))

    def ask(self, statement: str, parameters: dict[str, Any]) -> Row:
        """The one row that a statement answers."""
        (row,) = self._translated(
            lambda: self._cursor.execute(statement.encode(), parameters).fetchall()
        )
        return row

    def has_table(self, table: str) -> bool:
        return self.ask("SELECT to_regclass(%(table)s)", {"table": table})[0] is not None

    def _translated(self, run: Callable[[], Result]) -> Result:
        try:
            return run()
        except psycopg.Error as error:
            ours = translated_error(error)
            if isinstance(ours, SerializationFailure):
                raise Conflict(_RUN_AGAIN, detail=str(ours)) from error
            raise ours from error


class OwnPostgresDatabase:
    """One connection that is not ours to begin, commit or close."""

    name = "postgres"
    reads_inline = False

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._session = OwnPostgresSession(connection)

    def facts(self) -> PostgresFacts:
        """What decides whether numbers may be written here; and makes the next commit durable.

        Order: inside the transaction, which may have a mode of its own.
        """
        answer = self._session.ask(_FACTS, {"tables": _TABLES})
        system, database, tables, isolation, read_only, _ = answer
        self._session.is_snapshot = isolation in _SNAPSHOTS
        return PostgresFacts(DatabasePlace(system, database, tuple(tables)), read_only == "on")

    @contextmanager
    def read(self) -> Iterator[OwnPostgresSession]:
        self._refuse_unready()
        yield self._session

    @contextmanager
    def write(self) -> Iterator[OwnPostgresSession]:
        """Inside the caller's transaction; what fails is undone, and the transaction lives on.

        Errors: StoreRefused without an open transaction; Conflict where the database wants it to
            be run again as a whole.
        """
        self._refuse_unready()
        is_idle = self._connection.info.transaction_status == TransactionStatus.IDLE
        if is_idle and self._connection.autocommit:
            raise StoreRefused(
                "the connection is in autocommit and has no open transaction: "
                "use 'with connection.transaction():'"
            )
        try:
            self._session.run(f"SAVEPOINT {_SAVEPOINT}")
            yield self._session
            self._session.run(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        except BaseException:
            with suppress(psycopg.Error):  # the connection is lost: the server undoes it
                self._undo(is_idle=is_idle)
            raise

    def _undo(self, *, is_idle: bool) -> None:
        if is_idle:  # psycopg began it for our first statement
            self._connection.rollback()
        elif not self._connection.closed:
            self._connection.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}".encode())
            self._connection.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}".encode())

    def _refuse_unready(self) -> None:
        if self._connection.closed:
            raise StoreRefused("the connection is closed")
        if self._connection.pgconn.pipeline_status != PipelineStatus.OFF:
            raise StoreRefused("the connection is in pipeline mode: end its pipeline first")
        status = self._connection.info.transaction_status
        if status == TransactionStatus.INERROR:
            raise StoreRefused("the connection's transaction has failed: roll it back first")
        if status not in {TransactionStatus.IDLE, TransactionStatus.INTRANS}:
            raise StoreRefused("the connection is still busy with another statement")

    def data_version(self) -> int | None:
        return None

    def hold_server_lock(self) -> None:
        """A connection of the caller's serves nobody."""

    def migration_lock(self) -> AbstractContextManager[None]:
        """Nothing migrates through here: PostgreSQL is migrated by the operator."""
        return nullcontext()

    def run_script(self, session: OwnPostgresSession, script: str) -> None:
        session.run(script)

    def has_table(self, session: OwnPostgresSession, table: str) -> bool:
        return session.has_table(table)

    def close(self) -> None:
        """The caller's to close."""


_TABLES = [
    "seriatim_entity",
    "seriatim_idempotency_key",
    "seriatim_open_hold",
    "seriatim_register",
    "seriatim_sequence_set",
    "seriatim_sequence_set_key",
    "seriatim_series",
    "seriatim_set_numbering",
    "seriatim_store_state",
    "seriatim_tenant",
]
_FACTS = """
    SELECT (SELECT system_identifier::text FROM pg_control_system()),
           (SELECT oid::text FROM pg_database WHERE datname = current_database()),
           (SELECT array_agg(to_regclass(name)::oid::text ORDER BY name)
            FROM unnest(%(tables)s::text[]) AS name),
           current_setting('transaction_isolation'),
           current_setting('transaction_read_only'),
           CASE WHEN current_setting('synchronous_commit') IN ('on', 'remote_apply') THEN ''
                ELSE set_config('synchronous_commit', 'on', true) END
"""
_SNAPSHOT_REFUSED = (
    "near the numbers of another series with the same digits, the transaction must be READ "
    "COMMITTED: a snapshot does not show what others have issued since"
)
_RUN_AGAIN = "the database wants the transaction to be run again; roll it back and repeat all of it"
