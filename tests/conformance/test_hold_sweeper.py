"""Holds whose deadline has come: each written down once, whoever sweeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from seriatim.domain.errors import (
    Category,
    Conflict,
    Rejected,
)
from seriatim.domain.number_states import HOLD_EXPIRED
from seriatim.domain.register import EntryKind
from seriatim.service.number_moves import SWEEPER, sweep_expired_holds
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import execute, new_desk
from tests.conformance.number_desk import (
    all_at_once,
    assert_sound,
    confirm,
    open_holds,
    states,
    sweep,
)
from tests.samples import new_set

INVALID, MISSING, RULE = Category.INVALID_VALUE, Category.MISSING_FIELD, Category.RULE


def test_sweeper_writes_each_expired_hold_once(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=3, hold_seconds=10)
    desk.issue(count=2, hold_seconds=20)
    desk.issue(count=1)
    desk.clock.forward(seconds=10)
    assert sweep_expired_holds(store, clock=desk.clock) == 1
    assert sweep_expired_holds(store, clock=desk.clock) == 0
    assert states(desk) == [(1, 3, "voided"), (4, 5, "reserved"), (6, 6, "issued")]
    swept = desk.entries("INV")[-1].content
    assert (swept.actor, swept.reason, swept.refers_to) == (SWEEPER, HOLD_EXPIRED, 1)
    assert_sound(desk)


def test_sweeper_serves_every_tenant(store: SqlStore) -> None:
    desks = [new_desk(store) for _ in range(3)]
    for desk in desks:
        desk.issue(count=2, hold_seconds=10)
    desks[0].clock.forward(seconds=10)
    assert sweep_expired_holds(store, clock=desks[0].clock) == 3
    assert all([e.content.kind.value for e in d.entries("INV")][-1] == "voided" for d in desks)


def test_sweepers_of_two_processes_at_once_void_each_hold_once(
    store: SqlStore, store_url: str
) -> None:
    desk = new_desk(store)
    others = [store] if store.database.name == "sqlite" else [store, open_store(store_url)]
    for turn in range(5):
        desk.create(new_set(f"S{turn}"))
        for _ in range(4):
            desk.issue(sequence_set=f"S{turn}", count=2, hold_seconds=10)
    desk.clock.forward(seconds=10)
    together = threading.Barrier(4)
    swept: list[int] = []

    def sweep(over: SqlStore) -> None:
        together.wait(20)
        swept.append(sweep_expired_holds(over, clock=desk.clock))

    all_at_once([partial(sweep, others[i % len(others)]) for i in range(4)])
    for other in others[1:]:
        other.close()
    assert sum(swept) == 20
    for turn in range(5):
        kinds = [e.content.kind for e in desk.entries(f"S{turn}-I-")]
        assert kinds == [EntryKind.RESERVED] * 4 + [EntryKind.VOIDED] * 4
    assert open_holds(desk) == []
    assert_sound(desk)


def test_sweeper_and_confirmations_at_once_decide_each_number_once(
    store: SqlStore, store_url: str
) -> None:
    """The one clock stands at the deadline of half of the holds."""
    desk = new_desk(store)
    for seconds in (10, 20) * 10:
        desk.issue(hold_seconds=seconds)
    desk.clock.forward(seconds=10)
    together = threading.Barrier(5)
    confirmed: list[int] = []

    def confirm_some(first: int) -> None:
        together.wait(20)
        for value in range(first, 21, 4):
            try:
                confirm(desk, value)
            except Rejected:
                continue
            confirmed.append(value)

    def sweep() -> None:
        together.wait(20)
        sweep_expired_holds(store, clock=desk.clock)

    all_at_once([sweep, *(partial(confirm_some, first) for first in range(1, 5))])
    assert sorted(confirmed) == list(range(2, 21, 2))
    assert [row[2] for row in states(desk)] == ["voided", "issued"] * 10
    assert_sound(desk)


def test_sweeper_that_meets_a_locked_series_still_settles_the_others(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = new_desk(store)
    desk.create(new_set("Other", invoice=("OTHER-", 1)))
    desk.issue(hold_seconds=10)
    desk.issue(sequence_set="Other", hold_seconds=10)
    desk.clock.forward(seconds=10)
    run = store.run
    calls: list[object] = []

    def run_but_first(work: Callable[[Any], Any]) -> Any:
        calls.append(work)
        if len(calls) == 1:
            raise Conflict("somebody else holds the series")
        return run(work)

    monkeypatch.setattr(store, "run", run_but_first)
    assert sweep_expired_holds(store, clock=desk.clock) == 1
    monkeypatch.undo()
    assert len(open_holds(desk)) == 1
    assert sweep_expired_holds(store, clock=desk.clock) == 1


def test_holds_of_a_stopped_series_keep_no_others_from_expiring(store: SqlStore) -> None:
    """However many they are: they expired first, and nobody may write that down."""
    stopped = new_desk(store)
    for _ in range(101):
        stopped.issue(count=1, hold_seconds=10)
    execute(
        store,
        "UPDATE seriatim_series SET stopped_because = 'a test' WHERE series_id = :series_id",
        {"series_id": stopped.series("INV").key.series_id},
    )
    desk = new_desk(store)
    desk.issue(count=2, hold_seconds=11)
    desk.clock.forward(seconds=12)
    sweep(desk)
    assert [e.content.kind.value for e in desk.entries("INV")] == ["reserved", "voided"]
    assert len(stopped.entries("INV")) == 101
