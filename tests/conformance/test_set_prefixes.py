"""Prefixes: owned for ever, compared without case, released when unused, warned of when entangled."""

from __future__ import annotations

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Conflict, NotFound, NotPermitted, SeriesUnusable
from seriatim.domain.sequence_set import SequenceSetInput
from seriatim.service import series
from tests.conformance.desk import Desk, error_of
from tests.samples import new_set, wanted_set

RULE = Category.RULE
INVOICE, CREDIT_MEMO, PAYMENT, REFUND = (
    DocumentType.INVOICE,
    DocumentType.CREDIT_MEMO,
    DocumentType.PAYMENT,
    DocumentType.REFUND,
)


@pytest.fixture
def mo(desk: Desk) -> Desk:
    """The prefix `MO` serves credit memos."""
    desk.create(new_set("MO", credit_memo=("Mo", 1)))
    return desk


@pytest.mark.parametrize(
    "leave",
    [
        lambda desk: desk.update("MO", wanted_set("OTHER")),
        lambda desk: desk.update("MO", wanted_set(credit_memo=("NEW", 1))),
        lambda desk: desk.delete("MO"),
    ],
)
@pytest.mark.parametrize("prefix", ["Mo", "MO", "mo"])
def test_prefix_once_used_for_one_type_never_serves_another(
    mo: Desk, leave: object, prefix: str
) -> None:
    assert callable(leave)
    leave(mo)
    found = mo.refusal(lambda: mo.create(new_set("NEW", invoice=(prefix, 1))))
    assert found == {("sequence_sets.0.invoice.prefix", RULE)}


@pytest.mark.parametrize("prefix", ["MO", "mo", "mO"])
def test_prefix_in_another_case_is_refused_for_its_own_type_too(mo: Desk, prefix: str) -> None:
    found = mo.refusal(lambda: mo.create(new_set("NEW", credit_memo=(prefix, 1))))
    assert found == {("sequence_sets.0.credit_memo.prefix", RULE)}


def test_prefix_left_behind_counts_on_when_it_is_named_again(mo: Desk) -> None:
    mo.issue(CREDIT_MEMO, "MO", count=3)
    mo.delete("MO")
    mo.create(new_set("NEW", credit_memo=("Mo", 4)))
    assert mo.texts(CREDIT_MEMO, "NEW") == ["Mo00000004"]


def test_prefix_may_stand_in_several_sets_of_one_type(mo: Desk) -> None:
    mo.create(new_set("NEW", credit_memo=("Mo", 1)))
    assert mo.texts(CREDIT_MEMO, "MO") == ["Mo00000001"]
    assert mo.texts(CREDIT_MEMO, "NEW") == ["Mo00000002"]


def test_released_prefix_is_free_for_any_type_and_case(mo: Desk) -> None:
    mo.delete("MO")
    mo.release("Mo", CREDIT_MEMO)
    mo.create(new_set("NEW", invoice=("MO", 5)))
    assert mo.texts(sequence_set="NEW") == ["MO00000005"]
    assert mo.audit_trail()[-2].action == "release"


def test_released_prefix_comes_back_for_its_own_type_as_new(mo: Desk) -> None:
    mo.update("MO", wanted_set(credit_memo=("NEW", 1)))
    mo.release("Mo", CREDIT_MEMO)
    mo.create(new_set("BACK", credit_memo=("MO", 9)))
    assert mo.texts(CREDIT_MEMO, "BACK", count=2) == ["MO00000009", "MO00000010"]
    assert mo.verify()["MO creditMemo"].is_verified
    assert mo.series("MO", CREDIT_MEMO).origin == 9


def test_release_of_a_released_prefix_does_nothing_more(mo: Desk) -> None:
    mo.delete("MO")
    mo.release("Mo", CREDIT_MEMO)
    mo.create(new_set("NEW", invoice=("mo", 1)))
    trail = len(mo.audit_trail())
    mo.release("Mo", CREDIT_MEMO)  # again: it must not let go of the new owner
    assert len(mo.audit_trail()) == trail
    found = mo.refusal(lambda: mo.create(new_set("X", debit_memo=("mo", 1))))
    assert found == {("sequence_sets.0.debit_memo.prefix", RULE)}


def test_prefix_that_gave_or_passed_numbers_is_not_released(mo: Desk) -> None:
    mo.issue(CREDIT_MEMO, "MO")
    mo.delete("MO")
    assert mo.refusal(lambda: mo.release("Mo", CREDIT_MEMO)) == {("", RULE)}


def test_prefix_that_a_set_names_is_not_released(mo: Desk) -> None:
    assert mo.refusal(lambda: mo.release("Mo", CREDIT_MEMO)) == {("", RULE)}


@pytest.mark.parametrize(("prefix", "document_type"), [("P-", PAYMENT), ("R-", REFUND)])
def test_prefix_of_last_resort_is_not_released(
    desk: Desk, prefix: str, document_type: DocumentType
) -> None:
    """It still numbers what no set numbers; and `P-1` could be somebody's invoice."""
    desk.update("DEFAULT", wanted_set(payment=None, refund=None))
    assert desk.refusal(lambda: desk.release(prefix, document_type)) == {("", RULE)}
    assert desk.texts(document_type) == [f"{prefix}00000001"]
    desk.create(new_set("NEAR", invoice=(f"{prefix}1", 1)))
    assert desk.texts(sequence_set="NEAR") == [f"{prefix}100000001"]


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_other_roles_may_not_release(mo: Desk, role: Role) -> None:
    mo.delete("MO")
    mo.caller = mo.asking(role)
    assert isinstance(error_of(lambda: mo.release("Mo", CREDIT_MEMO)), NotPermitted)


def test_unknown_series_cannot_be_released(desk: Desk) -> None:
    for series_id in ("", "x", "0" * 32, "Z" * 32):
        refused = error_of(
            lambda series_id=series_id: desk.run(  # type: ignore[misc] # bound early
                lambda tx: series.release_prefix(tx, desk.caller, series_id, clock=desk.clock)
            )
        )
        assert isinstance(refused, NotFound)


def test_number_from_a_prefix_released_meanwhile_is_not_given(
    mo: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set was read, then its prefix was changed and released, then its series was locked."""
    seen = mo.series("Mo", CREDIT_MEMO)
    mo.delete("MO")
    mo.release("Mo", CREDIT_MEMO)
    from seriatim.service.set_choice import SetChoice

    monkeypatch.setattr(SetChoice, "series_of", lambda *_: seen)
    refused = error_of(lambda: mo.issue(CREDIT_MEMO))
    assert isinstance(refused, SeriesUnusable | Conflict)
    assert mo.entries("Mo", CREDIT_MEMO) == []


@pytest.mark.parametrize(
    ("wanted", "path", "collision"),
    [
        (new_set("A", invoice=("INV2", 1)), ("invoice", "prefix"), "INV200000001"),
        (new_set("A", invoice=("inv2026", 1)), ("invoice", "prefix"), "inv202600000001"),
        (new_set("A", credit_memo=("CM1", 7)), ("credit_memo", "prefix"), "CM100000007"),
        (new_set("A", debit_memo=("INV3", 1)), ("debit_memo", "prefix"), "INV300000001"),
        (new_set("A", invoice=("IN", 1), credit_memo=("IN2", 1)), None, "IN200000001"),
    ],
)
def test_entangled_prefix_is_saved_with_a_warning(
    desk: Desk, wanted: SequenceSetInput, path: tuple[str, str] | None, collision: str
) -> None:
    saved = desk.create(wanted)
    assert {warning.first_collision for warning in saved.warnings} == {collision}
    if path is not None:
        (warning,) = saved.warnings
        assert warning.path == ("sequence_sets", 0, *path)
        assert collision in warning.message
    else:  # both of the set's own prefixes
        paths = {warning.path[2] for warning in saved.warnings}
        assert paths == {"invoice", "credit_memo"}


@pytest.mark.parametrize(
    "wanted", [new_set("A", invoice=("INV07", 1)), new_set("A", invoice=("INVX", 1))]
)
def test_prefix_that_meets_nobody_is_saved_without_a_warning(
    desk: Desk, wanted: SequenceSetInput
) -> None:
    assert desk.create(wanted).warnings == []


def test_change_that_names_an_entangled_prefix_is_warned_of_by_its_own_path(desk: Desk) -> None:
    desk.create(new_set("A"))
    (warning,) = desk.update("A", wanted_set(invoice=("INV2", 1))).warnings
    assert warning.path == ("invoice", "prefix")


def test_released_prefix_is_not_warned_of(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("INV2", 1)))
    desk.delete("A")
    desk.release("INV2")
    (view,) = desk.update("DEFAULT", wanted_set(invoice="INV")).sets
    assert view.sequence_set.name == "DEFAULT"
    assert desk.update("DEFAULT", wanted_set()).warnings == []


def test_entangled_series_never_give_the_same_text(desk: Desk) -> None:
    """The example of the contract: `2`+`310000300` is `23`+`10000300`."""
    desk.create(new_set("A", invoice=("2", 310_000_299)), new_set("B", invoice=("23", 10_000_300)))
    assert desk.texts(sequence_set="B", count=2) == ["2310000300", "2310000301"]
    assert desk.texts(sequence_set="A", count=2) == ["2310000299", "2310000302"]
    assert desk.texts(sequence_set="B") == ["2310000303"]
    skipped = desk.entries("2")[1].content
    assert skipped.reason == "the same text was given by the series '23'"
    assert all(one.is_verified for one in desk.verify().values())


def test_text_that_was_only_skipped_is_free_to_the_other(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("2", 300_000_001)), new_set("B", invoice=("23", 1)))
    desk.issue(sequence_set="A")
    desk.update("A", wanted_set(invoice=("2", 300_000_010)))
    assert desk.texts(sequence_set="B", count=2) == ["2300000002", "2300000003"]


def test_number_in_a_zone_of_a_hundred_thousand_taken_ones_is_found_quickly(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("2", 300_000_001)), new_set("B", invoice=("23", 1)))
    for _ in range(3):
        desk.issue(sequence_set="B", count=1_000_000)
    assert desk.texts(sequence_set="A") == ["2303000001"]
    assert desk.series("2").skipped_count == 3_000_000


def test_prefix_born_later_is_seen_by_a_series_that_is_far_along(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("2", 300_000_001)))
    assert desk.texts(sequence_set="A") == ["2300000001"]
    desk.create(new_set("B", invoice=("23", 1)))
    assert desk.texts(sequence_set="B") == ["2300000002"]
    assert desk.texts(sequence_set="A") == ["2300000003"]


def test_series_moved_down_before_its_first_number_sees_the_others_again(desk: Desk) -> None:
    """Beyond the zone of `23` it had nobody to look out for."""
    desk.create(new_set("A", invoice=("2", 400_000_000)), new_set("B", invoice=("23", 1)))
    desk.issue(sequence_set="B", count=2)
    desk.update("A", wanted_set(invoice=("2", 300_000_000)))
    assert desk.texts(sequence_set="A", count=2) == ["2300000000", "2300000003"]


def test_series_moved_up_before_its_first_number_has_taken_nothing(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("2", 1)), new_set("B", invoice=("23", 1)))
    desk.update("A", wanted_set(invoice=("2", 400_000_000)))
    assert desk.texts(sequence_set="B", count=2) == ["2300000001", "2300000002"]
    assert desk.texts(sequence_set="A") == ["2400000000"]
