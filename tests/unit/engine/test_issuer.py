"""Callers that wait at the same moment share one batch, and each hears what became of its order."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from typing import Any

import pytest

from seriatim.domain.errors import (
    Conflict,
    KeyInUse,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.domain.rules.issuing import count_is_1_to_a_million
from seriatim.engine.issuer import WAITS_MAX, Ticket
from tests.unit.engine.issuer_desk import WAIT_S_MAX, Desk, DeskOf, desk, desk_of

__all__ = ["desk", "desk_of"]


def errors(tickets: Sequence[Ticket[str, str]]) -> list[type[BaseException] | None]:
    return [None if ticket.error is None else type(ticket.error) for ticket in tickets]


def test_lone_caller_is_answered_by_a_batch_of_its_own(desk: Desk) -> None:
    ticket = desk.issuer.submit("a")
    desk.wait_for("a")
    assert (ticket.result(), desk.batches) == ("A", [["a"]])


def test_callers_that_queue_during_a_batch_share_the_next_in_order_of_arrival(desk: Desk) -> None:
    tickets = desk.carry_out(["c", "a", "b"])
    assert [ticket.result() for ticket in tickets] == ["C", "A", "B"]
    assert desk.batches == [["first"], ["c", "a", "b"]]
    assert desk.settled == desk.batches


def test_caller_is_told_nothing_while_its_batch_runs(desk: Desk) -> None:
    ticket = desk.hold_in("a")
    assert desk.settled == []
    with pytest.raises(RuntimeError, match="not settled"):
        ticket.result()


def test_long_queue_is_carried_out_in_batches_of_the_greatest_size(desk_of: DeskOf) -> None:
    desk = desk_of(batch_size_max=2)
    desk.carry_out(["a", "b", "c", "d", "e"])
    assert desk.batches == [["first"], ["a", "b"], ["c", "d"], ["e"]]


def test_order_behind_a_crowd_is_not_overtaken_by_later_ones(desk_of: DeskOf) -> None:
    """A series with ten thousand callers cannot starve the one caller of another."""
    desk = desk_of(batch_size_max=4, queue_size_max=100)
    desk.hold_in("first")
    desk.submit_all([f"crowd {i}" for i in range(6)])
    desk.issuer.submit("lone")
    desk.submit_all([f"late {i}" for i in range(20)])
    desk.let_go()
    desk.wait_for("late 19")
    flat = [order for batch in desk.batches for order in batch]
    assert flat.index("lone") == 7


def test_full_queue_refuses_at_once_and_takes_orders_again_later(desk_of: DeskOf) -> None:
    desk = desk_of(queue_size_max=2)
    desk.hold_in("first")
    desk.submit_all(["a", "b"])
    with pytest.raises(Overloaded):
        desk.issuer.submit("c")
    desk.let_go()
    desk.wait_for("b")
    desk.issuer.submit("d")
    desk.wait_for("d")
    assert desk.batches == [["first"], ["a", "b"], ["d"]]


def test_refused_order_fails_alone(desk: Desk) -> None:
    refusal = Rejected(count_is_1_to_a_million(0))
    desk.answers_for = lambda order: refusal if order == "b" else order.upper()
    a, b, c = desk.carry_out(["a", "b", "c"])
    assert (a.result(), c.result()) == ("A", "C")
    with pytest.raises(Rejected):
        b.result()
    assert len(desk.batches) == 2


def test_unexpected_error_makes_the_orders_run_one_by_one(desk_of: DeskOf) -> None:
    desk = desk_of(fails=lambda orders: ValueError("a defect") if "b" in orders else None)
    tickets = desk.carry_out(["a", "b", "c"])
    assert desk.batches[1:] == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert errors(tickets) == [None, ValueError, None]
    assert desk.settled == [["first"], ["a", "b", "c"]]


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), StoreUnavailable("away")])
def test_failure_of_the_database_is_told_to_all_without_another_try(
    desk_of: DeskOf, error: SeriatimError
) -> None:
    """Nobody waits for the pool once for each caller before."""
    desk = desk_of(fails=lambda orders: error if "a" in orders else None)
    tickets = desk.carry_out(["a", "b", "c"])
    assert errors(tickets) == [type(error)] * 3
    assert desk.batches[1:] == [["a", "b", "c"]]


def test_batch_after_a_failed_one_is_carried_out(desk_of: DeskOf) -> None:
    desk = desk_of(fails=lambda orders: StoreUnavailable("away") if "a" in orders else None)
    desk.carry_out(["a"])
    ticket = desk.issuer.submit("b")
    desk.wait_for("b")
    assert ticket.result() == "B"


def first_letter(order: str) -> Hashable:
    return order[0]


def test_lock_held_by_somebody_else_is_waited_for_once_and_fails_its_own_callers(
    desk_of: DeskOf,
) -> None:
    def fails(orders: Sequence[str]) -> Exception | None:
        return Conflict("held") if any(order.startswith("x") for order in orders) else None

    desk = desk_of(fails=fails, waits_for=first_letter)
    tickets = desk.carry_out(["x1", "y1", "x2", "y2", "x3"])
    assert errors(tickets) == [Conflict, None, Conflict, None, Conflict]
    assert desk.batches[2:] == [["x1", "x2", "x3"], ["y1", "y2"]]


def test_many_held_locks_are_waited_for_a_bounded_number_of_times(desk_of: DeskOf) -> None:
    orders = [f"{letter}{i}" for letter in "abcdefgh" for i in range(2)]
    desk = desk_of(
        fails=lambda orders: None if "first" in orders else Conflict("held"),
        waits_for=first_letter,
    )
    tickets = desk.carry_out(orders)
    assert len(desk.batches) == 2 + WAITS_MAX
    assert errors(tickets) == [Conflict] * 2 * WAITS_MAX + [StoreUnavailable] * (16 - 2 * WAITS_MAX)


def test_key_in_use_elsewhere_fails_its_own_caller(desk_of: DeskOf) -> None:
    desk = desk_of(fails=lambda orders: KeyInUse("running") if "b" in orders else None)
    tickets = desk.carry_out(["a", "b", "c"])
    assert errors(tickets) == [None, KeyInUse, None]


def test_withdrawn_order_that_waits_is_never_carried_out(desk: Desk) -> None:
    desk.hold_in("first")
    a, b = desk.submit_all(["a", "b"])
    assert desk.issuer.withdraw(a)
    desk.let_go()
    desk.wait_for("b")
    assert desk.batches == [["first"], ["b"]]
    assert b.result() == "B"


def test_withdrawn_order_whose_batch_has_begun_is_carried_out(desk: Desk) -> None:
    ticket = desk.hold_in("a")
    assert not desk.issuer.withdraw(ticket)
    desk.let_go()
    desk.wait_for("a")
    assert ticket.result() == "A"
    assert not desk.issuer.withdraw(ticket)


def test_queue_of_withdrawn_orders_alone_runs_no_batch_and_leaves_the_writer_alive(
    desk: Desk,
) -> None:
    desk.hold_in("first")
    for ticket in desk.submit_all(["a", "b"]):
        desk.issuer.withdraw(ticket)
    desk.let_go()
    desk.wait_for("first")
    desk.issuer.submit("c")
    desk.wait_for("c")
    assert desk.batches == [["first"], ["c"]]


def test_close_carries_out_what_waits_and_takes_nothing_more(desk: Desk) -> None:
    desk.hold_in("first")
    tickets = desk.submit_all(["a", "b"])
    closing = threading.Thread(target=desk.issuer.close)
    closing.start()
    desk.let_go()
    closing.join(WAIT_S_MAX)
    assert not closing.is_alive()
    assert [ticket.result() for ticket in tickets] == ["A", "B"]
    with pytest.raises(Overloaded):
        desk.issuer.submit("c")
    desk.issuer.close()


def test_callback_that_raises_does_not_end_the_writer(desk: Desk, capsys: Any) -> None:
    told = desk.issuer._settled

    def settle(tickets: list[Ticket[str, str]]) -> None:
        told(tickets)
        if tickets[0].order == "a":
            raise RuntimeError("Event loop is closed")

    desk.issuer._settled = settle
    desk.carry_out(["a"])
    desk.issuer.submit("b")
    desk.wait_for("b")
    logged = "".join(capsys.readouterr())
    assert logged.count("issuer_callback_failed") == 1
    assert "Event loop is closed" in logged


def test_batch_with_an_outcome_too_few_tells_nobody_that_nothing_happened(desk: Desk) -> None:
    desk.outcomes_lost = 1
    a, b = desk.carry_out(["a", "b"])
    assert errors([a, b]) == [OutcomeUnknown, OutcomeUnknown]
    desk.outcomes_lost = 0
    c = desk.issuer.submit("c")
    desk.wait_for("c")
    assert c.result() == "C"


def test_many_threads_at_once_each_get_their_own_answer(desk_of: DeskOf) -> None:
    desk = desk_of(batch_size_max=16)
    together = threading.Barrier(32)
    tickets: dict[str, Ticket[str, str]] = {}

    def call(name: str) -> None:
        together.wait(WAIT_S_MAX)
        for turn in range(20):
            order = f"{name}-{turn}"
            tickets[order] = desk.issuer.submit(order)
            if turn % 5 == 4:
                desk.issuer.withdraw(tickets[order])

    threads = [threading.Thread(target=call, args=(f"t{i}",)) for i in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S_MAX)
    desk.issuer.close()
    carried_out = [order for batch in desk.batches for order in batch]
    assert len(carried_out) == len(set(carried_out))
    for order, ticket in tickets.items():
        assert ticket.is_withdrawn != (order in carried_out)
        assert ticket.is_withdrawn or ticket.result() == order.upper()
    for name in {order.split("-")[0] for order in tickets}:
        own = [int(order.split("-")[1]) for order in carried_out if order.split("-")[0] == name]
        assert own == sorted(own)
