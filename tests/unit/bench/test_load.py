"""The load generator counts whole successes, and stops at anything else."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from bench.contest import BenchmarkFailedError
from bench.load import Load, Request

GOOD = b'{"success":true,"id":"x"}'


def _http(status: bytes, body: bytes, *, length: int | None = None) -> bytes:
    said = len(body) if length is None else length
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, said, body)


@contextmanager
def answering(
    *pieces: bytes, heads: list[bytes] | None = None, answers_max: int = 2**63
) -> Iterator[int]:
    """A server that gives every request the same answer, in these pieces.

    Shape: the requests' heads are kept in `heads`; behind so many answers it hangs up instead.
    """
    left = iter(range(answers_max))
    port: list[int] = []
    is_up, is_over = Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if heads is not None:
                    heads.append(head)
                if next(left, None) is None:
                    break
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        loops.append(asyncio.get_running_loop())
        is_up.set()
        await is_over.wait()
        server.close()

    loops: list[asyncio.AbstractEventLoop] = []
    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert is_up.wait(10)
        yield port[0]
    finally:
        loops[0].call_soon_threadsafe(is_over.set)
        thread.join()


def load(port: int) -> Load:
    return Load(port, [[Request("GET", "/a"), Request("GET", "/b")]], connections=3)


@pytest.mark.parametrize(
    "pieces",
    [
        (_http(b"200 OK", GOOD),),
        (_http(b"200 OK", GOOD)[:30], _http(b"200 OK", GOOD)[30:]),
    ],
    ids=["in one piece", "in two"],
)
def test_good_answers_are_counted(pieces: tuple[bytes, ...]) -> None:
    with answering(*pieces) as port:
        report = load(port).run(0.1)
    assert report.per_second > 0
    assert report.answers >= 3
    assert 0 <= report.client_share < 2


def test_each_request_with_a_key_bears_another() -> None:
    heads: list[bytes] = []
    with answering(_http(b"200 OK", GOOD), heads=heads) as port:
        Load(port, [[Request("GET", "/a", takes_key=True)]], connections=2).run(0.1)
    keys = [uuid.UUID(head.partition(b"Idempotency-Key: ")[2][:36].decode()) for head in heads]
    assert len(keys) == len(set(keys)) > 2


@pytest.mark.parametrize("requests", [1, 2, 500], ids=["fewer than connections", "two", "many"])
def test_counted_run_sends_exactly_so_many(requests: int) -> None:
    heads: list[bytes] = []
    with answering(_http(b"200 OK", GOOD), heads=heads) as port:
        report = load(port).run_counted(requests)
    assert report.answers == len(heads) == requests
    assert report.per_second > 0


def test_counted_run_whose_last_answer_stays_out_fails() -> None:
    with (
        answering(_http(b"200 OK", GOOD), answers_max=20) as port,
        pytest.raises(BenchmarkFailedError, match="20 of 21 requests were answered"),
    ):
        load(port).run_counted(21)


@pytest.mark.parametrize(
    "answer",
    [
        _http(b"200 OK", b'{"success":false}'),
        _http(b"503 Service Unavailable", GOOD),
        _http(b"200 OK", GOOD, length=len(GOOD) - 1),
        _http(b"200 OK", b'"success":true'),
    ],
    ids=["refusal", "status", "longer than said", "no JSON"],
)
def test_any_other_answer_ends_the_benchmark(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(BenchmarkFailedError):
        load(port).run(0.1)
