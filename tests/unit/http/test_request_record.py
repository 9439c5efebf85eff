from __future__ import annotations

import asyncio
import json
from io import StringIO

import pytest

from seriatim.domain.errors import (
    InvariantBroken,
    StoreUnavailable,
)
from seriatim.http.answer import Answer
from seriatim.http.edge import Edge
from seriatim.http.exchange import Exchange
from seriatim.http.router import Router
from seriatim.telemetry import LogStream
from tests.unit.http.asgi_client import ask, call
from tests.unit.http.edge_app import EDGE, GOOD, SETTINGS, events, identify


def test_one_line_a_request_with_its_facts(log: StringIO) -> None:
    answer = ask(
        EDGE,
        "GET",
        "/v1/none",
        [*GOOD, ("Zuora-Track-Id", "a\\b")],
        query=b"secret=hunter2",
    )
    (line,) = events(log)
    assert line.pop("timestamp").endswith("Z")
    assert 0 <= line.pop("duration_ms") < 1000
    assert line == {
        "log": "http",
        "event": "request",
        "level": "info",
        "request_id": answer.headers["zuora-request-id"],
        "track_id": "a\\b",
        "tenant": "t" * 32,
        "entity": "e" * 32,
        "client": "c",
        "method": "GET",
        "route": "none",
        "status": 404,
        "bytes": len(answer.body),
    }
    assert "hunter2" not in log.getvalue()
    assert "Bearer" not in log.getvalue()


def test_line_is_the_one_that_the_log_itself_would_write(log: StringIO) -> None:
    ask(EDGE, "GET", "/v1/hello/x", GOOD)
    assert LogStream.current is not None
    LogStream.current.flush()
    LogStream.current.takes_lines = False
    ask(EDGE, "GET", "/v1/hello/x", GOOD)
    lines = log.getvalue().splitlines()
    assert len(lines) == 2
    direct, ordinary = (json.loads(line) for line in lines)
    assert list(direct) == list(ordinary)
    unequal = {name for name in direct if direct[name] != ordinary[name]}
    assert unequal <= {"request_id", "duration_ms", "timestamp"}


def test_lines_wait_but_not_for_long(log: StringIO) -> None:
    async def run() -> None:
        await call(EDGE, "GET", "/v1/hello")
        await call(EDGE, "GET", "/v1/hello")
        assert log.getvalue() == ""
        for _ in range(200):
            await asyncio.sleep(0.01)
            if log.getvalue():
                break
        assert log.getvalue().count("\n") == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "status"), [(InvariantBroken("x", detail="d"), 500), (StoreUnavailable("x"), 503)]
)
def test_failures_of_the_service_are_logged(log: StringIO, error: Exception, status: int) -> None:
    async def fails(_: Exchange) -> Answer:
        raise error

    router = Router()
    router.add("GET", "/x", fails)
    answer = ask(Edge(router, SETTINGS, identify=identify), "GET", "/x")
    assert answer.status == status
    told = events(log)[0]
    assert (told["event"], told["error"]) == ("request failed", type(error).__name__)
    assert ("exception" in told) is (status == 500)
