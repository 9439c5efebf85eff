"""What the store asks of a database: run a named statement, and carry values over exactly."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol

Row = tuple[Any, ...]


class Values(Protocol):
    """How the values both databases keep differently go in and come out."""

    def number_in(self, number: int) -> object: ...
    def number_out(self, stored: Any) -> int: ...
    def date_in(self, day: date) -> object: ...
    def date_out(self, stored: Any) -> date: ...
    def moment_in(self, moment: datetime) -> object: ...
    def moment_out(self, stored: Any) -> datetime: ...
    def list_in(self, items: list[str] | list[int]) -> object: ...


class Session(Protocol):
    """One open connection, inside or outside a transaction.

    Errors: Conflict (a lock was not free in time), StoreUnavailable, and `Serialization`
        (to be run again) for what the database says.
    """

    @property
    def values(self) -> Values: ...

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]: ...

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        """Run a statement; the number of rows it changed."""
        ...

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        """Run a statement for all of these rows together; how many rows it changed."""
        ...

    def execute_later(self, query: str, parameters: list[dict[str, Any]]) -> None:
        """Run a statement for all of these rows together, before or with the next statement.

        Errors: may come only then, or at the commit; how many rows it changed is not told.
        """
        ...

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        """Run a statement for all of these rows together; what it returned, in no order."""
        ...

    def savepoint(self) -> None:
        """Mark the point that `undo_to_savepoint` goes back to. One at a time."""
        ...

    def undo_to_savepoint(self) -> None: ...


class SerializationFailure(Exception):
    """The database chose this transaction to be run again (40001, 40P01)."""


def hex_id(identifier: str) -> str:
    """`3f2c…` as the databases keep it, from a UUID with or without dashes, in any case."""
    return identifier.replace("-", "").lower()


def dashed_id(identifier: str) -> str:
    """`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, as request and client ids are written."""
    plain = identifier.replace("-", "")
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
