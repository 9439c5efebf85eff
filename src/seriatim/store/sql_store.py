"""The store: transactions over either database, and the books inside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from seriatim import telemetry
from seriatim.domain.errors import StoreUnavailable
from seriatim.domain.limits import SERIALIZATION_RETRIES_MAX
from seriatim.domain.register import EntryKind, SeriesKey
from seriatim.store.access_queries import AccessQueries
from seriatim.store.account_queries import AccountQueries
from seriatim.store.commits import Commits
from seriatim.store.counting_queries import CountingQueries, SeriesToCount, list_series_to_count
from seriatim.store.document_queries import DocumentQueries
from seriatim.store.hold_queries import HoldQueries, list_series_with_expired_holds
from seriatim.store.import_queries import ImportQueries
from seriatim.store.key_queries import KeyQueries
from seriatim.store.link_queries import LinkQueries
from seriatim.store.proof_queries import MovedSeries, ProofQueries, list_series_that_moved
from seriatim.store.register_queries import RegisterQueries
from seriatim.store.series_queries import SeriesQueries
from seriatim.store.session import SerializationFailure, Session
from seriatim.store.set_queries import SetQueries
from seriatim.store.set_search_queries import SetSearchQueries
from seriatim.store.settings_queries import SettingsQueries
from seriatim.store.upload_queries import UploadQueries, list_abandoned_uploads
from seriatim.store.user_queries import UserQueries
from seriatim.store.verification_queries import VerificationQueries

Result = TypeVar("Result")


class Database(Protocol):
    """What SQLite and PostgreSQL each provide to the store."""

    name: str
    reads_inline: bool

    def read(self) -> AbstractContextManager[Any]: ...
    def data_version(self) -> int | None: ...
    def write(self) -> AbstractContextManager[Any]: ...
    def hold_server_lock(self) -> None: ...
    def migration_lock(self) -> AbstractContextManager[None]: ...
    def run_script(self, session: Any, script: str) -> None: ...
    def has_table(self, session: Any, table: str) -> bool: ...
    def close(self) -> None: ...


class EntityBooks(
    SetQueries,
    SetSearchQueries,
    SeriesQueries,
    RegisterQueries,
    HoldQueries,
    ImportQueries,
    UploadQueries,
    ProofQueries,
    VerificationQueries,
    CountingQueries,
    SettingsQueries,
    AccountQueries,
    DocumentQueries,
    LinkQueries,
):
    """Everything of one entity: its sets, series, register, documents, settings and audit trail."""


class Transaction:
    """One open transaction, or, for reading, one view of the database."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.written: Counter[EntryKind] = Counter()

    @property
    def access(self) -> AccessQueries:
        return AccessQueries(self.session)

    @property
    def users(self) -> UserQueries:
        return UserQueries(self.session)

    def books(self, tenant_id: str, entity_id: str) -> EntityBooks:
        return EntityBooks(self.session, tenant_id, entity_id, self.written)

    def list_series_with_expired_holds(self, now: datetime, *, row_count: int) -> list[SeriesKey]:
        return list_series_with_expired_holds(self.session, now, row_count=row_count)

    def list_abandoned_uploads(
        self, created_until: datetime, *, row_count: int
    ) -> list[tuple[str, str, str]]:
        return list_abandoned_uploads(self.session, created_until, row_count=row_count)

    def list_series_that_moved(
        self, *, after: SeriesKey | None, row_count: int
    ) -> list[MovedSeries]:
        return list_series_that_moved(self.session, after=after, row_count=row_count)

    def list_series_to_count(
        self, *, after: SeriesKey | None, row_count: int
    ) -> list[SeriesToCount]:
        return list_series_to_count(self.session, after=after, row_count=row_count)

    @property
    def keys(self) -> KeyQueries:
        return KeyQueries(self.session)


class SqlStore:
    """All behaviour of the store, whichever the database.

    Errors: StoreUnavailable (nothing was written), OutcomeUnknown (perhaps written),
        Conflict (a lock was not free in time).
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = Commits()

    @property
    def reads_inline(self) -> bool:
        """Whether a read is so short that it need not leave the event loop's thread."""
        return self.database.reads_inline

    def data_version(self) -> int | None:
        """A number that differs after any commit, by any process; None if there is none to have.

        What was read after asking may be kept for as long as the number stays the same.
        """
        return self.database.data_version()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Each statement sees the database as it is now."""
        with self.database.read() as session:
            yield Transaction(session)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Commits at the end of the block, or leaves nothing behind when it raises."""
        commit = None
        try:
            with self.database.write() as session:
                transaction = Transaction(session)
                yield transaction
                commit = self.commits.begin()
        finally:
            self.commits.end(commit)
        for kind, count in transaction.written.items():
            telemetry.NUMBERS.labels(kind).inc(count)

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        """`work` in a write transaction of its own, again if the database asks for it.

        Cost: up to limits.SERIALIZATION_RETRIES_MAX further transactions, before any answer.
        """
        last_failure = ""
        for _ in range(SERIALIZATION_RETRIES_MAX + 1):
            try:
                with self.write() as transaction:
                    return work(transaction)
            except SerializationFailure as failure:
                last_failure = str(failure)
        message = "too many requests change the same thing; nothing was changed"
        raise StoreUnavailable(message, detail=last_failure)

    def close(self) -> None:
        self.database.close()
