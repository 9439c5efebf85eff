"""What the OpenAPI document says of a value holds: anything else is refused, and the field named.

Source: contract/guarantees.md, G10; contract/transport.md, Errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.api import Api, create, done, issue, new_set
from tests.contract.documented import documented_api
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

WRONG: dict[str, Callable[[int, Any], Any]] = {
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

WRONG_TYPES = {"array": "x", "object": "x", "boolean": "maybe", "integer": "1.5"}

OTHER_FORMS: dict[str, Any] = {
    f"POST_{noun}MemosBulk{mark}": {
        "sourceType": "Invoice",
        "memos": [{"invoiceId": "0" * 32, **FULL_BODIES[f"POST_{noun}MemoFromInvoice{mark}"]}],
    }
    for noun in ("Credit", "Debit")
    for mark in ("", "Old")
}
"""Of operations whose bodies have two forms, the other one."""


def keys_by_path(api: Api) -> dict[str, str]:
    """What could be changed: its key, by how the paths begin that lead to its kind."""
    account = new_account(api)
    create(api, new_set("Held"))
    issue(api)
    invoice = new_invoice(api, account, 1)["id"]
    memo = credit_memo(api, account, 1)["id"]
    upload = done(api.post("/v1/imports", {"fileSha256": "a" * 64, "byteCount": 9}))
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
        "/v1/imports/": upload["importId"],
    }


def key_for(path: str, keys: dict[str, str]) -> str:
    return next((key for start, key in keys.items() if path.startswith(start)), "0" * 32)


def wrong_values(schema: dict[str, Any], first_item: Any = None) -> Iterator[tuple[str, Any]]:
    """For each keyword of a schema, its text and a value that breaks it."""
    for keyword, wrong in WRONG.items():
        if keyword in schema and (keyword, schema[keyword]) != ("minLength", 0):
            yield f"{keyword} {schema[keyword]}", wrong(schema[keyword], first_item)
    if schema.get("type") in WRONG_TYPES:
        yield f"type {schema['type']}", WRONG_TYPES[schema["type"]]


def wrong_bodies(body: DocumentedBody) -> Iterator[tuple[Place, str, list[Any]]]:
    """Each place with each keyword there, and bodies that break it: one in each form."""
    forms = [FULL_BODIES[body.operation_id]]
    forms += [OTHER_FORMS[body.operation_id]] if body.operation_id in OTHER_FORMS else []
    for place, schema in body.parts:
        items = (value_at(form, (*place, 0)) for form in forms)
        for keyword, wrong in wrong_values(schema, next(filter(None, items), None)):
            yield place, keyword, [with_value(form, place, wrong) for form in forms]


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
        target = path_for(body.path, key_for(body.path, keys))
        for place, keyword, bodies in wrong_bodies(body):
            count += 1
            answers = [sqlite_api.call(body.method, target, one) for one in bodies]
            messages = [one for answer in answers for one in messages_in(answer.json())]
            if not any(one.startswith(f"{named(place)}: ") for one in messages):
                accepted.append(f"{body.operation_id} {named(place)} {keyword}: {messages[:3]}")
    assert accepted == []
    assert count > 1500
    assert sqlite_api.state() == before


def test_parameter_that_the_document_rules_out_is_refused_by_its_name(sqlite_api: Api) -> None:
    keys = keys_by_path(sqlite_api)
    before = sqlite_api.state()
    accepted: list[str] = []
    count = 0
    for method, path, operation in documented_api(sqlite_api.service).operations.values():
        target = path_for(path, key_for(path, keys))
        media_type = next(iter(operation.get("requestBody", {}).get("content", ())), None)
        typed = {} if media_type is None else {"Content-Type": media_type}
        body = {} if media_type is None else {"content": b"{}"}
        for name, schema in query_parameters(operation):
            for keyword, wrong in wrong_values(schema):
                answer = sqlite_api.call(
                    method, target, params={name: wrong}, headers=typed, **body
                )
                messages = list(messages_in(answer.json()))
                if not any(one.startswith(f"{name}: ") for one in messages):
                    accepted.append(f"{method} {path} {name} {keyword}: {messages[:3]}")
                count += 1
    assert accepted == []
    assert count > 50
    assert sqlite_api.state() == before


def query_parameters(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in operation.get("parameters", ()):
        if one.get("in") == "query":
            yield one["name"], one["schema"]
