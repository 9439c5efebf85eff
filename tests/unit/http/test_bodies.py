from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from starlette.types import Message

from seriatim.http.bodies import BODY_AT_HAND, require_media_type, whole_body
from seriatim.http.compression import accepts_gzip, packed, unpacked
from seriatim.http.exchange import Exchange
from seriatim.http.faults import ClientGone, TransportFault
from seriatim.http.settings import HttpSettings

SETTINGS = HttpSettings(body_bytes_max=1000, body_seconds_max=0.05)


def read(
    chunks: Sequence[bytes],
    headers: dict[bytes, bytes] | None = None,
    *,
    leaves: bool = False,
    stalls: bool = False,
    at_hand: bytes | None = None,
) -> bytes:
    left = list(chunks)

    async def receive() -> Message:
        if not left:
            if stalls:
                await asyncio.sleep(60)
            return {"type": "http.disconnect"}
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left) or leaves or stalls}

    scope = {"method": "POST", "path": "/", "extensions": {BODY_AT_HAND: lambda: at_hand}}
    exchange = Exchange(scope, receive)
    exchange.headers = headers or {}
    return asyncio.run(whole_body(exchange, SETTINGS))


def status_of(caught: pytest.ExceptionInfo[TransportFault]) -> tuple[int, int]:
    return caught.value.status, caught.value.category


def test_body_comes_whole() -> None:
    assert read([b""]) == b""
    assert read([b"abc"]) == b"abc"
    assert read([b"a", b"", b"bc"]) == b"abc"
    assert read([b"x" * 1000]) == b"x" * 1000


def test_body_that_came_with_its_header_is_taken_as_it_is() -> None:
    assert read([], at_hand=b"abc") == b"abc"
    assert read([], at_hand=b"") == b""
    with pytest.raises(TransportFault) as caught:
        read([], at_hand=b"x" * 1001)
    assert status_of(caught) == (413, 20)


@pytest.mark.parametrize("chunks", [[b"x" * 1001], [b"x" * 600, b"x" * 401]])
def test_body_too_large_is_refused(chunks: list[bytes]) -> None:
    with pytest.raises(TransportFault) as caught:
        read(chunks)
    assert status_of(caught) == (413, 20)


@pytest.mark.parametrize("length", [b"1001", b"9" * 5000])
def test_body_announced_too_large_is_refused_before_it_is_read(length: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        read([], {b"content-length": length})
    assert status_of(caught) == (413, 20)


def test_body_that_stalls_is_given_up_and_its_connection_closed() -> None:
    started = time.monotonic()
    with pytest.raises(TransportFault) as caught:
        read([b"x"], stalls=True)
    assert time.monotonic() - started < 5
    assert caught.value.status == 408
    assert caught.value.closes


def test_client_that_leaves_is_no_error_of_the_request() -> None:
    with pytest.raises(ClientGone):
        read([b"x"], leaves=True)


@pytest.mark.parametrize("name", [b"gzip", b"GZIP", b" x-gzip "])
def test_packed_body_is_unpacked(name: bytes) -> None:
    assert read([gzip.compress(b"{}" * 400)], {b"content-encoding": name}) == b"{}" * 400
    assert read([b""], {b"content-encoding": name}) == b""


def test_identity_is_no_packing() -> None:
    assert read([b"x"], {b"content-encoding": b"identity"}) == b"x"


@pytest.mark.parametrize("name", [b"br", b"deflate", b"gzip, gzip", b"zstd"])
def test_other_packing_is_refused(name: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        read([b"x"], {b"content-encoding": name})
    assert status_of(caught) == (400, 90)


def test_members_of_one_gzip_body_belong_together() -> None:
    assert unpacked(gzip.compress(b"a") + gzip.compress(b"bc"), 3) == b"abc"
    with pytest.raises(TransportFault) as caught:
        unpacked(gzip.compress(b"a") + gzip.compress(b"bc"), 2)
    assert status_of(caught) == (413, 20)


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        gzip.compress(b"x", mtime=0)[:-1],
        gzip.compress(b"x", mtime=0)[:-9],
        gzip.compress(b"x", mtime=0) + b"rest",
        zlib.compress(b"x"),
        gzip.compress(b"x", mtime=0)[:-8] + bytes(8),
        gzip.compress(b"", mtime=0) * 17,
    ],
)
def test_broken_gzip_is_malformed(body: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        unpacked(body, 1000)
    assert status_of(caught) == (400, 90)


def test_gzip_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    tracemalloc.start()
    with pytest.raises(TransportFault) as caught:
        unpacked(bomb, 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert status_of(caught) == (413, 20)
    assert peak < 5_000_000


def test_many_empty_members_cost_little() -> None:
    body = gzip.compress(b"") * 50_000
    started = time.monotonic()
    with pytest.raises(TransportFault):
        unpacked(body, 1_000_000)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "value",
    [
        b"application/json",
        b"application/json; charset=utf-8",
        b'Application/JSON;Charset="UTF-8"; x=y',
        b"application/json;charset=utf8",
    ],
)
def test_json_is_taken(value: bytes) -> None:
    require_media_type({b"content-type": value}, b"application/json")


@pytest.mark.parametrize(
    "value", [b"", b"text/plain", b"application/json; charset=latin-1", b"application/jsonp"]
)
def test_other_media_types_are_refused(value: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        require_media_type({b"content-type": value}, b"application/json")
    assert status_of(caught) == (415, 20)
    with pytest.raises(TransportFault):
        require_media_type({}, b"application/json")


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (b"gzip", True),
        (b"br, GZIP;q=0.5", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"*;q=0.1, br", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.000", False),
        (b"gzip;q=0, *", False),
        (b"*;q=0", False),
        (b"br", False),
        (b"", False),
        (b"identity", False),
        (b"gzip;q=nonsense", False),
        (b"gzip" + b" " * 200, True),
    ],
)
def test_gzip_is_used_where_it_is_accepted(value: bytes, accepted: bool) -> None:
    assert accepts_gzip(value) is accepted


def test_packing_is_undone_and_always_the_same() -> None:
    body = b"{}" * 5000
    assert gzip.decompress(packed(body)) == body
    assert packed(body) == packed(body)
