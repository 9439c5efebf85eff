from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from seriatim.domain.document_requests import (
    AccountKey,
    InvoiceChange,
    InvoiceToPost,
    ItemChange,
    NewInvoice,
    NewItem,
    Settlement,
)
from seriatim.http.wire.invoices import (
    invoice_change_in,
    new_invoice_in,
    new_invoices_in,
    posting_in,
    postings_in,
    reversal_in,
    write_off_in,
)
from tests.unit.http.wire_faults import codes, seen

ITEM = {"amount": "10.50", "serviceStartDate": "2026-01-31", "chargeName": "Seats"}
INVOICE: dict[str, Any] = {
    "accountId": "0" * 32,
    "invoiceDate": "2026-01-31",
    "invoiceItems": [ITEM],
}


def test_least_invoice_is_read() -> None:
    assert new_invoice_in(INVOICE, "refuse") == (
        (),
        NewInvoice(
            account=AccountKey(account_id="0" * 32),
            invoice_date=date(2026, 1, 31),
            items=(
                NewItem(
                    amount=Decimal("10.50"),
                    service_start_date=date(2026, 1, 31),
                    details={"chargeName": "Seats"},
                ),
            ),
        ),
    )


def test_invoice_with_everything_that_is_interpreted_is_read() -> None:
    body = {
        **INVOICE,
        "accountNumber": "A-1",
        "currency": "JPY",
        "dueDate": "2026-02-28",
        "invoiceNumber": "MINE-1",
        "sequenceSet": "FR",
        "status": "Posted",
        "comments": "c",
        "Cost__c": 7,
    }
    faults, invoice = new_invoice_in(body, "refuse")
    assert faults == ()
    assert invoice.account == AccountKey("0" * 32, "A-1")
    assert (invoice.currency, invoice.due_date) == ("JPY", date(2026, 2, 28))
    assert (invoice.number, invoice.sequence_set, invoice.is_posted) == ("MINE-1", "FR", True)
    assert invoice.details == {"comments": "c", "Cost__c": 7}


def test_what_is_null_counts_as_left_out() -> None:
    optional = ["currency", "dueDate", "invoiceNumber", "sequenceSet", "status", "accountNumber"]
    faults, invoice = new_invoice_in({**INVOICE, **dict.fromkeys(optional)}, "refuse")
    assert (faults, invoice) == new_invoice_in(INVOICE, "refuse")


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"invoiceDate": None}, "invoiceDate", 22),
        ({"invoiceDate": "2026-02-29"}, "invoiceDate", 20),
        ({"invoiceDate": 20260101}, "invoiceDate", 20),
        ({"dueDate": "soon"}, "dueDate", 20),
        ({"accountId": None}, "accountId", 22),
        ({"accountId": 3}, "accountId", 20),
        ({"status": "Canceled"}, "status", 20),
        ({"invoiceItems": None}, "invoiceItems", 22),
        ({"invoiceItems": {}}, "invoiceItems", 20),
        ({"invoiceItems": [3]}, "invoiceItems[0]", 20),
        ({"invoiceItems": [{**ITEM, "amount": 1e300}]}, "invoiceItems[0].amount", 20),
        ({"invoiceItems": [{**ITEM, "amount": True}]}, "invoiceItems[0].amount", 20),
        ({"invoiceItems": [ITEM, {**ITEM, "amount": None}]}, "invoiceItems[1].amount", 22),
        ({"invoiceItems": [{**ITEM, "chargeName": None}]}, "invoiceItems[0].chargeName", 22),
        (
            {"invoiceItems": [{**ITEM, "serviceStartDate": "2026-06-31"}]},
            "invoiceItems[0].serviceStartDate",
            20,
        ),
        ({"invoiceItems": [{**ITEM, "size": 1}]}, "invoiceItems[0].size", 21),
        ({"invoiceItems": [{**ITEM, "taxItems": [{}] * 6}]}, "invoiceItems[0].taxItems", 20),
        ({"comments": "x" * 256}, "comments", 20),
        ({"billToContact": {"firstName": "A"}}, "billToContact.lastName", 22),
        ({"colour": 1}, "colour", 21),
    ],
)
def test_fault_of_an_invoice_is_found_at_its_place(
    changed: dict[str, Any], path: str, category: int
) -> None:
    faults, _ = new_invoice_in({**INVOICE, **changed}, "refuse")
    assert seen(faults) == {(path, category)}


def test_empty_invoice_lacks_what_is_required() -> None:
    faults, _ = new_invoice_in({}, "refuse")
    assert seen(faults) == {("invoiceDate", 22), ("invoiceItems", 22), ("accountId", 22)}
    assert codes(faults) == {63000622, 63001022, 63000122}


def test_item_without_name_may_name_its_charge() -> None:
    item = {"amount": -1, "serviceStartDate": "2026-01-01", "productRatePlanChargeId": "p"}
    faults, invoice = new_invoice_in({**INVOICE, "invoiceItems": [item]}, "refuse")
    assert faults == ()
    assert invoice.items[0].amount == Decimal(-1)


def test_batch_gives_each_invoice_its_own_faults() -> None:
    body = {
        "invoices": [INVOICE, {**INVOICE, "invoiceDate": "x"}, 3, {}],
        "useSingleTransaction": True,
    }
    of_all, is_one, asked = new_invoices_in(body, "refuse")
    assert (of_all, is_one) == ((), True)
    assert [seen(faults) for faults, _ in asked] == [
        set(),
        {("invoices[1].invoiceDate", 20)},
        {("invoices[2]", 20)},
        {
            ("invoices[3].invoiceDate", 22),
            ("invoices[3].invoiceItems", 22),
            ("invoices[3].accountId", 22),
        },
    ]
    assert codes(asked[1][0]) == {63000620}
    assert asked[0][1] == new_invoice_in(INVOICE, "refuse")[1]


def test_batch_that_is_none_has_faults_of_the_whole() -> None:
    of_all, is_one, asked = new_invoices_in({"invoices": 3, "mode": 1}, "refuse")
    assert seen(of_all) == {("invoices", 20), ("mode", 21)}
    assert (is_one, asked) == (False, [])


def test_change_of_an_invoice_is_read() -> None:
    body = {
        "dueDate": None,
        "comments": None,
        "invoiceItems": [
            {"id": "1" * 32, "amount": 5, "description": "d"},
            {"id": "2" * 32, "delete": True},
            ITEM,
        ],
    }
    faults, change = invoice_change_in(body, "refuse")
    assert faults == ()
    assert change == InvoiceChange(
        clears_due_date=True,
        items=(
            ItemChange("1" * 32, item=NewItem(amount=Decimal(5), details={"description": "d"})),
            ItemChange("2" * 32, is_deleted=True),
            ItemChange(
                item=NewItem(
                    amount=Decimal("10.50"),
                    service_start_date=date(2026, 1, 31),
                    details={"chargeName": "Seats"},
                )
            ),
        ),
        details={"comments": None},
    )


def test_change_that_adds_an_item_must_say_what_it_is() -> None:
    faults, _ = invoice_change_in({"invoiceItems": [{}]}, "refuse")
    assert seen(faults) == {
        ("invoiceItems[0].amount", 22),
        ("invoiceItems[0].serviceStartDate", 22),
        ("invoiceItems[0].chargeName", 22),
    }


@pytest.mark.parametrize("field", ["invoiceNumber", "sequenceSet", "accountId", "status"])
def test_change_does_not_know_what_never_changes(field: str) -> None:
    faults, _ = invoice_change_in({field: "x"}, "refuse")
    assert seen(faults) == {(field, 21)}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (None, InvoiceToPost()),
        ({}, InvoiceToPost()),
        ({"invoiceDate": "2026-01-01"}, InvoiceToPost(invoice_date=date(2026, 1, 1))),
    ],
)
def test_posting_needs_no_body(body: object, wanted: InvoiceToPost) -> None:
    assert posting_in(body, "refuse") == ((), wanted)


def test_bulk_posting_gives_each_invoice_its_own_faults() -> None:
    body = {"invoices": [{"id": "INV1"}, {"invoiceDate": "2026-01-32"}]}
    of_all, wanted = postings_in(body, "refuse")
    assert of_all == ()
    assert wanted[0] == ((), InvoiceToPost("INV1"))
    assert seen(wanted[1][0]) == {("invoices[1].id", 22), ("invoices[1].invoiceDate", 20)}
    assert codes(wanted[1][0]) == {63003722, 63000620}


def test_reversal_and_write_off_need_no_body() -> None:
    assert reversal_in(None, "refuse") == ((), Settlement())
    assert write_off_in(None, "refuse") == ((), Settlement())


def test_write_off_is_read() -> None:
    body = {"amount": "3.00", "memoDate": "2026-01-01", "comment": "c", "revenueImpacting": "Yes"}
    assert write_off_in(body, "refuse") == (
        (),
        Settlement(
            memo_date=date(2026, 1, 1),
            amount=Decimal("3.00"),
            details={"comment": "c", "revenueImpacting": "Yes"},
        ),
    )
