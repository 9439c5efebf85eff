"""A caller that finds nobody else asking carries its order out on its own thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from seriatim.domain.errors import StoreUnavailable
from tests.unit.engine.issuer_desk import WAIT_S_MAX, Desk, DeskOf, desk, desk_of

__all__ = ["desk", "desk_of"]


def alone_held_in(desk: Desk, order: str) -> tuple[threading.Thread, list[Any]]:
    """An order carried out on a thread of its own, which now waits behind the gate."""
    answers: list[Any] = []
    desk.shut()
    caller = threading.Thread(target=lambda: answers.append(desk.issuer.carry_out_alone(order)))
    caller.start()
    desk.wait_until(lambda: [order] in desk.batches)
    return caller, answers


def test_caller_alone_is_carried_out_on_its_own_thread(desk: Desk) -> None:
    desk.answers_for = lambda order: f"{order} on {threading.get_ident()}"
    ticket = desk.issuer.carry_out_alone("a")
    assert ticket is not None
    assert ticket.result() == f"a on {threading.get_ident()}"


def test_caller_is_not_alone_while_a_batch_is_carried_out(desk: Desk) -> None:
    desk.hold_in("first")
    assert [desk.issuer.carry_out_alone(order) for order in "ab"] == [None, None]
    desk.let_go()


def test_callers_that_come_while_one_is_alone_share_the_next_batch(desk: Desk) -> None:
    caller, answers = alone_held_in(desk, "alone")
    assert desk.issuer.carry_out_alone("too late") is None
    tickets = desk.submit_all(["a", "b"])
    assert desk.issuer.carry_out_alone("c") is None
    desk.let_go()
    desk.wait_for("b")
    caller.join(WAIT_S_MAX)
    assert desk.batches == [["alone"], ["a", "b"]]
    assert [ticket.result() for ticket in [*answers, *tickets]] == ["ALONE", "A", "B"]


def test_caller_alone_that_is_interrupted_does_not_keep_the_others_out(desk_of: DeskOf) -> None:
    def interrupted(orders: Sequence[str]) -> Exception | None:
        if "a" in orders:
            raise KeyboardInterrupt
        return None

    desk = desk_of(fails=interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.issuer.carry_out_alone("a")
    desk.issuer.submit("b")
    desk.wait_for("b")
    alone = desk.issuer.carry_out_alone("c")
    assert alone is not None
    assert alone.result() == "C"


def test_caller_alone_hears_of_its_own_failure(desk_of: DeskOf) -> None:
    desk = desk_of(fails=lambda _: StoreUnavailable("away"))
    alone = desk.issuer.carry_out_alone("a")
    assert alone is not None
    with pytest.raises(StoreUnavailable):
        alone.result()
    assert desk.batches == [["a"]]


def test_close_waits_for_a_caller_alone_and_takes_nothing_more(desk: Desk) -> None:
    caller, answers = alone_held_in(desk, "alone")
    closing = threading.Thread(target=desk.issuer.close)
    closing.start()
    assert desk.issuer._writer.is_alive()
    desk.let_go()
    closing.join(WAIT_S_MAX)
    caller.join(WAIT_S_MAX)
    assert [ticket.result() for ticket in answers] == ["ALONE"]
    assert desk.issuer.carry_out_alone("b") is None
