from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from seriatim.domain.document_requests import AccountKey, MemoFromInvoice, NewItem, NewMemo
from seriatim.domain.document_type import MEMOS, DocumentType
from seriatim.http.wire.memos import memo_from_invoice_in, new_memo_in, new_memos_in
from tests.unit.http.wire_faults import codes, seen

CREDIT, DEBIT = DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO
CHARGE = {"amount": 3, "chargeId": "c"}
MEMO: dict[str, Any] = {"accountNumber": "A-1", "charges": [CHARGE]}
ITEM = {"amount": "3.50", "skuName": "SKU", "invoiceItemId": "1" * 32}
FROM_INVOICE: dict[str, Any] = {"items": [ITEM]}


@pytest.mark.parametrize("document_type", sorted(MEMOS))
def test_least_standalone_memo_is_read(document_type: DocumentType) -> None:
    assert new_memo_in(document_type, MEMO, "refuse") == (
        (),
        NewMemo(
            account=AccountKey(account_number="A-1"),
            items=(NewItem(amount=Decimal(3), details={"chargeId": "c"}),),
        ),
    )


@pytest.mark.parametrize("document_type", sorted(MEMOS))
def test_standalone_memo_with_everything_is_read(document_type: DocumentType) -> None:
    charge = {
        "memoItemAmount": 4,
        "productRatePlanChargeId": "p",
        "serviceStartDate": "2026-01-01",
        "serviceEndDate": "2026-01-31",
        "comment": "c",
    }
    body = {
        "accountId": "0" * 32,
        "charges": [charge],
        "currency": "EUR",
        "effectiveDate": "2026-01-15",
        "number": "MINE",
        "autoPost": True,
        "comment": "whole",
        "reasonCode": "r",
        "Cost__c": 1,
    }
    faults, memo = new_memo_in(document_type, body, "refuse")
    assert faults == ()
    assert memo == NewMemo(
        account=AccountKey("0" * 32),
        currency="EUR",
        memo_date=date(2026, 1, 15),
        items=(
            NewItem(
                amount=Decimal(4),
                service_start_date=date(2026, 1, 1),
                service_end_date=date(2026, 1, 31),
                details={"productRatePlanChargeId": "p", "comment": "c"},
            ),
        ),
        number="MINE",
        is_posted=True,
        details={"comment": "whole", "reasonCode": "r", "Cost__c": 1},
    )


@pytest.mark.parametrize("document_type", sorted(MEMOS))
def test_memo_from_invoice_is_read(document_type: DocumentType) -> None:
    body = {**FROM_INVOICE, "effectiveDate": "2026-01-15", "autoPost": True, "comment": "c"}
    assert memo_from_invoice_in(document_type, body, "refuse") == (
        (),
        MemoFromInvoice(
            memo_date=date(2026, 1, 15),
            items=(
                NewItem(
                    amount=Decimal("3.50"), source_item_id="1" * 32, details={"skuName": "SKU"}
                ),
            ),
            is_posted=True,
            details={"comment": "c"},
        ),
    )


@pytest.mark.parametrize(
    ("document_type", "field", "value"),
    [
        (CREDIT, "excludeFromAutoApplyRules", True),
        (CREDIT, "Origin__NS", "x"),
        (DEBIT, "autoPay", True),
        (DEBIT, "dueDate", "2026-01-01"),
    ],
)
def test_each_memo_knows_its_own_fields_alone(
    document_type: DocumentType, field: str, value: object
) -> None:
    (other,) = MEMOS - {document_type}
    assert new_memo_in(document_type, {**MEMO, field: value}, "refuse")[0] == ()
    assert seen(new_memo_in(other, {**MEMO, field: value}, "refuse")[0]) == {(field, 21)}


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"accountNumber": None}, "accountId", 22),
        ({"charges": None}, "charges", 22),
        ({"charges": [{"chargeId": "c"}]}, "charges[0].amount", 22),
        ({"charges": [{"amount": 1}]}, "charges[0].chargeId", 22),
        ({"charges": [{**CHARGE, "amount": "1.0.0"}]}, "charges[0].amount", 20),
        (
            {"charges": [CHARGE, {**CHARGE, "serviceEndDate": "2026-04-31"}]},
            "charges[1].serviceEndDate",
            20,
        ),
        ({"effectiveDate": "2026-02-30"}, "effectiveDate", 20),
        ({"autoPost": "yes"}, "autoPost", 20),
        ({"sequenceSet": "FR"}, "sequenceSet", 21),
    ],
)
def test_fault_of_a_standalone_memo_is_found_at_its_place(
    changed: dict[str, Any], path: str, category: int
) -> None:
    for document_type in MEMOS:
        faults, _ = new_memo_in(document_type, {**MEMO, **changed}, "refuse")
        assert seen(faults) == {(path, category)}


def test_item_from_an_invoice_lacks_what_is_required() -> None:
    faults, _ = memo_from_invoice_in(CREDIT, {"items": [{}]}, "refuse")
    assert seen(faults) == {
        ("items[0].amount", 22),
        ("items[0].skuName", 22),
        ("items[0].invoiceItemId", 22),
    }


def test_bulk_of_standalone_memos_gives_each_its_own_faults() -> None:
    body = {"sourceType": "Standalone", "memos": [MEMO, {"charges": [CHARGE]}, []]}
    of_all, asked = new_memos_in(CREDIT, body, "refuse")
    assert of_all == ()
    assert asked[0] == new_memo_in(CREDIT, MEMO, "refuse")
    assert seen(asked[1][0]) == {("memos[1].accountId", 22)}
    assert codes(asked[1][0]) == {63000122}
    assert seen(asked[2][0]) == {("memos[2]", 20)}


def test_bulk_of_memos_from_invoices_names_each_invoice() -> None:
    memos = [{**FROM_INVOICE, "invoiceId": "INV1"}, FROM_INVOICE, MEMO]
    of_all, asked = new_memos_in(DEBIT, {"sourceType": "Invoice", "memos": memos}, "refuse")
    assert of_all == ()
    assert asked[0][0] == ()
    assert isinstance(asked[0][1], MemoFromInvoice)
    assert asked[0][1].invoice_key == "INV1"
    assert seen(asked[1][0]) == {("memos[1].invoiceId", 22)}
    assert ("memos[2].charges", 21) in seen(asked[2][0])


@pytest.mark.parametrize(
    ("body", "path", "category"),
    [
        ({}, "sourceType", 22),
        ({"sourceType": "Credit", "memos": []}, "sourceType", 20),
        ({"sourceType": "Invoice"}, "memos", 22),
        ({"sourceType": "Invoice", "memos": {}}, "memos", 20),
        ({"sourceType": "Invoice", "memos": [], "colour": 1}, "colour", 21),
        (None, "", 22),
    ],
)
def test_bulk_that_is_none_has_faults_of_the_whole(body: object, path: str, category: int) -> None:
    of_all, asked = new_memos_in(CREDIT, body, "refuse")
    assert seen(of_all) == {(path, category)}
    assert asked == []
