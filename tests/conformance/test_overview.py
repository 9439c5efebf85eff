"""The overview: what is open, what was proven, and what its owners should look after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import StoreUnavailable
from seriatim.service.overview import NEAR_NUMBERS_MAX, Care
from seriatim.service.series import get_series, last_verifications, verify_series
from seriatim.store.sql_store import EntityBooks, SqlStore
from tests.conformance.desk import Desk, execute, new_desk
from tests.conformance.overview_desk import counted, overview, warnings
from tests.conformance.proof_desk import KEYS
from tests.samples import new_set


def _verify(desk: Desk, prefix: str = "INV") -> bool:
    series_id = desk.series(prefix).key.series_id
    caller = desk.asking(Role.AUDITOR)
    found = verify_series(desk.store, caller, series_id, keys=KEYS, clock=desk.clock)
    return found.is_verified


def _change_last_number(desk: Desk, last_number: int) -> None:
    """Behind the service's back."""
    value = desk.run(lambda transaction: transaction.session.values.number_in(last_number))
    execute(
        desk.store,
        "UPDATE seriatim_series SET last_number = :last WHERE series_id = :series_id",
        {"last": value, "series_id": desk.series("INV").key.series_id},
    )


def test_overview_of_a_new_entity_is_empty(desk: Desk) -> None:
    found = overview(desk)
    assert (found.issued, found.busiest, found.verified, found.holds) == (0, [], None, [])
    assert (found.hold_count, found.warnings, found.has_series_with_numbers) == (0, [], False)


def test_busiest_series_come_first_and_only_those_of_the_days_shown(desk: Desk) -> None:
    desk.issue(DocumentType.CREDIT_MEMO, count=100)
    desk.clock.forward(days=60)
    desk.issue(count=2)
    desk.issue(DocumentType.PAYMENT, count=9)
    counted(desk)
    ranked = [(one.series.prefix, one.issued) for one in overview(desk).busiest]
    assert ranked == [("P-", 9), ("INV", 2)]
    ranked = [(one.series.prefix, one.issued) for one in overview(desk, 90).busiest]
    assert ranked == [("CM", 100), ("P-", 9), ("INV", 2)]


def test_holds_are_shown_by_their_deadlines(desk: Desk) -> None:
    desk.issue(hold_seconds=600)
    desk.issue(DocumentType.PAYMENT, hold_seconds=60, count=2)
    found = overview(desk)
    assert [(one.series.prefix, one.hold.numbers.count) for one in found.holds] == [
        ("P-", 2),
        ("INV", 1),
    ]
    assert found.hold_count == 2
    assert overview(desk.another_entity()).hold_count == 0


def test_last_verification_is_kept_with_who_when_and_what_it_found(desk: Desk) -> None:
    desk.issue(count=5)
    assert _verify(desk)
    first = desk.clock.now()
    found = overview(desk).verified
    assert found is not None
    series, kept = found
    assert (series.prefix, kept.is_sound, kept.verified_at, kept.sound_at) == (
        "INV",
        True,
        first,
        first,
    )
    assert (kept.actor, kept.entries, kept.numbers) == (desk.caller.actor, 1, 5)
    desk.clock.forward(days=1)
    _change_last_number(desk, 77)
    assert not _verify(desk)
    found = overview(desk).verified
    assert found is not None
    kept = found[1]
    assert (kept.is_sound, kept.verified_at, kept.sound_at) == (False, desk.clock.now(), first)
    assert [care for care, _, _ in warnings(desk)] == [Care.FAULT]
    assert warnings(desk)[0][1:] == ("INV", kept.fault_message)


def test_verification_without_a_clock_leaves_nothing_behind(desk: Desk) -> None:
    desk.issue()
    assert desk.verify()
    assert overview(desk).verified is None


def test_result_is_told_where_it_cannot_be_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.issue()

    def fail(*_: object) -> None:
        raise StoreUnavailable("the database can only be read")

    monkeypatch.setattr(EntityBooks, "keep_verification", fail)
    assert _verify(desk)
    assert overview(desk).verified is None


def test_earlier_verification_that_ends_later_does_not_hide_the_later_one(desk: Desk) -> None:
    desk.issue()
    _change_last_number(desk, 77)
    assert not _verify(desk)
    desk.clock.forward(hours=-1)
    _change_last_number(desk, 1)
    assert _verify(desk)
    found = overview(desk).verified
    assert found is not None
    assert not found[1].is_sound


def test_verifications_of_others_are_not_seen(desk: Desk) -> None:
    desk.issue()
    _verify(desk)
    series_id = desk.series("INV").key.series_id
    other = desk.another_entity()
    assert overview(other).verified is None
    with desk.store.read() as transaction:
        series = get_series(transaction, desk.caller, series_id)
        assert last_verifications(transaction, other.caller, [series]) == {}
        assert list(last_verifications(transaction, desk.caller, [series])) == [series_id]


def test_series_near_its_end_and_stopped_ones_are_warned_of(desk: Desk) -> None:
    desk.create(new_set("END", invoice=("END-", 10**20 - 8)))
    desk.issue(sequence_set="END", count=5)
    counted(desk)
    assert warnings(desk) == [(Care.NEAR_THE_END, "END-", 3)]
    execute(
        desk.store,
        "UPDATE seriatim_series SET stopped_because = 'a defect' WHERE series_id = :series_id",
        {"series_id": desk.series("INV").key.series_id},
    )
    assert warnings(desk)[0] == (Care.SERIES_STOPPED, "INV", "a defect")


@pytest.mark.parametrize(("distance", "is_near"), [(5, True), (2 * NEAR_NUMBERS_MAX, False)])
def test_series_that_is_about_to_meet_another_is_warned_of(
    desk: Desk, distance: int, is_near: bool
) -> None:
    desk.create(new_set("LONG", invoice=("AB7", 1)))
    desk.create(new_set("SHORT", invoice=("AB", 7 * 10**8 - distance)))
    told = [one for one in warnings(desk) if one[0] is Care.COLLISION]
    assert ([one[1] for one in told] == ["AB"]) is is_near
    if is_near:
        assert told[0][2] == "AB700000001"


def test_overview_shows_nothing_of_another_entity(desk: Desk) -> None:
    other = desk.another_entity()
    other.create(new_set("END", invoice=("END-", 10**20 - 8)))
    other.issue(sequence_set="END", count=5, hold_seconds=60)
    counted(other)
    found = overview(desk)
    assert (found.issued, found.busiest, found.holds, found.warnings) == (0, [], [], [])


def test_issuing_that_was_stopped_stands_first(store: SqlStore) -> None:
    desk = new_desk(store)
    with store.read() as transaction:
        is_founded = transaction.access.get_store_state() is not None
    if not is_founded:
        store.run(lambda tx: tx.access.insert_store_state("0" * 32, desk.clock.now()))
    execute(
        store,
        "UPDATE seriatim_store_state SET issuing_allowed = :no, "
        "issuing_stopped_because = 'restored from a backup'",
        {"no": False},
    )
    assert warnings(desk) == [(Care.ISSUING_STOPPED, None, "restored from a backup")]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_see_it(desk: Desk, role: Role) -> None:
    assert overview(replace(desk, caller=desk.asking(role))).issued == 0
