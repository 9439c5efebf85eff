"""Over real sockets: what is a request, what is none, and how each is answered."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from uvicorn import Server

from seriatim.http.connection import BoundedProtocol
from seriatim.http.server import bound_socket, serve, server_config, url_of
from tests.integration.raw_client import (
    GET,
    PATIENCE,
    SETTINGS,
    Address,
    app,
    client_head,
    connected,
    refused,
    running,
    wait_until,
)
from tests.unit.http.asgi_client import ask


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Address, Server]]:
    with running(SETTINGS) as pair:
        yield pair


@pytest.fixture(scope="module")
def address(served: tuple[Address, Server]) -> Address:
    return served[0]


def test_connection_is_kept_for_the_next_request(address: Address) -> None:
    with connected(address) as client:
        ids = set()
        for _ in range(3):
            client.send(GET)
            status, headers, body = client.answer()
            assert (status, body) == (200, b'{"hello":true}')
            assert "server" not in headers
            assert "date" in headers
            ids.add(headers["zuora-request-id"])
        assert len(ids) == 3


def test_answer_written_at_once_is_the_one_of_the_ordinary_way(address: Address) -> None:
    with connected(address) as client:
        client.send(GET)
        status, headers, body = client.answer()
    ordinary = ask(app(), "GET", "/hello")
    assert (status, body) == (ordinary.status, ordinary.body)
    assert set(headers) - {"date"} == set(ordinary.headers)
    same = {name for name in ordinary.headers if headers[name] == ordinary.headers[name]}
    assert same == set(ordinary.headers) - {"zuora-request-id"}


def test_head_and_http_1_0_and_pipelined_requests(address: Address) -> None:
    with connected(address) as client:
        client.send(b"HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + GET + GET)
        status, headers, _ = client_head(client)
        assert (status, headers["content-length"]) == (200, "14")
        assert [client.answer()[0] for _ in range(2)] == [200, 200]
    with connected(address) as client:
        client.send(b"GET /hello HTTP/1.0\r\n\r\n")
        rest = client.rest()
        assert rest.startswith(b"HTTP/1.1 200")
        assert b"connection: close\r\n" in rest


def test_body_in_time_is_taken_whole(address: Address) -> None:
    body = bytes(range(256)) * 700
    with connected(address) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 50_000):
            client.send(body[start : start + 50_000])
            time.sleep(0.01)
        assert client.answer()[2] == body
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert client.answer()[2] == b"abcde"


def test_client_that_expects_it_is_told_to_go_on(address: Address) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with connected(address) as client:
        client.send(head % 2)
        assert client.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"ok")
        assert client.answer()[2] == b"ok"
    with connected(address) as client:
        client.send(head % 10**9)
        assert client.answer()[0] == 413


def test_huge_body_is_refused_and_the_rest_is_not_kept(address: Address) -> None:
    with connected(address) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        for _ in range(20):
            client.send(piece)
        client.send(b"0\r\n\r\n")
        status, _, body = client.answer()
        assert (status, json.loads(body)["reasons"][0]["code"]) == (413, 50000020)
        client.send(GET)
        assert client.answer()[0] == 200


def test_header_at_its_bound_is_taken_and_beyond_it_refused(address: Address) -> None:
    def header_of(size: int) -> bytes:
        start = b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Big: "
        return start + b"x" * (size - len(start) - 4) + b"\r\n\r\n"

    with connected(address) as client:
        client.send(header_of(4000))
        assert client.answer()[0] == 200
        client.send(header_of(4000) + header_of(4000))
        assert [client.answer()[0] for _ in range(2)] == [200, 200]
    for size in (4300, 60_000, 5_000_000):
        with connected(address) as client:
            try:
                client.send(header_of(size))
            except (BrokenPipeError, ConnectionResetError):
                continue
            rest = client.rest()
            assert size > 100_000 or refused(rest) == (431, 50000020)


def test_header_without_an_end_is_refused_as_soon_as_it_is_too_large(address: Address) -> None:
    with connected(address) as client:
        client.send(b"GET /hello HTTP/1.1\r\nX-Big: " + b"x" * 5000)
        assert refused(client.rest()) == (431, 50000020)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /hello\r\n\r\n",
        b"GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        (
            b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\nabc",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_request_that_could_be_read_two_ways_is_refused(
    address: Address, request_bytes: bytes
) -> None:
    with connected(address) as client:
        client.send(request_bytes)
        assert refused(client.rest()) == (400, 50000090)


def test_garbage_after_a_request_takes_nothing_from_its_answer(address: Address) -> None:
    with connected(address) as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + b"NONSENSE\r\n\r\n")
        status, headers, body = client.answer()
        assert (status, headers["connection"], body) == (200, "close", b'{"slow":true}')
        assert client.rest() == b""


def test_client_that_reads_slowly_gets_all_of_it(address: Address) -> None:
    with connected(address) as client:
        client.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        status, _, body = client.answer()
        assert (status, len(body)) == (200, 20_000_000)


def test_server_that_stops_ends_what_it_has_begun() -> None:
    with running(SETTINGS) as (address, server), connected(address) as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: bool(server.server_state.tasks))
        server.should_exit = True
        assert client.answer()[2] == b'{"slow":true}'
        assert client.rest() == b""


def test_settings_reach_the_protocol() -> None:
    config = server_config("a:b", host="127.0.0.1", port=0, workers=3, settings=SETTINGS)
    assert config.http is BoundedProtocol
    assert config.bounds.header_bytes_max == 4096
    assert (config.factory, config.workers, config.proxy_headers) == (True, 3, False)


def test_several_workers_need_a_name() -> None:
    with pytest.raises(ValueError, match="several workers"):
        serve(app(), host="127.0.0.1", port=0, workers=2)


def test_taken_port_is_an_error_and_the_url_is_told() -> None:
    with closing(bound_socket("127.0.0.1", 0)) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        with pytest.raises(OSError, match="in use"):
            serve(app(), host="127.0.0.1", port=port)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_caller_of_the_server_goes_on_after_a_signal_to_stop(stop: signal.Signals) -> None:
    program = (
        "from seriatim.http.server import serve\n"
        "from tests.integration.raw_client import app\n"
        "print('code', serve(app(), host='127.0.0.1', port=0, on_bound=print), flush=True)\n"
    )
    command = [sys.executable, "-u", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().decode().strip()[len("http://") :].partition(":")
        wait_until(lambda: _answers((host, int(port))))
        process.send_signal(stop)
        assert process.stdout.read() == b"code 0\n"
        assert process.wait(PATIENCE) == 0


def _answers(address: Address) -> bool:
    try:
        with connected(address) as client:
            client.send(GET)
            return client.answer()[0] == 200
    except ConnectionRefusedError:
        return False
