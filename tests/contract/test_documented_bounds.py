"""What the OpenAPI document says of a value holds: anything else is refused, and the field named.

Source: contract/guarantees.md, G10; contract/transport.md, Errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.api import Api, create, done, issue, new_set
from tests.contract.documents import credit_memo, new_account, new_invoice, new_payment
from tests.contract.full_bodies import (
    FULL_BODIES,
    DocumentedBody,
    Place,
    documented_bodies,
    path_for,
    value_at,
    with_value,
)

BEYOND: dict[str, Callable[[int, Any], Any]] = {
    "maxLength": lambda bound, _: "x" * (bound + 1),
    "minLength": lambda bound, _: "x" * (bound - 1),
    "maxItems": lambda bound, item: [item or {}] * (bound + 1),
    "minItems": lambda bound, item: [item or {}] * (bound - 1),
    "maximum": lambda bound, _: bound + 1,
    "minimum": lambda bound, _: bound - 1,
    "enum": lambda _, __: "none of them",
    "pattern": lambda _, __: "\n",
    "format": lambda _, __: "2026-02-30",
}
"""What breaks a keyword of JSON Schema, from its value and the first item of a list."""

OTHER_BODIES: dict[str, Any] = {
    f"POST_{noun}MemosBulk{mark}": {
        "sourceType": "Invoice",
        "memos": [{"invoiceId": "0" * 32, **FULL_BODIES[f"POST_{noun}MemoFromInvoice{mark}"]}],
    }
    for noun in ("Credit", "Debit")
    for mark in ("", "Old")
}
"""Of operations that take two forms, the other one."""


def keys_by_path(api: Api) -> dict[str, str]:
    """What could be changed: its key, by how the paths begin that lead to its kind."""
    account = new_account(api)
    create(api, new_set("Held"))
    issue(api)
    invoice = new_invoice(api, account, 1)["id"]
    memo = credit_memo(api, account, 1)["id"]
    (series, *_) = done(api.get("/v1/series"))["series"]
    return {
        "/v1/credit-memos/invoice/": invoice,
        "/v1/debit-memos/invoice/": invoice,
        "/v1/sequence-sets/": "Held",
        "/v1/document-numbers/": "INV00000001",
        "/v1/accounts/": account["accountNumber"],
        "/v1/invoices/": invoice,
        "/v1/credit-memos/": memo,
        "/v1/creditmemos/": memo,
        "/v1/payments/": new_payment(api, account, 1)["id"],
        "/v1/series/": series["id"],
    }


def bodies_beyond(body: DocumentedBody) -> Iterator[tuple[Place, str, list[Any]]]:
    """Place and text of each bound, and a body that breaks it in each form of the operation."""
    full = [FULL_BODIES[body.operation_id]]
    full += [OTHER_BODIES[body.operation_id]] if body.operation_id in OTHER_BODIES else []
    for place, schema in body.parts:
        for name, beyond in BEYOND.items():
            if name in schema and (name, schema[name]) != ("minLength", 0):
                yield (
                    place,
                    f"{name} {schema[name]}",
                    [
                        with_value(one, place, beyond(schema[name], value_at(one, (*place, 0))))
                        for one in full
                    ],
                )


def messages_in(answer: Any) -> Iterator[str]:
    """Also of the parts of an answer about many."""
    if isinstance(answer, dict):
        yield from [answer["message"]] if "message" in answer else []
        for one in answer.values():
            yield from messages_in(one)
    elif isinstance(answer, list):
        for one in answer:
            yield from messages_in(one)


def named(place: Place) -> str:
    """As errors name it: `invoices[0].customRates`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


def test_value_that_the_document_rules_out_is_refused_by_its_name(sqlite_api: Api) -> None:
    keys = keys_by_path(sqlite_api)
    before = sqlite_api.state()
    accepted: list[str] = []
    count = 0
    for body in documented_bodies(sqlite_api.service):
        key = next((one for start, one in keys.items() if body.path.startswith(start)), "")
        for place, bound, bodies in bodies_beyond(body):
            count += 1
            answers = [
                sqlite_api.call(body.method, path_for(body.path, key), one) for one in bodies
            ]
            messages = [one for answer in answers for one in messages_in(answer.json())]
            if not any(one.startswith(f"{named(place)}: ") for one in messages):
                accepted.append(f"{body.operation_id} {named(place)} {bound}: {messages[:3]}")
    assert accepted == []
    assert count > 1500
    assert sqlite_api.state() == before
