"""Over real sockets: nothing waits for ever, and nobody pays for the slow."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from uvicorn import Server

from seriatim.http.settings import HttpSettings
from tests.integration.raw_client import (
    GET,
    SETTINGS,
    Address,
    Client,
    connected,
    refused,
    running,
    trickle,
    wait_until,
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Address, Server]]:
    with running(SETTINGS) as pair:
        yield pair


@pytest.fixture(scope="module")
def address(served: tuple[Address, Server]) -> Address:
    return served[0]


@pytest.mark.parametrize("start", [b"G", b"GET /hello HTTP/1.1\r\nHost: x\r\n", b"\r\n", GET[:-1]])
def test_half_a_header_is_not_waited_for(address: Address, start: bytes) -> None:
    with connected(address) as client:
        started = time.monotonic()
        client.send(start)
        assert refused(client.rest()) == (408, 50000061)
        assert 0.2 < time.monotonic() - started < 3


def test_header_that_trickles_is_not_waited_for(address: Address) -> None:
    with connected(address) as client:
        assert trickle(client, b"GET /hello HTTP/1.1\r\nX-Slow: " + b"x" * 400) < 3
        assert refused(client.rest()) == (408, 50000061)


def test_second_header_that_trickles_is_not_waited_for(address: Address) -> None:
    with connected(address) as client:
        client.send(GET + GET[:10])
        assert client.answer()[0] == 200
        assert trickle(client, GET[10:-1] + b"X: " + b"x" * 400) < 3
        assert refused(client.rest()) == (408, 50000061)


def test_silent_connection_is_closed(address: Address) -> None:
    with connected(address) as client:
        started = time.monotonic()
        assert client.rest() == b""
        assert time.monotonic() - started < 3


def test_idle_connection_is_closed(address: Address) -> None:
    with connected(address) as client:
        client.send(GET)
        assert client.answer()[0] == 200
        started = time.monotonic()
        assert client.rest() == b""
        assert 0.5 < time.monotonic() - started < 4


@pytest.mark.parametrize("start", [b"", b"abc"])
def test_body_that_stops_is_answered_408_and_closed(address: Address, start: bytes) -> None:
    with connected(address) as client:
        started = time.monotonic()
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n" + start)
        assert refused(client.rest()) == (408, 50000061)
        assert time.monotonic() - started < 3


def test_body_that_trickles_is_answered_408_and_closed(address: Address) -> None:
    with connected(address) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert trickle(client, b"x" * 400) < 3
        assert refused(client.rest()) == (408, 50000061)


def test_body_of_an_app_without_a_deadline_of_its_own_has_the_server_s(address: Address) -> None:
    with connected(address) as client:
        client.send(b"POST /mounted HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert trickle(client, b"x" * 400) < 4
        assert refused(client.rest()) == (408, 50000061)


def test_body_nobody_asked_for_has_a_deadline_too(address: Address) -> None:
    with connected(address) as client:
        client.send(b"GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        assert client.answer()[0] == 200
        assert trickle(client, b"x" * 400) < 4
        client.rest()


def test_deadline_of_the_next_header_takes_nothing_from_an_answer(address: Address) -> None:
    with connected(address) as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + GET[:12])
        assert client.answer()[2] == b'{"slow":true}'
        assert refused(client.rest()) == (408, 50000061)


def test_client_that_does_not_read_is_cut_off(served: tuple[Address, Server]) -> None:
    address, server = served
    wait_until(lambda: not server.server_state.connections)
    with connected(address) as client:
        client.send(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: len(server.server_state.connections) == 1)
        started = time.monotonic()
        wait_until(lambda: not server.server_state.connections)
        assert time.monotonic() - started < 5


def test_nothing_of_an_ended_connection_is_kept(served: tuple[Address, Server]) -> None:
    address, server = served
    for _ in range(3):
        with connected(address) as client:
            client.send(GET[:20])
    with connected(address) as client:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    wait_until(lambda: not server.server_state.connections and not server.server_state.tasks)


def test_others_are_served_while_some_are_slow(address: Address) -> None:
    slow_ones = [Client(address) for _ in range(20)]
    for client in slow_ones:
        client.send(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    with connected(address) as client:
        started = time.monotonic()
        client.send(GET)
        assert client.answer()[0] == 200
        assert time.monotonic() - started < 0.4
    for client in slow_ones:
        assert refused(client.rest())[0] == 408
        client.close()


def test_connections_beyond_their_number_are_refused_at_once() -> None:
    settings = HttpSettings(connections_max=2, graceful_seconds_max=1)
    with running(settings) as (address, _):
        kept = [Client(address) for _ in range(2)]
        for client in kept:
            client.send(GET)
            assert client.answer()[0] == 200
        with connected(address) as third:
            assert refused(third.rest()) == (503, 50000061)
        for client in kept:
            client.send(GET)
            assert client.answer()[0] == 200
            client.close()
