"""Reserving, confirming and voiding: what is allowed, what is refused, and what time does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.errors import (
    Category,
    NotFound,
    NotPermitted,
    Rejected,
    StoreUnavailable,
)
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.number_states import HOLD_EXPIRED, NumberState
from seriatim.domain.register import EntryKind
from seriatim.service.number_moves import confirm_numbers, sweep_expired_holds
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, execute, new_desk
from tests.conformance.import_desk import imported
from tests.conformance.number_desk import (
    assert_sound,
    confirm,
    explain,
    listed,
    number,
    open_holds,
    refusal_that_leaves_no_trace,
    state_of,
    states,
    sweep,
    void,
)
from tests.samples import new_set, numbering, wanted_set

INVALID, MISSING, RULE = Category.INVALID_VALUE, Category.MISSING_FIELD, Category.RULE


# --- reserve and confirm --------------------------------------------------------------------


def test_reserved_numbers_are_held_and_confirmed_into_issued_ones(desk: Desk) -> None:
    issued = desk.issue(count=5, hold_seconds=60)
    content = issued.first_entry.content
    assert content.kind is EntryKind.RESERVED
    assert content.hold_until == desk.clock.now() + timedelta(seconds=60)
    assert states(desk) == [(1, 5, "reserved")]
    moved = confirm(desk, 1, 5)
    assert [e.content.kind for e in moved.entries] == [EntryKind.CONFIRMED]
    assert states(desk) == [(1, 5, "issued")]
    assert_sound(desk)


def test_part_of_a_hold_is_confirmed_part_voided_and_the_rest_stays_open(desk: Desk) -> None:
    desk.issue(count=9, hold_seconds=60)
    confirm(desk, 4, 5)
    void(desk, 7)
    assert states(desk) == [
        (1, 3, "reserved"),
        (4, 5, "issued"),
        (6, 6, "reserved"),
        (7, 7, "voided"),
        (8, 9, "reserved"),
    ]
    assert listed(desk, state=NumberState.RESERVED) == [
        (1, 3, "reserved"),
        (6, 6, "reserved"),
        (8, 9, "reserved"),
    ]
    desk.clock.forward(seconds=60)
    sweep(desk)
    assert states(desk) == [
        (1, 3, "voided"),
        (4, 5, "issued"),
        (6, 6, "voided"),
        (7, 7, "voided"),
        (8, 9, "voided"),
    ]
    assert explain(desk, 7).reason == "written by mistake"
    assert explain(desk, 8).reason == HOLD_EXPIRED
    assert_sound(desk)


def test_confirming_in_pieces_comes_to_the_same_as_confirming_at_once(desk: Desk) -> None:
    desk.issue(count=4, hold_seconds=60)
    for value in (2, 4, 1, 3):
        confirm(desk, value)
    assert [row[2] for row in states(desk)] == ["issued"] * 4
    assert open_holds(desk) == []


def test_range_over_several_entries_gets_an_entry_for_each(desk: Desk) -> None:
    desk.issue(references=("a", "b", "c"), hold_seconds=60)
    desk.issue(count=4, hold_seconds=90)
    moved = confirm(desk, 2, 5)
    numbers = [(e.content.numbers.first, e.content.numbers.last) for e in moved.entries]
    assert numbers == [(2, 2), (3, 3), (4, 5)]
    assert [e.content.refers_to for e in moved.entries] == [2, 3, 4]
    assert_sound(desk)


def test_confirmed_number_can_be_voided_and_never_confirmed_again(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=60)
    confirm(desk, 1)
    void(desk, 1, reason="cancelled")
    assert state_of(desk, 1) == "voided"
    found = refusal_that_leaves_no_trace(desk, lambda: confirm(desk, 1))
    assert found == {("number", RULE)}
    assert [e.content.kind.value for e in explain(desk, 1).history] == [
        "reserved",
        "confirmed",
        "voided",
    ]


def test_voided_number_is_never_given_again(desk: Desk) -> None:
    desk.issue(count=3)
    void(desk, 3)
    assert desk.texts() == [number(4)]


def test_number_is_found_without_regard_to_case_and_with_more_than_eight_digits(desk: Desk) -> None:
    desk.create(new_set("Big", invoice=("big-", 10**19 + 7)))
    (text,) = desk.texts(sequence_set="Big", hold_seconds=5)
    assert text == "big-10000000000000000007"
    confirm(desk, text.upper())
    void(desk, text)
    assert state_of_text(desk, text) == "voided"
    assert_sound(desk)


def test_last_twenty_digit_number_is_reserved_confirmed_and_voided(desk: Desk) -> None:
    desk.create(new_set("End", invoice=("END-", SEQUENTIAL_NUMBER_MAX - 1)))
    desk.issue(sequence_set="End", count=2, hold_seconds=60)
    last = f"END-{SEQUENTIAL_NUMBER_MAX}"
    confirm(desk, f"END-{SEQUENTIAL_NUMBER_MAX - 1}", last)
    void(desk, last)
    assert states(desk, "END-") == [
        (SEQUENTIAL_NUMBER_MAX - 1, SEQUENTIAL_NUMBER_MAX - 1, "issued"),
        (SEQUENTIAL_NUMBER_MAX, SEQUENTIAL_NUMBER_MAX, "voided"),
    ]
    found = refusal_that_leaves_no_trace(desk, lambda: desk.issue(sequence_set="End"))
    assert found == {("sequence_set", RULE)}


def test_million_numbers_are_one_entry_to_issue_and_one_to_void(desk: Desk) -> None:
    desk.issue(count=1_000_000, hold_seconds=60)
    confirm(desk, 1, 1_000_000)
    void(desk, 1, 1_000_000)
    entries = desk.entries("INV")
    assert [e.content.kind.value for e in entries] == ["reserved", "confirmed", "voided"]
    series = desk.series("INV")
    assert (series.issued_count, series.voided_count) == (1_000_000, 1_000_000)
    assert all(one.is_verified for one in desk.verify().values())


# --- the deadline -----------------------------------------------------------------------------


def test_hold_is_open_until_its_very_deadline(desk: Desk) -> None:
    desk.issue(count=2, hold_seconds=60)
    desk.clock.forward(seconds=60, microseconds=-1)
    confirm(desk, 1)
    desk.clock.forward(microseconds=1)
    found = refusal_that_leaves_no_trace(desk, lambda: confirm(desk, 2))
    assert found == {("number", RULE)}
    assert (state_of(desk, 1), state_of(desk, 2)) == ("issued", "voided")


def test_confirmed_number_outlives_the_deadline(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=60)
    confirm(desk, 1)
    desk.clock.forward(days=1)
    sweep(desk)
    assert state_of(desk, 1) == "issued"
    assert [e.content.kind.value for e in desk.entries("INV")] == ["reserved", "confirmed"]


def test_expired_hold_counts_as_voided_before_anybody_wrote_it_down(desk: Desk) -> None:
    desk.issue(count=2, hold_seconds=1)
    desk.clock.forward(seconds=1)
    explained = explain(desk, 2)
    assert (explained.state, explained.reason) == ("voided", HOLD_EXPIRED)
    assert states(desk) == [(1, 2, "voided")]
    for move in (lambda: void(desk, 1), lambda: confirm(desk, 1)):
        assert refusal_that_leaves_no_trace(desk, move) == {("number", RULE)}


def test_deadline_is_judged_under_the_lock_and_not_when_the_request_came(desk: Desk) -> None:
    """A confirmation that waited for the series' lock until its hold was over comes too late."""
    desk.issue(count=1, hold_seconds=60)

    def late(transaction: Any) -> Any:
        lock = transaction.session.rows_many

        def rows_many(query: str, parameters: list[dict[str, Any]]) -> Any:
            found = lock(query, parameters)
            if query == "lock_series":
                desk.clock.forward(seconds=61)
            return found

        transaction.session.rows_many = rows_many
        try:
            return confirm_numbers(
                transaction, desk.asking(), number(1), last_number=None, clock=desk.clock
            )
        finally:
            del transaction.session.rows_many

    with pytest.raises(Rejected, match="hold expired"):
        desk.run(late)
    assert state_of(desk, 1) == "voided"


def test_clock_that_goes_back_reopens_only_what_nobody_wrote_down(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=60)
    desk.issue(count=1, hold_seconds=30)
    desk.clock.forward(seconds=45)
    sweep(desk)
    desk.clock.forward(seconds=-40)
    assert [row[2] for row in states(desk)] == ["reserved", "voided"]
    confirm(desk, 1)
    with pytest.raises(Rejected):
        confirm(desk, 2)


# --- the sweeper --------------------------------------------------------------------------------


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, -1, 1_000_001, 10**30])
def test_count_out_of_bounds_is_refused(desk: Desk, count: int) -> None:
    found = refusal_that_leaves_no_trace(desk, lambda: desk.issue(count=count))
    assert found == {("count", INVALID)}


@pytest.mark.parametrize("seconds", [0, -1, 86_401])
def test_hold_out_of_bounds_is_refused(desk: Desk, seconds: int) -> None:
    found = refusal_that_leaves_no_trace(desk, lambda: desk.issue(hold_seconds=seconds))
    assert found == {("hold_seconds", INVALID)}


def test_unknown_set_or_account_is_refused_by_its_field(desk: Desk) -> None:
    asked = {
        "sequence_set": lambda: desk.issue(sequence_set="nobody"),
        "account_id": lambda: desk.issue(account_id="0" * 32),
        "account_number": lambda: desk.issue(account_number="A-1"),
    }
    for field, attempt in asked.items():
        found = refusal_that_leaves_no_trace(desk, attempt)
        assert found == {(field, Category.NOT_FOUND)}


def test_every_fault_of_a_request_is_named_at_once(desk: Desk) -> None:
    found = refusal_that_leaves_no_trace(
        desk,
        lambda: desk.issue(
            sequence_set="nobody",
            account_id="x",
            count=0,
            references=("x" * 256, "y"),
            reference="z" * 256,
            hold_seconds=0,
            document_date=date(2028, 1, 1),
        ),
    )
    assert isinstance(found, set)
    assert {field for field, _ in found} == {
        "sequence_set",
        "account_id",
        "count",
        "references.0",
        "reference",
        "hold_seconds",
        "document_date",
    }


def test_date_before_the_last_of_a_chronological_series_is_refused(desk: Desk) -> None:
    desk.create(new_set("Chrono", chronological=True, invoice=("CHR-", 1)))
    today = desk.clock.now().date()
    desk.issue(sequence_set="Chrono", document_date=today + timedelta(days=3))
    found = refusal_that_leaves_no_trace(
        desk, lambda: desk.issue(sequence_set="Chrono", document_date=today + timedelta(days=2))
    )
    assert found == {("document_date", RULE)}
    later = desk.issue(sequence_set="Chrono")
    assert later.document_date == today + timedelta(days=3)
    reserved = desk.issue(sequence_set="Chrono", hold_seconds=9, document_date=later.document_date)
    assert reserved.document_date == later.document_date


def test_date_more_than_a_year_ahead_is_refused(desk: Desk) -> None:
    found = refusal_that_leaves_no_trace(
        desk, lambda: desk.issue(document_date=desk.clock.now().date() + timedelta(days=367))
    )
    assert found == {("document_date", INVALID)}


def test_issue_past_twenty_digits_is_refused_whole(desk: Desk) -> None:
    desk.create(new_set("End", invoice=("END-", SEQUENTIAL_NUMBER_MAX - 2)))
    found = refusal_that_leaves_no_trace(desk, lambda: desk.issue(sequence_set="End", count=4))
    assert found == {("count", RULE)}
    assert len(desk.texts(sequence_set="End", count=3)) == 3


def test_void_without_a_reason_is_refused(desk: Desk) -> None:
    desk.issue(count=1)
    assert refusal_that_leaves_no_trace(desk, lambda: void(desk, 1, reason=None)) == {
        ("reason", MISSING)
    }
    for reason in ("", "   ", "x" * 256):
        found = refusal_that_leaves_no_trace(
            desk, lambda reason=reason: void(desk, 1, reason=reason)
        )
        assert found == {("reason", INVALID)}
    void(desk, 1, reason="x" * 255)


def test_void_of_a_voided_number_is_refused(desk: Desk) -> None:
    desk.issue(count=1)
    void(desk, 1)
    assert refusal_that_leaves_no_trace(desk, lambda: void(desk, 1)) == {("number", RULE)}


@pytest.mark.parametrize(
    "text",
    [
        "INV00000002",
        "INV00000000",
        "INV1",
        "INV000000001",
        "INV100000000000000000000",
        "INV-0000001",
        "NOBODY00000001",
        "00000001",
        "INV",
        "",
        "INV0000000\N{SUPERSCRIPT ONE}",
        "INV0000000\N{ARABIC-INDIC DIGIT ONE}",
    ],
)
def test_move_of_a_number_never_given_is_not_found(desk: Desk, text: str) -> None:
    desk.issue(count=1, hold_seconds=60)
    for move in (void, confirm):
        assert refusal_that_leaves_no_trace(desk, lambda move=move: move(desk, text)) == text
    with pytest.raises(NotFound):
        explain(desk, text)


def test_range_that_runs_past_the_last_number_is_refused_by_its_field(desk: Desk) -> None:
    desk.issue(count=3, hold_seconds=60)
    for move in (void, confirm):
        found = refusal_that_leaves_no_trace(desk, lambda move=move: move(desk, 2, 5))
        assert found == {("last_number", INVALID)}
        with pytest.raises(Rejected, match="INV00000004 in it, which was never given"):
            move(desk, 2, 5)


def test_text_taken_outside_every_series_is_refused_and_not_called_unknown(desk: Desk) -> None:
    imported(desk, "FINV0007")
    for move in (void, confirm):
        found = refusal_that_leaves_no_trace(desk, lambda move=move: move(desk, "finv0007"))
        assert found == {("number", RULE)}
        with pytest.raises(Rejected, match="'FINV0007' was imported as a text of no series"):
            move(desk, "FINV0007")


def test_range_that_runs_backwards_or_elsewhere_is_refused(desk: Desk) -> None:
    desk.issue(count=3)
    for last in (number(1), "CM00000003", "INV3", "", number(0)):
        found = refusal_that_leaves_no_trace(desk, lambda last=last: void(desk, 2, last))
        assert found == {("last_number", INVALID)}


def test_void_after_the_hold_expired_is_refused_before_and_after_the_sweep(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=10)
    desk.clock.forward(seconds=11)
    assert refusal_that_leaves_no_trace(desk, lambda: void(desk, 1)) == {("number", RULE)}
    sweep(desk)
    assert refusal_that_leaves_no_trace(desk, lambda: void(desk, 1)) == {("number", RULE)}


def test_void_of_a_range_that_is_half_void_is_refused_whole(desk: Desk) -> None:
    desk.issue(count=6)
    void(desk, 3, 4)
    assert refusal_that_leaves_no_trace(desk, lambda: void(desk, 2, 5)) == {("last_number", RULE)}
    with pytest.raises(Rejected, match="INV00000003 to INV00000004 are voided"):
        void(desk, 2, 5)


def test_confirmation_of_what_is_not_reserved_is_refused(desk: Desk) -> None:
    desk.issue(count=1)
    desk.issue(count=2, hold_seconds=60)
    for first, last in ((1, 1), (1, 2)):
        found = refusal_that_leaves_no_trace(
            desk, lambda first=first, last=last: confirm(desk, first, last)
        )
        assert found == {("number", RULE)}


def test_skipped_numbers_are_neither_voided_nor_confirmed(desk: Desk) -> None:
    desk.issue(count=1)
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=10)))
    for move in (void, confirm):
        assert refusal_that_leaves_no_trace(desk, lambda move=move: move(desk, 5)) == {
            ("number", RULE)
        }


def test_refusal_of_a_long_range_lists_a_bounded_number_of_faults(desk: Desk) -> None:
    for _ in range(3):
        desk.issue(references=tuple("abcdefghij" * 100))
    void(desk, 1, 3000)
    with pytest.raises(Rejected) as refused:
        void(desk, 1, 3000)
    assert len(refused.value.violations) <= 100


def test_range_of_more_than_a_million_numbers_is_refused(desk: Desk) -> None:
    desk.issue(count=1_000_000)
    desk.issue(count=1)
    found = refusal_that_leaves_no_trace(desk, lambda: void(desk, 1, 1_000_001))
    assert found == {("last_number", INVALID)}


def test_auditor_may_not_move_numbers(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=60)
    auditor = Desk(desk.store, desk.asking(Role.AUDITOR), desk.clock)
    for move in (void, confirm):
        with pytest.raises(NotPermitted):
            move(auditor, 1)
    with pytest.raises(NotPermitted):
        auditor.issue()
    assert state_of(auditor, 1) == "reserved"


def test_numbers_of_another_entity_are_not_found(desk: Desk) -> None:
    desk.issue(count=1, hold_seconds=60)
    other = desk.another_entity()
    for move in (void, confirm):
        with pytest.raises(NotFound):
            move(other, 1)
    assert state_of(desk, 1) == "reserved"


def test_stopped_series_is_not_written_to_by_any_move(store: SqlStore) -> None:
    desk = new_desk(store)
    desk.issue(count=2, hold_seconds=10)
    series_id = desk.series("INV").key.series_id
    execute(
        store,
        "UPDATE seriatim_series SET stopped_because = :why WHERE series_id = :series_id",
        {"why": "a test", "series_id": series_id},
    )
    for attempt in (lambda: void(desk, 1), lambda: confirm(desk, 1), desk.issue):
        with pytest.raises(StoreUnavailable, match="stopped"):
            attempt()
    desk.clock.forward(seconds=10)
    assert sweep_expired_holds(store, clock=desk.clock) == 0
    assert [e.content.kind.value for e in desk.entries("INV")] == ["reserved"]


def state_of_text(desk: Desk, text: str) -> str:
    return explain(desk, text).state.value
