"""A proxy between clients and service that delivers every request twice."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.fault.proxy_thread import proxy_running

_KEY = re.compile(rb"(?im)^idempotency-key: ?(.*?)\r$")
_LENGTH = re.compile(rb"(?im)^content-length: ?(\d+)\r$")


class DoublingProxy:
    """Shape: one request a connection. `bodies` holds, for each key, what was answered 200;
    `twice` counts the requests of which both deliveries were.
    """

    def __init__(self, port: Callable[[], int], seed: int) -> None:
        self._port = port
        self._random = random.Random(seed)
        self.bodies: dict[bytes, set[bytes]] = defaultdict(set)
        self.twice = 0
        self.url = ""

    async def relay(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        try:
            request = await _whole(from_client)
            answers = await self._deliver_twice(request)
            self._note(request, answers)
            # Whichever of the two: the client has no say in which came first.
            to_client.write(answers[self._random.randrange(2)])
            await to_client.drain()
        except (OSError, EOFError):
            pass  # the service is not there: the client sees its connection end
        finally:
            to_client.close()

    async def _deliver_twice(self, request: bytes) -> list[bytes]:
        """At the same moment, or the second when the first is answered."""
        if self._random.random() < 0.5:
            return list(await asyncio.gather(self._deliver(request), self._deliver(request)))
        return [await self._deliver(request), await self._deliver(request)]

    async def _deliver(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port())
        try:
            writer.write(request)
            return await _whole(reader)
        finally:
            writer.close()

    def _note(self, request: bytes, answers: list[bytes]) -> None:
        key = _KEY.search(request)
        given = [one.partition(b"\r\n\r\n")[2] for one in answers if b" 200 " in one[:16]]
        self.twice += len(given) == 2
        if key is not None:
            self.bodies[key[1]].update(given)


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer. Errors: EOFError when it ends early."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + await reader.readexactly(0 if length is None else int(length[1]))


@contextmanager
def doubling_proxy(port: Callable[[], int], seed: int) -> Iterator[DoublingProxy]:
    """Shape: `port` says where the service is now."""
    proxy = DoublingProxy(port, seed)
    with proxy_running(proxy.relay) as own_port:
        proxy.url = f"http://127.0.0.1:{own_port}"
        yield proxy
