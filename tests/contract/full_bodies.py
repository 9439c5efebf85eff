"""A sound body of each operation, and ways to put something else at any place of it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from tests.contract.api import new_set
from tests.contract.documented import documented_api
from tests.contract.documents import invoice_body, memo_body, payment_body
from tests.running_service import RunningService

FULL_SET = {
    **new_set("Host"),
    "sequenceSetNumber": "HOST-1",
    "chronological": False,
}
ACCOUNT = {
    "name": "A",
    "currency": "EUR",
    "billToContact": {"firstName": "A", "lastName": "B"},
}
INVOICE = invoice_body({"accountNumber": "A00000001"})
MEMO = memo_body({"accountNumber": "A00000001"})
REFUND = {"totalAmount": 1, "type": "External", "methodType": "Check"}
MEMO_ITEM = {"amount": 1, "skuName": "S", "invoiceItemId": "0" * 32}


def memo_bodies() -> dict[str, Any]:
    """Of both kinds of memo, under the new paths and the old ones."""
    found: dict[str, Any] = {}
    for noun, mark in itertools.product(("CreditMemo", "DebitMemo"), ("", "Old")):
        found[f"POST_{noun}{mark}"] = MEMO
        found[f"POST_{noun}FromInvoice{mark}"] = {"items": [MEMO_ITEM]}
        found[f"POST_{noun}sBulk{mark}"] = {"sourceType": "Standalone", "memos": [MEMO]}
        found[f"PUT_{noun}Apply{mark}"] = found[f"PUT_{noun}Unapply{mark}"] = {}
        found[f"POST_{noun}Refund{mark}"] = found[f"POST_{noun}Refunds{mark}"] = REFUND
    return found


FULL_BODIES: dict[str, Any] = {
    **memo_bodies(),
    "POST_Payment": payment_body({"accountNumber": "A00000001"}, 1),
    "PUT_PaymentApply": {},
    "PUT_PaymentUnapply": {},
    "POST_PaymentRefund": REFUND,
    "POST_SequenceSets": {"sequenceSets": [FULL_SET]},
    "PUT_SequenceSet": {key: one for key, one in FULL_SET.items() if key != "sequenceSetNumber"},
    "POST_DocumentNumbers": {
        "documentType": "invoice",
        "sequenceSet": "DEFAULT",
        "accountId": "a",
        "accountNumber": "a",
        "documentDate": "2026-01-01",
        "references": ["a"],
        "reference": "a",
    },
    "POST_DocumentNumberConfirm": {"lastNumber": "INV00000001"},
    "POST_DocumentNumberVoid": {"lastNumber": "INV00000001", "reason": "a"},
    "POST_ImportRun": {},
    "POST_Imports": {"fileSha256": "a" * 64, "byteCount": 1},
    "POST_SeriesCertificate": {
        "firstNumber": "INV00000001",
        "lastNumber": "INV00000001",
        "periodStart": "2026-01-01",
        "periodEnd": "2026-01-01",
    },
    "POST_Account": ACCOUNT,
    "PUT_Account": {},
    "POST_Invoice": INVOICE,
    "POST_Invoices": {"invoices": [INVOICE]},
    "POST_InvoicesPost": {"invoices": [{"id": "INV00000001"}]},
    "PUT_Invoice": {},
    "PUT_InvoicePost": {},
    "PUT_InvoiceReverse": {},
    "PUT_InvoiceWriteOff": {},
    "PUT_Settings": {"numberAssignment": "creation", "timeZone": "UTC"},
    "POST_Entities": {"name": "a"},
    "POST_OAuthClients": {"name": "a", "role": "issuer", "entityIds": ["a"]},
}
Place = tuple[str | int, ...]


class DocumentedBody(NamedTuple):
    """The body that an operation takes.

    Shape: `parts` are the places of all that it may hold, each with its schema; in lists, the first
        item stands for all, and of several forms each has its own part.
    """

    operation_id: str
    method: str
    path: str
    parts: tuple[tuple[Place, dict[str, Any]], ...]


def documented_bodies(service: RunningService) -> Iterator[DocumentedBody]:
    """Of every operation that takes JSON."""
    documented = documented_api(service)
    schemas = documented.document["components"]["schemas"]
    for operation_id, (method, path, operation) in documented.operations.items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            parts = _parts(content["application/json"]["schema"], schemas, ())
            inner = tuple((place, schema) for place, schema in parts if place)
            yield DocumentedBody(operation_id, method, path, inner)


def _parts(
    schema: dict[str, Any], schemas: dict[str, Any], place: Place
) -> Iterator[tuple[Place, dict[str, Any]]]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    yield place, schema
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _parts(one, schemas, place)
    for name, one in schema.get("properties", {}).items():
        yield from _parts(one, schemas, (*place, name))
    if "items" in schema:
        yield from _parts(schema["items"], schemas, (*place, 0))


def value_at(body: Any, place: Place) -> Any:
    """What a body holds at a place; None where it does not come so far."""
    for step in place:
        try:
            body = body[step]
        except (IndexError, KeyError, TypeError):
            return None
    return body


def with_value(body: Any, place: Place, value: Any) -> Any:
    """The body with something at a place; what leads there is made where the body lacks it."""
    changed = copy.deepcopy(body)
    part: Any = changed
    for step, after in pairwise(place):
        if isinstance(part, dict) and step not in part:
            part[step] = [None] if isinstance(after, int) else {}
        elif isinstance(step, int) and part[step] is None:
            part[step] = {}
        part = part[step]
    part[place[-1]] = value
    return changed


def path_for(template: str, key: str) -> str:
    return template.replace("{key}", key).replace("{id}", key).replace("{number}", key)
