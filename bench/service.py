"""The service under test: `seriatim serve` with its default settings, on a database of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.contest import BenchmarkFailedError
from bench.load import FORM, Request
from bench.processes import listening, program
from seriatim import bootstrap, telemetry
from seriatim.config import load_config
from seriatim.domain.clock import SystemClock
from seriatim.service.founding import Founded, GivenSecrets, found
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore

_TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Founding:
    """A founded database: where it is, and whom it lets in."""

    url: str
    founded: Founded

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        store = open_store(self.url)
        try:
            yield store
        finally:
            store.close()


def new_founding(url: str) -> Founding:
    """Give an empty database its tables and first contents."""
    store = open_store(url, migrate=True)
    try:
        founded = store.run(
            lambda transaction: found(
                transaction, GivenSecrets(), clock=SystemClock(), actor="cli:bench"
            )
        )
    finally:
        store.close()
    return Founding(url, founded)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and a token that its admin client was given."""

    port: int
    token: str

    def request(self, method: str, target: str, body: object = None) -> Request:
        text = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        return Request(method, target, self.token, text)

    def answer(self, request: Request) -> bytes:
        """The body of one answer, asked for once. Errors: BenchmarkFailedError if it refuses."""
        answer = _answer(self.port, request)
        if json.loads(answer).get("success") is not True:
            raise BenchmarkFailedError(f"{request.method} {request.target}: {answer[:1000]!r}")
        return answer


@contextmanager
def running_service(founding: Founding, folder: Path) -> Iterator[Service]:
    """Shape: one worker; its log, JSON lines at level info, goes to a file."""
    command = program("bench.service", founding.url)
    with listening(command, folder / "service.log") as port:
        yield Service(port, _token(port, founding.founded))


def _token(port: int, founded: Founded) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": founded.client_id,
        "client_secret": founded.client_secret,
    }
    login = Request("POST", "/oauth/token", body=urlencode(form).encode(), content_type=FORM)
    token: str = json.loads(_answer(port, login))["access_token"]
    return token


def _answer(port: int, request: Request) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(
            request.method, request.target, request.body, headers=dict(request.headers)
        )
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        message = f"{request.method} {request.target}: {response.status} {answer[:1000]!r}"
        raise BenchmarkFailedError(message)
    return answer


def _serve(database_url: str) -> int:
    """What `seriatim serve --database URL --port 0` does, with the address on standard output."""
    config = load_config({"database_url": database_url, "port": 0}).config
    telemetry.configure_logging(level=config.log_level)
    store = bootstrap.open_service_store(config)
    return bootstrap.serve(config, store, on_bound=lambda url: print(url, flush=True))


if __name__ == "__main__":
    sys.exit(_serve(sys.argv[1]))
