"""Short ways to make accounts and documents over HTTP."""

from __future__ import annotations

from typing import Any

from tests.contract.api import Api, done


def new_account(api: Api, **changed: Any) -> dict[str, Any]:
    body = {
        "name": "Customer",
        "currency": "EUR",
        "billToContact": {"firstName": "Ada", "lastName": "Byron"},
        **changed,
    }
    return done(api.post("/v1/accounts", body))


def account_key(account: dict[str, Any]) -> dict[str, Any]:
    """How a document names its account: by id, or by its number where that is all one knows."""
    name = "accountId" if "accountId" in account else "accountNumber"
    return {name: account[name]}


def invoice_body(account: dict[str, Any], *amounts: Any, **changed: Any) -> dict[str, Any]:
    return {
        **account_key(account),
        "invoiceDate": "2026-11-20",
        "invoiceItems": [
            {"amount": amount, "serviceStartDate": "2026-11-01", "chargeName": f"Charge {at}"}
            for at, amount in enumerate(amounts or (100,), start=1)
        ],
        **changed,
    }


def new_invoice(api: Api, account: dict[str, Any], *amounts: Any, **changed: Any) -> dict[str, Any]:
    return done(api.post("/v1/invoices", invoice_body(account, *amounts, **changed)))


def first_item(api: Api, invoice: dict[str, Any]) -> str:
    """The id of an invoice's first item."""
    found = done(api.get(f"/v1/invoices/{invoice['id']}/items"))["invoiceItems"]
    return str(found[0]["id"])


def memo_body(account: dict[str, Any], *amounts: Any, **changed: Any) -> dict[str, Any]:
    return {
        **account_key(account),
        "charges": [
            {"amount": amount, "chargeId": f"c{at}"}
            for at, amount in enumerate(amounts or (100,), start=1)
        ],
        **changed,
    }


def new_memo(
    api: Api, path: str, account: dict[str, Any], *amounts: Any, **changed: Any
) -> dict[str, Any]:
    return done(api.post(f"/v1/{path}", memo_body(account, *amounts, **changed)))


def credit_memo(api: Api, account: dict[str, Any], *amounts: Any) -> dict[str, Any]:
    """A posted one."""
    return new_memo(api, "credit-memos", account, *amounts, autoPost=True)


def payment_body(account: dict[str, Any], amount: Any, **changed: Any) -> dict[str, Any]:
    return {
        **account_key(account),
        "amount": amount,
        "currency": "EUR",
        "type": "External",
        **changed,
    }


def new_payment(api: Api, account: dict[str, Any], amount: Any, **changed: Any) -> dict[str, Any]:
    return done(api.post("/v1/payments", payment_body(account, amount, **changed)))


def new_refund(
    api: Api, path: str, amount: Any, *, verb: str = "refunds", **changed: Any
) -> dict[str, Any]:
    """A refund of the payment or credit memo at a path."""
    body = {"totalAmount": amount, "type": "External", "methodType": "Check", **changed}
    return done(api.post(f"{path}/{verb}", body))


def document_in(api: Api, account: dict[str, Any], kind: str) -> dict[str, Any]:
    """A memo, payment or refund in a state, such as `applied credit memo` or `canceled refund`."""
    state, _, name = kind.partition(" ")
    if name == "refund":
        path = f"/v1/payments/{new_payment(api, account, 100)['id']}"
        made, path = new_refund(api, path, 40), "/v1/refunds"
    elif name == "payment":
        made, path = new_payment(api, account, 100), "/v1/payments"
    else:
        path = f"{name.replace(' ', '-')}s"
        is_posted = state in {"posted", "applied"}
        made, path = new_memo(api, path, account, autoPost=is_posted), f"/v1/{path}"
    if state == "applied":
        wanted = {"invoices": [{"invoiceId": "OPEN", "amount": 1}]}
        return done(api.put(f"{path}/{made['id']}/apply", wanted))
    return done(api.put(f"{path}/{made['id']}/cancel")) if state == "canceled" else made
