"""Start and stop of the app, as the server announces them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from starlette.types import Receive, Send

from seriatim.domain.errors import SeriatimError
from seriatim.telemetry import LogStream

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


async def answer_lifespan(lifespan: Lifespan | None, receive: Receive, send: Send) -> None:
    """Enter the lifespan at startup, leave it at shutdown.

    Errors: a refusal of the tree (an unusable database) ends the start with its message;
        anything else is raised, and the server reports it.
    """
    await receive()
    try:
        async with nullcontext() if lifespan is None else lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
    except SeriatimError as error:
        await send({"type": "lifespan.startup.failed", "message": error.message})
        return
    if LogStream.current is not None:
        LogStream.current.flush()  # a worker process ends without a chance to do it later
    await send({"type": "lifespan.shutdown.complete"})
