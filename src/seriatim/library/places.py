"""Where a Numbering works: on its own connections, opened when first needed, or on the caller's.

Source: contract/numbering.md, Inside your own transaction; design: data model, point 10; ADR 11.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from seriatim.domain.clock import Clock
from seriatim.domain.document_number import fold
from seriatim.domain.errors import NotFound, StoreRefused, StoreUnavailable
from seriatim.engine.own_transaction import why_sqlite_may_lose_commits
from seriatim.library.waiting import WaitingIssuing
from seriatim.service.founding import GivenSecrets, found, is_founded
from seriatim.store.migrate import migrate, pending_migrations
from seriatim.store.open import open_store
from seriatim.store.own_connection import own_database, postgres_place, sqlite_file
from seriatim.store.own_sqlite import OwnSqliteDatabase, SqliteFacts, file_identity
from seriatim.store.sql_store import SqlStore, Transaction

if TYPE_CHECKING:
    from seriatim.store.own_postgres import DatabasePlace, OwnPostgresDatabase, PostgresFacts

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """The entity to work in."""

    tenant_id: str
    entity_id: str


@dataclass(frozen=True, slots=True)
class Workplace:
    """A store, and the entity to work in there."""

    store: SqlStore
    place: Place


Work = Callable[[Transaction, Place], Result]


class Places:
    """Shape: one for each Numbering; may be used by many threads of the process that made it."""

    def __init__(
        self, url: str, *, initialise: bool, entity: str | None, actor: str, clock: Clock
    ) -> None:
        self._url = url
        self._initialise = initialise
        self._entity = entity
        self._actor = actor
        self._clock = clock
        self._file = sqlite_file(url)
        self._changing = threading.Lock()
        self._process_id = os.getpid()
        self._is_closed = False
        self._opened: Workplace | None = None
        self._issuing: WaitingIssuing | None = None
        self._postgres_place: DatabasePlace | None = None
        # Of connections given to us:
        self._is_file_of_another_library = False
        self._has_initialised_a_file = False
        self._known_file: tuple[tuple[int, int] | None, Place] | None = None

    def opened(self) -> Workplace:
        """On connections of our own.

        Errors: StoreRefused if the database cannot be used as it is.
        """
        if self._opened is not None and os.getpid() == self._process_id:
            return self._opened
        with self._changing:
            if os.getpid() != self._process_id:
                raise StoreRefused("made before the process forked: make a Numbering in each")
            if self._is_closed:
                raise StoreUnavailable("this Numbering is closed")
            if self._is_file_of_another_library:
                raise StoreRefused(_TWO_LIBRARIES)
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def issuing(self) -> WaitingIssuing:
        workplace = self.opened()
        if self._issuing is not None:
            return self._issuing
        with self._changing:
            if self._issuing is None:
                self._issuing = WaitingIssuing(workplace.store, self._clock)
            return self._issuing

    def close(self) -> None:
        """Carry out what waits, then close our own connections. The caller's stay as they are."""
        if os.getpid() != self._process_id:
            return  # a fork: they are the parent's
        with self._changing:
            self._is_closed = True
            issuing, opened = self._issuing, self._opened
            self._issuing = self._opened = None
        if issuing is not None:
            issuing.close()
        if opened is not None:
            opened.store.close()

    def write(self, connection: object | None, work: Work[Result]) -> Result:
        """`work` in a transaction of our own, or inside the caller's.

        Errors: StoreRefused where the connection must not carry numbers.
        """
        if connection is None:
            workplace = self.opened()
            return workplace.store.run(lambda transaction: work(transaction, workplace.place))
        database = own_database(connection)
        if isinstance(database, OwnSqliteDatabase):
            return self._write_to_file(database, work)
        ours = self._refuse_sqlite_url()

        def checked(transaction: Transaction) -> Result:
            if self._seen_by(database).is_read_only:
                raise StoreRefused("the connection's transaction is read-only")
            return work(transaction, ours.place)

        return SqlStore(database).run(checked)

    def read(self, connection: object | None) -> Workplace:
        """Where to read: as our own connections see it, or as the caller's transaction does."""
        if connection is None:
            return self.opened()
        database = own_database(connection)
        store = SqlStore(database)
        if isinstance(database, OwnSqliteDatabase):
            self._refuse_other_file(database)
            with store.read() as transaction:
                return Workplace(store, self._place_in_file(database, transaction))
        ours = self._refuse_sqlite_url()
        with database.read():
            self._seen_by(database)
        return Workplace(store, ours.place)

    def _open(self) -> Workplace:
        store = open_store(self._url, migrate=self._initialise)
        try:
            with store.read() as transaction:
                is_empty = not is_founded(transaction)
            if is_empty and not self._initialise and self._file is None:
                raise StoreRefused(
                    "the database is empty: run 'seriatim init', or Numbering(…, initialise=True)"
                )
            if is_empty:
                store.run(self._found)
            with store.read() as transaction:
                return Workplace(store, self._place_seen_by(transaction))
        except BaseException:
            store.close()
            raise

    def _found(self, transaction: Transaction) -> None:
        """Of two that open an empty database at once, the second finds it done."""
        if not is_founded(transaction):
            found(transaction, GivenSecrets(), clock=self._clock, actor=self._actor)

    def _place_seen_by(self, transaction: Transaction) -> Place:
        for tenant in transaction.access.list_tenants():
            for entity in transaction.access.list_entities(tenant.identifier):
                wanted = self._entity
                names = {entity.identifier, fold(entity.name)}
                if wanted is None or names & {wanted.replace("-", "").lower(), fold(wanted)}:
                    return Place(tenant.identifier, entity.identifier)
        raise NotFound("entity", self._entity or "")

    # --- the caller's connection to an SQLite file ---

    def _write_to_file(self, database: OwnSqliteDatabase, work: Work[Result]) -> Result:
        facts = self._refuse_other_file(database)
        weakness = why_sqlite_may_lose_commits(
            facts.version, journal_mode=facts.journal_mode, synchronous=facts.synchronous
        )
        if weakness is not None:
            raise StoreRefused(weakness)

        def placed(transaction: Transaction) -> Result:
            place = self._place_in_file(database, transaction, may_initialise=True)
            return work(transaction, place)

        return SqlStore(database).run(placed)

    def _refuse_other_file(self, database: OwnSqliteDatabase) -> SqliteFacts:
        if self._file is None:
            raise StoreRefused("the connection is one to SQLite, this Numbering's to PostgreSQL")
        facts = database.facts()
        ours = file_identity(self._file)
        if ours is None or file_identity(facts.file) != ours:
            shown = facts.file or "a database in memory"
            raise StoreRefused(
                f"the connection is one to {shown}, this Numbering's to {self._file}"
            )
        if database.library.name != "apsw":
            with self._changing:
                if self._opened is not None:
                    raise StoreRefused(_TWO_LIBRARIES)
                self._is_file_of_another_library = True
        return facts

    def _place_in_file(
        self, database: OwnSqliteDatabase, transaction: Transaction, *, may_initialise: bool = False
    ) -> Place:
        """Cost: nothing from the second call on.

        What was founded inside the caller's transaction may be undone with it: then every call
        looks again.
        """
        identity = file_identity(self._file or "")
        known = self._known_file
        if known is not None and known[0] == identity:
            return known[1]
        if not database.has_table(transaction.session, "seriatim_store_state"):
            if not may_initialise:
                raise StoreRefused("the database has no tables of Seriatim yet: see initialise()")
            self._has_initialised_a_file = True
            migrate(database)
        elif pending_migrations(database):
            raise StoreRefused("the database has tables of an older version: run 'seriatim init'")
        if may_initialise:
            self._found(transaction)
        place = self._place_seen_by(transaction)
        if not self._has_initialised_a_file:
            self._known_file = identity, place
        return place

    # --- the caller's connection to PostgreSQL ---

    def _refuse_sqlite_url(self) -> Workplace:
        if self._file is not None:
            raise StoreRefused("the connection is one to PostgreSQL, this Numbering's to SQLite")
        return self.opened()

    def _seen_by(self, database: OwnPostgresDatabase) -> PostgresFacts:
        """Errors: StoreRefused where the connection sees other tables than our own do."""
        facts = database.facts()
        if facts.place != self._own_postgres_place():
            raise StoreRefused(_OTHER_DATABASE)
        return facts

    def _own_postgres_place(self) -> DatabasePlace:
        if self._postgres_place is None:
            with self.opened().store.read() as transaction:
                self._postgres_place = postgres_place(transaction.session)
        return self._postgres_place


_TWO_LIBRARIES = (
    "this process uses the file through apsw and through sqlite3, two copies of SQLite that break "
    "each other's locks: give every call a 'connection' of sqlite3, or none"
)
_OTHER_DATABASE = (
    "the connection sees other tables than this Numbering's own: another server, another "
    "database, or another search_path"
)
