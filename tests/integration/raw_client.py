"""A server of the edge alone, and a client that sends it any bytes."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from uvicorn import Server

from seriatim.domain.caller import Caller
from seriatim.domain.errors import NotAuthenticated
from seriatim.http.answer import Answer, json_answer
from seriatim.http.bodies import whole_body
from seriatim.http.edge import Edge, Mount
from seriatim.http.exchange import Exchange
from seriatim.http.router import Router
from seriatim.http.server import bound_socket, server_config
from seriatim.http.settings import HttpSettings

SETTINGS = HttpSettings(
    header_seconds_max=0.4,
    body_seconds_max=0.4,
    idle_seconds_max=1,
    header_bytes_max=4096,
    body_bytes_max=200_000,
    connections_max=40,
    graceful_seconds_max=2,
)
PATIENCE = 8.0

Address = tuple[str, int]


async def identify(_: Exchange) -> Caller:
    raise NotAuthenticated("nobody is known here")


async def hello(_: Exchange) -> Answer:
    return json_answer(200, {"hello": True})


async def echo(exchange: Exchange) -> Answer:
    body = await whole_body(exchange, SETTINGS)
    return Answer(200, body, packable=False)


async def slow(_: Exchange) -> Answer:
    await asyncio.sleep(1.2)
    return json_answer(200, {"slow": True})


async def big(_: Exchange) -> Answer:
    return Answer(200, b"x" * 20_000_000, packable=False)


async def never_reads(scope: Any, receive: Any, send: Any) -> None:
    """A mounted app that waits for its body as long as the server lets it."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def app() -> Edge:
    router = Router()
    router.add("GET", "/hello", hello)
    router.add("GET", "/slow", slow)
    router.add("GET", "/big", big)
    router.add("POST", "/echo", echo)
    return Edge(router, SETTINGS, identify=identify, mounts=[Mount("/mounted", never_reads)])


@contextmanager
def running(settings: HttpSettings) -> Iterator[tuple[Address, Server]]:
    listener = bound_socket("127.0.0.1", 0)
    server = Server(server_config(app(), host="127.0.0.1", port=0, settings=settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield listener.getsockname(), server
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.01)


class Client:
    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.seen = b""

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next whole answer on the connection."""
        while b"\r\n\r\n" not in self.seen:
            self._more()
        head, _, self.seen = self.seen.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines), "a header went out twice"
        length = int(headers.get("content-length", 0))
        while len(self.seen) < length:
            self._more()
        body, self.seen = self.seen[:length], self.seen[length:]
        return int(first.split()[1]), headers, body

    def rest(self) -> bytes:
        """Everything until the server closes; fails where it does not."""
        while True:
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionResetError:
                return self.seen
            if not piece:
                return self.seen
            self.seen += piece

    def _more(self) -> None:
        piece = self.socket.recv(1 << 16)
        assert piece, f"closed after {self.seen!r}"
        self.seen += piece


@contextmanager
def connected(address: Address) -> Iterator[Client]:
    with closing(Client(address)) as client:
        yield client


GET = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


def trickle(client: Client, data: bytes, pause: float = 0.03) -> float:
    """Send byte by byte until the server has had enough; gives how long it bore it."""
    started = time.monotonic()
    client.socket.settimeout(0)
    for index in range(len(data)):
        try:
            client.send(data[index : index + 1])
            piece = client.socket.recv(1 << 16)
            if not piece:
                break
            client.seen += piece
            break
        except BlockingIOError:
            time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            break
    client.socket.settimeout(PATIENCE)
    return time.monotonic() - started


def client_head(client: Client) -> tuple[int, dict[str, str], bytes]:
    while b"\r\n\r\n" not in client.seen:
        client._more()
    head, _, client.seen = client.seen.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), b""


def refused(raw: bytes) -> tuple[int, int]:
    """Status and code of a refusal in the API's form, with everything an answer carries."""
    head, _, body = raw.partition(b"\r\n\r\n")
    for needed in (b"zuora-request-id: ", b"connection: close", b"content-type: application/json"):
        assert needed in head, raw
    told = json.loads(body)
    assert told["success"] is False
    return int(head.split()[1]), told["reasons"][0]["code"]
