"""*Why this number*: series, set, who chose it, who asked, and all that happened to it since."""

from __future__ import annotations

from datetime import date

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.errors import NotFound
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState
from seriatim.domain.register import ChosenBy
from seriatim.service.number_history import Neighbour
from seriatim.service.number_moves import sweep_expired_holds
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.conformance.import_desk import csv_of, import_file
from tests.conformance.number_desk import confirm, explain, explain_text, number, void
from tests.samples import new_set, numbering, wanted_set


def kinds(desk: Desk, value: int | str) -> list[str]:
    return [entry.content.kind.value for entry in explain(desk, value).history]


def neighbours(desk: Desk, value: int | str) -> list[tuple[int, str] | None]:
    found = explain(desk, value)
    return [
        None if one is None else (one.number, one.state.value)
        for one in (found.previous, found.next)
    ]


def test_issued_number_says_all_that_was_asked(desk: Desk) -> None:
    desk.create(new_set("EU"))
    set_id = desk.get("EU").sequence_set.sequence_set_id
    day = date(2026, 11, 1)
    issued = desk.issue(sequence_set="EU", count=3, reference="order 7", document_date=day)
    found = explain(desk, "EU-I-00000002")
    content = found.covering.content
    assert (found.number, found.state, found.reason) == (2, "issued", None)
    assert (content.sequence_set_id, content.chosen_by) == (set_id, ChosenBy.REQUEST)
    assert (content.document_date, content.reference) == (day, "order 7")
    assert (content.actor, content.recorded_at) == (desk.caller.actor, desk.clock.now())
    assert found.covering == issued.first_entry
    assert found.history == [issued.first_entry]


def test_text_outside_every_series_is_explained(desk: Desk) -> None:
    import_file(desk, csv_of("invoice,INV000123,,2025-03-04,order 9", "refund,2019/17,,,"))
    found = explain_text(desk, "inv000123")
    assert (found.text, found.document_type.value) == ("INV000123", "invoice")
    assert (found.document_date, found.reference) == (date(2025, 3, 4), "order 9")
    assert (found.actor, found.recorded_at) == (desk.caller.actor, desk.clock.now())
    assert explain_text(desk, "2019/17").document_date is None
    for text in ("INV000124", "2019/1", "2019/17 ", "2" * 45):
        with pytest.raises(NotFound):
            explain(desk, text)
    with pytest.raises(NotFound):
        explain_text(desk.another_entity(), "INV000123")


def test_text_goes_before_the_number_of_a_series_that_stepped_over_it(desk: Desk) -> None:
    import_file(desk, csv_of("invoice,NEW00000002,,2025-03-04,old"))
    desk.create(new_set("N", invoice=("NEW", 1)))
    assert desk.texts(sequence_set="N", count=2) == ["NEW00000001", "NEW00000003"]
    assert explain_text(desk, "NEW00000002").reference == "old"
    assert explain(desk, "NEW00000003").previous == Neighbour(2, NumberState.SKIPPED)


def test_explanation_names_the_rule_that_chose_the_set(desk: Desk) -> None:
    desk.create(new_set("EU"))
    set_id = desk.get("EU").sequence_set.sequence_set_id
    desk.insert_account("A-1", set_id)
    desk.insert_account("A-2")
    chosen = {
        "EU-I-00000001": {"account_number": "A-1"},
        "INV00000001": {"account_number": "A-2"},
        "INV00000002": {"account_number": "A-1", "sequence_set": "DEFAULT"},
        "INV00000003": {},
    }
    for text, asked in chosen.items():
        assert desk.texts(**asked) == [text]
    found = [explain(desk, text).covering.content.chosen_by for text in chosen]
    assert found == [ChosenBy.ACCOUNT, ChosenBy.DEFAULT, ChosenBy.REQUEST, ChosenBy.DEFAULT]


def test_number_of_a_block_tells_its_own_history_and_not_its_neighbours(desk: Desk) -> None:
    desk.issue(count=9, hold_seconds=60)
    confirm(desk, 3, 6)
    void(desk, 5)
    void(desk, 8)
    assert [kinds(desk, value) for value in (1, 3, 5, 8)] == [
        ["reserved"],
        ["reserved", "confirmed"],
        ["reserved", "confirmed", "voided"],
        ["reserved", "voided"],
    ]
    assert [explain(desk, value).state for value in (1, 3, 5, 8)] == [
        "reserved",
        "issued",
        "voided",
        "voided",
    ]


def test_neighbours_are_told_with_their_states(desk: Desk) -> None:
    desk.issue(count=2)
    void(desk, 2)
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=5)))
    desk.issue(count=1, hold_seconds=60)
    assert neighbours(desk, 1) == [None, (2, "voided")]
    assert neighbours(desk, 2) == [(1, "issued"), (3, "skipped")]
    assert neighbours(desk, 4) == [(3, "skipped"), (5, "reserved")]
    assert neighbours(desk, 5) == [(4, "skipped"), None]


def test_skipped_number_says_why(desk: Desk) -> None:
    desk.issue()
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=5)))
    found = explain(desk, 3)
    assert (found.state, found.reason) == ("skipped", "start number raised to 5")
    assert found.covering.content.chosen_by is None


def test_expired_hold_is_explained_before_and_after_the_sweep(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=2, hold_seconds=10)
    desk.clock.forward(seconds=10)
    assert (explain(desk, 2).state, explain(desk, 2).reason) == ("voided", HOLD_EXPIRED)
    assert kinds(desk, 2) == ["reserved"]
    sweep_expired_holds(store, clock=desk.clock)
    assert (explain(desk, 2).state, explain(desk, 2).reason) == ("voided", HOLD_EXPIRED)
    assert kinds(desk, 2) == ["reserved", "voided"]


def test_text_that_two_series_could_mean_is_explained_by_the_one_that_gave_it(desk: Desk) -> None:
    """`INV2` and its number 1 read as number 200 000 001 of `INV`."""
    desk.create(new_set("Long", invoice=("INV2", 1)))
    desk.issue(sequence_set="Long")
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=200_000_000)))
    assert desk.texts(count=2) == ["INV200000000", "INV200000002"]
    found = explain(desk, "INV200000001")
    assert (found.series.prefix, found.number, found.state) == ("INV2", 1, "issued")
    stepped_over = desk.entries("INV")[-2].content
    assert stepped_over.kind.value == "skipped"
    assert stepped_over.reason is not None
    assert "INV2" in stepped_over.reason


@pytest.mark.parametrize(
    "text", ["INV00000003", "INV00000000", "inv1", "X00000001", "", "I", "INV" + "9" * 21]
)
def test_number_never_given_is_not_found(desk: Desk, text: str) -> None:
    desk.issue(count=2)
    with pytest.raises(NotFound):
        explain(desk, text)


def test_number_of_another_entity_is_not_found(desk: Desk) -> None:
    desk.issue()
    with pytest.raises(NotFound):
        explain(desk.another_entity(), number(1))


@pytest.mark.parametrize("role", Role)
def test_every_role_may_ask_why(desk: Desk, role: Role) -> None:
    desk.issue()
    assert explain(Desk(desk.store, desk.asking(role), desk.clock), "inv00000001").number == 1
