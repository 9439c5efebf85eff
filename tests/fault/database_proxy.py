"""A proxy between the service and its database that cuts connections at their COMMIT, or lets
all commits wait.

    with fault_proxy("127.0.0.1", server.port) as proxy:
        proxy.cut_next(Cut.AFTER_COMMIT, 10)

Free of pytest, so that programs of the tests can use it too.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from tests.fault.proxy_thread import proxy_running

_PIECE_BYTES = 65536
_LOOK_SECONDS = 0.01


class Cut(Enum):
    """When a connection breaks."""

    BEFORE_COMMIT = auto()  # the database never sees it
    AFTER_COMMIT = auto()  # the database has carried it out, and its answer is lost
    DURING_COMMIT = auto()  # the database has it; nobody waits for the answer


class FaultProxy:
    """Shape: `done` counts the connections that were cut. While `is_holding`, no COMMIT passes:
    to the service it is as if the database's disk took that long.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._changed = threading.Condition()
        self._next: Cut | None = None
        self.done = 0
        self.is_holding = False
        self.port = 0

    def cut_next(self, cut: Cut, wait_seconds_max: float) -> None:
        """Cut whichever connection commits next; return when it was cut."""
        with self._changed:
            self._next, wanted = cut, self.done + 1
            if not self._changed.wait_for(lambda: self.done >= wanted, wait_seconds_max):
                raise TimeoutError("nobody committed")

    def take_cut(self) -> Cut | None:
        """What shall become of the connection that commits now."""
        with self._changed:
            cut, self._next = self._next, None
            self.done += cut is not None
            self._changed.notify_all()
            return cut

    async def relay(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        to_server: asyncio.StreamWriter | None = None
        try:
            from_server, to_server = await asyncio.open_connection(*self._target)
            link = _Link(self, from_client, to_client, from_server, to_server)
            ways = [asyncio.create_task(one) for one in (link.requests(), link.answers())]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass  # the database is not there: the client sees its connection end
        finally:
            for end in (to_client, to_server):
                if end is not None:
                    end.transport.abort()


class _Link:
    def __init__(
        self,
        proxy: FaultProxy,
        from_client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._from_client, self._to_client = from_client, to_client
        self._from_server, self._to_server = from_server, to_server
        self._answer_is_lost = False

    async def requests(self) -> None:
        while piece := await self._from_client.read(_PIECE_BYTES):
            cut = None
            if b"COMMIT\0" in piece:
                while self._proxy.is_holding:  # noqa: ASYNC110 - another thread ends it
                    await asyncio.sleep(_LOOK_SECONDS)
                cut = self._proxy.take_cut()
            if cut is Cut.BEFORE_COMMIT:
                return
            self._answer_is_lost = cut is Cut.AFTER_COMMIT
            self._to_server.write(piece)
            await self._to_server.drain()
            if cut is Cut.DURING_COMMIT:
                return

    async def answers(self) -> None:
        while piece := await self._from_server.read(_PIECE_BYTES):
            if self._answer_is_lost:
                return
            self._to_client.write(piece)
            await self._to_client.drain()


@contextmanager
def fault_proxy(host: str, port: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(host, port)
    with proxy_running(proxy.relay) as proxy.port:
        yield proxy
