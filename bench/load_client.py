"""The load generator: `python -m bench.load_client`, a plan on standard input, figures out.

A process of its own, on uvloop and raw sockets, so that the server and not the client is what
is measured. Every connection sends one request at a time and keeps alive.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from time import perf_counter, process_time
from typing import Any, Final, cast
from uuid import uuid4

import uvloop

ANSWERS_PARSED_EVERY: Final = 64
"""Each answer's status, length and success are looked at; so often one is read as JSON."""

DRAIN_SECONDS_MAX: Final = 30.0
ANY_KEY: Final = "a-new-one-each-time-the-request-goes"
"""As long as a UUID, which it stands for: nobody sends a key twice."""

_KEY: Final = ANY_KEY.encode()
_GOOD: Final = b"HTTP/1.1 200 "
_LENGTH: Final = b"content-length:"
_SUCCESS: Final = b'"success":true'


class Tally:
    """What all connections of one run have seen, by what they know a good answer, and how many
    requests they may still send.
    """

    def __init__(self, connections: int, sign: str | None, requests: int | None) -> None:
        self.sign = _SUCCESS if sign is None else sign.encode()
        self.answers_are_json = sign is None
        self.answers = 0
        self.unsent = requests
        self.fault: str | None = None
        self.is_over = False
        self.open = connections
        self.ended = asyncio.Event()

    def take_request(self) -> bool:
        """Whether one more may be sent: with the last of them it is over."""
        if self.is_over:
            return False
        if self.unsent is not None:
            self.unsent -= 1
            self.is_over = not self.unsent
        return True

    def fail(self, fault: str) -> None:
        self.fault = self.fault or fault
        self.is_over = True
        self.ended.set()


class Connection(asyncio.Protocol):
    """One connection: its requests in turn, over and over."""

    def __init__(self, requests: list[bytes], tally: Tally) -> None:
        self._requests = requests
        self._tally = tally
        self._sent = 0
        self._received = b""
        self._missing = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        tally = self._tally
        if not tally.is_over:
            tally.fail(f"the server closed a connection: {exc}")
        tally.open -= 1
        if not tally.open:
            tally.ended.set()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if len(self._received) < self._missing:
            return
        answer = self._received
        head_bytes = answer.find(b"\r\n\r\n") + 4
        if head_bytes < 4:
            return
        whole = head_bytes + _body_bytes(answer[:head_bytes])
        if len(answer) < whole:
            self._missing = whole
            return
        self._received, self._missing = b"", 0
        self._take(answer, head_bytes, whole)

    def _take(self, answer: bytes, head_bytes: int, whole: int) -> None:
        tally = self._tally
        is_good = answer.startswith(_GOOD) and tally.sign in answer and len(answer) == whole
        is_looked_into = tally.answers_are_json and tally.answers % ANSWERS_PARSED_EVERY == 0
        if is_good and is_looked_into:
            is_good = _is_json_of_success(answer[head_bytes:])
        if is_good:
            tally.answers += 1
        else:
            tally.fail(answer[:1000].decode("latin-1"))
        self._go_on()

    def _go_on(self) -> None:
        if self._transport is None:
            return
        if not self._tally.take_request():
            self._transport.close()
            return
        request = self._requests[self._sent % len(self._requests)]
        if _KEY in request:
            request = request.replace(_KEY, str(uuid4()).encode())
        self._transport.write(request)
        self._sent += 1


def _body_bytes(head: bytes) -> int:
    """Errors: ValueError for an answer that does not tell its length."""
    lower = head.lower()
    start = lower.index(_LENGTH) + len(_LENGTH)
    return int(lower[start : lower.index(b"\r", start)])


def _is_json_of_success(body: bytes) -> bool:
    try:
        return json.loads(body).get("success") is True
    except ValueError:
        return False


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    requests = [[one.encode("latin-1") for one in mine] for mine in plan["requests"]]
    count, wanted = plan["connections"], plan["requests_in_all"]
    tally = Tally(count, plan.get("sign"), wanted)
    loop = asyncio.get_running_loop()
    answers, began, busy = 0, perf_counter(), process_time()
    for index in range(count):
        mine = requests[index % len(requests)]
        await loop.create_connection(partial(Connection, mine, tally), "127.0.0.1", plan["port"])
    if wanted is None:
        await _wait(tally, plan["warm_up_seconds"])
        answers, began, busy = tally.answers, perf_counter(), process_time()
    await _wait(tally, plan["seconds"])
    answers, seconds = tally.answers - answers, perf_counter() - began
    busy = process_time() - busy
    tally.is_over = True
    await _wait(tally, DRAIN_SECONDS_MAX)
    if tally.fault is None and tally.open:
        tally.fault = f"{tally.open} requests were not answered in {DRAIN_SECONDS_MAX} seconds"
    if tally.fault is None and wanted is not None and tally.answers != wanted:
        tally.fault = f"{tally.answers} of {wanted} requests were answered"
    return {
        "per_second": answers / seconds,
        "client_share": busy / seconds,
        "answers_in_all": tally.answers,
        "fault": tally.fault,
    }


async def _wait(tally: Tally, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await tally.ended.wait()
    except TimeoutError:
        return


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(json.load(sys.stdin)))))
