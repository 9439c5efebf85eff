"""The named statements on one connection, each prepared at its first use and sent by libpq itself.

Cost: less than half the processor time of psycopg's cursor, which finds out anew at each call what
    never changes here. Statements that nobody has to wait between go in one round trip.
"""

from __future__ import annotations

import re
import select
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

from seriatim.store.queries import statements
from seriatim.store.session import Row

_PARAMETER: Final = re.compile(r"%\((\w+)\)s|%%")
_SUCCEEDED: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
BEGIN: Final = b"BEGIN ISOLATION LEVEL READ COMMITTED"

Wanted = tuple[str, dict[str, Any]]
"""A statement's name, and its parameters."""


class Statement(NamedTuple):
    """Shape: `names` are the parameters `$1`, `$2`, … in their order."""

    text: bytes
    names: tuple[str, ...]
    formats: tuple[PyFormat, ...]


class _Ready(NamedTuple):
    """A prepared statement with its parameters, as they are sent."""

    name: bytes
    values: Sequence[Buffer | None]
    formats: Sequence[Format]


@cache
def _numbered() -> dict[str, Statement]:
    """The text of our own files, never built from input."""
    return {name: with_places(text) for name, text in statements("postgres").items()}


def with_places(text: str) -> Statement:
    """The statement with its named parameters by place, as the server wants them."""
    places: dict[str, int] = {}

    def place_of(found: re.Match[str]) -> str:
        name: str | None = found[1]
        return "%" if name is None else f"${places.setdefault(name, len(places) + 1)}"

    numbered = _PARAMETER.sub(place_of, text).encode()
    return Statement(numbered, tuple(places), (PyFormat.AUTO,) * len(places))


class PreparedStatements:
    """Shape: of one connection, which nobody else uses while a statement runs.

    Errors: psycopg's own, as its cursor raises them. Whoever is interrupted while he waits leaves
        the connection busy, or closed: it can only be thrown away.
    """

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._known = _numbered()
        self._connection = connection
        self._libpq = connection.pgconn
        self._values = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._arrivals = select.poll()
        self._arrivals.register(self._libpq.socket, select.POLLIN)
        self._room = select.poll()
        self._room.register(self._libpq.socket, select.POLLIN | select.POLLOUT)

    def run(self, wanted: Sequence[Wanted], *, begins: bool) -> PGresult:
        """Run the statements in one round trip, inside a new transaction where it `begins` one.

        Shape: the result of the last statement.
        """
        ready = [self._ready(query, parameters) for query, parameters in wanted]
        if len(ready) == 1 and not begins:
            self._libpq.send_query_prepared(*ready[0])
            return self._finished()
        return self._finished_together(ready, begins=begins)

    def command(self, text: bytes) -> PGresult:
        """Run one command of our own that is not worth preparing."""
        self._libpq.send_query(text)
        return self._finished()

    def rows_of(self, result: PGresult) -> list[Row]:
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _ready(self, query: str, parameters: dict[str, Any]) -> _Ready:
        statement = self._known[query]
        values = self._values.dump_sequence(
            [parameters[name] for name in statement.names], statement.formats
        )
        types = self._values.types or ()
        name = self._prepared.get((query, types))
        if name is None:
            name = b"seriatim_%d" % len(self._prepared)
            self._libpq.send_prepare(name, statement.text, types)
            self._finished()
            self._prepared[query, types] = name
        return _Ready(name, values, self._values.formats or ())

    def _finished(self) -> PGresult:
        """The result of the one statement that was sent."""
        self._send()
        result = self._next_result()
        if result is None:
            raise psycopg.OperationalError("the server gave no answer")
        while result.status in _SUCCEEDED and self._next_result() is not None:
            pass
        return self._succeeded(result)

    def _finished_together(self, ready: list[_Ready], *, begins: bool) -> PGresult:
        try:
            self._libpq.enter_pipeline_mode()
            if begins:
                self._libpq.send_query_params(BEGIN, None)
            for statement in ready:
                self._libpq.send_query_prepared(*statement)
            self._libpq.pipeline_sync()
            self._send()
            results = self._results_until_sync()
            self._libpq.exit_pipeline_mode()
        except BaseException:
            self._connection.close()  # in the middle of something; the server undoes it
            raise
        for result in results:
            self._succeeded(result)
        return results[-1]

    def _results_until_sync(self) -> list[PGresult]:
        results: list[PGresult] = []
        while True:
            result = self._next_result()
            if result is None:  # the end of one statement's results
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _send(self) -> None:
        """What was sent may not fit into the system's buffer while the server answers."""
        while self._libpq.flush():
            self._room.poll()
            self._libpq.consume_input()

    def _next_result(self) -> PGresult | None:
        while self._libpq.is_busy():
            self._arrivals.poll()
            self._libpq.consume_input()
        if self._libpq.status == ConnStatus.BAD:
            raise psycopg.OperationalError(self._libpq.get_error_message())
        return self._libpq.get_result()

    def _succeeded(self, result: PGresult) -> PGresult:
        """Errors: of the statement's, which leaves nothing more to be read."""
        if result.status in _SUCCEEDED:
            return result
        while self._libpq.status == ConnStatus.OK and self._libpq.get_result() is not None:
            pass
        raise error_from_result(result, self._values.encoding)
