"""What the wire takes for a decimal, a day, a custom field; and what becomes of unknown ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from seriatim.domain.document_requests import merged
from seriatim.http.wire.accounts import new_account_in
from seriatim.http.wire.invoices import new_invoice_in
from seriatim.http.wire.paths import AsWritten, camel_path, name_of_ours
from seriatim.http.wire.values import exact_decimal, existing_day, is_custom_field

ACCOUNT = {
    "name": "Bill & Sons",
    "currency": "EUR",
    "billToContact": {"firstName": "Ada", "lastName": "Bill"},
}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (100, "100"),
        (-3, "-3"),
        (Decimal("10.50"), "10.50"),
        (Decimal("1E+3"), "1000"),
        ("0.000000001", "0.000000001"),
        ("-12", "-12"),
        ("999999999999999999.999999999", "999999999999999999.999999999"),
    ],
)
def test_decimal_is_read_to_the_last_digit(given: object, read: str) -> None:
    assert format(exact_decimal(given), "f") == read


@pytest.mark.parametrize(
    "given",
    [
        True,
        "",
        "1,5",
        "1e3",
        "+1",
        ".5",
        "5.",
        " 5",
        "٣",
        "NaN",
        "0.0000000001",
        Decimal("0.30000000000000004"),
        10**18,
        "1" * 400,
        [],
        None,
    ],
)
def test_what_is_no_decimal_is_refused(given: object) -> None:
    with pytest.raises(PydanticCustomError, match="must be a number"):
        exact_decimal(given)


def test_day_that_exists_is_read() -> None:
    assert existing_day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "given",
    ["2026-02-29", "2026-13-01", "2026-1-1", "20260101", "2026-01-01T00:00:00", "", "0000-01-01"],
)
def test_day_that_does_not_exist_is_refused(given: str) -> None:
    with pytest.raises(PydanticCustomError, match="must be a day that exists"):
        existing_day(given)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Region__c", True),
        ("a_1__c", True),
        ("__c", False),
        ("Region__C", False),
        ("Re gion__c", False),
        ("Région__c", False),
        ("x" * 65 + "__c", False),
    ],
)
def test_custom_field_is_known_by_its_name(name: str, *, is_one: bool) -> None:
    assert is_custom_field(name) is is_one


def test_custom_fields_are_kept_wherever_they_stand() -> None:
    contact = {**ACCOUNT["billToContact"], "Floor__c": 3}  # type: ignore[dict-item]
    body = {**ACCOUNT, "Rate__c": Decimal("1.50"), "Old__c": None, "billToContact": contact}
    faults, account = new_account_in(body, "refuse")
    assert faults == ()
    assert account.details == {"Rate__c": Decimal("1.50"), "billToContact": contact}


def test_what_is_null_in_a_creation_is_not_kept() -> None:
    nulls = dict.fromkeys(["notes", "creditCard", "paymentMethod", "taxInfo", "Region__c"])
    faults, account = new_account_in({**ACCOUNT, **nulls}, "refuse")
    assert faults == ()
    assert set(account.details) == {"billToContact"}


@pytest.mark.parametrize("value", [[], {}, ["x"]])
def test_custom_field_that_is_no_scalar_is_refused_by_name(value: object) -> None:
    faults, _ = new_account_in({**ACCOUNT, "Region__c": value}, "refuse")
    assert [fault.category % 100 for fault in faults] == [20]
    assert "'Region__c'" in faults[0].message


def test_a_thousand_items_with_custom_fields_are_not_hopeless() -> None:
    item = {"amount": 1, "serviceStartDate": "2026-01-01", "chargeName": "x"}
    custom = {f"Field{number}__c": number for number in range(4)}
    body = {
        "accountId": "a",
        "invoiceDate": "2026-01-01",
        "invoiceItems": [{**item, **custom}] * 1000,
    }
    faults, invoice = new_invoice_in(body, "refuse")
    assert faults == ()
    assert len(invoice.items) == 1000
    assert invoice.items[999].details == {"chargeName": "x", **custom}


def test_unknown_fields_that_are_let_pass_are_not_kept() -> None:
    contact: Mapping[str, Any] = {"firstName": "A", "lastName": "B", "shoeSize": 43}
    body = {**ACCOUNT, "colour": "red", "notes": "n", "billToContact": contact}
    faults, account = new_account_in(body, "ignore")
    assert faults == ()
    assert account.details == {
        "notes": "n",
        "billToContact": {"firstName": "A", "lastName": "B"},
    }


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("startNumber", "start_number"),
        ("VATId", "_v_a_t_id"),
        ("eReportingProfile", "e_reporting_profile"),
        ("IntegrationId__NS", "IntegrationId__NS"),
        ("Region__c", "Region__c"),
    ],
)
def test_every_name_is_given_back_as_it_was_written(written: str, ours: str) -> None:
    name = name_of_ours(written)
    assert name == ours
    assert camel_path([name]) == written
    assert isinstance(name, AsWritten) is (written == ours)


def test_change_of_details_merges_objects_and_clears_what_is_null() -> None:
    stored = {"notes": "n", "batch": "B1", "contact": {"city": "Rome", "zip": "1"}, "list": [1]}
    changed = {"notes": None, "contact": {"zip": None, "fax": "2"}, "list": [2], "never": None}
    assert merged(stored, changed) == {
        "batch": "B1",
        "contact": {"city": "Rome", "fax": "2"},
        "list": [2],
    }
