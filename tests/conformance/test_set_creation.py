"""Creating sets: what is kept, all or nothing, every fault of a batch with its index."""

from __future__ import annotations

import re

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, NotPermitted, Violation
from seriatim.domain.sequence_set import FAULTY, SequenceSetInput
from tests.conformance.desk import Desk, error_of
from tests.samples import new_set, numbering, wanted_set

INVALID, MISSING, RULE = Category.INVALID_VALUE, Category.MISSING_FIELD, Category.RULE


def test_new_set_is_what_was_asked_for(desk: Desk) -> None:
    saved = desk.create(
        new_set("EU", number="EU-NO", payment=("PAY-", 7), refund="REF-", chronological=True)
    )
    (view,) = saved.sets
    current = view.sequence_set
    assert re.fullmatch(r"[0-9a-f]{32}", current.sequence_set_id)
    assert (current.name, current.sequence_set_number) == ("EU", "EU-NO")
    assert (current.is_default, current.chronological, current.revision) == (False, True, 1)
    assert {one: (s.prefix, s.next_number) for one, s in current.series.items()} == {
        DocumentType.INVOICE: ("EU-I-", 1),
        DocumentType.CREDIT_MEMO: ("EU-C-", 1),
        DocumentType.DEBIT_MEMO: ("EU-D-", 1),
        DocumentType.PAYMENT: ("PAY-", 7),
        DocumentType.REFUND: ("REF-", 1),
    }
    assert (saved.warnings, saved.effects) == ([], [])
    assert desk.get("EU") == view


def test_new_set_without_payments_names_none(desk: Desk) -> None:
    for name, wanted in (("A", new_set("A")), ("B", new_set("B", payment=None, refund=None))):
        desk.create(wanted)
        assert DocumentType.PAYMENT not in desk.get(name).sequence_set.series
        assert DocumentType.REFUND not in desk.get(name).sequence_set.series


def test_numbers_of_sets_are_given_in_turn(desk: Desk) -> None:
    saved = desk.create(*(new_set(f"S{n}", f"S{n}-") for n in range(3)))
    numbers = [view.sequence_set.sequence_set_number for view in saved.sets]
    assert numbers == ["SS-00000001", "SS-00000002", "SS-00000003"]
    desk.delete("S2")
    (view,) = desk.create(new_set("S4", "S4-")).sets
    assert view.sequence_set.sequence_set_number == "SS-00000004"


def test_number_taken_by_hand_is_stepped_over(desk: Desk) -> None:
    def numbers(*wanted: SequenceSetInput) -> list[str]:
        return [view.sequence_set.sequence_set_number for view in desk.create(*wanted).sets]

    by_hand = new_set("A", number="ss-00000002"), new_set("SS-00000003", "B")
    assert numbers(*by_hand) == ["ss-00000002", "SS-00000004"]
    assert numbers(new_set("C"), new_set("D")) == ["SS-00000005", "SS-00000006"]


@pytest.mark.parametrize("later", [new_set("B", number="SS-00000001"), new_set("SS-00000001", "B")])
def test_number_asked_for_later_in_the_request_is_not_given_away(
    desk: Desk, later: SequenceSetInput
) -> None:
    """The order within a batch decides nothing."""
    saved = desk.create(new_set("A"), later)
    first, second = (view.sequence_set for view in saved.sets)
    assert first.sequence_set_number != "SS-00000001"
    assert "SS-00000001" in {second.sequence_set_number, second.name}


def test_every_fault_of_every_set_is_told_with_its_index(desk: Desk) -> None:
    desk.create(new_set("EU"))
    found = desk.refusal(
        lambda: desk.create(
            new_set("-bad", "A", invoice=("PM-", 0)),
            new_set("good", "B"),
            wanted_set("eu", credit_memo=None, payment=numbering(start_number=3)),
            new_set("C", credit_memo=("EU-I-", 1), debit_memo=("eu-d-", 1)),
        )
    )
    assert found == {
        ("sequence_sets.0.name", INVALID),
        ("sequence_sets.0.invoice.prefix", RULE),
        ("sequence_sets.0.invoice.start_number", INVALID),
        ("sequence_sets.2.name", RULE),
        ("sequence_sets.2.invoice", MISSING),
        ("sequence_sets.2.credit_memo", MISSING),
        ("sequence_sets.2.debit_memo", MISSING),
        ("sequence_sets.2.payment.prefix", MISSING),
        ("sequence_sets.3.credit_memo.prefix", RULE),
        ("sequence_sets.3.debit_memo.prefix", RULE),
    }


def test_one_bad_set_leaves_nothing_of_the_others(desk: Desk) -> None:
    trail, series = len(desk.audit_trail()), len(desk.all_series())
    assert desk.refusal(lambda: desk.create(new_set("A"), new_set("B", invoice=("B", 0))))
    assert desk.names() == ["DEFAULT"]
    assert (len(desk.audit_trail()), len(desk.all_series())) == (trail, series)
    # and none of its prefixes is owned by anybody
    desk.create(new_set("C", invoice=("A-C-", 1), credit_memo=("A-I-", 1)))


@pytest.mark.parametrize(
    ("one", "other", "fault"),
    [
        (new_set("A"), new_set("a", "B"), "name"),
        (new_set("A", number="X"), new_set("B", number="x"), "sequence_set_number"),
        (new_set("A", number="B"), new_set("b"), "name"),
        (new_set("B"), new_set("C", number="b"), "sequence_set_number"),
        (new_set("A"), new_set("B", credit_memo=("A-I-", 1)), "credit_memo.prefix"),
        (new_set("A"), new_set("B", invoice=("a-i-", 1)), "invoice.prefix"),
    ],
)
def test_sets_of_one_request_may_not_take_from_each_other(
    desk: Desk, one: SequenceSetInput, other: SequenceSetInput, fault: str
) -> None:
    found = desk.refusal(lambda: desk.create(one, other))
    assert found == {(f"sequence_sets.1.{fault}", RULE)}


def test_sets_of_one_request_may_share_a_series(desk: Desk) -> None:
    saved = desk.create(new_set("A", invoice=("SHARED-", 5)), new_set("B", invoice=("SHARED-", 5)))
    assert {view.series[0].key for view in saved.sets} == {desk.series("SHARED-").key}
    assert desk.texts(sequence_set="A") == ["SHARED-00000005"]
    assert desk.texts(sequence_set="B") == ["SHARED-00000006"]


def test_same_prefix_twice_in_one_set_is_refused(desk: Desk) -> None:
    found = desk.refusal(lambda: desk.create(new_set("A", credit_memo=("A-I-", 1))))
    assert found == {("sequence_sets.0.credit_memo.prefix", RULE)}


def test_set_that_names_a_series_which_counts_must_not_start_below(desk: Desk) -> None:
    desk.issue(count=5)
    found = desk.refusal(lambda: desk.create(new_set("A", invoice=("INV", 5))))
    assert found == {("sequence_sets.0.invoice.start_number", RULE)}
    desk.create(new_set("A", invoice=("INV", 6)))
    assert desk.texts(sequence_set="A") == ["INV00000006"]


def test_set_that_names_a_series_which_counts_may_raise_it(desk: Desk) -> None:
    desk.issue()
    desk.create(new_set("A", invoice=("INV", 10)))
    assert desk.texts() == ["INV00000010"]
    assert desk.series("INV").skipped_count == 8


def test_payment_without_a_number_starts_at_one_or_joins(desk: Desk) -> None:
    desk.create(new_set("A", payment=numbering("PAY-")))
    desk.issue(DocumentType.PAYMENT, "A", count=3)
    desk.create(new_set("B", payment=numbering("PAY-")))
    assert desk.texts(DocumentType.PAYMENT, "B") == ["PAY-00000004"]


@pytest.mark.parametrize("count", [1, 100])
def test_request_of_up_to_a_hundred_sets_is_taken(desk: Desk, count: int) -> None:
    saved = desk.create(*(new_set(f"S{n:03d}", f"S{n:03d}-") for n in range(count)))
    assert len(saved.sets) == count
    assert len(desk.names(page_size=200)) == count + 1


def test_request_of_no_or_too_many_sets_is_refused(desk: Desk) -> None:
    assert desk.refusal(desk.create) == {("sequence_sets", INVALID)}
    many = [new_set(f"S{n:03d}", f"S{n:03d}-") for n in range(101)]
    assert desk.refusal(lambda: desk.create(*many)) == {("sequence_sets", INVALID)}
    assert desk.names() == ["DEFAULT"]


def test_faults_of_shape_stand_beside_those_of_the_rules(desk: Desk) -> None:
    shape = Violation("sequence_set", ("invoice",), INVALID, "must be an object").under(
        "sequence_sets", 0
    )
    wanted = new_set("-", "A", invoice=FAULTY)
    found = desk.refusal(lambda: desk.create(wanted, shape_faults=[shape]))
    assert found == {("sequence_sets.0.invoice", INVALID), ("sequence_sets.0.name", INVALID)}
    assert desk.names() == ["DEFAULT"]


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_other_roles_may_not_create(desk: Desk, role: Role) -> None:
    desk.caller = desk.asking(role)
    assert isinstance(error_of(lambda: desk.create(new_set("A"))), NotPermitted)
