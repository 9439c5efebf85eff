"""Headers, methods and compression. Source: contract/transport.md, Headers."""

from __future__ import annotations

import gzip
import json
import uuid

import pytest

from tests.contract.api import (
    Api,
    Entity,
    create,
    done,
    new_set,
    raw_call,
    refused,
    request_token,
)
from tests.contract.conftest import EntityOf, ServiceOf
from tests.running_service import RunningService

TRACK_IDS_TAKEN = [b"a", b"a" * 64, b"order 7/8 (b)", b"~!#$%&()*+,-./<=>?@[]^_`{|}"]
TRACK_IDS_REFUSED = [b"a" * 65, b"a:b", b"a;b", b'a"b', b"a'b", b"a\tb", b"\xc3\xa9"]


def dashed(entity_id: str) -> str:
    return str(uuid.UUID(entity_id))


def test_entity_header_picks_the_entity_in_either_form(entity: Entity, entity_of: EntityOf) -> None:
    other = entity_of(entity.root.service)
    both = entity.client("admin", entity.id, other.id)
    create(both, new_set("First"))
    create(both, new_set("Second"), headers={"Zuora-Entity-Ids": other.id})
    for form, name in (
        (None, "First"),
        ("", "First"),
        (entity.id, "First"),
        (other.id, "Second"),
        (dashed(other.id), "Second"),
        (dashed(other.id).upper(), "Second"),
    ):
        given = {} if form is None else {"Zuora-Entity-Ids": form}
        listed = done(both.get("/v1/sequence-sets", headers=given))["sequenceSets"]
        assert [one["name"] for one in listed] == ["DEFAULT", name]


def test_entity_that_the_client_does_not_serve_is_refused_as_an_absent_one(
    entity: Entity, entity_of: EntityOf
) -> None:
    foreign = entity_of(entity.root.service).id
    values = [foreign, dashed(foreign), "0" * 32, "x", ",", f"{entity.id},{foreign}", "*"]
    answers = [
        entity.admin.get("/v1/sequence-sets", headers={"Zuora-Entity-Ids": value})
        for value in values
    ]
    messages = [refused(answer, 403, 10) for answer in answers]
    assert all(message == messages[0] for message in messages)


def test_org_ids_and_versions_have_no_effect(sqlite_api: Api) -> None:
    for name in ("Zuora-Org-Ids", "Zuora-Version", "X-Whatever"):
        for value in ("1", "a,b", "211.0", "x" * 5000):
            done(sqlite_api.get("/v1/sequence-sets", headers={name: value}))


def test_every_answer_has_a_fresh_request_id(sqlite_api: Api) -> None:
    service, token = sqlite_api.service, sqlite_api.token
    form = [(b"Content-Type", b"application/x-www-form-urlencoded")]
    answers = [
        raw_call(service, b"GET", b"/v1/sequence-sets", token=token),
        raw_call(service, b"GET", b"/v1/sequence-sets", token=token),
        raw_call(service, b"HEAD", b"/v1/sequence-sets", token=token),
        raw_call(service, b"GET", b"/v1/sequence-sets"),
        raw_call(service, b"GET", b"/v1/sequence-sets/none", token=token),
        raw_call(service, b"GET", b"/v1/nothing", token=token),
        raw_call(service, b"PATCH", b"/v1/sequence-sets", token=token),
        raw_call(service, b"OPTIONS", b"/v1/sequence-sets"),
        raw_call(service, b"POST", b"/v1/sequence-sets", token=token, body=b"{"),
        raw_call(service, b"GET", b"/v1/sequence-sets", [(b"Zuora-Track-Id", b":")], token=token),
        raw_call(service, b"POST", b"/oauth/token", form, b"grant_type=x"),
        raw_call(service, b"GET", b"/healthz"),
        raw_call(service, b"GET", b"/metrics"),
        raw_call(service, b"GET", b"/openapi.json"),
        raw_call(service, b"GET", b"/docs"),
        raw_call(service, b"GET", b"/nothing"),
        raw_call(service, b"GET", b"no path"),
        raw_call(service, b"NONSENSE\x01", b"/"),
    ]
    ids = [answer.headers["zuora-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    for answer, request_id in zip(answers, ids, strict=True):
        assert str(uuid.UUID(request_id)) == request_id
        if answer.body.startswith(b'{"success":false'):
            assert answer.json["requestId"] == request_id
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("track_id", TRACK_IDS_TAKEN)
def test_track_id_is_echoed(sqlite_api: Api, track_id: bytes) -> None:
    given = [(b"Zuora-Track-Id", track_id)]
    for target, status in ((b"/v1/sequence-sets", 200), (b"/v1/nothing", 404)):
        answer = raw_call(sqlite_api.service, b"GET", target, given, token=sqlite_api.token)
        assert (answer.status, answer.headers["zuora-track-id"]) == (status, track_id.decode())
    unknown = raw_call(sqlite_api.service, b"GET", b"/v1/sequence-sets", given)
    assert (unknown.status, unknown.headers["zuora-track-id"]) == (401, track_id.decode())


@pytest.mark.parametrize("track_id", TRACK_IDS_REFUSED)
def test_track_id_out_of_bounds_is_refused_and_not_echoed(sqlite_api: Api, track_id: bytes) -> None:
    given = [(b"Zuora-Track-Id", track_id)]
    before = sqlite_api.state()
    body = json.dumps({"documentType": "invoice"}).encode()
    for method, target in ((b"GET", b"/v1/sequence-sets"), (b"POST", b"/v1/document-numbers")):
        answer = raw_call(
            sqlite_api.service,
            method,
            target,
            [*given, (b"Content-Type", b"application/json")],
            body if method == b"POST" else b"",
            token=sqlite_api.token,
        )
        assert (answer.status, answer.categories) == (400, [20])
        assert "zuora-track-id" not in answer.headers
        assert answer.json["reasons"][0]["message"].startswith("Zuora-Track-Id: ")
    assert sqlite_api.state() == before


def test_long_answer_is_gzipped_for_who_takes_it(sqlite_api: Api) -> None:
    create(sqlite_api, *[new_set(f"G{number:02d}X") for number in range(10)])
    plain = sqlite_api.get("/v1/sequence-sets", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(plain.content) > 1000
    for value, is_packed in (
        (b"gzip", True),
        (b"GZIP, br", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"br", False),
        (b"", False),
    ):
        given = [(b"Accept-Encoding", value)]
        answer = raw_call(
            sqlite_api.service, b"GET", b"/v1/sequence-sets", given, token=sqlite_api.token
        )
        assert ("content-encoding" in answer.headers) is is_packed, value
        assert answer.headers["vary"] == "accept-encoding"
        assert (gzip.decompress(answer.body) if is_packed else answer.body) == plain.content
        assert int(answer.headers["content-length"]) == len(answer.body)


def test_short_answer_is_never_gzipped(sqlite_api: Api) -> None:
    answer = sqlite_api.get("/v1/settings", headers={"Accept-Encoding": "gzip"})
    assert len(answer.content) < 1000
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/sequence-sets", "/v1/sequence-sets/DEFAULT", "/v1/none"])
def test_head_answers_as_get_without_the_body(sqlite_api: Api, path: str) -> None:
    given = {"Accept-Encoding": "identity"}
    get = sqlite_api.get(path, headers=given)
    head = sqlite_api.call("HEAD", path, headers=given)
    assert head.content == b""
    assert head.status_code == get.status_code
    varying = {"date", "zuora-request-id"}
    kept = {name: value for name, value in get.headers.items() if name not in varying}
    assert {name: value for name, value in head.headers.items() if name not in varying} == kept


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/sequence-sets", "GET, HEAD, POST, OPTIONS"),
        ("/v1/sequence-sets/x", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/v1/settings", "GET, HEAD, PUT, OPTIONS"),
        ("/v1/series/x/release", "POST, OPTIONS"),
        ("/oauth/token", "POST, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
def test_method_a_path_does_not_have_is_told_with_allow(
    sqlite_api: Api, path: str, allowed: str
) -> None:
    options = sqlite_api.http.options(path)
    assert (options.status_code, options.content) == (204, b"")
    assert options.headers["Allow"] == allowed
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(allowed.split(", ")):
        answer = sqlite_api.call(method, path)
        refused(answer, 405, 45)
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/sequence-sets/", "/v1/sequence-sets/a/b", "/V1/sequence-sets", "/x", "/"],
)
def test_path_that_is_not_there_is_not_found(sqlite_api: Api, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        refused(sqlite_api.call(method, path), 404, 40)


def test_foreign_entity_is_refused_before_the_body_is_looked_at(sqlite_api: Api) -> None:
    given = {"Zuora-Entity-Ids": "0" * 32}
    refused(sqlite_api.post("/v1/sequence-sets", b"{", headers=given), 403, 10)


def test_public_paths_need_no_token(sqlite_service: RunningService, sqlite_api: Api) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/start.js"):
        answer = sqlite_api.http.get(path)
        assert answer.status_code == 200, path
    assert "seriatim_http_requests" in sqlite_api.http.get("/metrics").text
    assert "://" not in sqlite_api.http.get("/docs").text, "a page from elsewhere"


def test_token_answer_is_not_kept_by_anybody(sqlite_api: Api) -> None:
    for answer in (request_token(sqlite_api), sqlite_api.get("/v1/sequence-sets")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_next_page_starts_with_the_public_address(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    behind = service_of("sqlite", public_base_url="https://numbers.example/api")
    api = entity_of(behind).admin
    create(api, new_set("A"), new_set("B"))
    found = done(api.get("/v1/sequence-sets", params={"pageSize": 1}))["nextPage"]
    assert found.startswith("https://numbers.example/api/v1/sequence-sets?pageSize=1&page=2")
