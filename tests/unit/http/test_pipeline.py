from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from seriatim.domain.caller import Caller
from seriatim.http.endpoint import ApiRequest, Parameter, Result
from seriatim.http.settings import HttpSettings
from seriatim.store.sql_store import SqlStore
from tests.unit.http.asgi_client import ask, call
from tests.unit.http.pipeline_app import (
    ENDPOINT,
    GOOD,
    JSON,
    POST,
    MemoryStore,
    app_of,
    authenticate,
    refusal,
)

APP = app_of(ENDPOINT, POST)


def test_endpoint_is_given_its_request() -> None:
    headers = [GOOD, ("If-Match", '"3"'), ("Host", "api.example:8080")]
    answer = ask(APP, "GET", "/v1/things/x", headers, query=b"page=2&other=1")
    assert answer.status == 200
    assert answer.headers["etag"] == '"7"'
    assert answer.json == {
        "caller": answer.headers["zuora-request-id"],
        "params": {"key": "x"},
        "query": {"page": "2"},
        "body": None,
        "dryRun": False,
        "ifMatch": '"3"',
        "base": "http://api.example:8080",
    }


def test_body_and_dry_run_are_given(real_store: SqlStore) -> None:
    body = b'{"name":"n","number":12345678901234567890}'
    app = app_of(POST, store=real_store)
    answer = ask(app, "POST", "/v1/things/x", [GOOD, JSON], body, query=b"dryRun=true")
    assert answer.json["body"] == {"name": "n", "number": 12345678901234567890}
    assert answer.json["dryRun"] is True


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("a.example", "http://a.example"),
        ("[::1]:80", "http://[::1]:80"),
        ("a/../b", "http://127.0.0.1:8080"),
        ("a b", "http://127.0.0.1:8080"),
        ("x" * 300, "http://127.0.0.1:8080"),
        ("a@b", "http://127.0.0.1:8080"),
    ],
)
def test_own_url_comes_from_a_host_that_is_one(host: str, base: str) -> None:
    assert ask(APP, "GET", "/v1/things/x", [GOOD, ("Host", host)]).json["base"] == base


def test_public_url_of_the_settings_goes_before_the_host() -> None:
    app = app_of(ENDPOINT, settings=HttpSettings(public_base_url="https://api.example"))
    answer = ask(app, "GET", "/v1/things/x", [GOOD, ("Host", "inner")])
    assert answer.json["base"] == "https://api.example"


@pytest.mark.parametrize(
    "headers",
    [[], [("Authorization", "Basic good")], [("Authorization", "Bearer bad")]],
)
def test_stranger_is_told_nothing_else(headers: list[tuple[str, str]]) -> None:
    answer = ask(APP, "POST", "/v1/things/x", headers, b"not even JSON")
    assert refusal(answer) == (401, 90000011)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_foreign_entity_is_forbidden() -> None:
    headers = [GOOD, ("Zuora-Entity-Ids", "f" * 32)]
    assert refusal(ask(APP, "GET", "/v1/things/x", headers)) == (403, 50000010)


def test_role_is_asked_before_the_body() -> None:
    headers = [("Authorization", "Bearer auditor")]
    assert refusal(ask(APP, "POST", "/v1/things/x", headers, b"{")) == (403, 50000010)
    assert ask(APP, "GET", "/v1/things/x", headers).status == 200


def test_authentication_may_take_its_time() -> None:
    async def slowly(token: str, entity: str | None, request_id: str) -> Caller:
        await asyncio.sleep(0)
        return authenticate(token, entity, request_id)

    def either(token: str, entity: str | None, request_id: str) -> Caller | Awaitable[Caller]:
        return slowly(token, entity, request_id)

    app = app_of(ENDPOINT, authenticates=either)
    assert ask(app, "GET", "/v1/things/x", [GOOD]).status == 200
    assert ask(app, "GET", "/v1/things/x", [("Authorization", "Bearer bad")]).status == 401


@pytest.mark.parametrize(
    ("headers", "body", "refused"),
    [
        ([JSON], b"{", (400, 50000090)),
        ([JSON], b"", (400, 50000090)),
        ([], b"{}", (415, 62700520)),
        ([("Content-Type", "text/plain")], b"{}", (415, 62700520)),
        ([JSON, ("Content-Encoding", "br")], b"{}", (400, 62700690)),
        ([JSON, ("Content-Encoding", "gzip")], b"{}", (400, 50000090)),
        ([JSON], b'{"a":"\\u0000"}', (200, 50000020)),
        ([JSON], b"x" * (1024 * 1024 + 1), (413, 50000020)),
        ([JSON, ("Idempotency-Key", "x" * 256)], b"{}", (400, 62700220)),
    ],
)
def test_body_that_is_no_good_never_reaches_the_endpoint(
    headers: list[tuple[str, str]], body: bytes, refused: tuple[int, int]
) -> None:
    assert refusal(ask(APP, "POST", "/v1/things/x", [GOOD, *headers], body)) == refused


@pytest.mark.parametrize(
    ("query", "code"),
    [(b"page=1&page=2", 50000027), (b"dryRun=maybe", 50000027), (b"page=%ff", 50000027)],
)
def test_query_that_is_no_good_is_refused(query: bytes, code: int) -> None:
    answer = ask(APP, "POST", "/v1/things/x", [GOOD, JSON], b"{}", query=query)
    assert refusal(answer) == (400, code)


def test_parameter_that_must_be_there_is_missed() -> None:
    needed = Parameter("from", "query", {"type": "string"}, "", required=True)
    app = app_of(replace(ENDPOINT, parameters=(*ENDPOINT.parameters, needed)))
    assert refusal(ask(app, "GET", "/v1/things/x", [GOOD])) == (400, 50000023)
    assert ask(app, "GET", "/v1/things/x", [GOOD], query=b"from=1").status == 200


def test_reads_run_where_the_store_wants_them_and_writes_in_their_threads() -> None:
    inline, remote = MemoryStore(), MemoryStore(reads_inline=False)
    main = threading.current_thread().name
    long = replace(ENDPOINT, path="/v1/long/{key}", runs_long=True)
    for store in (inline, remote):
        app = app_of(ENDPOINT, long, POST, store=store)
        ask(app, "GET", "/v1/things/x", [GOOD])
        ask(app, "GET", "/v1/long/x", [GOOD])
        ask(app, "POST", "/v1/things/x", [GOOD, JSON], b"{}")
    kinds = [[name.rpartition("_")[0] or name for name in s.threads] for s in (inline, remote)]
    assert kinds == [
        [main, "seriatim-read", "seriatim-write"],
        ["seriatim-read", "seriatim-read", "seriatim-write"],
    ]


def test_limits_are_told_and_kept() -> None:
    settings = HttpSettings(requests_in_flight_per_entity_max=1, rate_per_minute=2)
    gate, begun = threading.Event(), threading.Event()

    def wait(_: Any, __: ApiRequest) -> Result:
        begun.set()
        gate.wait(10)
        return Result({})

    slow = replace(POST, handler=wait, path="/v1/slow")
    app = app_of(ENDPOINT, slow, settings=settings)

    async def crowd() -> None:
        running = asyncio.create_task(call(app, "POST", "/v1/slow", [GOOD, JSON], b"{}"))
        await asyncio.to_thread(begun.wait, 10)
        crowded = await call(app, "GET", "/v1/things/x", [GOOD])
        assert refusal(crowded) == (429, 50000070)
        assert crowded.headers["retry-after"] == "1"
        assert crowded.headers["concurrency-limit-remaining"] == "0"
        assert crowded.headers["ratelimit-remaining"] == "0"
        gate.set()
        done = await running
        assert done.status == 200
        assert done.headers["concurrency-limit-limit"] == "1"
        too_many = await call(app, "GET", "/v1/things/x", [GOOD])
        assert refusal(too_many) == (429, 50000070)
        assert int(too_many.headers["retry-after"]) >= 1
        assert "concurrency-limit-limit" not in too_many.headers

    asyncio.run(crowd())


def test_place_is_given_back_after_a_failure() -> None:
    def fail(_: Any, __: ApiRequest) -> Result:
        raise ZeroDivisionError

    settings = HttpSettings(requests_in_flight_per_entity_max=1)
    app = app_of(replace(ENDPOINT, handler=fail), POST, settings=settings)
    for _ in range(3):
        assert ask(app, "GET", "/v1/things/x", [GOOD]).status == 500
        assert ask(app, "POST", "/v1/things/x", [GOOD, JSON], b"{").status == 400


def test_rate_headers_are_absent_where_no_rate_is_set() -> None:
    answer = ask(APP, "GET", "/v1/things/x", [GOOD])
    assert not [name for name in answer.headers if name.startswith("ratelimit")]
    assert answer.headers["concurrency-limit-remaining"] == "511"


def test_full_queue_of_writes_is_refused_at_once() -> None:
    settings = HttpSettings(write_threads=1, write_queue_max=0)
    gate, begun = threading.Event(), threading.Event()

    def wait(_: Any, __: ApiRequest) -> Result:
        begun.set()
        gate.wait(10)
        return Result({})

    app = app_of(replace(POST, handler=wait), settings=settings)

    async def crowd() -> None:
        running = asyncio.create_task(call(app, "POST", "/v1/things/x", [GOOD, JSON], b"{}"))
        await asyncio.to_thread(begun.wait, 10)
        refused = await call(app, "POST", "/v1/things/x", [GOOD, JSON], b"{}")
        assert refusal(refused) == (429, 50000070)
        gate.set()
        assert (await running).status == 200

    asyncio.run(crowd())


def test_bytes_of_an_endpoint_go_out_as_they_are() -> None:
    app = app_of(replace(ENDPOINT, handler=lambda _, __: Result(b'{"a": 1}')))
    assert ask(app, "GET", "/v1/things/x", [GOOD]).body == b'{"a": 1}'
