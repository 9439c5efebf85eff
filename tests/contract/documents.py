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
