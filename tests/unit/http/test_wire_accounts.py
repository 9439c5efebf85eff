from __future__ import annotations

from typing import Any

import pytest

from seriatim.domain.document_requests import AccountChange, NewAccount
from seriatim.http.wire.accounts import (
    AccountResponse,
    account_change_in,
    account_details_out,
    new_account_in,
)
from tests.unit.http.wire_faults import codes, seen

CONTACT = {"firstName": "Ada", "lastName": "Bill"}
ACCOUNT: dict[str, Any] = {"name": "Bill & Sons", "currency": "EUR", "billToContact": CONTACT}


def test_least_account_is_read() -> None:
    assert new_account_in(ACCOUNT, "refuse") == (
        (),
        NewAccount(name="Bill & Sons", currency="EUR", details={"billToContact": CONTACT}),
    )


def test_account_keeps_what_nobody_interprets() -> None:
    kept = {
        "billToContact": CONTACT,
        "notes": "n",
        "billCycleDay": 31,
        "taxInfo": {"VATId": "IT1", "exemptEffectiveDate": "2026-01-31"},
        "SynctoNetSuite__NS": "Yes",
        "subscription": {"termType": "EVERGREEN"},
        "Region__c": "South",
    }
    named = {"name": "n", "currency": "EUR", "accountNumber": "A-1", "sequenceSetId": "IT"}
    faults, account = new_account_in({**named, **kept}, "refuse")
    assert faults == ()
    assert account == NewAccount(
        name="n", currency="EUR", account_number="A-1", sequence_set="IT", details=kept
    )


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"name": None}, "name", 22),
        ({"name": 3}, "name", 20),
        ({"billToContact": None}, "billToContact", 22),
        ({"billToContact": {"firstName": "A"}}, "billToContact.lastName", 22),
        ({"billToContact": {**CONTACT, "firstName": ""}}, "billToContact.firstName", 20),
        ({"billToContact": {**CONTACT, "city": "x" * 101}}, "billToContact.city", 20),
        ({"billToContact": {**CONTACT, "shoe": 1}}, "billToContact.shoe", 21),
        ({"billCycleDay": 32}, "billCycleDay", 20),
        ({"billCycleDay": "1"}, "billCycleDay", 20),
        ({"taxInfo": {"exemptExpirationDate": "2026-02-30"}}, "taxInfo.exemptExpirationDate", 20),
        ({"additionalEmailAddresses": [1]}, "additionalEmailAddresses[0]", 20),
        ({"IntegrationId__NS": 1}, "IntegrationId__NS", 20),
        ({"sequenceSetId": ""}, "sequenceSetId", 20),
        ({"sequenceSetId": "A", "sequenceSetName": "B"}, "sequenceSetName", 20),
        ({"colour": "red"}, "colour", 21),
        ({"creditCard": {"cardNumber": "4111111111111111"}}, "creditCard", 30),
        ({"paymentMethod": {}}, "paymentMethod", 30),
    ],
)
def test_fault_of_an_account_is_found_at_its_place(
    changed: dict[str, Any], path: str, category: int
) -> None:
    faults, account = new_account_in({**ACCOUNT, **changed}, "refuse")
    assert seen(faults) == {(path, category)}
    assert "4111" not in repr(account)


def test_every_fault_is_found_at_once() -> None:
    faults, _ = new_account_in({"notes": 1, "x": 1}, "refuse")
    assert codes(faults) == {62900122, 62900322, 62901322, 62904320, 62900021}


@pytest.mark.parametrize("body", [None, [], "x", 3])
def test_what_is_no_object_is_one_fault(body: object) -> None:
    faults, account = new_account_in(body, "refuse")
    assert len(faults) == 1
    assert account == NewAccount()


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ({}, AccountChange()),
        ({"name": "n"}, AccountChange(name="n")),
        ({"sequenceSetId": None}, AccountChange(changes_sequence_set=True)),
        (
            {"sequenceSetId": "FR"},
            AccountChange(changes_sequence_set=True, sequence_set="FR"),
        ),
        (
            {"notes": None, "billToContact": {"city": "Rome"}},
            AccountChange(details={"notes": None, "billToContact": {"city": "Rome"}}),
        ),
    ],
)
def test_change_says_only_what_was_sent(body: object, change: AccountChange) -> None:
    assert account_change_in(body, "refuse") == ((), change)


@pytest.mark.parametrize("field", ["currency", "accountNumber", "creditCard"])
def test_change_does_not_know_what_never_changes(field: str) -> None:
    faults, _ = account_change_in({field: "EUR"}, "refuse")
    assert seen(faults) == {(field, 21)}


def test_details_are_given_back_where_the_client_reads_them() -> None:
    details = {
        "notes": "n",
        "Region__c": 1,
        "autoPay": True,
        "paymentTerm": "Net 30",
        "billToContact": CONTACT,
        "taxInfo": {"VATId": "x"},
        "runBilling": False,
    }
    parts = account_details_out(details)
    assert parts == {
        "basicInfo": {"notes": "n", "Region__c": 1, "runBilling": False},
        "billingAndPayment": {"autoPay": True, "paymentTerm": "Net 30"},
        "billToContact": CONTACT,
        "taxInfo": {"VATId": "x"},
    }
    moment = "2026-01-01T00:00:00Z"
    parts["basicInfo"] |= {
        "id": "0" * 32,
        "name": "n",
        "accountNumber": "A",
        "sequenceSetId": None,
        "status": "Active",
        "createdDate": moment,
        "updatedDate": moment,
    }
    parts["billingAndPayment"]["currency"] = "EUR"
    AccountResponse.model_validate({**parts, "success": True})
