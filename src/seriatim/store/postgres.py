"""PostgreSQL through psycopg 3: connections, transactions, values and errors; nothing else.

READ COMMITTED carries correctness through row locks and unique constraints. A COMMIT is never
cancelled; whatever goes wrong during one leaves the outcome unknown.
Source: contract/guarantees.md, Facts 1 to 3; ADR 3.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.pq.abc import PGresult
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from seriatim import telemetry
from seriatim.domain.errors import Conflict, OutcomeUnknown, StoreRefused, StoreUnavailable
from seriatim.store.postgres_arrays import as_columns
from seriatim.store.postgres_options import connection_options
from seriatim.store.postgres_statements import BEGIN, PreparedStatements, Wanted
from seriatim.store.postgres_values import HexIdLoader, PostgresValues
from seriatim.store.session import Row, SerializationFailure

POOL_WAIT_SECONDS_MAX = 5.0
RECONNECT_SECONDS_MAX = 2.0  # behind that, the next request makes a new attempt at once
MIGRATION_WAIT_MS_MAX = 60_000
_MIGRATION_LOCK = 0x5E71A71A  # any constant of our own: the key of an advisory lock

Result = TypeVar("Result")


class PooledConnection(psycopg.Connection[Row]):
    """A connection of the pool, with what was prepared on it."""

    @cached_property
    def statements(self) -> PreparedStatements:
        return PreparedStatements(self)


class PostgresSession:
    """Shape: where it `begins` a transaction, BEGIN goes along with the first statement."""

    def __init__(self, connection: PooledConnection, *, begins: bool = False) -> None:
        self.values = PostgresValues()
        self.connection = connection
        self._statements = connection.statements
        self._begins = begins
        self._waiting: list[Wanted] = []

    @property
    def has_begun(self) -> bool:
        return not self._begins

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        return self._statements.rows_of(self._run((query, parameters)))

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        return self._run((query, parameters)).command_tuples or 0

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        """The statement takes each column as an array, so that there is one round trip."""
        return self.execute(query, as_columns(parameters)) if parameters else 0

    def execute_later(self, query: str, parameters: list[dict[str, Any]]) -> None:
        """Sent along with the statement that comes next."""
        if parameters:
            self._waiting.append((query, as_columns(parameters)))

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        return self.rows(query, as_columns(parameters)) if parameters else []

    def flush(self) -> None:
        """Send what is still waiting."""
        if self._waiting:
            self._run()

    def savepoint(self) -> None:
        self.run("SAVEPOINT work")

    def undo_to_savepoint(self) -> None:
        self._waiting.clear()
        self.run("ROLLBACK TO SAVEPOINT work")

    def run(self, script: str) -> None:
        self.flush()
        if self._begins:
            self._begins = False
            self._translated(lambda: self._statements.command(BEGIN))
        self._translated(lambda: self.connection.execute(script.encode()))

    def has_table(self, table: str) -> bool:
        (found,) = self._translated(
            lambda: self.connection.execute("SELECT to_regclass(%s)", (table,)).fetchall()
        )
        return found[0] is not None

    def _run(self, *wanted: Wanted) -> PGresult:
        together, begins = [*self._waiting, *wanted], self._begins
        self._waiting, self._begins = [], False
        return self._translated(lambda: self._statements.run(together, begins=begins))

    def _translated(self, run: Callable[[], Result]) -> Result:
        try:
            return run()
        except psycopg.Error as error:
            raise translated_error(error) from error


def translated_error(error: psycopg.Error) -> Exception:
    """The error of ours that a PostgreSQL error means before COMMIT: nothing was written.

    An error that is a defect of ours (a broken constraint, a wrong statement) stays itself.
    """
    detail = f"{type(error).__name__} {error.sqlstate or ''}: {error}"
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected) or _was_overtaken(error):
        return SerializationFailure(detail)
    if isinstance(error, pg.LockNotAvailable):
        message = "another request holds what this one needs; nothing was changed"
        return Conflict(message, detail=detail)
    if isinstance(error, pg.InsufficientPrivilege):
        message = f"the database user lacks a right: {error.diag.message_primary}"
        return StoreRefused(message, detail=detail)
    if _is_outside(error):
        return StoreUnavailable("the database cannot be used at the moment", detail=detail)
    return error


def _is_outside(error: psycopg.Error) -> bool:
    """Whether the database or the way to it is at fault, not the statement."""
    state = error.sqlstate
    if state is None:  # the connection broke before the server could say why
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    # 25: read-only, idle or open for too long; classes 08 connection, 53 resources, 57 operator,
    # 58 system
    return state in {"25006", "25P03", "25P04"} or state[:2] in {"08", "53", "57", "58"}


def _was_overtaken(error: psycopg.Error) -> bool:
    """Whether somebody else wrote first what was looked for and not found.

    No lock covers these tables from the look-up on: looked up again, it is there.
    """
    return isinstance(error, pg.UniqueViolation) and error.diag.table_name in _UNLOCKED_TABLES


_UNLOCKED_TABLES = frozenset({"seriatim_entity", "seriatim_store_state"})


class PostgresDatabase:
    """A pool of connections to one PostgreSQL.

    Errors: StoreUnavailable while it cannot be reached; the pool reconnects by itself.
    """

    name = "postgres"
    reads_inline = False

    def __init__(self, url: str, *, connections_max: int = 10) -> None:
        self._url = url
        self._options = connection_options(url)
        self._pool: ConnectionPool[PooledConnection] = ConnectionPool(
            url,
            connection_class=PooledConnection,
            min_size=1,
            max_size=connections_max,
            timeout=POOL_WAIT_SECONDS_MAX,
            kwargs=self._options,
            configure=self._configure,
            open=False,
            name="seriatim",
            reconnect_timeout=RECONNECT_SECONDS_MAX,
        )

    def open(self) -> None:
        """Errors: StoreRefused, with what the server said, when no connection can be made."""
        try:
            self._connect().close()
        except psycopg.Error as error:
            message = f"cannot connect to PostgreSQL: {error}"
            raise StoreRefused(message) from error
        self._pool.open()

    def _connect(self) -> PooledConnection:
        """A connection beside the pool."""
        return PooledConnection.connect(self._url, autocommit=True, **self._options)

    def _configure(self, connection: PooledConnection) -> None:
        connection.autocommit = True
        connection.prepare_threshold = None  # it would drop what we prepared, after a rollback
        connection.adapters.register_loader("uuid", HexIdLoader)
        connection.execute(_DURABLE)

    @contextmanager
    def _connection(self) -> Iterator[PooledConnection]:
        connection = self._living_connection()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _living_connection(self) -> PooledConnection:
        """One that the server has not ended meanwhile.

        So a restarted server is noticed here, and not by one caller for each connection the pool
        had. (The pool's own `check` would wait longer and longer after each that fails.)
        """
        deadline = monotonic() + POOL_WAIT_SECONDS_MAX
        while True:
            try:
                with telemetry.POOL_WAIT_SECONDS.time():
                    connection = self._pool.getconn(max(0.0, deadline - monotonic()))
            except (PoolTimeout, PoolClosed) as error:
                message = "the database cannot be reached at the moment"
                raise StoreUnavailable(message, detail=str(error)) from error
            if not _was_ended(connection):
                return connection
            connection.close()
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
            session = PostgresSession(connection, begins=True)
            try:
                yield session
                session.flush()
            except BaseException:
                if session.has_begun:
                    self._undo(connection)
                raise
            if session.has_begun:
                self._commit(connection)

    def _undo(self, connection: PooledConnection) -> None:
        try:
            connection.statements.command(b"ROLLBACK")
        except psycopg.Error:
            connection.close()  # the server undoes it; the pool replaces the connection

    def _commit(self, connection: PooledConnection) -> None:
        """Errors: OutcomeUnknown when the answer was lost, or came before the standby's."""
        warnings: list[str] = []

        def note(diagnostic: psycopg.errors.Diagnostic) -> None:
            # "canceling wait for synchronous replication": committed here, perhaps not there
            if diagnostic.sqlstate == "01000":
                warnings.append(diagnostic.message_primary or "")

        connection.add_notice_handler(note)
        try:
            status = connection.statements.command(b"COMMIT").command_status or b""
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
        if status != b"COMMIT":
            raise StoreUnavailable("the database undid the transaction", detail=status.decode())

    def hold_server_lock(self) -> None:
        """Any number of processes may serve one PostgreSQL."""

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        """Errors: Conflict if another process migrates for longer than one should wait."""
        try:
            connection = self._connect()
        except psycopg.Error as error:
            raise translated_error(error) from error
        with closing(connection):  # which gives the lock back, too
            try:
                connection.execute(f"SET lock_timeout = {MIGRATION_WAIT_MS_MAX}".encode())
                connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
            except psycopg.Error as error:
                raise translated_error(error) from error
            yield

    def run_script(self, session: PostgresSession, script: str) -> None:
        session.run(script)

    def has_table(self, session: PostgresSession, table: str) -> bool:
        return session.has_table(table)

    def close(self) -> None:
        self._pool.close()


def _was_ended(connection: PooledConnection) -> bool:
    """Whether the server has ended the connection since it was last used.

    Cost: no round trip, unless something has arrived on the idle connection.
    """
    arrivals = select.poll()
    arrivals.register(connection.fileno(), select.POLLIN)
    if not arrivals.poll(0):
        return False
    try:
        connection.execute("")
    except psycopg.Error:
        return True
    return False


# An answer means that the transaction is on disk, whatever the database or its user is set to.
_DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')
"""

_OUTCOME_UNKNOWN = (
    "the database did not confirm the transaction; it may have been carried out. "
    "Repeat the request with the same Idempotency-Key to learn which"
)
