"""Tokens: how they are got, whom they stand for, when they end. Source: transport.md, OAuth."""

from __future__ import annotations

import base64
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from tests.contract.api import Api, Entity, done, raw_call, request_token
from tests.contract.conftest import EntityOf, ServiceOf
from tests.running_service import RunningService, running_service

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials"}
CHANGE_SEEN_S_MAX = 1.5


def oauth_error(response: httpx.Response, status: int, error: str) -> None:
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error", "error_description"}
    assert response.json()["error"] == error
    assert response.headers["Cache-Control"] == "no-store"
    assert len(response.headers["Zuora-Request-Id"]) == 36


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def status_soon(api: Api, token: str, status: int) -> int:
    """The status that a read with the token answers, once a change must have been seen."""
    until = time.monotonic() + CHANGE_SEEN_S_MAX
    while True:
        given = {"Authorization": f"Bearer {token}"}
        found = api.http.get("/v1/sequence-sets", headers=given).status_code
        if found == status or time.monotonic() > until:
            return found
        time.sleep(0.05)


def test_token_from_a_form_has_the_published_fields(api: Api) -> None:
    response = request_token(api)
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"access_token", "token_type", "expires_in", "scope", "jti"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3599)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"


def test_token_from_basic_credentials_is_good(api: Api) -> None:
    response = api.http.post("/oauth/token", data=GRANT, headers=basic(api.client_id, "x" * 40))
    oauth_error(response, 401, "invalid_client")
    given = basic(api.client_id, api.client_secret)
    token = api.http.post("/oauth/token", data=GRANT, headers=given).json()["access_token"]
    assert status_soon(api, token, 200) == 200


def test_bearer_token_beside_form_credentials_is_no_hindrance(api: Api) -> None:
    """The official client sends its old token along when it asks for a new one."""
    form = {**GRANT, "client_id": api.client_id, "client_secret": api.client_secret}
    given = {"Authorization": f"Bearer {api.token}"}
    assert api.http.post("/oauth/token", data=form, headers=given).status_code == 200


def test_scope_names_tenant_entities_and_role(entity: Entity, entity_of: EntityOf) -> None:
    other = entity_of(entity.root.service)
    both = entity.client("auditor", other.id, entity.id)
    tenant, *entities, role = request_token(both).json()["scope"].split(" ")
    assert tenant.startswith("tenant.")
    assert len(tenant) == len("tenant.") + 32
    assert entities == [f"entity.{other.id}", f"entity.{entity.id}"]
    assert role == "role.auditor"


def test_wrong_credentials_answer_one_body(sqlite_api: Api) -> None:
    api = sqlite_api
    wrong: list[dict[str, str]] = [
        {"client_secret": "wrong" * 5},
        {"client_secret": api.client_secret + " "},
        {"client_secret": api.client_secret.swapcase()},
        {"client_secret": "s" * 5000},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"client_id": api.client_id.replace("-", "")},
        {"client_id": "' OR 1=1 --"},
        {"client_id": "\u0660" * 36},
    ]
    answers = [request_token(api, **changed) for changed in wrong]
    for answer in answers:
        oauth_error(answer, 401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (b"", "invalid_request"),
        (b"client_id=a&client_secret=b", "invalid_request"),
        (b"grant_type=client_credentials", "invalid_request"),
        (b"grant_type=client_credentials&client_id=a", "invalid_request"),
        (b"grant_type=client_credentials&client_id=a&client_secret=", "invalid_request"),
        (b"grant_type=password&client_id=a&client_secret=b", "unsupported_grant_type"),
        (b"grant_type=&client_id=a&client_secret=b", "unsupported_grant_type"),
        (
            b"client_id=a&client_id=b&client_secret=b&grant_type=client_credentials",
            "invalid_request",
        ),
        (b"client_id=%ff&client_secret=b&grant_type=client_credentials", "invalid_request"),
        (b"client_id=%00&client_secret=b&grant_type=client_credentials", "invalid_request"),
        (b"&".join(b"a%d=1" % number for number in range(50)), "invalid_request"),
        (b"client_id=" + b"a" * 10_000, "invalid_request"),
    ],
)
def test_malformed_token_request_is_refused_as_rfc_6749_says(
    sqlite_api: Api, form: bytes, error: str
) -> None:
    oauth_error(sqlite_api.http.post("/oauth/token", content=form, headers=FORM), 400, error)


def test_token_request_in_another_form_is_refused_as_rfc_6749_says(sqlite_api: Api) -> None:
    http = sqlite_api.http
    oauth_error(http.post("/oauth/token", json=GRANT), 400, "invalid_request")
    oauth_error(http.post("/oauth/token"), 400, "invalid_request")
    both = {**GRANT, "client_secret": "s"}
    given = basic(sqlite_api.client_id, sqlite_api.client_secret)
    oauth_error(http.post("/oauth/token", data=both, headers=given), 400, "invalid_request")
    packed = {**FORM, "Content-Encoding": "gzip"}
    oauth_error(
        http.post("/oauth/token", content=b"no gzip", headers=packed), 400, "invalid_request"
    )
    huge = b"a" * (2 << 20)
    oauth_error(http.post("/oauth/token", content=huge, headers=FORM), 413, "invalid_request")


def test_broken_basic_credentials_are_wrong_ones(sqlite_api: Api) -> None:
    form = [(b"Content-Type", b"application/x-www-form-urlencoded")]
    for value, status in (
        (b"Basic", 400),
        (b"Basic  ", 401),
        (b"Basic !!!", 401),
        (b"Basic " + base64.b64encode(b"\xff:\xff"), 401),
        (b"Basic " + base64.b64encode(b"no colon"), 401),
    ):
        given = [*form, (b"Authorization", value)]
        body = b"grant_type=client_credentials"
        answer = raw_call(sqlite_api.service, b"POST", b"/oauth/token", given, body)
        assert answer.status == status, value
        assert set(answer.json) == {"error", "error_description"}


def test_token_endpoint_takes_post_alone(sqlite_api: Api) -> None:
    response = sqlite_api.http.get("/oauth/token")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_forged_token_answers_one_body(sqlite_api: Api) -> None:
    token = sqlite_api.token
    forged: list[bytes] = [
        *(f"Bearer {one}".encode() for one in (token[:-1], token[1:], token + "=", token + "A")),
        *(f"Bearer {one}".encode() for one in (token.swapcase(), token[::-1], "x", "null")),
        f"Bearer {token} {token}".encode(),
        f"Bearer {token},{token}".encode(),
        b"Bearer \xff\xfe" + token.encode(),
        b"Bearer ' OR '1'='1",
        b"Bearer",
        b"Bearer ",
        b"Bearer\t" + token.encode(),
        f"Token {token}".encode(),
        f"Basic {token}".encode(),
        token.encode(),
        b"Bearer " + b"A" * 20_000,
    ]
    service = sqlite_api.service
    for headers in ([], *([(b"Authorization", value)] for value in forged)):
        answer = raw_call(service, b"GET", b"/v1/sequence-sets", headers)
        assert answer.status == 401, headers
        assert answer.headers["www-authenticate"] == "Bearer"
        body = answer.json
        assert body.pop("requestId").replace("-", "").upper().startswith(body.pop("processId"))
        message = "the bearer token is missing or not valid"
        assert body == {"success": False, "reasons": [{"code": 90000011, "message": message}]}


def test_scheme_is_compared_without_case(sqlite_api: Api) -> None:
    given = {"Authorization": f"bearer {sqlite_api.token}"}
    assert sqlite_api.http.get("/v1/sequence-sets", headers=given).status_code == 200


def test_two_tokens_in_one_request_are_refused(sqlite_api: Api) -> None:
    value = f"Bearer {sqlite_api.token}"
    twice = [("Authorization", value), ("Authorization", value)]
    assert sqlite_api.http.get("/v1/sequence-sets", headers=twice).status_code == 400


def test_revoked_client_gets_no_token_and_its_tokens_end(entity: Entity) -> None:
    client = entity.client("issuer")
    assert status_soon(client, client.token, 200) == 200
    revoked = done(entity.admin.post(f"/v1/oauth-clients/{client.client_id}/revoke"))
    assert revoked["revokedAt"] is not None
    oauth_error(request_token(client), 401, "invalid_client")
    assert status_soon(client, client.token, 401) == 401


def test_rotated_client_has_a_new_secret_and_its_tokens_end(entity: Entity) -> None:
    client = entity.client("issuer")
    before = client.token
    rotated = done(entity.admin.post(f"/v1/oauth-clients/{client.client_id}/rotate"))
    assert rotated["clientSecret"] != client.client_secret
    oauth_error(request_token(client), 401, "invalid_client")
    assert status_soon(client, before, 401) == 401
    after = request_token(client, client_secret=rotated["clientSecret"]).json()["access_token"]
    assert status_soon(client, after, 200) == 200


def test_revoked_client_cannot_be_rotated(entity: Entity) -> None:
    client = entity.client("issuer")
    done(entity.admin.post(f"/v1/oauth-clients/{client.client_id}/revoke"))
    refusal = entity.admin.post(f"/v1/oauth-clients/{client.client_id}/rotate").json()
    assert refusal["success"] is False
    assert refusal["reasons"][0]["code"] % 100 == 30
    again = entity.admin.post(f"/v1/oauth-clients/{client.client_id}/revoke").json()
    assert again["success"] is True


def test_token_expires_after_3599_seconds(service_of: ServiceOf, entity_of: EntityOf) -> None:
    service = service_of("sqlite", own="clock")
    api = entity_of(service).admin
    assert status_soon(api, api.token, 200) == 200
    service.move_clock(timedelta(seconds=3590))
    assert status_soon(api, api.token, 200) == 200
    service.move_clock(timedelta(seconds=3601))
    assert status_soon(api, api.token, 401) == 401
    fresh = request_token(api).json()["access_token"]
    assert status_soon(api, fresh, 200) == 200


def test_token_survives_a_restart_and_no_secret_is_kept_in_the_clear(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'seriatim.db'}"
    with running_service(url, tmp_path / "first") as first:
        api = Api(first, first.client_id, first.client_secret)
        secret = done(api.post("/v1/oauth-clients", {"name": "a", "role": "issuer"}))
        token = api.token
        api.close()
    with running_service(url, tmp_path / "second") as second:
        assert raw_call(second, b"GET", b"/v1/sequence-sets", token=token).status == 200
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("seriatim.db*"))
    kept += (first.log_text + second.log_text).encode()
    for text in (token, secret["clientSecret"], first.client_secret):
        assert text.encode() not in kept


def test_api_without_a_token_tells_strangers_nothing(sqlite_service: RunningService) -> None:
    answers: list[Any] = []
    for path in ("/v1/sequence-sets", "/v1/nothing", "/v1", "/v1/series/1/verify", "/v1/%00"):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = raw_call(sqlite_service, method.encode(), path.encode())
            assert answer.status == 401, (method, path)
            answers.append(answer.json["reasons"])
    assert all(answer == answers[0] for answer in answers)
