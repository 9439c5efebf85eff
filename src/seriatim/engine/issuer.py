"""The coalescing issuer: callers that wait at the same moment share one transaction.

There is no timer: a batch is whatever queued while the batch before it was committed, so that a
lone caller pays one transaction and a crowd pays one together. Nothing leaves before the commit.

Source: contract/numbering.md, Speed by design; ADR 9.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from seriatim.domain.errors import OutcomeUnknown, Overloaded, SeriatimError

Order = TypeVar("Order")
Outcome = TypeVar("Outcome")

BATCH_SIZE_MAX = 512
QUEUE_SIZE_MAX = 8192


@dataclass(slots=True, eq=False)
class Ticket(Generic[Order, Outcome]):
    """One caller's place in the queue, and later what became of its order.

    Shape: exactly one of `outcome` and `error` is set once the ticket is settled.
    """

    order: Order
    is_withdrawn: bool = False
    is_taken: bool = False
    outcome: Outcome | None = None
    error: BaseException | None = None

    def result(self) -> Outcome:
        if self.error is not None:
            raise self.error
        if self.outcome is None:
            raise RuntimeError("the ticket is not settled yet")
        return self.outcome


Settled = Callable[[list[Ticket[Order, Outcome]]], None]
RunBatch = Callable[[Sequence[Order]], Sequence[Outcome | SeriatimError]]


class Issuer(Generic[Order, Outcome]):
    """One writer thread, and the bounded queue before it.

    Shape: `run_batch` carries out all the orders in one transaction and gives each its outcome or
        its own error, in their order. When it raises OutcomeUnknown, every caller is told so; when
        it raises anything else, nothing was done, and the orders are run one by one. `settled` is
        called once a batch, on the writer thread, with every ticket of it.
    Order: first come, first served, across series: none can starve another.
    """

    def __init__(
        self,
        run_batch: RunBatch[Order, Outcome],
        settled: Settled[Order, Outcome],
        *,
        batch_size_max: int = BATCH_SIZE_MAX,
        queue_size_max: int = QUEUE_SIZE_MAX,
    ) -> None:
        self._run_batch = run_batch
        self._settled = settled
        self._batch_size_max = batch_size_max
        self._queue_size_max = queue_size_max
        self._waiting: deque[Ticket[Order, Outcome]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, name="seriatim-issuer", daemon=True)
        self._writer.start()

    def submit(self, order: Order) -> Ticket[Order, Outcome]:
        """Queue an order. Errors: Overloaded, at once, when the queue is full or closed."""
        ticket: Ticket[Order, Outcome] = Ticket(order)
        with self._changed:
            if self._is_closed or len(self._waiting) >= self._queue_size_max:
                raise Overloaded("the queue of issues is full; nothing was issued")
            self._waiting.append(ticket)
            if len(self._waiting) == 1:
                self._changed.notify()
        return ticket

    def withdraw(self, ticket: Ticket[Order, Outcome]) -> bool:
        """Give up an order; whether it will not be carried out.

        False: its batch has begun, and it is carried out or fails with it.
        """
        with self._changed:
            if ticket.is_taken:
                return False
            ticket.is_withdrawn = True
            return True

    def close(self) -> None:
        """Carry out what waits, then end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._writer.join()

    def _write(self) -> None:
        while (batch := self._next_batch()) is not None:
            if batch:
                self._carry_out(batch)

    def _next_batch(self) -> list[Ticket[Order, Outcome]] | None:
        """What waits now, up to the bound; None when there will be nothing more."""
        with self._changed:
            while not self._waiting:
                if self._is_closed:
                    return None
                self._changed.wait()
            batch: list[Ticket[Order, Outcome]] = []
            while self._waiting and len(batch) < self._batch_size_max:
                ticket = self._waiting.popleft()
                if not ticket.is_withdrawn:
                    ticket.is_taken = True
                    batch.append(ticket)
            return batch

    def _carry_out(self, batch: list[Ticket[Order, Outcome]]) -> None:
        self._run(batch)
        self._settled(batch)

    def _run(self, batch: list[Ticket[Order, Outcome]]) -> None:
        try:
            outcomes = self._run_batch([ticket.order for ticket in batch])
        except Exception as error:  # noqa: BLE001 - every caller of the batch must hear of it
            if len(batch) > 1 and not isinstance(error, OutcomeUnknown):
                # Nothing was done: whose part it was shall fail by itself.
                for ticket in batch:
                    self._run([ticket])
                return
            for ticket in batch:
                ticket.error = error
            return
        for ticket, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, SeriatimError):
                ticket.error = outcome
            else:
                ticket.outcome = outcome
