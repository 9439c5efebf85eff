"""A series is chronological for as long as a living set that names it asks for rising dates."""

from __future__ import annotations

import pytest

from seriatim.domain.document_type import DocumentType
from tests.conformance.desk import Desk
from tests.samples import new_set, wanted_set


def marked(desk: Desk, prefix: str, document_type: DocumentType = DocumentType.INVOICE) -> bool:
    return desk.series(prefix, document_type).is_chronological


def test_series_is_chronological_while_one_of_its_sets_asks_for_it(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("SHARED-", 1), chronological=True))
    desk.create(new_set("B", invoice=("SHARED-", 1)))
    assert marked(desk, "SHARED-")
    assert not marked(desk, "B-C-", DocumentType.CREDIT_MEMO)
    desk.delete("A")
    assert not marked(desk, "SHARED-")


def test_set_that_joins_a_series_makes_it_chronological(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("SHARED-", 1)))
    assert not marked(desk, "SHARED-")
    desk.create(new_set("B", invoice=("SHARED-", 1), chronological=True))
    assert marked(desk, "SHARED-")


@pytest.mark.parametrize("others_ask", [False, True])
def test_change_of_a_set_marks_its_series_and_leaves_what_others_ask_for(
    desk: Desk, others_ask: bool
) -> None:
    desk.create(new_set("A", invoice=("SHARED-", 1)))
    desk.create(new_set("B", invoice=("SHARED-", 1), chronological=others_ask))
    desk.update("A", wanted_set(chronological=True))
    assert marked(desk, "SHARED-")
    assert marked(desk, "A-C-", DocumentType.CREDIT_MEMO)
    desk.update("A", wanted_set(chronological=False))
    assert marked(desk, "SHARED-") is others_ask
    assert not marked(desk, "A-C-", DocumentType.CREDIT_MEMO)


def test_set_that_leaves_a_series_takes_its_wish_along(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("OLD-", 1), chronological=True))
    desk.create(new_set("B", invoice=("OLD-", 1)))
    desk.update("A", wanted_set(invoice=("NEW-", 1)))
    assert not marked(desk, "OLD-")
    assert marked(desk, "NEW-")


def test_set_that_numbers_a_type_no_longer_takes_its_wish_along(desk: Desk) -> None:
    desk.create(new_set("A", payment=("PAY-", 1), chronological=True))
    assert marked(desk, "PAY-", DocumentType.PAYMENT)
    desk.update("A", wanted_set(payment=None))
    assert not marked(desk, "PAY-", DocumentType.PAYMENT)
