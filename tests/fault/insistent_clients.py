"""Clients that repeat a request with its key until they know what became of it.

They write down what they saw, as `seriatim.engine.history` reads it. Free of pytest.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

Urls = Callable[[], Sequence[str]]
ANSWER_SECONDS_MAX = 15.0
PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Shape: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class History:
    """Shape: one JSON text a line; `answered` counts the requests that got their numbers, and
    `put_off` those that were told to come again, by status.
    """

    lines: list[str] = field(default_factory=list)
    answered: int = 0
    put_off: Counter[int] = field(default_factory=Counter[int])
    _operations: int = 0
    _awaited: list[tuple[int, asyncio.Event]] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The lines of all answers with numbers. Order: as they arrived."""
        return [line for line in map(json.loads, self.lines) if line["event"] == "ok"]

    async def has_answers(self, count: int) -> None:
        """Wait until so many requests were answered."""
        reached = asyncio.Event()
        self._awaited.append((count, reached))
        self._announce()
        await reached.wait()

    def _announce(self) -> None:
        for count, reached in self._awaited:
            if self.answered >= count:
                reached.set()

    def invoked(self, key: str | None, body: bytes) -> str:
        self._operations += 1
        name = str(self._operations)
        body_hash = hashlib.sha256(body).hexdigest()
        reference = json.loads(body).get("reference")
        self._note("invoked", name, key=key, bodyHash=body_hash, reference=reference)
        return name

    def ended(self, operation: str, answer: HttpAnswer | None) -> str:
        """Note what came back; `ok`, `failed` or `unknown`."""
        if answer is None or answer.status in {409, 429} or answer.status >= 500:
            self._note("unknown", operation)
            if answer is not None:
                self.put_off[answer.status] += 1
            return "unknown"
        text = answer.body.decode()
        is_ok = answer.status == 200 and json.loads(text)["success"] is True
        self.answered += is_ok
        self._announce()
        event = "ok" if is_ok else "failed"
        self._note(
            event,
            operation,
            requestId=answer.headers["zuora-request-id"],
            replayed=answer.headers.get("idempotent-replayed") == "true",
            reply=text,
        )
        return event

    def _note(self, event: str, operation: str, **rest: Any) -> None:
        line = {"event": event, "operation": operation, "at": time.monotonic_ns(), **rest}
        self.lines.append(json.dumps(line))


class InsistentClients:
    """Shape: `urls` says where the service is now; it may move while clients are at work.
    `asked` holds every request by its key.
    """

    def __init__(self, urls: Urls, token: str, seed: int) -> None:
        self.history = History()
        self.asked: dict[str, bytes] = {}
        self._urls = urls
        self._token = token
        self._random = random.Random(seed)
        self._is_over = False

    def end(self) -> None:
        """Begin no further requests; those under way are repeated until they are answered."""
        self._is_over = True

    async def work(self, clients: int, *, drops: float = 0.0) -> None:
        """Ask for numbers without a pause until `end`. `drops` is the share of cut connections."""
        await asyncio.gather(*(self._work(client, drops) for client in range(clients)))

    async def _work(self, client: int, drops: float) -> None:
        turn = 0
        while not self._is_over:
            turn += 1
            name = f"client {client} turn {turn}"
            count = self._random.choice((1, 1, 1, 2, 5, 50))
            body = {"documentType": "invoice", "reference": name, "count": count}
            await self.insist(name, json.dumps(body).encode(), drops=drops)

    async def insist(self, key: str, body: bytes, *, drops: float = 0.0) -> str:
        """Repeat one request until its outcome is known; `ok` or `failed`."""
        while True:
            end = await self.ask_once(key, body, drops=drops)
            if end != "unknown":
                return end
            await asyncio.sleep(PAUSE_SECONDS * self._random.random())

    async def ask_once(self, key: str, body: bytes, *, drops: float = 0.0) -> str:
        """Send a request; `ok`, `failed` or `unknown`."""
        self.asked[key] = body
        operation = self.history.invoked(key, body)
        is_dropped = self._random.random() < drops
        return self.history.ended(operation, await self._try(key, body, is_dropped=is_dropped))

    async def _try(self, key: str, body: bytes, *, is_dropped: bool) -> HttpAnswer | None:
        urls = self._urls()
        if not urls:
            return None
        port = int(self._random.choice(urls).rpartition(":")[2])
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await self._exchange(port, key, body, is_dropped=is_dropped)
        except (OSError, EOFError, TimeoutError):
            return None

    async def _exchange(
        self, port: int, key: str, body: bytes, *, is_dropped: bool
    ) -> HttpAnswer | None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(
                b"POST /v1/document-numbers HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\nIdempotency-Key: %b\r\n"
                b"Authorization: Bearer %b\r\n\r\n%b"
                % (len(body), key.encode(), self._token.encode(), body)
            )
            await writer.drain()
            if is_dropped:
                return None
            return await _answer(reader)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> HttpAnswer:
    """Errors: EOFError when the connection ends early."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers["content-length"]))
    return HttpAnswer(int(first.split()[1]), headers, body)
