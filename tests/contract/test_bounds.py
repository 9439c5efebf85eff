"""What is large, deep or slow is bounded, in memory and in time.

Source: contract/guarantees.md, G10; contract/transport.md, Limits.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil  # type: ignore[import-untyped]  # has no annotations of its own

from tests.contract.api import Api, done, raw_call, raw_exchange, refused
from tests.contract.conftest import EntityOf, ServiceOf

SETS = "/v1/sequence-sets"
NUMBERS = "/v1/document-numbers"
RSS_GROWTH_BYTES_MAX = 96 << 20
WAIT_S_MAX = 1.0  # a twentieth of it on an idle machine


def resident_bytes(api: Api) -> int:
    found: int = psutil.Process(api.service.pid).memory_info().rss
    return found


def test_gzip_bombs_are_refused_without_being_unpacked(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite", own="bombs")).admin
    packed = {"Content-Encoding": "gzip"}
    done(api.post(NUMBERS, gzip.compress(b'{"documentType":"invoice"}'), headers=packed))
    before = api.state()
    bomb = gzip.compress(bytes(200 << 20))
    assert len(bomb) < 1 << 20
    twice = gzip.compress(gzip.compress(bytes(50 << 20)))
    resident = resident_bytes(api)
    for _ in range(3):
        refused(api.post(NUMBERS, bomb, headers=packed), 413, 20)
        refused(api.post(NUMBERS, twice, headers=packed), 400, 90)
    just_over = gzip.compress(b" " * (1 << 20) + b"{}")
    refused(api.post(NUMBERS, just_over, headers=packed), 413, 20)
    assert resident_bytes(api) - resident < RSS_GROWTH_BYTES_MAX
    assert api.state() == before


def test_oversized_bodies_are_refused_declared_and_chunked(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite", own="bombs")).admin
    before, service = api.state(), api.service
    typed = [(b"Content-Type", b"application/json")]
    resident = resident_bytes(api)
    for length in (b"1048577", b"99999999999", b"9" * 18, b"9" * 300):
        answer = raw_call(
            service,
            b"POST",
            NUMBERS.encode(),
            [*typed, (b"Content-Length", length)],
            b"{",
            token=api.token,
        )
        assert answer.status in (400, 413), length
        assert answer.categories in ([20], [90])
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for chunks in (17, 200):
        answer = raw_call(
            service,
            b"POST",
            NUMBERS.encode(),
            [*typed, (b"Transfer-Encoding", b"chunked")],
            chunk * chunks + b"0\r\n\r\n",
            token=api.token,
        )
        assert (answer.status, answer.categories) == (413, [20])
    assert resident_bytes(api) - resident < RSS_GROWTH_BYTES_MAX
    fits = b" " * ((1 << 20) - 26) + b'{"documentType":"invoice"}'
    assert len(fits) == 1 << 20
    assert api.state() == before
    done(api.post(NUMBERS, fits))


def test_heavy_bodies_within_the_limit_cost_little(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    """A megabyte of the costliest shapes: time and memory stay bounded."""
    api = entity_of(service_of("sqlite", own="bombs")).admin
    before = api.state()
    resident = resident_bytes(api)
    heavy: list[bytes] = [
        b'{"sequenceSets":[' + b"1," * 500_000 + b"1]}",
        b'{"sequenceSets":[' + b"[]," * 340_000 + b"[]]}",
        b'{"sequenceSets":[' + b"{}," * 99 + b'{"name":"' + b"a" * 1_000_000 + b'"}]}',
        b"{" + b",".join(b'"%x":1' % number for number in range(90_000)) + b"}",
        b'{"documentType":"invoice","references":[' + b'"",' * 300_000 + b'""]}',
        b'{"documentType":"invoice","sequenceSet":"' + b"a" * 1_000_000 + b'"}',
        b'{"documentType":"invoice","sequenceSet":"' + b"\xc3\x9f" * 500_000 + b'"}',
        b"[" + b"1e300," * 170_000 + b"1]",
        b"[" + b"1234567890123456789012345678901234567890," * 25_000 + b"1]",
        b'"' + b"\\u0041" * 170_000 + b'"',
        b'"' + b"\\u0000" * 170_000 + b'"',
    ]
    for path in (SETS, NUMBERS):
        for body in heavy:
            answer = api.post(path, body)
            assert len(body) <= 1 << 20
            assert answer.status_code == 200
            assert answer.json()["success"] is False
            assert len(answer.content) < 3 << 20
    assert resident_bytes(api) - resident < 2 * RSS_GROWTH_BYTES_MAX
    assert api.state() == before


def test_slow_body_is_ended_while_others_are_served(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite", own="slow", body_seconds_max=1)).admin
    before = api.state()
    head = (
        f"POST {NUMBERS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.token}\r\n"
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"documentType":'
    )
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", api.service.port), timeout=20) as slow:
        slow.sendall(head.encode())
        done(api.get(SETS))
        answer = b""
        while piece := slow.recv(65536):
            answer += piece
    assert 0.9 < time.monotonic() - started < 10
    status, _, body = answer.partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["reasons"][0]["code"] == 50000061
    assert api.state() == before


def test_client_that_leaves_in_the_middle_changes_nothing(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite", own="slow", body_seconds_max=1)).admin
    before = api.state()
    body = b'{"documentType":"invoice"}'
    request = (
        f"POST {NUMBERS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    for cut in (10, len(request) - 2, len(request), len(request) + len(body) - 1):
        with socket.create_connection(("127.0.0.1", api.service.port), timeout=20) as leaving:
            leaving.sendall((request + body)[:cut])
    # A whole request has been answered behind them: they have had their time.
    assert raw_exchange(api.service, request + body, wait_s=2).startswith(b"HTTP/1.1 200")
    after = api.state()
    numbers = [one["issued"] for one in after["/v1/series"] if one["prefix"] == "INV"]
    assert numbers == [1]
    assert after["/v1/audit-trail"] == before["/v1/audit-trail"]


def test_long_paths_queries_and_headers_are_bounded(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("sqlite")).admin
    service, token = api.service, api.token
    for length in (1_000, 8_000, 30_000):
        key = b"a" * length
        answer = raw_call(service, b"GET", SETS.encode() + b"/" + key, token=token)
        assert (answer.status, answer.categories) == (404, [40])
        answer = raw_call(service, b"GET", SETS.encode() + b"?name=" + key, token=token)
        assert (answer.status, answer.json["sequenceSets"]) == (200, [])
        answer = raw_call(service, b"GET", b"/v1/" + b"a/" * (length // 2), token=token)
        assert (answer.status, answer.categories) == (404, [40])
    for target, headers in (
        (SETS.encode() + b"/" + b"a" * 40_000, []),
        (SETS.encode() + b"?" + b"a" * 1_000_000, []),
        (SETS.encode(), [(b"X-Long", b"a" * 40_000)]),
        (SETS.encode(), [(b"X-%d" % number, b"a" * 50) for number in range(2_000)]),
    ):
        answer = raw_call(service, b"GET", target, headers, token=token)
        assert (answer.status, answer.categories) == (431, [20])
    done(api.get(SETS))


def test_heavy_bodies_hold_up_nobody_else(service_of: ServiceOf, entity_of: EntityOf) -> None:
    api = entity_of(service_of("sqlite", own="bombs")).admin
    assert api.token
    heavy = [
        b"[" + b"[]," * 340_000 + b"[]]",
        b"[" + b'{"a":1},' * 120_000 + b"{}]",
        b'{"documentType":"invoice","references":[' + b"1e300," * 170_000 + b"1]}",
        b'{"documentType":"invoice","reference":"' + b"\\u0041" * 170_000 + b'"}',
    ]
    has_ended = threading.Event()
    slowest_s = 0.0

    def ask_all() -> None:
        for body in heavy * 3:
            api.post(NUMBERS, body)
        has_ended.set()

    with (
        httpx.Client(base_url=api.service.url, verify=False) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        asking = pool.submit(ask_all)
        while not has_ended.is_set() and not asking.done():
            started = time.monotonic()
            assert other.get("/healthz").status_code == 200
            slowest_s = max(slowest_s, time.monotonic() - started)
        asking.result()
    assert slowest_s < WAIT_S_MAX
