"""Between the event loop and the coalescing issuer: one hand-over and one wake-up a batch."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from seriatim import telemetry
from seriatim.domain.clock import Clock
from seriatim.domain.errors import OutcomeUnknown, SeriatimError, StoreUnavailable
from seriatim.http.threads import NOTHING_IN_TIME, UNKNOWN_IN_TIME
from seriatim.service.idempotency import Answered
from seriatim.service.issuing import IssueTicket, NumberIssuing
from seriatim.service.numbers import Ask
from seriatim.store.sql_store import SqlStore


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request on its way. Shape: `ticket` is None until it is handed over."""

    ask: Ask
    future: asyncio.Future[Answered]
    arrived_at: float
    ticket: IssueTicket | None = None


class AsyncIssuing:
    """Shape: belongs to the event loop that first issues through it.

    Requests that arrive in one turn of the loop are handed over together at its end: one by one,
    the first would have a transaction to itself, and the issuer's thread would fight the loop for
    the interpreter at each.
    """

    def __init__(self, store: SqlStore, clock: Clock, *, seconds_max: float) -> None:
        self._issuing = NumberIssuing(store, clock, self._batch_done)
        self._seconds_max = seconds_max
        self._lookout: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: list[_Waiting] = []
        self._handed_over: dict[IssueTicket, _Waiting] = {}

    async def issue(self, ask: Ask) -> Answered:
        """Errors: as the numbers' own operation; Overloaded and KeyInUse at once. After
        `seconds_max`, StoreUnavailable where nothing was issued, OutcomeUnknown otherwise.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        waiting = _Waiting(ask, loop.create_future(), loop.time())
        if not self._arrived:
            loop.call_soon(self._hand_over)
        self._arrived.append(waiting)
        try:
            answered: Answered = await waiting.future
        except asyncio.CancelledError:
            self._withdraw(waiting)
            raise
        return answered

    def close(self) -> None:
        """Carry out what waits."""
        if self._lookout is not None:
            self._lookout.cancel()
        self._issuing.close()

    def _hand_over(self) -> None:
        arrived = [one for one in self._arrived if not one.future.done()]
        self._arrived = []
        for waiting, queued in zip(
            arrived, self._issuing.submit_all([one.ask for one in arrived]), strict=True
        ):
            if isinstance(queued, SeriatimError):
                waiting.future.set_exception(queued)
            else:
                waiting.ticket = queued
                self._handed_over[queued] = waiting
        self._look_out()

    def _look_out(self) -> None:
        """For the one that waits longest: no request pays for a timer of its own."""
        if self._lookout is None and self._handed_over and self._loop is not None:
            oldest = next(iter(self._handed_over.values()))
            self._lookout = self._loop.call_at(
                oldest.arrived_at + self._seconds_max, self._end_late
            )

    def _end_late(self) -> None:
        self._lookout = None
        for ticket, waiting in list(self._handed_over.items()):
            if self._loop is None or self._loop.time() < waiting.arrived_at + self._seconds_max:
                break
            self._give_up(ticket, waiting)
        self._look_out()

    def _give_up(self, ticket: IssueTicket, waiting: _Waiting) -> None:
        del self._handed_over[ticket]
        is_withdrawn = self._issuing.withdraw(ticket)
        if waiting.future.done():
            return
        if is_withdrawn:
            waiting.future.set_exception(StoreUnavailable(NOTHING_IN_TIME))
        else:
            telemetry.OUTCOMES_UNKNOWN.inc()
            waiting.future.set_exception(OutcomeUnknown(UNKNOWN_IN_TIME))

    def _withdraw(self, waiting: _Waiting) -> None:
        if waiting.ticket is not None:
            self._issuing.withdraw(waiting.ticket)
            self._handed_over.pop(waiting.ticket, None)

    def _batch_done(self, tickets: list[IssueTicket]) -> None:
        telemetry.BATCH_SIZE.observe(len(tickets))
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._wake, tickets, self._loop)

    def _wake(self, tickets: list[IssueTicket], loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for ticket in tickets:
            waiting = self._handed_over.pop(ticket, None)
            if waiting is None or waiting.future.done():
                continue
            telemetry.ISSUE_SECONDS.observe(now - waiting.arrived_at)
            if ticket.error is None:
                waiting.future.set_result(ticket.result())
                continue
            if isinstance(ticket.error, OutcomeUnknown):
                telemetry.OUTCOMES_UNKNOWN.inc()
            waiting.future.set_exception(ticket.error)
