"""Payments, refunds, and what of them is applied to what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from seriatim.domain.document_requests import (
    AccountKey,
    ApplicationWish,
    ApplicationWishes,
    NewPayment,
    NewRefund,
)
from seriatim.http.wire.applications import applications_in
from seriatim.http.wire.payments import new_payment_in
from seriatim.http.wire.refunds import new_refund_in
from tests.unit.http.wire_faults import seen

PAYMENT: dict[str, Any] = {
    "accountId": "0" * 32,
    "amount": 10.5,
    "currency": "EUR",
    "type": "External",
}
REFUND: dict[str, Any] = {"totalAmount": "3.00", "type": "External", "methodType": "Check"}


def payment(**changed: Any) -> dict[str, Any]:
    return {**PAYMENT, "amount": Decimal("10.5"), **changed}


def test_least_payment_is_read() -> None:
    assert new_payment_in(payment(), "refuse") == (
        (),
        NewPayment(
            account=AccountKey("0" * 32),
            amount=Decimal("10.5"),
            currency="EUR",
            details={"type": "External"},
        ),
    )


def test_payment_with_everything_that_is_interpreted_is_read() -> None:
    body = payment(
        type="Electronic",
        effectiveDate="2026-01-31",
        number="MINE",
        invoices=[{"invoiceId": "INV1", "amount": 1}, {"invoiceNumber": "INV2", "amount": "2"}],
        debitMemos=[{"debitMemoId": "DM1", "amount": 3, "items": [{"amount": 3}]}],
        gatewayOptions={"key": "value"},
        comment="c",
    )
    faults, read = new_payment_in(body, "refuse")
    assert faults == ()
    assert (read.effective_date, read.number) == (date(2026, 1, 31), "MINE")
    assert read.applications == (
        ApplicationWish(("invoices", 0), False, "INV1", Decimal(1)),
        ApplicationWish(("invoices", 1), False, "INV2", Decimal(2)),
        ApplicationWish(("debit_memos", 0), True, "DM1", Decimal(3)),
    )
    assert read.details == {
        "type": "Electronic",
        "gatewayOptions": {"key": "value"},
        "comment": "c",
    }


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"amount": None}, "amount", 22),
        ({"amount": "ten"}, "amount", 20),
        ({"currency": None}, "currency", 22),
        ({"type": "Cash"}, "type", 20),
        ({"type": None}, "type", 22),
        ({"accountId": None}, "accountId", 22),
        ({"effectiveDate": "2026-02-31"}, "effectiveDate", 20),
        ({"invoices": [{"amount": 1}]}, "invoices[0].invoiceId", 22),
        ({"invoices": [{"invoiceId": "x"}]}, "invoices[0].amount", 22),
        ({"debitMemos": [{"amount": 1}]}, "debitMemos[0].debitMemoId", 22),
        ({"debitMemos": [{"amount": 1, "debitMemoId": "x", "y": 1}]}, "debitMemos[0].y", 21),
        ({"cryptogram": "AgAAAAAA"}, "cryptogram", 30),
        ({"sequenceSet": "FR"}, "sequenceSet", 21),
    ],
)
def test_fault_of_a_payment_is_found_at_its_place(
    changed: dict[str, Any], path: str, category: int
) -> None:
    faults, read = new_payment_in(payment(**changed), "refuse")
    assert seen(faults) == {(path, category)}
    assert "AgAAAAAA" not in repr(read)


def test_what_to_apply_to_is_read() -> None:
    body = {"effectiveDate": "2026-01-31", "invoices": [{"invoiceId": "INV1", "amount": "1.00"}]}
    assert applications_in(body, "refuse") == (
        (),
        ApplicationWishes(
            (ApplicationWish(("invoices", 0), False, "INV1", Decimal("1.00")),),
            date(2026, 1, 31),
        ),
    )


@pytest.mark.parametrize("body", [{}, {"invoices": []}, {"invoices": None, "debitMemos": []}])
def test_applying_to_nothing_is_refused(body: object) -> None:
    assert seen(applications_in(body, "refuse")[0]) == {("invoices", 22)}


def test_refund_is_read() -> None:
    body = {**REFUND, "refundDate": "2026-01-31", "reasonCode": "r", "Ticket__c": "T"}
    assert new_refund_in(body, "refuse") == (
        (),
        NewRefund(
            total_amount=Decimal("3.00"),
            refund_date=date(2026, 1, 31),
            details={
                "type": "External",
                "methodType": "Check",
                "reasonCode": "r",
                "Ticket__c": "T",
            },
        ),
    )


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"totalAmount": None}, "totalAmount", 22),
        ({"type": "Cash"}, "type", 20),
        ({"methodType": "Gold"}, "methodType", 20),
        ({"methodType": None}, "methodType", 22),
        ({"refundDate": "2026-13-01"}, "refundDate", 20),
        ({"number": "MINE"}, "number", 21),
    ],
)
def test_fault_of_a_refund_is_found_at_its_place(
    changed: dict[str, Any], path: str, category: int
) -> None:
    assert seen(new_refund_in({**REFUND, **changed}, "refuse")[0]) == {(path, category)}


def test_electronic_refund_needs_no_method() -> None:
    assert new_refund_in({"totalAmount": 1, "type": "Electronic"}, "refuse")[0] == ()
