"""PostgreSQL through psycopg 3: connections, transactions, values and errors; nothing else.

READ COMMITTED carries correctness through row locks and unique constraints. A COMMIT is never
cancelled; whatever goes wrong during one leaves the outcome unknown.
Source: contract/guarantees.md, Facts 1 to 3; ADR 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.adapt import Buffer, Loader
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from seriatim.domain.errors import Conflict, OutcomeUnknown, StoreRefused, StoreUnavailable
from seriatim.domain.limits import LOCK_WAIT_MS_MAX
from seriatim.store.queries import statements
from seriatim.store.session import Row, SerializationFailure, hex_id

POOL_WAIT_SECONDS_MAX = 5.0
_MIGRATION_LOCK = 0x5E71A71A  # any constant of our own: the key of an advisory lock

Result = TypeVar("Result")


class PostgresValues:
    def number_in(self, number: int) -> int:
        return number

    def number_out(self, stored: Decimal) -> int:
        return int(stored)

    def date_in(self, day: date) -> date:
        return day

    def date_out(self, stored: date) -> date:
        return stored

    def moment_in(self, moment: datetime) -> datetime:
        return moment

    def moment_out(self, stored: datetime) -> datetime:
        return stored.astimezone(UTC)

    def list_in(self, texts: list[str]) -> list[str]:
        return texts


class _HexIdLoader(Loader):
    """UUID columns come out as the 32 hex characters that the rest of the code uses."""

    def load(self, data: Buffer) -> str:
        return hex_id(bytes(data).decode("ascii"))


class PostgresSession:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection
        self.values = PostgresValues()
        self._statements = statements("postgres")

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        return self._translated(
            lambda: self.connection.execute(self._statements[query], parameters).fetchall()
        )

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        return self._translated(
            lambda: self.connection.execute(self._statements[query], parameters).rowcount
        )

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        """The statement takes each column as an array, so that there is one round trip."""
        return self.execute(query, _as_columns(parameters)) if parameters else 0

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        return self.rows(query, _as_columns(parameters)) if parameters else []

    def savepoint(self) -> None:
        self._translated(lambda: self.connection.execute("SAVEPOINT work"))

    def undo_to_savepoint(self) -> None:
        self._translated(lambda: self.connection.execute("ROLLBACK TO SAVEPOINT work"))

    def _translated(self, run: Callable[[], Result]) -> Result:
        try:
            return run()
        except psycopg.Error as error:
            raise translated_error(error) from error


def _as_columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def translated_error(error: psycopg.Error) -> Exception:
    """The error of ours that a PostgreSQL error means before COMMIT: nothing was written.

    An error that is a defect of ours (a broken constraint, a wrong statement) stays itself.
    """
    detail = f"{type(error).__name__} {error.sqlstate or ''}: {error}"
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected):
        return SerializationFailure(detail)
    if isinstance(error, pg.LockNotAvailable):
        message = "another request holds what this one needs; nothing was changed"
        return Conflict(message, detail=detail)
    state = error.sqlstate or ""
    # 08 connection, 25006 read-only, 53 resources, 55 state, 57 operator, 58 system
    if state == "25006" or state[:2] in {"08", "53", "57", "58"} or not state:
        return StoreUnavailable("the database cannot be used at the moment", detail=detail)
    return error


class PostgresDatabase:
    """A pool of connections to one PostgreSQL.

    Errors: StoreUnavailable while it cannot be reached; the pool reconnects by itself.
    """

    name = "postgres"
    reads_inline = False

    def __init__(self, url: str, *, connections_max: int = 10) -> None:
        options = (
            f"-c lock_timeout={LOCK_WAIT_MS_MAX} -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=60000"
        )
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            url,
            min_size=1,
            max_size=connections_max,
            timeout=POOL_WAIT_SECONDS_MAX,
            kwargs={"options": options, "application_name": "seriatim", "connect_timeout": 5},
            configure=self._configure,
            check=None,
            open=False,
            name="seriatim",
            reconnect_timeout=POOL_WAIT_SECONDS_MAX,
        )
        self._pool.open()

    def _configure(self, connection: psycopg.Connection[Row]) -> None:
        connection.autocommit = True
        connection.adapters.register_loader("uuid", _HexIdLoader)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Row]]:
        try:
            connection = self._pool.getconn()
        except (PoolTimeout, PoolClosed) as error:
            message = "the database cannot be reached at the moment"
            raise StoreUnavailable(message, detail=str(error)) from error
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    @contextmanager
    def read(self) -> Iterator[PostgresSession]:
        """Each statement sees the database as it is now."""
        with self._connection() as connection:
            yield PostgresSession(connection)

    def data_version(self) -> int | None:
        """None: PostgreSQL has no such number that costs less than the read it would save."""
        return None

    @contextmanager
    def write(self) -> Iterator[PostgresSession]:
        """One transaction, durable when the block ends; undone when it raises."""
        with self._connection() as connection:
            session = PostgresSession(connection)
            self._begin(connection)
            try:
                yield session
            except BaseException:
                self._undo(connection)
                raise
            self._commit(connection)

    def _begin(self, connection: psycopg.Connection[Row]) -> None:
        try:
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        except psycopg.Error as error:
            raise translated_error(error) from error

    def _undo(self, connection: psycopg.Connection[Row]) -> None:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()  # the server undoes it; the pool replaces the connection

    def _commit(self, connection: psycopg.Connection[Row]) -> None:
        """Errors: OutcomeUnknown when the answer was lost, or came before the standby's."""
        warnings: list[str] = []

        def note(diagnostic: psycopg.errors.Diagnostic) -> None:
            # "canceling wait for synchronous replication": committed here, perhaps not there
            if diagnostic.sqlstate == "01000":
                warnings.append(diagnostic.message_primary or "")

        connection.add_notice_handler(note)
        try:
            status = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            connection.close()
            if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected):
                raise translated_error(error) from error
            raise OutcomeUnknown(_OUTCOME_UNKNOWN, detail=str(error)) from error
        finally:
            connection.remove_notice_handler(note)
        if warnings:
            connection.close()
            raise OutcomeUnknown(_OUTCOME_UNKNOWN, detail="; ".join(warnings))
        if status != "COMMIT":
            raise StoreUnavailable("the database undid the transaction", detail=str(status))

    def hold_server_lock(self) -> None:
        """Any number of processes may serve one PostgreSQL."""

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        with self._connection() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
            try:
                yield
            finally:
                connection.execute("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))

    def run_script(self, session: PostgresSession, script: str) -> None:
        session.connection.execute(script.encode())

    def has_table(self, session: PostgresSession, table: str) -> bool:
        found = session.connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
        return found is not None and found[0] is not None

    def check_reachable(self) -> None:
        """Errors: StoreRefused, with what the server said, when no connection can be made."""
        try:
            self._pool.wait(POOL_WAIT_SECONDS_MAX)
        except PoolTimeout as error:
            raise StoreRefused("cannot connect to PostgreSQL", detail=str(error)) from error

    def close(self) -> None:
        self._pool.close()


_OUTCOME_UNKNOWN = (
    "the database did not confirm the transaction; it may have been carried out. "
    "Repeat the request with the same Idempotency-Key to learn which"
)
