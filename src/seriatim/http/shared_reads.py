"""Reads that wait for a thread at the same time go there together, and equal ones as one.

Handing one read to a thread and its answer back costs more than many a read itself, and threads
that answer one request each spend their time waiting for the interpreter's lock. There is no timer:
what goes together is what came while the threads were busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from seriatim.domain.errors import Overloaded, SeriatimError, StoreUnavailable
from seriatim.http.answer import Answer

READS_TOGETHER_MAX: Final = 16
"""More would keep the first of them waiting for the last."""

Read = Callable[[], Answer]
Outcome = Answer | SeriatimError


@dataclass(slots=True)
class _Turn:
    """One read, and everybody who waits for its answer."""

    read: Read
    callers: list[asyncio.Future[Answer]] = field(default_factory=list[asyncio.Future[Answer]])


class SharedReads:
    """Shape: belongs to one event loop.

    Order: a read begins after all who share it have asked, so that none is told of a time before.
    Errors: Overloaded where too many wait; nothing was read then.
    """

    def __init__(self, *, threads: int, callers_max: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="seriatim-read")
        self._idle = threads
        self._callers_left = callers_max
        self._waiting: dict[Hashable, _Turn] = {}

    async def answer(self, key: Hashable, read: Read) -> Answer:
        """What `read` gives, or a read of the same key that has not begun yet."""
        if not self._callers_left:
            raise Overloaded("the queue of reads is full")
        loop = asyncio.get_running_loop()
        caller: asyncio.Future[Answer] = loop.create_future()
        if not self._waiting:
            # Not at once: what else has arrived by now shall come along.
            loop.call_soon(self._begin, loop)
        self._waiting.setdefault(key, _Turn(read)).callers.append(caller)
        self._callers_left -= 1
        try:
            return await caller
        finally:
            self._callers_left += 1

    def close(self) -> None:
        """Finish what has begun, then end the threads."""
        self._pool.shutdown(wait=True)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting and self._idle > 0:
            keys = list(islice(self._waiting, READS_TOGETHER_MAX))
            turns = [self._waiting.pop(key) for key in keys]
            wanted = [turn for turn in turns if not all(map(_has_left, turn.callers))]
            if wanted:
                self._submit(loop, wanted)

    def _submit(self, loop: asyncio.AbstractEventLoop, turns: list[_Turn]) -> None:
        self._idle -= 1
        running = self._pool.submit(_read_all, [turn.read for turn in turns])
        running.add_done_callback(
            lambda done: loop.call_soon_threadsafe(self._end, loop, turns, done)
        )

    def _end(
        self,
        loop: asyncio.AbstractEventLoop,
        turns: list[_Turn],
        done: Future[list[Outcome]],
    ) -> None:
        self._idle += 1
        defect = done.exception()
        if defect is None:
            self._tell_all(turns, done.result())
        elif len(turns) == 1:
            _tell(turns[0], defect)
        else:
            for turn in turns:
                self._submit(loop, [turn])  # so that it fails alone whose fault it was
        self._begin(loop)

    def _tell_all(self, turns: list[_Turn], outcomes: list[Outcome]) -> None:
        for turn, outcome in zip(turns, outcomes, strict=False):
            _tell(turn, outcome)
        if isinstance(outcomes[-1], StoreUnavailable):
            # Nobody behind them shall wait as long again to hear the same.
            for turn in (*turns[len(outcomes) :], *self._waiting.values()):
                _tell(turn, outcomes[-1])
            self._waiting.clear()


def _read_all(reads: list[Read]) -> list[Outcome]:
    """Each read's answer or its error. Shape: fewer than reads where the store went away."""
    outcomes: list[Outcome] = []
    for read in reads:
        try:
            outcomes.append(read())
        except SeriatimError as error:
            outcomes.append(error)
            if isinstance(error, StoreUnavailable):
                break
    return outcomes


def _tell(turn: _Turn, outcome: Answer | BaseException) -> None:
    for caller in turn.callers:
        if caller.done():
            continue
        if isinstance(outcome, BaseException):
            caller.set_exception(outcome)
        else:
            caller.set_result(outcome)


def _has_left(caller: asyncio.Future[Answer]) -> bool:
    return caller.done()
