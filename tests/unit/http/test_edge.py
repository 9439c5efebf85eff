from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any

import pytest
from starlette.types import Message

from seriatim.domain.errors import (
    StoreRefused,
)
from seriatim.http.answer import WHOLE_ANSWER
from seriatim.http.edge import Edge
from tests.unit.http.asgi_client import Answered, ask, scope_of
from tests.unit.http.edge_app import EDGE, GOOD, edge_of, events

_ANSWERS = [
    ("GET", "/v1/hello", 200),
    ("GET", "/v1/hello/x", 200),
    ("GET", "/v1/missing", 404),
    ("GET", "/v1/broken", 500),
    ("GET", "/v1/none", 401),
    ("GET", "/none", 404),
    ("DELETE", "/healthz", 405),
    ("OPTIONS", "/v1/hello", 204),
    ("GET", "/console/x", 200),
    ("GET", "/console/broken", 500),
]


@pytest.mark.parametrize(("method", "path", "status"), _ANSWERS)
def test_every_answer_carries_a_fresh_id_and_its_protection(
    method: str, path: str, status: int
) -> None:
    first, second = ask(EDGE, method, path), ask(EDGE, method, path)
    assert first.status == second.status == status
    ids = {uuid.UUID(answer.headers["zuora-request-id"]) for answer in (first, second)}
    assert len(ids) == 2
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in first.headers
    if not path.startswith("/console/x"):
        assert first.headers["cache-control"] == "no-store"
        assert first.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in first.headers["content-security-policy"]


@pytest.mark.parametrize(("method", "path", "status"), _ANSWERS)
def test_protection_of_https_stands_on_https_alone(method: str, path: str, status: int) -> None:
    answer = ask(EDGE, method, path, scheme="https")
    assert answer.status == status
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_errors_have_the_body_of_the_api_and_its_request_id() -> None:
    answer = ask(EDGE, "GET", "/none")
    assert answer.json["success"] is False
    assert answer.json["requestId"] == answer.headers["zuora-request-id"]
    assert answer.codes == [50000040]
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_unexpected_error_is_logged_and_not_told(log: StringIO) -> None:
    answer = ask(EDGE, "GET", "/v1/broken")
    assert (answer.status, answer.codes) == (500, [50000060])
    assert b"secret" not in answer.body
    (told, line) = events(log)
    assert told["event"] == "unexpected error"
    assert "the secret of the house" in told["exception"]
    assert told["request_id"] == line["request_id"] == answer.headers["zuora-request-id"]


def test_nothing_below_v1_is_told_to_strangers() -> None:
    for method, path in (("GET", "/v1/none"), ("GET", "/v1"), ("PATCH", "/v1/hello")):
        assert ask(EDGE, method, path).status == 401
    assert ask(EDGE, "GET", "/v1x").status == 404
    assert ask(EDGE, "GET", "/v1/none", GOOD).status == 404
    refused = ask(EDGE, "PATCH", "/v1/hello", GOOD)
    assert (refused.status, refused.codes) == (405, [50000045])
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_names_the_methods() -> None:
    answer = ask(EDGE, "OPTIONS", "/v1/echo")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert "content-length" not in answer.headers


def test_head_answers_as_get_without_the_body() -> None:
    got, head = ask(EDGE, "GET", "/v1/long"), ask(EDGE, "HEAD", "/v1/long")
    assert head.status == 200
    assert head.body == b""
    assert head.headers["content-length"] == str(len(got.body))
    assert ask(EDGE, "HEAD", "/v1/echo", GOOD).status == 405


def test_track_id_is_echoed_where_it_keeps_its_rules() -> None:
    answer = ask(EDGE, "GET", "/v1/missing", [("Zuora-Track-Id", "abc-1")])
    assert (answer.status, answer.headers["zuora-track-id"]) == (404, "abc-1")
    for path in ("/v1/hello", "/none", "/console/x"):
        bad = ask(EDGE, "GET", path, [("Zuora-Track-Id", "a:b")])
        assert (bad.status, bad.codes) == (400, [62700120])
        assert "zuora-track-id" not in bad.headers


def test_header_that_may_stand_once_stands_once() -> None:
    twice = [("Authorization", "Bearer good"), ("Authorization", "Bearer bad")]
    assert ask(EDGE, "GET", "/v1/hello", twice).status == 400


def test_long_answers_are_packed_for_those_who_take_it() -> None:
    plain = ask(EDGE, "GET", "/v1/long")
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "accept-encoding"
    zipped = ask(EDGE, "GET", "/v1/long", [("Accept-Encoding", "gzip")])
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.unpacked == plain.body
    assert int(zipped.headers["content-length"]) == len(zipped.body) < 200
    refused = ask(EDGE, "GET", "/v1/long", [("Accept-Encoding", "gzip;q=0")])
    assert refused.body == plain.body


@pytest.mark.parametrize(("size", "is_packed"), [(1000, False), (1001, True)])
def test_packing_begins_above_1000_bytes(size: int, is_packed: bool) -> None:
    headers = [("Accept-Encoding", "gzip")]
    answer = ask(EDGE, "POST", "/v1/echo", headers, b"x" * size)
    assert ("content-encoding" in answer.headers) is is_packed
    assert ("vary" in answer.headers) is is_packed


def test_body_too_large_is_413() -> None:
    answer = ask(EDGE, "POST", "/v1/echo", [], [b"x" * 3000, b"x" * 3000])
    assert (answer.status, answer.codes) == (413, [50000020])


def test_client_that_left_gets_no_answer_and_one_line(log: StringIO) -> None:
    answer = ask(EDGE, "POST", "/v1/echo", [], [b"x"], leaves=True)
    assert answer == Answered()
    assert [event["status"] for event in events(log)] == [499]


def test_line_break_in_a_header_never_reaches_a_connection_of_ours() -> None:
    written: list[Any] = []

    def write(*parts: Any) -> bool:
        written.append(parts)
        return True

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request", "body": b""}

    def run(path: str) -> None:
        scope = {**scope_of("GET", path), "extensions": {WHOLE_ANSWER: write}}
        asyncio.run(EDGE(scope, nothing, nothing))

    run("/v1/hello")
    ((status, head, body, closes),) = written
    assert (status, closes) == (200, False)
    assert b"zuora-request-id: " in head
    assert head.endswith(b"\r\n")
    assert json.loads(body) == {"path": {}, "track": "None"}
    with pytest.raises(ValueError, match="line break"):
        run("/v1/injected")
    assert len(written) == 1


def test_mounted_app_answers_for_itself_with_the_common_headers() -> None:
    answer = ask(EDGE, "GET", "/console/x")
    assert (answer.status, answer.body) == (200, b"<p></p>")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert ask(EDGE, "GET", "/consolex").status == 404
    assert ask(EDGE, "GET", "/console/broken").codes == [50000060]
    with pytest.raises(ZeroDivisionError):
        ask(EDGE, "GET", "/console/half")


def run_lifespan(edge: Edge) -> list[Message]:
    sent: list[Message] = []
    asked = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return asked.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(edge({"type": "lifespan"}, receive, send))
    return sent


def test_app_starts_and_stops_with_its_lifespan() -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        steps.append("start")
        yield
        steps.append("stop")

    types = [message["type"] for message in run_lifespan(edge_of(lifespan))]
    assert types == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert steps == ["start", "stop"]
    assert len(run_lifespan(edge_of())) == 2


def test_refusal_at_the_start_ends_it_with_its_message() -> None:
    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        if steps:
            yield
        raise StoreRefused("not migrated")

    steps: list[str] = []
    (message,) = run_lifespan(edge_of(lifespan))
    assert message == {"type": "lifespan.startup.failed", "message": "not migrated"}
