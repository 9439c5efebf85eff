"""Payments and refunds over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api, create, done, everything, new_set, refused
from tests.contract.documents import (
    credit_memo,
    new_account,
    new_invoice,
    new_payment,
    new_refund,
    payment_body,
)


def test_payment_is_given_back_as_it_was_made(api: Api) -> None:
    account = new_account(api)
    made = new_payment(
        api, account, "100.5", effectiveDate="2026-11-20", comment="thanks", referenceId="X", A__c=1
    )
    assert made == done(api.get(f"/v1/payments/{made['id']}"))
    assert made == done(api.get("/v1/payments/p-00000001"))
    assert (made["number"], made["status"], made["type"]) == ("P-00000001", "Processed", "External")
    assert (made["amount"], made["unappliedAmount"], made["currency"]) == (100.5, 100.5, "EUR")
    assert (made["appliedAmount"], made["refundAmount"]) == (0, 0)
    assert (made["effectiveDate"], made["referenceId"], made["A__c"]) == ("2026-11-20", "X", 1)


def test_payment_is_applied_when_made_and_later(api: Api) -> None:
    account = new_account(api)
    one = new_invoice(api, account, 100, status="Posted")
    other = new_invoice(api, account, 50, status="Posted")
    made = new_payment(
        api, account, 120, invoices=[{"invoiceNumber": one["invoiceNumber"], "amount": 100}]
    )
    assert (made["appliedAmount"], made["unappliedAmount"]) == (100, 20)
    path = f"/v1/payments/{made['number']}"
    wanted = {"invoices": [{"invoiceId": other["id"], "amount": 20}]}
    assert done(api.put(f"{path}/apply", wanted))["unappliedAmount"] == 0
    messages = refused(api.put(f"{path}/apply", wanted), 200, 30)
    assert "more than the 0.00 left" in messages[0]
    assert done(api.put(f"{path}/unapply", wanted))["unappliedAmount"] == 20
    refused(api.put(f"{path}/unapply", wanted), 200, 30)
    refused(api.put(f"{path}/apply", {}), 200, 22)
    assert done(api.get(f"/v1/invoices/{other['id']}"))["balance"] == 50


@pytest.mark.parametrize("field", ["invoices", "debitMemos"])
def test_application_to_more_than_1000_documents_is_refused(api: Api, field: str) -> None:
    account = new_account(api)
    name = field.removesuffix("s") + "Number"
    wanted = {field: [{name: f"X{number}", "amount": 1} for number in range(1001)]}
    (message,) = refused(api.post("/v1/payments", payment_body(account, 2000, **wanted)), 200, 20)
    assert message.startswith(field)
    assert "at most 1000" in message
    path = f"/v1/payments/{new_payment(api, account, 2000)['number']}"
    assert refused(api.put(f"{path}/apply", wanted), 200, 20) == [message]
    assert refused(api.put(f"{path}/unapply", wanted), 200, 20) == [message]


def test_life_of_a_payment_and_its_refund_over_http(api: Api) -> None:
    payment = new_payment(api, new_account(api), 100)
    path = f"/v1/payments/{payment['id']}"
    refund = new_refund(api, path, 40, refundDate="2026-11-21", comment="c")
    assert refund == done(api.get(f"/v1/refunds/{refund['id']}"))
    assert (refund["number"], refund["status"]) == ("R-00000001", "Processed")
    assert (refund["paymentId"], refund["paymentNumber"]) == (payment["id"], payment["number"])
    assert (refund["refundDate"], refund["methodType"]) == ("2026-11-21", "Check")
    assert done(api.get(path))["refundAmount"] == 40
    refused(api.put(f"{path}/cancel"), 200, 30, 30)
    one = f"/v1/refunds/{refund['number']}"
    refused(api.delete(one), 200, 30)
    assert done(api.put(f"{one}/cancel"))["status"] == "Canceled"
    assert done(api.get(path))["unappliedAmount"] == 100
    assert done(api.delete(one)) == {"success": True}
    refused(api.get(one), 404, 40)
    assert done(api.put(f"{path}/cancel"))["status"] == "Canceled"
    assert done(api.delete(path)) == {"success": True}
    states = {
        number: done(api.get(f"/v1/document-numbers/{number}"))["state"]
        for number in ("P-00000001", "R-00000001")
    }
    assert set(states.values()) == {"voided"}


@pytest.mark.parametrize(
    ("changed", "field", "category"),
    [
        ({"amount": 0}, "amount", 20),
        ({"amount": "-1"}, "amount", 20),
        ({"amount": "0.001"}, "amount", 20),
        ({"amount": "ten"}, "amount", 20),
        ({"amount": None}, "amount", 22),
        ({"currency": "USD"}, "currency", 30),
        ({"currency": "euro"}, "currency", 20),
        ({"type": "Cash"}, "type", 20),
        ({"effectiveDate": "2026-04-31"}, "effectiveDate", 20),
        ({"accountId": "f" * 32}, "accountId", 40),
        ({"invoices": [{"invoiceId": "f" * 32, "amount": 1}]}, "invoices[0].invoiceId", 40),
        ({"number": "P-"}, "number", 30),
        ({"sequenceSet": "FR"}, "sequenceSet", 21),
        ({"cryptogram": "A"}, "cryptogram", 30),
    ],
)
def test_fault_of_a_payment_names_its_field_and_leaves_no_number(
    sqlite_api: Api, changed: dict[str, Any], field: str, category: int
) -> None:
    account = new_account(sqlite_api)
    answer = sqlite_api.post("/v1/payments", {**payment_body(account, 5), **changed})
    (message,) = refused(answer, 200, category)
    assert message.startswith(f"{field}: ")
    assert new_payment(sqlite_api, account, 5)["number"] == "P-00000001"


@pytest.mark.parametrize(
    ("changed", "field", "category"),
    [
        ({"totalAmount": "100.01"}, "totalAmount", 30),
        ({"totalAmount": 0}, "totalAmount", 20),
        ({"totalAmount": 0.001}, "totalAmount", 20),
        ({"methodType": None}, "methodType", 22),
        ({"methodType": "Gold"}, "methodType", 20),
        ({"refundDate": "2026-02-29"}, "refundDate", 20),
        ({"number": "MINE"}, "number", 21),
    ],
)
def test_fault_of_a_refund_names_its_field_and_leaves_no_number(
    sqlite_api: Api, changed: dict[str, Any], field: str, category: int
) -> None:
    path = f"/v1/payments/{new_payment(sqlite_api, new_account(sqlite_api), 100)['id']}"
    body = {"totalAmount": 1, "type": "External", "methodType": "Check"}
    (message,) = refused(sqlite_api.post(f"{path}/refunds", {**body, **changed}), 200, category)
    assert message.startswith(f"{field}: ")
    assert new_refund(sqlite_api, path, 1)["number"] == "R-00000001"


def test_payments_and_refunds_take_the_set_of_the_account_always(api: Api) -> None:
    (french, _) = create(api, new_set("FR"), new_set("EU"))
    account = new_account(api, sequenceSetId="FR")
    invoice = new_invoice(api, account, 100, sequenceSet="EU", status="Posted")
    payment = new_payment(api, account, 100, invoices=[{"invoiceId": invoice["id"], "amount": 60}])
    assert (payment["number"], payment["sequenceSetId"]) == ("FRP-00000001", french["id"])
    refund = new_refund(api, f"/v1/payments/{payment['id']}", 40)
    assert (refund["number"], refund["sequenceSetId"]) == ("FRR-00000001", french["id"])
    memo = credit_memo(api, account, 10)
    of_memo = new_refund(api, f"/v1/credit-memos/{memo['id']}", 10, verb="refund")
    assert (of_memo["number"], of_memo["creditMemoNumber"]) == ("FRR-00000002", memo["number"])


@pytest.mark.parametrize("name", ["payments", "refunds"])
def test_list_pages_by_cursor_and_filters(api: Api, name: str) -> None:
    one, other = new_account(api), new_account(api)
    payments = [new_payment(api, account, 10) for account in (one, other, one, one)]
    made = payments
    if name == "refunds":
        made = [new_refund(api, f"/v1/payments/{one['id']}", 1) for one in payments]
    done(api.put(f"/v1/{name}/{made[2]['id']}/cancel"))
    ids = [one["id"] for one in made]
    assert [one["id"] for one in everything(api, f"/v1/{name}?pageSize=1")] == ids
    assert list(done(api.get(f"/v1/{name}?pageSize=1"))) == [name, "nextPage", "success"]
    filters = {
        f"accountId={one['accountId']}": [ids[0], ids[2], ids[3]],
        "status=Canceled": [ids[2]],
        f"number={made[1]['number'].lower()}": [ids[1]],
    }
    for query, wanted in filters.items():
        assert [row["id"] for row in everything(api, f"/v1/{name}?{query}")] == wanted
    refused(api.get(f"/v1/{name}?status=Draft"), 400, 27)


def test_payment_and_refund_with_a_key_are_made_once(api: Api) -> None:
    body = payment_body(new_account(api), 10)
    made = [api.post("/v1/payments", body, headers={"Idempotency-Key": "p"}) for _ in "ab"]
    assert made[0].content == made[1].content
    path = f"/v1/payments/{made[0].json()['id']}/refunds"
    refund = {"totalAmount": 10, "type": "External", "methodType": "Check"}
    back = [api.post(path, refund, headers={"Idempotency-Key": "r"}) for _ in "ab"]
    assert back[0].content == back[1].content
    assert done(back[1])["number"] == "R-00000001"
