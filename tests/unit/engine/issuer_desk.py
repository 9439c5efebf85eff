"""An issuer whose batches a test can look at and hold up.

The batch waits behind a gate of the test, so that what queues meanwhile is known; no test sleeps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from seriatim.domain.errors import SeriatimError
from seriatim.engine.issuer import Issuer, Ticket

WAIT_S_MAX = 20.0
Outcome = str | SeriatimError
Fails = Callable[[Sequence[str]], Exception | None]


def never(_: Sequence[str]) -> None:
    return None


class Desk:
    """An issuer whose batches are noted, and held up for as long as the gate is shut."""

    def __init__(self, *, fails: Fails = never, **limits: Any) -> None:
        self.batches: list[list[str]] = []
        self.settled: list[list[str]] = []
        self.answers_for: Callable[[str], Outcome] = str.upper
        self.outcomes_lost = 0
        self._fails = fails
        self._gate = threading.Event()
        self._gate.set()
        self._told = threading.Condition()
        self.issuer: Issuer[str, str] = Issuer(self._run, self._settle, **limits)

    def _run(self, orders: Sequence[str]) -> list[Outcome]:
        with self._told:
            self.batches.append(list(orders))
            self._told.notify_all()
        if not self._gate.wait(WAIT_S_MAX):
            raise TimeoutError("the test never opened the gate")
        error = self._fails(orders)
        if error is not None:
            raise error
        return [self.answers_for(order) for order in orders[self.outcomes_lost :]]

    def _settle(self, tickets: list[Ticket[str, str]]) -> None:
        with self._told:
            self.settled.append([ticket.order for ticket in tickets])
            self._told.notify_all()

    def hold_in(self, order: str) -> Ticket[str, str]:
        """Shut the gate, and submit an order whose batch then waits behind it."""
        self.shut()
        ticket = self.issuer.submit(order)
        self.wait_until(lambda: [order] in self.batches)
        return ticket

    def shut(self) -> None:
        """From now on every batch waits behind the gate."""
        self._gate.clear()

    def let_go(self) -> None:
        self._gate.set()

    def wait_for(self, order: str) -> None:
        self.wait_until(lambda: any(order in batch for batch in self.settled))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(holds, WAIT_S_MAX)

    def submit_all(self, orders: Sequence[str]) -> list[Ticket[str, str]]:
        return [self.issuer.submit(order) for order in orders]

    def carry_out(self, orders: Sequence[str]) -> list[Ticket[str, str]]:
        """Let these orders wait together, and then be carried out."""
        self.hold_in("first")
        tickets = self.submit_all(orders)
        self.let_go()
        self.wait_for(orders[-1])
        return tickets


DeskOf = Callable[..., Desk]


@pytest.fixture
def desk_of() -> Iterator[DeskOf]:
    """Gives desks, and closes them at the end."""
    made: list[Desk] = []

    def desk_of(**rest: Any) -> Desk:
        made.append(Desk(**rest))
        return made[-1]

    yield desk_of
    for desk in made:
        desk.let_go()
        desk.issuer.close()


@pytest.fixture
def desk(desk_of: DeskOf) -> Desk:
    return desk_of()
