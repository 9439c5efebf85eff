"""Programs with a table of their own and a transaction open: one for each kind of connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import apsw
import psycopg
import pytest
import sqlalchemy

from seriatim import Numbering, StoreRefused

ON_SQLITE = ("apsw", "sqlite3", "sqlalchemy-sqlite3")
ON_POSTGRES = ("psycopg", "sqlalchemy-psycopg")
EVERY_KIND = (*ON_SQLITE, *ON_POSTGRES)


class Caller:
    """A program that keeps invoices.

    Shape: `connection` is what it hands to Numbering; `driver` is what lies beneath.
    """

    def __init__(self, connection: Any, driver: Any, *, begins_by_itself: bool) -> None:
        self.connection = connection
        self.driver = driver
        self._begins_by_itself = begins_by_itself

    def begin(self, how: str = "BEGIN") -> None:
        if not self._begins_by_itself:
            self.driver.execute(how)

    def insert(self, number: str) -> None:
        self.run(f"INSERT INTO own_invoice (number) VALUES ('{number}')")

    def run(self, statement: str) -> None:
        if isinstance(self.connection, sqlalchemy.Connection):
            self.connection.execute(sqlalchemy.text(statement))
        else:
            self.driver.execute(statement)

    def commit(self) -> None:
        self._end("commit")

    def rollback(self) -> None:
        self._end("rollback")

    def _end(self, how: str) -> None:
        if isinstance(self.driver, apsw.Connection):
            self.driver.execute(how)
        else:
            getattr(self.connection, how)()

    def numbers(self) -> list[str]:
        """What it has kept. Outside of a transaction."""
        found = self.driver.execute("SELECT number FROM own_invoice ORDER BY number").fetchall()
        self.rollback() if not isinstance(self.driver, apsw.Connection) else None
        return [row[0] for row in found]


@contextmanager
def caller_on(kind: str, url: str) -> Iterator[Caller]:
    if kind == "apsw":
        with_apsw = apsw.Connection(file_of(url))
        try:
            yield Caller(with_apsw, with_apsw, begins_by_itself=False)
        finally:
            with_apsw.close()
    elif kind == "sqlite3":
        with_sqlite3 = sqlite3.connect(file_of(url))
        with_sqlite3.execute("PRAGMA synchronous=EXTRA")
        try:
            yield Caller(with_sqlite3, with_sqlite3, begins_by_itself=True)
        finally:
            with_sqlite3.close()
    elif kind == "psycopg":
        with psycopg.connect(url) as with_psycopg:
            yield Caller(with_psycopg, with_psycopg, begins_by_itself=True)
            with_psycopg.rollback()
    else:
        with engine_on(kind, url) as engine, engine.connect() as connection:
            driver = connection.connection.driver_connection
            yield Caller(connection, driver, begins_by_itself=True)


@contextmanager
def engine_on(kind: str, url: str) -> Iterator[sqlalchemy.Engine]:
    if kind == "sqlalchemy-psycopg":
        engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    else:
        engine = sqlalchemy.create_engine(f"sqlite:///{file_of(url)}")
        sqlalchemy.event.listen(
            engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=EXTRA")
        )
    try:
        yield engine
    finally:
        engine.dispose()


def file_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/") if url.startswith("sqlite:///.") else url[10:]


def make_table(caller: Caller) -> None:
    caller.begin()
    caller.run("CREATE TABLE own_invoice (number varchar(40) PRIMARY KEY)")
    caller.commit()


def numbering_on(url: str) -> Numbering:
    return Numbering(url, initialise=True, actor="test")


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(StoreRefused) as refused:
        attempt()
    return refused.value.message
