"""Where blocking work runs: a few threads and a bounded queue before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from seriatim.domain.errors import OutcomeUnknown, Overloaded, StoreUnavailable

Outcome = TypeVar("Outcome")

NOTHING_IN_TIME = "the database is too slow at the moment; nothing was changed"
UNKNOWN_IN_TIME = (
    "the database did not confirm the transaction in time; it may be carried out yet. "
    "Repeat the request with the same Idempotency-Key to learn whether it was"
)


class WorkThreads:
    """Runs work beside the event loop; refuses at once what it could not begin soon.

    Errors: Overloaded where the queue is full; nothing of the work was done then. With
        `seconds_max`, StoreUnavailable for what had not begun by then, OutcomeUnknown for the rest.
    Order: first come, first begun. A caller that gives up while it waits is not begun at all;
        work that has begun ends, whoever left meanwhile.
    """

    def __init__(
        self, name: str, *, threads: int, queue_max: int, seconds_max: float | None = None
    ) -> None:
        self._name = name
        self._seconds_max = seconds_max
        self._unfinished_max = threads + queue_max
        self._unfinished = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"seriatim-{name}")

    async def run(self, work: Callable[[], Outcome]) -> Outcome:
        with self._lock:
            if self._unfinished >= self._unfinished_max:
                raise Overloaded(f"the queue of {self._name}s is full")
            self._unfinished += 1
        try:
            future = self._pool.submit(work)
        except BaseException:
            self._one_finished()
            raise
        future.add_done_callback(self._one_finished)
        return await self._in_time(future)

    async def _in_time(self, future: Future[Outcome]) -> Outcome:
        limit = asyncio.timeout(self._seconds_max)
        try:
            async with limit:
                return await asyncio.wrap_future(future)
        except TimeoutError as late:
            if not limit.expired():
                raise
            if future.cancel():
                raise StoreUnavailable(NOTHING_IN_TIME) from late
            raise OutcomeUnknown(UNKNOWN_IN_TIME) from late

    def close(self) -> None:
        """Finish what has begun and what waits, then end the threads."""
        self._pool.shutdown(wait=True)

    def _one_finished(self, _: Future[Outcome] | None = None) -> None:
        with self._lock:
            self._unfinished -= 1
