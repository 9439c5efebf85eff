"""The coalescing issuer: callers that wait at the same moment share one transaction.

There is no timer: a batch is whatever queued while the batch before it was committed, so that a
lone caller pays one transaction and a crowd pays one together. Nothing leaves before the commit.

Source: contract/numbering.md, Speed by design; ADR 9.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from seriatim import telemetry
from seriatim.domain.errors import (
    Conflict,
    KeyInUse,
    OutcomeUnknown,
    Overloaded,
    SeriatimError,
    StoreUnavailable,
)

Order = TypeVar("Order")
Outcome = TypeVar("Outcome")

BATCH_SIZE_MAX = 512
QUEUE_SIZE_MAX = 8192
WAITS_MAX = 2
QUEUE_FULL = "the queue of issues is full; nothing was issued"

_log = telemetry.logger("issuer")


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
    """One writer thread, and the bounded queue before it. One batch is carried out at a time.

    Shape: `run_batch` carries out all the orders in one transaction and gives each its outcome or
        its own error, in their order. `settled` is called once a batch, on the writer thread, with
        every ticket of it. `waits_for` names what an order has to lock.
    Order: first come, first served, across series: none can starve another.
    Errors: OutcomeUnknown and StoreUnavailable of a batch are told to every caller. After
        anything else nothing was done, and the orders are run again: by what they wait for where
        somebody else held it (a Conflict), otherwise one by one. When WAITS_MAX of these waited in
        vain, the rest is told StoreUnavailable, so that nobody waits for ever behind them.
    """

    def __init__(
        self,
        run_batch: RunBatch[Order, Outcome],
        settled: Settled[Order, Outcome],
        *,
        waits_for: Callable[[Order], Hashable] = lambda _: None,
        batch_size_max: int = BATCH_SIZE_MAX,
        queue_size_max: int = QUEUE_SIZE_MAX,
    ) -> None:
        self._run_batch = run_batch
        self._settled = settled
        self._waits_for = waits_for
        self._batch_size_max = batch_size_max
        self._queue_size_max = queue_size_max
        self._waiting: deque[Ticket[Order, Outcome]] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._is_carrying_out = False
        self._writer = threading.Thread(target=self._write, name="seriatim-issuer", daemon=True)
        self._writer.start()

    def submit(self, order: Order) -> Ticket[Order, Outcome]:
        """Queue an order. Errors: Overloaded, at once, when the queue is full or closed."""
        queued = self.submit_all([order])
        if not queued:
            raise Overloaded(QUEUE_FULL)
        return queued[0]

    def submit_all(self, orders: Sequence[Order]) -> list[Ticket[Order, Outcome]]:
        """Queue orders that came together, so that they are not torn apart.

        Order: as given; those behind the last ticket found no room in the queue.
        """
        with self._changed:
            room = 0 if self._is_closed else self._queue_size_max - len(self._waiting)
            tickets: list[Ticket[Order, Outcome]] = [Ticket(order) for order in orders[:room]]
            if tickets and not self._waiting:
                self._changed.notify()
            self._waiting.extend(tickets)
        return tickets

    def carry_out_alone(self, order: Order) -> Ticket[Order, Outcome] | None:
        """Carry an order out on the calling thread; None where it has to queue.

        Shape: for a caller that would wait by blocking its thread anyway, and has nobody to share
            a transaction with. `settled` is not called.
        Order: what queues meanwhile waits until it is settled, and is a batch then.
        """
        ticket: Ticket[Order, Outcome] = Ticket(order, is_taken=True)
        is_ours = False
        try:  # an interruption anywhere in here must not leave the others waiting for ever
            with self._changed:
                if self._waiting or self._is_carrying_out or self._is_closed:
                    return None
                self._is_carrying_out = is_ours = True
            self._run([ticket])
            return ticket
        finally:
            if is_ours:
                self._end_alone()

    def _end_alone(self) -> None:
        with self._changed:
            self._is_carrying_out = False
            if self._waiting or self._is_closed:
                self._changed.notify()

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
        while self._write_batch():
            pass

    def _write_batch(self) -> bool:
        """Wait for a batch and carry it out; False when there will be nothing more."""
        batch = self._next_batch()
        if batch is None:
            return False
        self._carry_out(batch)
        with self._changed:
            self._is_carrying_out = False
        return True

    def _next_batch(self) -> list[Ticket[Order, Outcome]] | None:
        """What waits now, up to the bound; None when there will be nothing more."""
        with self._changed:
            while self._is_carrying_out or not self._waiting:
                if self._is_closed and not self._is_carrying_out:
                    return None
                self._changed.wait()
            batch: list[Ticket[Order, Outcome]] = []
            while self._waiting and len(batch) < self._batch_size_max:
                ticket = self._waiting.popleft()
                if not ticket.is_withdrawn:
                    ticket.is_taken = True
                    batch.append(ticket)
            self._is_carrying_out = bool(batch)
            return batch

    def _carry_out(self, batch: list[Ticket[Order, Outcome]]) -> None:
        if not batch:
            return
        self._run(batch)
        error = _failure_of(lambda: self._settled(batch))
        if error is not None:
            _log.error("issuer_callback_failed", exc_info=error)

    def _run(self, batch: list[Ticket[Order, Outcome]]) -> None:
        error = self._attempt(batch)
        if error is not None:
            self._run_apart(batch, error)

    def _run_apart(self, batch: list[Ticket[Order, Outcome]], error: Exception) -> None:
        """Whose part it was shall fail by itself, where that can be found out in time."""
        parts = self._parts(batch, error)
        if len(parts) == 1:
            _tell(batch, error)
            return
        waits = 0
        for part in parts:
            if waits == WAITS_MAX:
                _tell(part, StoreUnavailable("too much is locked by others; nothing was issued"))
                continue
            failure = self._attempt(part)
            if failure is not None:
                waits += isinstance(failure, Conflict | StoreUnavailable)
                self._run_apart(part, failure)

    def _parts(
        self, batch: list[Ticket[Order, Outcome]], error: Exception
    ) -> list[list[Ticket[Order, Outcome]]]:
        if isinstance(error, OutcomeUnknown | StoreUnavailable):
            return [batch]
        if isinstance(error, KeyInUse) or not isinstance(error, Conflict):
            return [[ticket] for ticket in batch]
        parts: dict[Hashable, list[Ticket[Order, Outcome]]] = {}
        for ticket in batch:
            parts.setdefault(self._waits_for(ticket.order), []).append(ticket)
        return list(parts.values())

    def _attempt(self, batch: list[Ticket[Order, Outcome]]) -> Exception | None:
        """Run the orders in one transaction; what went wrong with all of it."""
        return _failure_of(lambda: self._settle(batch))

    def _settle(self, batch: list[Ticket[Order, Outcome]]) -> None:
        outcomes = self._run_batch([ticket.order for ticket in batch])
        if len(outcomes) != len(batch):
            raise OutcomeUnknown(f"{len(batch)} orders had {len(outcomes)} outcomes")
        for ticket, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, SeriatimError):
                ticket.error = outcome
            else:
                ticket.outcome = outcome


def _failure_of(work: Callable[[], None]) -> Exception | None:
    """Do it, and outlive it: every caller must hear of a failure, and the next needs the writer."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - see above
        return error
    return None


def _tell(tickets: Iterable[Ticket[Order, Outcome]], error: Exception) -> None:
    for ticket in tickets:
        ticket.error = error
