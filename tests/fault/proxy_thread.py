"""A proxy in a thread of its own, whatever it does with the connections it gets."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

Relay = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_SECONDS_MAX = 10


@contextmanager
def proxy_running(relay: Relay) -> Iterator[int]:
    """The port at which each connection is given to `relay`."""
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    ready = threading.Event()
    port = 0

    async def serve() -> None:
        nonlocal port
        server = await asyncio.start_server(relay, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await ended.wait()

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(serve())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, name="proxy", daemon=True)
    thread.start()
    ready.wait(_SECONDS_MAX)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(_SECONDS_MAX)
