"""Invoices over HTTP: their whole life, batches, lists, keys, faults."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.api import Api, create, done, everything, new_set, refused
from tests.contract.documents import invoice_body, new_account, new_invoice


def test_invoice_is_given_back_as_it_was_made(api: Api) -> None:
    account = new_account(api)
    made = new_invoice(
        api,
        account,
        "70.5",
        30,
        comments="thank you",
        paymentTerm="Net 30",
        dueDate="2026-12-20",
        project__c="X",
    )
    assert made == done(api.get(f"/v1/invoices/{made['id']}"))
    assert made == done(api.get("/v1/invoices/inv00000001"))
    assert (made["invoiceNumber"], made["status"]) == ("INV00000001", "Draft")
    assert (made["amount"], made["balance"], made["currency"]) == (100.5, 100.5, "EUR")
    assert (made["invoiceDate"], made["dueDate"]) == ("2026-11-20", "2026-12-20")
    assert (made["comments"], made["project__c"]) == ("thank you", "X")
    assert made["sequenceSetId"] == done(api.get("/v1/sequence-sets/DEFAULT"))["id"]
    assert made["accountId"] == account["accountId"]


def test_amounts_are_exact_on_the_wire(api: Api) -> None:
    account = new_account(api)
    body = json.dumps(invoice_body(account, 0)).replace('"amount": 0', '"amount": 0.10')
    answer = api.post("/v1/invoices", body.encode())
    assert b'"amount":0.10' in answer.content
    big = api.post("/v1/invoices", invoice_body(account, "9999999999999999.99"))
    assert b'"amount":9999999999999999.99' in big.content


def test_life_of_an_invoice_over_http(api: Api) -> None:
    path = f"/v1/invoices/{new_invoice(api, new_account(api))['id']}"
    posted = done(api.put(f"{path}/post"))
    assert (posted["status"], posted["jobStatus"]) == ("Posted", "Completed")
    refused(api.put(f"{path}/post"), 200, 30)
    refused(api.delete(path), 200, 30)
    assert done(api.put(f"{path}/unpost"))["invoice"]["status"] == "Draft"
    changed = done(api.put(path, {"comments": "changed", "invoiceDate": "2026-11-21"}))
    assert (changed["number"], changed["invoiceDate"]) == ("INV00000001", "2026-11-21")
    assert done(api.put(f"{path}/cancel"))["status"] == "Canceled"
    gone = done(api.delete(path))
    assert (gone["operationType"], gone["status"]) == ("Delete", "Completed")
    refused(api.get(path), 404, 40)
    why = done(api.get("/v1/document-numbers/INV00000001"))
    assert (why["state"], why["reason"]) == (
        "voided",
        "the invoice was deleted while it was Canceled",
    )


def test_draft_gets_its_number_at_posting(api: Api) -> None:
    done(api.put("/v1/settings", {"numberAssignment": "posting"}))
    account = new_account(api)
    draft = new_invoice(api, account)
    assert draft["invoiceNumber"] == "TMP-INV-00000001"
    assert done(api.get("/v1/invoices/tmp-inv-00000001"))["id"] == draft["id"]
    assert new_invoice(api, account, status="Posted")["invoiceNumber"] == "INV00000001"
    posted = done(api.put(f"/v1/invoices/{draft['id']}/post", {"invoiceDate": "2026-11-22"}))
    assert (posted["invoiceNumber"], posted["invoiceDate"]) == ("INV00000002", "2026-11-22")
    refused(api.get("/v1/invoices/TMP-INV-00000001"), 404, 40)


def test_batch_answers_each_invoice_by_itself(api: Api) -> None:
    account = new_account(api)
    bad = invoice_body(account, "0.001")
    body = {"invoices": [invoice_body(account), bad, invoice_body(account, status="Posted")]}
    first, second, third = done(api.post("/v1/invoices/batch", body))["invoices"]
    assert (first["success"], first["invoiceNumber"]) == (True, "INV00000001")
    assert (third["success"], third["invoiceNumber"]) == (True, "INV00000002")
    assert (second["success"], set(second)) == (
        False,
        {"success", "processId", "requestId", "reasons"},
    )
    (reason,) = second["reasons"]
    assert reason["message"].startswith("invoices[1].invoiceItems[0].amount: ")
    assert reason["code"] % 100 == 20


def test_batch_in_a_single_transaction_is_all_or_nothing(api: Api) -> None:
    account = new_account(api)
    invoices = [invoice_body(account), invoice_body(account, "0.001")]
    body = {"invoices": invoices, "useSingleTransaction": True}
    (message,) = refused(api.post("/v1/invoices/batch", body), 200, 20)
    assert message.startswith("invoices[1].invoiceItems[0].amount: ")
    assert everything(api, "/v1/invoices") == []
    body["invoices"] = invoices[:1] * 50
    made = done(api.post("/v1/invoices/batch", body))["invoices"]
    assert [one["invoiceNumber"] for one in made] == [f"INV{n:08d}" for n in range(1, 51)]


@pytest.mark.parametrize("count", [0, 51])
def test_batch_holds_1_to_50_invoices(api: Api, count: int) -> None:
    account = new_account(api)
    body = {"invoices": [invoice_body(account)] * count}
    (message,) = refused(api.post("/v1/invoices/batch", body), 200, 20)
    assert message.startswith("invoices: ")


def test_invoices_are_posted_in_bulk(api: Api) -> None:
    account = new_account(api)
    drafts = [new_invoice(api, account) for _ in range(2)]
    wanted = [{"id": drafts[0]["id"]}, {"id": "INV00000002"}, {"id": "f" * 32}]
    body = {"invoices": [*wanted, {"id": drafts[0]["id"]}]}
    outcomes = done(api.post("/v1/invoices/bulk-post", body))["invoices"]
    assert [one["success"] for one in outcomes] == [True, True, False, False]
    assert [one["reasons"][0]["code"] % 100 for one in outcomes[2:]] == [40, 30]


def test_reversed_invoice_has_a_credit_memo_of_its_own_set(api: Api) -> None:
    create(api, new_set("FR"))
    invoice = new_invoice(api, new_account(api), sequenceSet="FR", status="Posted")
    answer = done(api.put(f"/v1/invoices/{invoice['id']}/reverse"))
    assert (answer["id"], answer["creditMemo"]["number"]) == (invoice["id"], "FRC00000001")
    assert done(api.get(f"/v1/invoices/{invoice['id']}"))["balance"] == 0
    why = done(api.get("/v1/document-numbers/FRC00000001"))
    assert why["chosenBy"] == "invoice"


def test_part_of_an_invoice_is_written_off(api: Api) -> None:
    invoice = new_invoice(api, new_account(api), status="Posted")
    path = f"/v1/invoices/{invoice['id']}"
    assert done(api.put(f"{path}/write-off", {"amount": "30.5"}))["creditMemo"]["number"]
    assert done(api.get(path))["balance"] == 69.5
    done(api.put(f"{path}/write-off"))
    assert done(api.get(path))["balance"] == 0


def test_items_are_listed_with_their_ids(api: Api) -> None:
    invoice = new_invoice(api, new_account(api), 1, 2, -1)
    path = f"/v1/invoices/{invoice['id']}/items"
    items = everything(api, f"{path}?pageSize=2")
    assert [item["amount"] for item in items] == [1, 2, -1]
    assert [item["chargeName"] for item in items] == ["Charge 1", "Charge 2", "Charge 3"]
    assert {item["serviceStartDate"] for item in items} == {"2026-11-01"}
    assert len({item["id"] for item in items}) == 3


def test_invoices_are_listed_by_creation_and_filtered(api: Api) -> None:
    one, other = new_account(api), new_account(api)
    made = [new_invoice(api, account) for account in (one, other, one, other, one)]
    done(api.put(f"/v1/invoices/{made[2]['id']}/post"))
    made[2] = done(api.get(f"/v1/invoices/{made[2]['id']}"))
    made = [{k: v for k, v in invoice.items() if k != "success"} for invoice in made]
    assert everything(api, "/v1/invoices?pageSize=2") == made
    account_id = one["accountId"]
    assert everything(api, f"/v1/invoices?accountId={account_id}&pageSize=1") == made[::2]
    assert everything(api, "/v1/invoices?status=Posted") == [made[2]]
    assert everything(api, f"/v1/invoices?accountId={account_id}&status=Draft") == [
        made[0],
        made[4],
    ]
    assert everything(api, "/v1/invoices?number=inv00000002") == [made[1]]
    assert everything(api, f"/v1/invoices?number=inv00000002&accountId={account_id}") == []
    for query in ("status=Open", "accountId=1", "cursor=x", "pageSize=0"):
        refused(api.get(f"/v1/invoices?{query}"), 400, 27)


def test_repeated_request_with_a_key_makes_no_second_invoice(api: Api) -> None:
    account = new_account(api)
    headers = {"Idempotency-Key": "order-1"}
    first = api.post("/v1/invoices", invoice_body(account), headers=headers)
    again = api.post("/v1/invoices", invoice_body(account), headers=headers)
    assert (first.content, again.headers["Idempotent-Replayed"]) == (again.content, "true")
    assert len(everything(api, "/v1/invoices")) == 1
    bad = api.post("/v1/invoices", {"x": 1}, headers={"Idempotency-Key": "order-2"})
    kept = api.post("/v1/invoices", {"x": 1}, headers={"Idempotency-Key": "order-2"})
    assert bad.content == kept.content
    torn = api.post("/v1/invoices", b"{", headers={"Idempotency-Key": "order-3"})
    assert torn.status_code == 400


@pytest.mark.parametrize(
    ("changed", "path", "category"),
    [
        ({"invoiceDate": "2026-02-30"}, "invoiceDate", 20),
        ({"invoiceDate": None}, "invoiceDate", 22),
        ({"currency": "USD"}, "currency", 30),
        ({"invoiceItems": []}, "invoiceItems", 20),
        ({"status": "Paid"}, "status", 20),
        ({"colour": "red"}, "colour", 21),
        ({"sequenceSet": "NOWHERE"}, "sequenceSet", 40),
        ({"accountId": "f" * 32}, "accountId", 40),
        ({"accountId": None}, "accountId", 22),
        ({"invoiceNumber": "A B"}, "invoiceNumber", 20),
    ],
)
def test_fault_of_an_invoice_names_its_field_and_leaves_nothing(
    api: Api, changed: dict[str, Any], path: str, category: int
) -> None:
    body = invoice_body(new_account(api), **changed)
    (message,) = refused(api.post("/v1/invoices", body), 200, category)
    assert message.startswith(f"{path}: ")
    assert everything(api, "/v1/document-numbers") == []
    assert everything(api, "/v1/invoices") == []


@pytest.mark.parametrize("amount", ["1,5", "1e3", "NaN", True, None, [], "0.001", "1e400"])
def test_amount_that_is_no_exact_decimal_is_refused(api: Api, amount: Any) -> None:
    body = invoice_body(new_account(api), amount)
    messages = refused(api.post("/v1/invoices", body), 200, 22 if amount is None else 20)
    assert messages[0].startswith("invoiceItems[0].amount: ")


def test_why_this_number_names_the_living_document(api: Api) -> None:
    invoice = new_invoice(api, new_account(api))
    why = done(api.get("/v1/document-numbers/INV00000001"))
    assert why["document"] == {"id": invoice["id"], "type": "invoice", "status": "Draft"}
    refused(api.post("/v1/document-numbers/INV00000001/void", {"reason": "x"}), 200, 30)
    done(api.delete(f"/v1/invoices/{invoice['id']}"))
    assert done(api.get("/v1/document-numbers/INV00000001"))["document"] is None
