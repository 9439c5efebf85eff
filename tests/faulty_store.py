"""A store over any database that loses commits, or the answers to them, when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from seriatim.domain.errors import OutcomeUnknown, StoreUnavailable
from seriatim.store.sql_store import Database, SqlStore, Transaction


class Fate(Enum):
    """What becomes of a transaction."""

    WELL = auto()
    AWAY = auto()  # it cannot even begin
    LOST_AND_UNDONE = auto()  # no answer to COMMIT, and it was not done
    LOST_AND_KEPT = auto()  # no answer to COMMIT, though it was done
    CRASH_BEFORE = auto()  # the process dies before COMMIT
    CRASH_AFTER = auto()  # the process dies after COMMIT, before anybody is told


class Crash(BaseException):
    """The process is gone: nothing of it may handle this."""


class FaultyStore(SqlStore):
    """Shape: `fates` are those of the next transactions, in order; then all goes well."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.fates: list[Fate] = []

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        fate = self.fates.pop(0) if self.fates else Fate.WELL
        if fate is Fate.AWAY:
            raise StoreUnavailable("the database cannot be used at the moment")
        try:
            with super().write() as transaction:
                yield transaction
                if fate is Fate.CRASH_BEFORE:
                    raise Crash
                if fate is Fate.LOST_AND_UNDONE:
                    raise _Undone
        except _Undone:
            raise OutcomeUnknown("no answer to COMMIT") from None
        if fate is Fate.CRASH_AFTER:
            raise Crash
        if fate is Fate.LOST_AND_KEPT:
            raise OutcomeUnknown("no answer to COMMIT")


class _Undone(BaseException):
    """Undoes the transaction on its way out."""
