"""A proxy between clients and service that delivers every request twice, or again later."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.fault.proxy_thread import proxy_running

_KEY = re.compile(rb"(?im)^idempotency-key: ?(.*?)\r$")
_LENGTH = re.compile(rb"(?im)^content-length: ?(\d+)\r$")
_REPLAYED = re.compile(rb"(?im)^idempotent-replayed: ?true\r$")
_AT_ONCE = 16


class DoublingProxy:
    """Shape: one request a connection. By the keys of the requests: `bodies` holds what was
    answered 200, `as_new` how often that was not marked as told before, and `again` the keys of
    what was answered when it was delivered later. `twice` counts the requests of which both
    deliveries were answered 200, `lost` those answers of which the client heard nothing.
    """

    def __init__(self, port: Callable[[], int], seed: int, lost: float) -> None:
        self._port = port
        self._random = random.Random(seed)
        self._lost = lost
        self._requests: dict[bytes, bytes] = {}
        self.bodies: dict[bytes, set[bytes]] = defaultdict(set)
        self.as_new: Counter[bytes] = Counter()
        self.again: set[str] = set()
        self.twice = self.lost = 0
        self.url = ""

    async def relay(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        try:
            request = await _whole(from_client)
            self._requests[_key(request)] = request
            answers = await self._deliver_twice(request)
            self.twice += sum(self._note(request, one) for one in answers) == 2
            if self._random.random() < self._lost:
                self.lost += 1
                return
            # Whichever of the two: the client has no say in which came first.
            to_client.write(answers[self._random.randrange(2)])
            await to_client.drain()
        except (OSError, EOFError):
            pass  # the service is not there: the client sees its connection end
        finally:
            to_client.close()

    async def deliver_all_again(self) -> None:
        """Each request once more, in the very bytes that its client sent, to a service that
        answers.
        """
        free = asyncio.Semaphore(_AT_ONCE)

        async def deliver(key: bytes, request: bytes) -> None:
            async with free:
                if self._note(request, await self._deliver(request)):
                    self.again.add(key.decode())

        await asyncio.gather(*(deliver(*one) for one in self._requests.items()))

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

    def _note(self, request: bytes, answer: bytes) -> bool:
        """Write down what was answered, if that is 200."""
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            return False
        key = _key(request)
        self.bodies[key].add(body)
        self.as_new[key] += _REPLAYED.search(head + b"\r\n") is None
        return True


def _key(request: bytes) -> bytes:
    found = _KEY.search(request)
    assert found is not None
    return found[1]


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer. Errors: EOFError when it ends early."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + await reader.readexactly(0 if length is None else int(length[1]))


@contextmanager
def doubling_proxy(port: Callable[[], int], seed: int, *, lost: float) -> Iterator[DoublingProxy]:
    """Shape: `port` says where the service is now; `lost` is the share of answers that get lost."""
    proxy = DoublingProxy(port, seed, lost)
    with proxy_running(proxy.relay) as own_port:
        proxy.url = f"http://127.0.0.1:{own_port}"
        yield proxy
