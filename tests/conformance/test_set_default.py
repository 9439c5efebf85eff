"""The set DEFAULT, and sets without payments: who numbers what."""

from __future__ import annotations

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category
from seriatim.domain.sequence_set import SequenceSetInput
from tests.conformance.desk import Desk
from tests.samples import new_set, numbering, wanted_set

RULE = Category.RULE
PAYMENT, REFUND = DocumentType.PAYMENT, DocumentType.REFUND


def test_entity_is_born_with_default(desk: Desk) -> None:
    default = desk.get("DEFAULT").sequence_set
    assert default.is_default
    assert (default.name, default.chronological, default.revision) == ("DEFAULT", False, 1)
    assert {one: (s.prefix, s.next_number) for one, s in default.series.items()} == {
        one: (one.default_prefix, 1) for one in DocumentType
    }
    assert desk.names() == ["DEFAULT"]


@pytest.mark.parametrize("document_type", DocumentType)
def test_default_numbers_whatever_names_no_set(desk: Desk, document_type: DocumentType) -> None:
    assert desk.texts(document_type) == [f"{document_type.default_prefix}00000001"]


def test_default_is_neither_deleted_nor_renamed(desk: Desk) -> None:
    assert desk.refusal(lambda: desk.delete("default")) == {("", RULE)}
    for name in ("OTHER", "default"):
        assert desk.refusal(lambda name=name: desk.update("DEFAULT", wanted_set(name))) == {  # type: ignore[misc] # bound early
            ("name", RULE)
        }
    desk.update("DEFAULT", wanted_set("DEFAULT"))
    assert desk.names() == ["DEFAULT"]


def test_name_of_default_is_taken(desk: Desk) -> None:
    found = desk.refusal(lambda: desk.create(new_set("Default", "A")))
    assert found == {("sequence_sets.0.name", RULE)}


def test_default_changes_its_prefixes_and_numbers_and_takes_its_own_back(desk: Desk) -> None:
    desk.issue(PAYMENT)
    desk.update("DEFAULT", wanted_set(invoice=("2026-", 7), payment="PAY-", refund=("REF-", 1)))
    assert desk.texts() == ["2026-00000007"]
    assert desk.texts(PAYMENT) == ["PAY-00000002"]
    desk.update("DEFAULT", wanted_set(payment="P-", refund=("R-", 100)))
    assert desk.texts(PAYMENT) == ["P-00000002"]
    assert desk.texts(REFUND) == ["R-00000100"]


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (wanted_set(payment="R-"), "payment.prefix"),
        (wanted_set(refund="P-"), "refund.prefix"),
        (wanted_set(invoice="P-"), "invoice.prefix"),
        (wanted_set(payment="p-"), "payment.prefix"),
        (wanted_set(payment="PM-"), "payment.prefix"),
    ],
)
def test_default_takes_no_other_reserved_prefix(
    desk: Desk, wanted: SequenceSetInput, path: str
) -> None:
    assert desk.refusal(lambda: desk.update("DEFAULT", wanted)) == {(path, RULE)}


def test_set_without_payments_uses_those_of_default(desk: Desk) -> None:
    desk.create(new_set("EU"))
    assert desk.texts(PAYMENT, "EU") == ["P-00000001"]
    desk.update("DEFAULT", wanted_set(payment="PAY-"))
    assert desk.texts(PAYMENT, "EU") == ["PAY-00000002"]
    desk.update("DEFAULT", wanted_set(payment=None))
    assert desk.texts(PAYMENT, "EU") == ["P-00000002"]
    assert desk.texts(PAYMENT) == ["P-00000003"]
    desk.update("EU", wanted_set(payment="OWN-"))
    assert desk.texts(PAYMENT, "EU") == ["OWN-00000001"]


def test_cleared_default_payment_can_be_put_back(desk: Desk) -> None:
    desk.issue(PAYMENT, count=3)
    desk.update("DEFAULT", wanted_set(payment=None, refund=None))
    shown = desk.get("DEFAULT").sequence_set.series
    assert PAYMENT not in shown
    assert REFUND not in shown
    assert desk.refusal(
        lambda: desk.update("DEFAULT", wanted_set(payment=numbering(start_number=9)))
    ) == {("payment.prefix", Category.MISSING_FIELD)}
    desk.update("DEFAULT", wanted_set(payment="P-", refund=("R-", 5)))
    assert desk.texts(PAYMENT) == ["P-00000004"]
    assert desk.texts(REFUND) == ["R-00000005"]


def test_other_set_never_names_the_prefixes_of_default_payments(desk: Desk) -> None:
    found = desk.refusal(lambda: desk.create(new_set("EU", payment="P-", refund="R-")))
    assert found == {
        ("sequence_sets.0.payment.prefix", RULE),
        ("sequence_sets.0.refund.prefix", RULE),
    }
    desk.create(new_set("EU", payment="FP-", refund="FR-P-"))
