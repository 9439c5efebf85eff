"""Threads that wait for the coalescing issuer."""

from __future__ import annotations

import threading
import time

from seriatim.domain.clock import Clock
from seriatim.service.idempotency import Answered
from seriatim.service.issuing import IssueTicket, NumberIssuing
from seriatim.service.numbers import IssueAsk
from seriatim.store.sql_store import SqlStore


class WaitingIssuing:
    """Any number of threads of one process; those that ask together share one transaction."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._gates: dict[IssueTicket, threading.Lock] = {}
        self._changing = threading.Lock()
        self._issuing = NumberIssuing(store, clock, self._batch_done)

    def issue(self, ask: IssueAsk) -> Answered:
        """Errors: as the numbers' own operation; Overloaded and KeyInUse at once.

        Order: a thread that is interrupted while it waits is not issued at all, or is in the
            register.
        Cost: a caller that finds nobody else asking is spared the way to another thread and back.
        """
        alone = self._issuing.carry_out_alone(ask)
        return self._issue_with_others(ask) if alone is None else alone.result()

    def _issue_with_others(self, ask: IssueAsk) -> Answered:
        gate = threading.Lock()
        gate.acquire()
        with self._changing:
            ticket = self._issuing.submit(ask)
            self._gates[ticket] = gate
        try:
            gate.acquire()
        except BaseException:
            self._issuing.withdraw(ticket)
            with self._changing:
                self._gates.pop(ticket, None)
            raise
        return ticket.result()

    def close(self) -> None:
        """Carry out what waits."""
        self._issuing.close()

    def _batch_done(self, tickets: list[IssueTicket]) -> None:
        with self._changing:
            gates = [self._gates.pop(ticket, None) for ticket in tickets]
        for gate in gates:
            if gate is not None:
                gate.release()
        self._let_callers_come_back(len(gates))

    def _let_callers_come_back(self, count_max: int) -> None:
        """Give up the processor for as long as every turn of it brings another caller.

        Otherwise the first to ask again would have a transaction to itself, and the others the
        next: with 64 threads, twice as many commits.
        """
        for _ in range(count_max):
            waiting = len(self._gates)
            time.sleep(0)
            if len(self._gates) == waiting:
                return
