"""A small company's books, for the screenshots: the same names, numbers and times in every run."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.api import Api, create, done
from tests.contract.documents import first_item, new_account, new_payment
from tests.running_service import RunningService

_BEGINS = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
_COUNTRIES = ("FR", "DE", "AT")
_PER_DAY = (18, 24, 9, 31, 27, 6, 4, 22, 35, 30, 26, 12, 5)
_CUSTOMERS = (
    ("Aurore Éditions", "FR"),
    ("Bergmann & Töchter", "DE"),
    ("Café Central", "AT"),
    ("Dupont Frères", "FR"),
    ("Elbe Logistik", None),
    ("Fink Instrumente", None),
    ("Gruber Holzbau", None),
)


@dataclass(frozen=True, slots=True)
class Story:
    """What the screenshots show. Shape: ids of an invoice, and the number of another."""

    invoice_id: str
    number: str
    set_id: str


def tell(service: RunningService) -> Story:
    """Two weeks of numbers, then the day that is looked at."""
    set_id = _past(service)
    service.stop_clock(_BEGINS)
    with _program(service) as api:
        return _today(service, api, set_id)


def _program(service: RunningService) -> closing[Api]:
    """With a token of its own: those of another day are over."""
    return closing(Api(service, service.client_id, service.client_secret))


def _past(service: RunningService) -> str:
    """The sets, and days on which numbers were given; the id of the first set."""
    set_id = ""
    for day, count in enumerate(_PER_DAY):
        service.stop_clock(_BEGINS - timedelta(days=len(_PER_DAY) - day))
        with _program(service) as api:
            if not set_id:
                sets = create(api, *(_country(name) for name in _COUNTRIES))
                set_id = str(sets[0]["id"]).replace("-", "")
            for place, name in enumerate(_COUNTRIES):
                wanted = {"documentType": "invoice", "sequenceSet": name}
                done(api.post("/v1/document-numbers", {**wanted, "count": count // (place + 1)}))
            done(api.post("/v1/document-numbers", {"documentType": "payment", "count": count // 2}))
    return set_id


def _today(service: RunningService, api: Api, set_id: str) -> Story:
    """Every step is minutes after the one before; all lie within the life of one token."""
    moment = _BEGINS

    def later(minutes: int = 1) -> None:
        nonlocal moment
        moment += timedelta(minutes=minutes)
        service.stop_clock(moment)

    accounts = []
    for name, country in _CUSTOMERS:
        later()
        chosen = {} if country is None else {"sequenceSetId": country}
        accounts.append(new_account(api, name=name, **chosen))
    invoices = []
    for index, account in enumerate(accounts * 2):
        later(2)
        # The last but one is left a draft, so that its account keeps its set.
        is_posted = index != len(accounts) * 2 - 2
        invoices.append(_invoice(api, account, index, is_posted=is_posted))
    first = invoices[0]
    later(5)
    credited = {"amount": 60, "skuName": "Support", "invoiceItemId": first_item(api, first)}
    memo = done(
        api.post(f"/v1/credit-memos/invoice/{first['id']}", {"items": [credited], "autoPost": True})
    )
    applied = {"invoices": [{"invoiceId": first["id"], "amount": 60}]}
    done(api.put(f"/v1/credit-memos/{memo['id']}/apply", applied))
    later(5)
    paid = [{"invoiceId": first["id"], "amount": 1000}]
    new_payment(api, accounts[0], 1000, invoices=paid)
    later(5)
    held = {"documentType": "invoice", "sequenceSet": "DE", "holdSeconds": 86_400}
    done(api.post("/v1/document-numbers", {**held, "reference": "order 4711"}))
    later()
    number = str(invoices[1]["invoiceNumber"])
    return Story(str(first["id"]), number, set_id)


def _country(name: str) -> dict[str, Any]:
    kinds = {"invoice": "", "creditMemo": "CM", "debitMemo": "DM"}
    rows = {kind: {"prefix": f"{name}{end}26-", "startNumber": 1} for kind, end in kinds.items()}
    return {"name": name, **rows}


def _invoice(api: Api, account: dict[str, Any], index: int, *, is_posted: bool) -> dict[str, Any]:
    items = [
        {"amount": 1200 + 35 * index, "chargeName": "Subscription"},
        {"amount": 149.5, "chargeName": "Support"},
    ]
    span = {"serviceStartDate": "2026-12-01", "serviceEndDate": "2026-12-31"}
    body = {
        "accountId": account["accountId"],
        "invoiceDate": "2026-12-01",
        "dueDate": "2026-12-31",
        "status": "Posted" if is_posted else "Draft",
        "invoiceItems": [{**item, **span} for item in items],
    }
    return done(api.post("/v1/invoices", body))
