"""Between the event loop and the coalescing issuer: one wake-up a batch."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from seriatim import telemetry
from seriatim.domain.clock import Clock
from seriatim.domain.errors import OutcomeUnknown
from seriatim.service.idempotency import Answered
from seriatim.service.issuing import IssueTicket, NumberIssuing
from seriatim.service.numbers import IssueAsk
from seriatim.store.sql_store import SqlStore


class AsyncIssuing:
    """Shape: belongs to the event loop that first issues through it."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._issuing = NumberIssuing(store, clock, self._batch_done)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[IssueTicket, asyncio.Future[Answered]] = {}

    async def issue(self, ask: IssueAsk) -> Answered:
        """Errors: as the numbers' own operation; Overloaded and KeyInUse at once."""
        loop = self._loop = self._loop or asyncio.get_running_loop()
        started = loop.time()
        ticket = self._issuing.submit(ask)
        future = self._waiting[ticket] = loop.create_future()
        try:
            answered: Answered = await future
            return answered
        except asyncio.CancelledError:
            self._issuing.withdraw(ticket)
            raise
        finally:
            self._waiting.pop(ticket, None)
            telemetry.ISSUE_SECONDS.observe(loop.time() - started)

    def close(self) -> None:
        """Carry out what waits."""
        self._issuing.close()

    def _batch_done(self, tickets: list[IssueTicket]) -> None:
        telemetry.BATCH_SIZE.observe(len(tickets))
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._wake, tickets)

    def _wake(self, tickets: list[IssueTicket]) -> None:
        for ticket in tickets:
            future = self._waiting.get(ticket)
            if future is None or future.done():
                continue
            if ticket.error is None:
                future.set_result(ticket.result())
                continue
            if isinstance(ticket.error, OutcomeUnknown):
                telemetry.OUTCOMES_UNKNOWN.inc()
            future.set_exception(ticket.error)
