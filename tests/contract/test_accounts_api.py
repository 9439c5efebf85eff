"""Accounts over HTTP: made, read, changed, listed and deleted; which set numbers their invoices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api, create, done, everything, issue, new_set, refused
from tests.contract.documents import new_account, new_invoice


def test_account_is_given_back_as_it_was_made(api: Api) -> None:
    create(api, new_set("FR"))
    made = new_account(
        api,
        sequenceSetId="FR",
        notes="pays late",
        billCycleDay=15,
        soldToContact={"firstName": "Bo", "lastName": "Li", "city": "Paris"},
        region__c="south",
    )
    assert made["accountNumber"] == "A00000001"
    found = done(api.get(f"/v1/accounts/{made['accountId']}"))
    assert found == done(api.get("/v1/accounts/a00000001"))
    basic, billing = found["basicInfo"], found["billingAndPayment"]
    assert (basic["id"], basic["accountNumber"]) == (made["accountId"], "A00000001")
    assert (basic["notes"], basic["region__c"], basic["status"]) == ("pays late", "south", "Active")
    assert basic["sequenceSetId"] == done(api.get("/v1/sequence-sets/FR"))["id"]
    assert (billing["currency"], billing["billCycleDay"]) == ("EUR", 15)
    assert found["billToContact"] == {"firstName": "Ada", "lastName": "Byron"}
    assert found["soldToContact"]["city"] == "Paris"


def test_account_of_a_set_numbers_bare_numbers_and_invoices(api: Api) -> None:
    create(api, new_set("FR"))
    account = new_account(api, accountNumber="C-1", sequenceSetId="FR")
    assert issue(api, accountNumber="C-1")["firstNumber"] == "FRI00000001"
    assert new_invoice(api, account)["invoiceNumber"] == "FRI00000002"


def test_set_of_an_account_stays_while_a_draft_exists(api: Api) -> None:
    create(api, new_set("FR"))
    account = new_account(api, sequenceSetId="FR")
    path = f"/v1/accounts/{account['accountId']}"
    draft = new_invoice(api, account)
    (message,) = refused(api.put(path, {"sequenceSetId": None}), 200, 30)
    assert message.startswith("sequenceSetId: ")
    done(api.put(path, {"notes": "other fields may change"}))
    done(api.put(f"/v1/invoices/{draft['id']}/post"))
    done(api.put(path, {"sequenceSetId": None}))
    assert done(api.get(path))["basicInfo"]["sequenceSetId"] is None
    assert new_invoice(api, account)["invoiceNumber"] == "INV00000001"


def test_set_of_an_account_is_not_deleted(api: Api) -> None:
    create(api, new_set("FR"))
    account = new_account(api, sequenceSetId="FR")
    (message,) = refused(api.delete("/v1/sequence-sets/FR"), 200, 30)
    assert "1 account" in message
    done(api.delete(f"/v1/accounts/{account['accountId']}"))
    done(api.delete("/v1/sequence-sets/FR"))


def test_account_with_documents_is_not_deleted(api: Api) -> None:
    account = new_account(api)
    path = f"/v1/accounts/{account['accountId']}"
    draft = new_invoice(api, account)
    refused(api.delete(path), 200, 30)
    done(api.delete(f"/v1/invoices/{draft['id']}"))
    assert done(api.delete(path)) == {
        "id": account["accountId"],
        "jobStatus": "Completed",
        "success": True,
    }
    refused(api.get(path), 404, 40)
    refused(api.delete(path), 404, 40)


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"name": ""}, "name", 20),
        ({"currency": "euro"}, "currency", 20),
        ({"accountNumber": "a/b"}, "accountNumber", 20),
        ({"sequenceSetId": "NOWHERE"}, "sequenceSetId", 40),
        ({"colour": "red"}, "colour", 21),
        ({"name": None}, "name", 22),
        ({"billToContact": {"firstName": "A"}}, "billToContact.lastName", 22),
    ],
)
def test_fault_of_an_account_names_its_field(
    api: Api, changed: dict[str, Any], path: str, category: int
) -> None:
    body = {
        "name": "N",
        "currency": "EUR",
        "billToContact": {"firstName": "A", "lastName": "B"},
        **changed,
    }
    (message,) = refused(api.post("/v1/accounts", body), 200, category)
    assert message.startswith(f"{path}: ")
    assert everything(api, "/v1/accounts") == []


def test_account_number_is_unique_without_case(api: Api) -> None:
    new_account(api, accountNumber="Cust-1")
    body = {
        "name": "N",
        "currency": "EUR",
        "accountNumber": "CUST-1",
        "billToContact": {"firstName": "A", "lastName": "B"},
    }
    (message,) = refused(api.post("/v1/accounts", body), 200, 30)
    assert message.startswith("accountNumber: ")


def test_given_number_passes_over_one_that_somebody_took(api: Api) -> None:
    new_account(api, accountNumber="A00000002")
    assert new_account(api)["accountNumber"] == "A00000003"


def test_accounts_are_listed_by_creation_page_by_page(api: Api) -> None:
    made = [new_account(api)["accountId"] for _ in range(5)]
    listed = everything(api, "/v1/accounts?pageSize=2")
    assert [one["basicInfo"]["id"] for one in listed] == made
    found = everything(api, "/v1/accounts?number=a00000003")
    assert [one["basicInfo"]["id"] for one in found] == [made[2]]
    found = everything(api, f"/v1/accounts?accountId={made[3]}&status=Active")
    assert [one["basicInfo"]["id"] for one in found] == [made[3]]
    refused(api.get("/v1/accounts?status=Draft"), 400, 27)


def test_change_of_an_account_is_in_the_audit_trail_without_its_contacts(api: Api) -> None:
    account = new_account(api)
    done(api.put(f"/v1/accounts/{account['accountId']}", {"name": "Other"}))
    newest = everything(api, "/v1/audit-trail")[0]
    assert (newest["action"], newest["subjectKind"]) == ("update", "account")
    assert newest["after"]["name"] == "Other"
    assert "Ada" not in str(newest)
