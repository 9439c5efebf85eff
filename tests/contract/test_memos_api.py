"""Credit and debit memos over HTTP: their whole life, under the new paths and the old ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api, create, done, everything, new_set, refused
from tests.contract.documents import (
    credit_memo,
    first_item,
    memo_body,
    new_account,
    new_invoice,
    new_memo,
    new_payment,
)

PATHS = ("credit-memos", "debit-memos", "creditmemos", "debitmemos")
PREFIXES = {"credit-memos": "CM", "creditmemos": "CM", "debit-memos": "DM", "debitmemos": "DM"}
every_path = pytest.mark.parametrize("path", PATHS)


def list_of(path: str) -> str:
    return path.replace("-", "")


def invoice_path(path: str, key: str) -> str:
    """Where a memo is made from an invoice: the original moved that with the new paths."""
    return f"/v1/{path}/invoice/{key}" if "-" in path else f"/v1/invoices/{key}/{path}"


@every_path
def test_memo_is_given_back_as_it_was_made(api: Api, path: str) -> None:
    account = new_account(api)
    made = new_memo(
        api, path, account, "70.5", 30, comment="sorry", reasonCode="Correction", Case__c=7
    )
    assert made == done(api.get(f"/v1/{path}/{made['id']}"))
    assert made == done(api.get(f"/v1/{path}/{made['number'].lower()}"))
    assert (made["number"], made["status"]) == (f"{PREFIXES[path]}00000001", "Draft")
    assert (made["amount"], made["currency"], made["sourceType"]) == (100.5, "EUR", "Standalone")
    assert (made["comment"], made["reasonCode"], made["Case__c"]) == ("sorry", "Correction", 7)
    assert made["accountId"] == account["accountId"]
    assert made["sequenceSetId"] == done(api.get("/v1/sequence-sets/DEFAULT"))["id"]
    items = everything(api, f"/v1/{path}/{made['id']}/items?pageSize=1")
    assert [(one["amount"], one["chargeId"]) for one in items] == [(70.5, "c1"), (30, "c2")]


@every_path
def test_life_of_a_memo_over_http(api: Api, path: str) -> None:
    made = new_memo(api, path, new_account(api))
    one = f"/v1/{path}/{made['number']}"
    assert done(api.put(f"{one}/post"))["status"] == "Posted"
    refused(api.put(f"{one}/cancel"), 200, 30)
    (message,) = refused(api.delete(one), 200, 30)
    assert "in the state Canceled can be" in message
    assert done(api.put(f"{one}/unpost"))["status"] == "Draft"
    assert done(api.put(f"{one}/cancel"))["status"] == "Canceled"
    assert done(api.delete(one)) == {"success": True}
    refused(api.get(one), 404, 40)
    assert done(api.get(f"/v1/document-numbers/{made['number']}"))["state"] == "voided"


@every_path
def test_memo_from_an_invoice_bears_its_set(api: Api, path: str) -> None:
    (french,) = create(api, new_set("FR"))
    invoice = new_invoice(api, new_account(api), 60, 40, sequenceSet="FR", status="Posted")
    item = {"amount": 60, "skuName": "S", "invoiceItemId": first_item(api, invoice)}
    made = done(
        api.post(invoice_path(path, invoice["invoiceNumber"]), {"items": [item], "autoPost": True})
    )
    assert made["number"] == f"FR{'C' if 'credit' in path else 'D'}00000001"
    assert (made["sequenceSetId"], made["status"]) == (french["id"], "Posted")
    assert (made["referredInvoiceId"], made["sourceType"]) == (invoice["id"], "Invoice")
    (shown,) = everything(api, f"/v1/{path}/{made['id']}/items")
    assert (shown["sourceItemId"], shown["skuName"]) == (item["invoiceItemId"], "S")
    refused(api.post(invoice_path(path, "NOWHERE"), {"items": [item]}), 404, 40)
    strange = {**item, "invoiceItemId": "f" * 32}
    (message,) = refused(api.post(invoice_path(path, invoice["id"]), {"items": [strange]}), 200, 40)
    assert message.startswith("items[0].invoiceItemId: ")


@every_path
def test_faults_of_a_memo_name_their_fields_and_change_nothing(api: Api, path: str) -> None:
    account = new_account(api)
    bad: dict[tuple[str, int], dict[str, Any]] = {
        ("charges[0].amount", 20): {"charges": [{"amount": -1, "chargeId": "c"}]},
        ("charges[0].chargeId", 22): {"charges": [{"amount": 1}]},
        ("charges", 20): {"charges": []},
        ("currency", 30): {"currency": "USD"},
        ("number", 20): {"number": "A B"},
        ("effectiveDate", 20): {"effectiveDate": "2026-02-30"},
        ("accountId", 40): {"accountId": "f" * 32},
        ("colour", 21): {"colour": "red"},
    }
    for (field, category), changed in bad.items():
        answer = api.post(f"/v1/{path}", {**memo_body(account), **changed})
        (message,) = refused(answer, 200, category)
        assert message.startswith(f"{field}: "), message
    assert new_memo(api, path, account)["number"] == f"{PREFIXES[path]}00000001"


@every_path
def test_bulk_answers_each_memo_by_itself(api: Api, path: str) -> None:
    account = new_account(api)
    memos = [memo_body(account), memo_body(account, "0.001"), memo_body(account, autoPost=True)]
    made = done(api.post(f"/v1/{path}/bulk", {"sourceType": "Standalone", "memos": memos}))
    assert [one["success"] for one in made["memos"]] == [True, False, True]
    (reason,) = made["memos"][1]["reasons"]
    assert reason["code"] % 100 == 20
    assert reason["message"].startswith("memos[1].charges[0].amount: ")
    numbers = [made["memos"][index]["number"] for index in (0, 2)]
    assert numbers == [f"{PREFIXES[path]}00000001", f"{PREFIXES[path]}00000002"]


@every_path
def test_bulk_of_memos_from_invoices_names_them(api: Api, path: str) -> None:
    invoice = new_invoice(api, new_account(api), 60, status="Posted")
    item = {"amount": 5, "skuName": "S", "invoiceItemId": first_item(api, invoice)}
    memos = [{"invoiceId": key, "items": [item]} for key in (invoice["id"], "NOWHERE")]
    made = done(api.post(f"/v1/{path}/bulk", {"sourceType": "Invoice", "memos": memos}))
    assert made["memos"][0]["referredInvoiceId"] == invoice["id"]
    (reason,) = made["memos"][1]["reasons"]
    assert reason["message"].startswith("memos[1].invoiceId: ")
    assert reason["code"] % 100 == 40
    too_many = {"sourceType": "Invoice", "memos": memos * 26}
    refused(api.post(f"/v1/{path}/bulk", too_many), 200, 20)
    refused(api.post(f"/v1/{path}/bulk", {"memos": memos}), 200, 22)


@every_path
def test_list_of_memos_pages_by_cursor_and_filters(api: Api, path: str) -> None:
    one, other = new_account(api), new_account(api)
    made = [new_memo(api, path, account) for account in (one, other, one, one)]
    done(api.put(f"/v1/{path}/{made[2]['id']}/post"))
    ids = [memo["id"] for memo in made]
    assert [memo["id"] for memo in everything(api, f"/v1/{path}?pageSize=1")] == ids
    first = done(api.get(f"/v1/{path}?pageSize=3"))
    assert list(first) == [list_of(path), "nextPage", "success"]
    assert f"/v1/{path}?" in first["nextPage"]
    filters = {
        f"accountId={one['accountId']}": [ids[0], ids[2], ids[3]],
        "status=Posted": [ids[2]],
        f"number={made[1]['number'].lower()}": [ids[1]],
        f"status=Draft&accountId={one['accountId']}&pageSize=1": [ids[0], ids[3]],
        "number=NOWHERE": [],
    }
    for query, wanted in filters.items():
        assert [memo["id"] for memo in everything(api, f"/v1/{path}?{query}")] == wanted
    refused(api.get(f"/v1/{path}?status=Processed"), 400, 27)


def test_one_memo_answers_under_both_its_paths(api: Api) -> None:
    made = new_memo(api, "credit-memos", new_account(api))
    assert done(api.get(f"/v1/creditmemos/{made['id']}")) == made
    assert done(api.put(f"/v1/creditmemos/{made['id']}/post"))["status"] == "Posted"
    refused(api.get(f"/v1/debit-memos/{made['id']}"), 404, 40)


@pytest.mark.parametrize("path", ["credit-memos", "creditmemos"])
def test_credit_memo_is_applied_unapplied_and_refunded_over_http(api: Api, path: str) -> None:
    account = new_account(api)
    invoice = new_invoice(api, account, 100, status="Posted")
    debit = new_memo(api, "debit-memos", account, 30, autoPost=True)
    memo = credit_memo(api, account, 120)
    one = f"/v1/{path}/{memo['id']}"
    wanted = {
        "invoices": [{"invoiceId": invoice["id"], "amount": "70.00"}],
        "debitMemos": [{"debitMemoId": debit["number"], "amount": 20.5}],
    }
    applied = done(api.put(f"{one}/apply", wanted))
    assert (applied["appliedAmount"], applied["unappliedAmount"]) == (90.5, 29.5)
    assert done(api.get(f"/v1/invoices/{invoice['id']}"))["balance"] == 30
    shown = done(api.get(f"/v1/debit-memos/{debit['id']}"))
    assert (shown["balance"], shown["beAppliedAmount"]) == (9.5, 20.5)
    over = {"invoices": [{"invoiceId": invoice["id"], "amount": 30.01}]}
    assert len(refused(api.put(f"{one}/apply", over), 200, 30, 30)) == 2
    back = done(api.put(f"{one}/unapply", {"invoices": wanted["invoices"]}))
    assert (back["appliedAmount"], back["unappliedAmount"]) == (20.5, 99.5)
    refund_path = f"{one}/refunds" if path == "creditmemos" else f"{one}/refund"
    body = {"totalAmount": 99.5, "type": "External", "methodType": "Check"}
    refund = done(api.post(refund_path, body))
    assert (refund["number"], refund["creditMemoId"]) == ("R-00000001", memo["id"])
    assert done(api.get(one))["refundAmount"] == 99.5
    refused(api.post(refund_path, body), 200, 30)


@every_path
def test_memos_answer_only_with_invoice_settlement(api: Api, path: str) -> None:
    account = new_account(api)
    invoice = new_invoice(api, account, status="Posted")
    made = new_memo(api, path, account)
    done(api.put("/v1/settings", {"invoiceSettlement": False}))
    item = {"amount": 1, "skuName": "S", "invoiceItemId": first_item(api, invoice)}
    answers = [
        api.get(f"/v1/{path}"),
        api.get(f"/v1/{path}/{made['id']}"),
        api.get(f"/v1/{path}/{made['id']}/items"),
        api.post(f"/v1/{path}", memo_body(account)),
        api.post(invoice_path(path, invoice["id"]), {"items": [item]}),
        api.put(f"/v1/{path}/{made['id']}/post"),
        api.put(f"/v1/{path}/{made['id']}/cancel"),
        api.delete(f"/v1/{path}/{made['id']}"),
    ]
    for answer in answers:
        refused(answer, 200, 10)
    bulk = {"sourceType": "Standalone", "memos": [memo_body(account)]}
    (part,) = done(api.post(f"/v1/{path}/bulk", bulk))["memos"]
    assert [reason["code"] % 100 for reason in part["reasons"]] == [10]
    assert new_payment(api, account, 5)["status"] == "Processed"
    done(api.put("/v1/settings", {"invoiceSettlement": True}))
    assert done(api.get(f"/v1/{path}/{made['id']}")) == made


def test_memo_with_a_key_is_made_once(api: Api) -> None:
    body, key = memo_body(new_account(api)), {"Idempotency-Key": "memo"}
    first = api.post("/v1/credit-memos", body, headers=key)
    again = api.post("/v1/credit-memos", body, headers=key)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(everything(api, "/v1/credit-memos")) == 1
    bad = {**body, "currency": "USD"}
    refusal = api.post("/v1/credit-memos", bad, headers={"Idempotency-Key": "bad"})
    again = api.post("/v1/credit-memos", bad, headers={"Idempotency-Key": "bad"})
    assert again.content == refusal.content
