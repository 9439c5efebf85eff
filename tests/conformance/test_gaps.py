"""Gaps: every number not in use with its reason, and holes made behind the service's back."""

from __future__ import annotations

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import NotFound
from seriatim.domain.number_states import HOLD_EXPIRED
from seriatim.service.gaps import Gap, GapPage, list_gaps
from seriatim.service.number_moves import sweep_expired_holds
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, execute, new_desk
from tests.conformance.number_desk import confirm, explain, sweep, void
from tests.samples import new_set, numbering, wanted_set


def gap_page(
    desk: Desk, prefix: str = "INV", after: tuple[int, int] | None = None, row_count: int = 1000
) -> GapPage:
    series_id = desk.series(prefix).key.series_id
    with desk.store.read() as transaction:
        return list_gaps(
            transaction,
            desk.caller,
            series_id,
            after=after,
            row_count=row_count,
            clock=desk.clock,
        )


def gaps_of(desk: Desk, prefix: str = "INV", row_count: int = 1000) -> list[Gap]:
    found: list[Gap] = []
    after = None
    while True:
        page = gap_page(desk, prefix, after, row_count)
        assert page.unexplained == []
        found += page.gaps
        if page.next_place is None:
            return found
        after = page.next_place


def shown(gaps: list[Gap]) -> list[tuple[int, int, str, str | None]]:
    return [(g.numbers.first, g.numbers.last, g.state.value, g.reason) for g in gaps]


def test_series_without_gaps_has_none(desk: Desk) -> None:
    assert gaps_of(desk) == []
    desk.issue(count=5)
    assert gaps_of(desk) == []


def test_every_gap_says_why_who_and_when(desk: Desk) -> None:
    desk.issue(count=4)
    void(desk, 2, 3, reason="misprint")
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=8)))
    desk.issue(count=2, hold_seconds=10)
    desk.clock.forward(seconds=10)
    sweep(desk)
    found = gaps_of(desk)
    assert shown(found) == [
        (2, 3, "voided", "misprint"),
        (5, 7, "skipped", "start number raised to 8"),
        (8, 9, "voided", HOLD_EXPIRED),
    ]
    assert [gap.actor for gap in found] == [
        desk.caller.actor,
        desk.caller.actor,
        "service:hold-sweeper",
    ]


def test_expired_hold_is_a_gap_in_its_place_before_the_sweep(desk: Desk) -> None:
    desk.issue(count=2)
    desk.issue(count=3, hold_seconds=10)
    desk.issue(count=2)
    void(desk, 1)
    void(desk, 7)
    confirm(desk, 4)
    desk.clock.forward(seconds=10)
    expected = [(1, 1), (3, 3), (5, 5), (7, 7)]
    for row_count in (1, 2, 3, 1000):
        found = gaps_of(desk, row_count=row_count)
        assert [(g.numbers.first, g.numbers.last) for g in found] == expected
        assert {g.state for g in found} == {"voided"}
        ended = desk.clock.now()
        sweeper = "service:hold-sweeper"
        assert [(g.actor, g.at) for g in found[1:3]] == [(sweeper, ended), (sweeper, ended)]


def test_open_hold_is_no_gap(desk: Desk) -> None:
    desk.issue(count=3, hold_seconds=10)
    assert gaps_of(desk) == []


def test_gaps_by_pages_are_the_gaps_at_once(store: SqlStore) -> None:
    desk = new_desk(store)
    for value in range(1, 31):
        desk.issue(hold_seconds=10 if value % 3 == 0 else None)
        if value % 3 == 1:
            void(desk, value)
    desk.clock.forward(seconds=10)
    whole = shown(gaps_of(desk))
    assert [row[0] for row in whole] == [v for v in range(1, 31) if v % 3 != 2]
    for row_count in (1, 4, 7):
        assert shown(gaps_of(desk, row_count=row_count)) == whole
    sweep_expired_holds(store, clock=desk.clock)
    assert shown(gaps_of(desk, row_count=4)) == whole


def test_gaps_of_twenty_digit_numbers_are_exact(desk: Desk) -> None:
    top = 10**20 - 1
    desk.create(new_set("End", invoice=("END-", 10**19)))
    desk.issue(sequence_set="End")
    desk.update("End", wanted_set(invoice=numbering(start_number=top)))
    desk.issue(sequence_set="End")
    void(desk, f"END-{top}")
    assert [(g.numbers.first, g.numbers.last) for g in gaps_of(desk, "END-")] == [
        (10**19 + 1, top - 1),
        (top, top),
    ]


@pytest.mark.parametrize("removed", [1, 2, 3])
def test_entry_removed_behind_the_back_is_shown_as_unexplained(
    store: SqlStore, removed: int
) -> None:
    desk = new_desk(store)
    for count in (2, 3, 4):
        desk.issue(count=count)
    expected = desk.entries("INV")[removed - 1].content.numbers
    _delete_entry(desk, removed)
    assert gap_page(desk).unexplained == [expected]
    verification = next(iter(v for name, v in desk.verify().items() if name.startswith("INV ")))
    assert not verification.is_verified
    with pytest.raises(NotFound):
        explain(desk, expected.first)


def test_counts_that_do_not_add_up_without_a_hole_are_no_gap(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=2)
    wrong = "9".zfill(20) if store.database.name == "sqlite" else 9
    execute(store, "UPDATE seriatim_series SET issued_count = :wrong", {"wrong": wrong})
    assert gap_page(desk).unexplained == []


def test_series_moved_on_behind_the_back_is_shown_as_unexplained(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=2)
    moved = "7".zfill(20) if store.database.name == "sqlite" else 7
    execute(
        store,
        "UPDATE seriatim_series SET last_number = :moved WHERE prefix = 'INV'",
        {"moved": moved},
    )
    assert gap_page(desk).unexplained == [NumberRange(3, 7)]


@pytest.mark.parametrize("role", Role)
def test_every_role_may_read_gaps(desk: Desk, role: Role) -> None:
    desk.issue(count=2)
    void(desk, 1)
    assert len(gaps_of(Desk(desk.store, desk.asking(role), desk.clock))) == 1


def test_gaps_of_another_entitys_series_are_not_found(desk: Desk) -> None:
    series_id = desk.series("INV").key.series_id
    other = desk.another_entity()
    for key in (series_id, "0" * 32, "x", ""):
        with pytest.raises(NotFound), other.store.read() as transaction:
            list_gaps(transaction, other.caller, key, after=None, row_count=10, clock=other.clock)


def _delete_entry(desk: Desk, entry_number: int) -> None:
    """As somebody with all rights over the database would."""
    store = desk.store
    if store.database.name == "sqlite":
        execute(store, "DROP TRIGGER seriatim_register_refuses_delete")
    else:
        execute(store, "ALTER TABLE seriatim_register DISABLE TRIGGER ALL")
    execute(
        store,
        "DELETE FROM seriatim_register WHERE series_id = :series_id AND entry_number = :entry_number",
        {"series_id": desk.series("INV").key.series_id, "entry_number": entry_number},
    )
