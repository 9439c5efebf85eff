"""Numbers are counted by day behind the issuing: each once, whoever counts and whenever it stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread, get_ident
from typing import Any

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import StoreUnavailable
from seriatim.service import counting
from seriatim.service.counting import count_all, count_for_page
from seriatim.service.overview import Care
from seriatim.store.sql_store import EntityBooks, SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.conformance.number_desk import confirm, sweep, void
from tests.conformance.overview_desk import counted, overview, shown, warnings
from tests.samples import new_set


def test_numbers_are_counted_by_day_and_type(desk: Desk) -> None:
    desk.issue(count=3)
    desk.issue(DocumentType.PAYMENT)
    desk.clock.forward(days=2)
    desk.issue(count=1_000_000)
    assert counted(desk) == {
        "2026-11-23": {"invoice": 3, "payment": 1},
        "2026-11-25": {"invoice": 1_000_000},
    }
    assert list(overview(desk).days)[-1].isoformat() == "2026-11-25"
    assert len(overview(desk, 90).days) == 90


def test_number_counts_on_the_day_it_was_given_whatever_became_of_it(desk: Desk) -> None:
    desk.issue(count=4, hold_seconds=60)
    confirm(desk, 1, 2)
    desk.clock.forward(days=1)
    void(desk, 1)
    assert counted(desk) == {"2026-11-23": {"invoice": 4}}


def test_skipped_and_imported_numbers_are_not_issued(desk: Desk) -> None:
    desk.create(new_set("GAP", invoice=("GAP-", 1)))
    desk.issue(sequence_set="GAP")
    desk.update("GAP", new_set("GAP", invoice=("GAP-", 10**19)))
    desk.issue(sequence_set="GAP")
    assert counted(desk) == {"2026-11-23": {"invoice": 2}}


def test_numbers_of_twenty_digits_are_counted_exactly(desk: Desk) -> None:
    """Also across the place where the digits that are reckoned with begin anew."""
    desk.create(new_set("BIG", invoice=("BIG-", 3 * 10**18 - 5)))
    desk.issue(sequence_set="BIG", count=10)
    desk.create(new_set("END", invoice=("END-", 10**20 - 7)))
    desk.issue(sequence_set="END", count=7)
    assert counted(desk) == {"2026-11-23": {"invoice": 17}}


def test_days_are_those_of_the_entitys_zone_and_another_zone_counts_anew(desk: Desk) -> None:
    desk.clock.moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    desk.issue(count=2)
    desk.clock.moment = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert counted(desk) == {"2026-11-23": {"invoice": 2}}
    desk.set_settings(time_zone="Asia/Kathmandu")
    assert shown(overview(desk)) == {}
    assert counted(desk, zone="Asia/Kathmandu") == {"2026-11-24": {"invoice": 2}}
    desk.issue()
    desk.set_settings(time_zone="UTC")
    assert counted(desk) == {"2026-11-23": {"invoice": 2}, "2026-11-24": {"invoice": 1}}


def test_counting_goes_on_where_it_stopped_and_tells_what_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_ENTRIES_AT_ONCE", 3)
    monkeypatch.setattr(counting, "_ROUNDS_PER_PAGE", 2)
    for _ in range(10):
        desk.issue()
    left = [count_for_page(desk.store, desk.caller, "UTC") for _ in range(3)]
    assert left == [4, 0, 0]
    assert shown(overview(desk)) == {"2026-11-23": {"invoice": 10}}


def test_sweeper_counts_every_entity_and_long_series_hold_up_no_others(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = new_desk(store)
    desk, other = sorted((one, one.another_entity()), key=lambda one: one.caller.entity_id)
    monkeypatch.setattr(counting, "_ENTRIES_AT_ONCE", 5)
    monkeypatch.setattr(counting, "_SERIES_AT_ONCE", 1)
    monkeypatch.setattr(counting, "_ROUNDS_PER_SWEEP", 8)
    for _ in range(100):
        desk.issue()
    other.issue()
    other.issue(DocumentType.REFUND)
    count_all(store)
    assert shown(overview(other)) == {"2026-11-23": {"invoice": 1, "refund": 1}}
    assert shown(overview(desk))["2026-11-23"]["invoice"] < 100
    for _ in range(20):
        count_all(store)
    assert shown(overview(desk)) == {"2026-11-23": {"invoice": 100}}


def test_nothing_is_counted_twice_when_several_count_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them read the same entries before the first one writes."""
    desk.issue(count=5)
    desk.issue(DocumentType.PAYMENT, count=2)
    count_for_page(desk.store, desk.caller, "UTC")
    desk.issue(count=7)
    desk.issue(DocumentType.CREDIT_MEMO)
    together = Barrier(3)
    _after_reading(monkeypatch, together.wait)
    counters = [
        Thread(target=count_for_page, args=(desk.store, desk.caller, "UTC")) for _ in range(3)
    ]
    for one in counters:
        one.start()
    for one in counters:
        one.join()
    assert shown(overview(desk)) == {
        "2026-11-23": {"invoice": 12, "creditMemo": 1, "payment": 2},
    }


def test_count_that_fails_leaves_nothing_and_is_made_up_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.issue(count=5)

    def fail(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(EntityBooks, "add_to_daily_count", fail)
        with pytest.raises(StoreUnavailable):
            count_for_page(desk.store, desk.caller, "UTC")
    assert shown(overview(desk)) == {}
    assert counted(desk) == {"2026-11-23": {"invoice": 5}}


def test_voids_of_expired_holds_are_told_apart_from_those_of_people(desk: Desk) -> None:
    desk.issue(count=3, hold_seconds=60)
    desk.issue()
    void(desk, 4)
    desk.clock.forward(hours=1)
    sweep(desk)
    counted(desk)
    assert warnings(desk) == [(Care.HOLDS_EXPIRED, None, 3)]
    desk.clock.forward(days=31)
    assert warnings(desk) == []


def _after_reading(monkeypatch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    """Let each counter wait once it knows what there is to count."""
    read = counting._first_of_entity
    have_waited = set[int]()

    def read_then_wait(*arguments: Any) -> Any:
        found = read(*arguments)
        if get_ident() not in have_waited:
            have_waited.add(get_ident())
            wait()
        return found

    monkeypatch.setattr(counting, "_first_of_entity", read_then_wait)
