"""One key, one effect, one answer. Source: contract/transport.md, Idempotency."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx

from tests.contract.api import Api, Entity, create, done, issue, json_bytes, new_set, refused
from tests.contract.conftest import EntityOf, ServiceOf

NUMBERS = "/v1/document-numbers"
ONE = {"documentType": "invoice"}


def with_key(key: str, **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, **more}


def is_replay(response: httpx.Response) -> bool:
    return response.headers.get("Idempotent-Replayed") == "true"


def test_replay_has_the_same_bytes_and_a_fresh_request_id(api: Api) -> None:
    first = api.post(NUMBERS, ONE, headers=with_key("a"))
    again = api.post(NUMBERS, ONE, headers=with_key("a"))
    assert not is_replay(first)
    assert is_replay(again)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Zuora-Request-Id"] != first.headers["Zuora-Request-Id"]
    assert issue(api)["firstNumber"] == "INV00000002"


def test_replay_of_a_created_set_keeps_its_answer_after_changes(api: Api) -> None:
    body = {"sequenceSets": [new_set("Kept")]}
    first = api.post("/v1/sequence-sets", body, headers=with_key("set"))
    done(api.delete("/v1/sequence-sets/Kept"))
    again = api.post("/v1/sequence-sets", body, headers=with_key("set"))
    assert is_replay(again)
    assert again.content == first.content
    assert api.get("/v1/sequence-sets/Kept").status_code == 404


def test_failure_is_kept_as_well_and_leaves_nothing(api: Api) -> None:
    body = {"sequenceSets": [new_set("Late")]}
    create(api, new_set("Late", "Other"))
    before = api.state()
    first = api.post("/v1/sequence-sets", body, headers=with_key("failed"))
    refused(first, 200, 30)
    assert api.state() == before
    done(api.delete("/v1/sequence-sets/Late"))
    again = api.post("/v1/sequence-sets", body, headers=with_key("failed"))
    assert is_replay(again)
    assert again.content == first.content
    done(api.post("/v1/sequence-sets", body, headers=with_key("new key")))


def test_body_that_cannot_be_read_is_kept_as_well(api: Api) -> None:
    first = api.post(NUMBERS, b"{", headers=with_key("torn"))
    again = api.post(NUMBERS, b"{", headers=with_key("torn"))
    assert (first.status_code, is_replay(first), is_replay(again)) == (400, False, True)
    assert first.content == again.content
    refused(api.post(NUMBERS, ONE, headers=with_key("torn")), 422, 20)


def test_key_with_another_request_is_refused(entity: Entity, entity_of: EntityOf) -> None:
    other = entity_of(entity.root.service)
    api = entity.client("admin", entity.id, other.id)
    body = {"sequenceSets": [new_set("One")]}
    done(api.post("/v1/sequence-sets", body, headers=with_key("k")))
    before = api.state()
    elsewhere = with_key("k", **{"Zuora-Entity-Ids": other.id})
    different = [
        api.post("/v1/sequence-sets", {"sequenceSets": [new_set("Two")]}, headers=with_key("k")),
        api.post("/v1/sequence-sets?dryRun=true", body, headers=with_key("k")),
        api.post("/v1/sequence-sets?x", body, headers=with_key("k")),
        api.post(NUMBERS, body, headers=with_key("k")),
        api.post("/v1/sequence-sets", body, headers=elsewhere),
        api.post("/v1/sequence-sets", b"{", headers=with_key("k")),
    ]
    for answer in different:
        messages = refused(answer, 422, 20)
        assert "Idempotency-Key" in messages[0]
        assert not is_replay(answer)
    assert api.state() == before
    # The same bytes in another form of the same request are another request too.
    spaced = b'{ "sequenceSets": [] }'
    refused(api.post("/v1/sequence-sets", spaced, headers=with_key("k")), 422, 20)


def test_keys_belong_to_their_client(entity: Entity) -> None:
    answers = [
        entity.client("issuer").post(NUMBERS, ONE, headers=with_key("shared")) for _ in range(2)
    ]
    assert [is_replay(answer) for answer in answers] == [False, False]
    numbers = [done(answer)["firstNumber"] for answer in answers]
    assert numbers == ["INV00000001", "INV00000002"]


def test_key_is_bounded(sqlite_api: Api) -> None:
    done(sqlite_api.post(NUMBERS, ONE, headers=with_key("k" * 255)))
    before = sqlite_api.state()
    for key in ("k" * 256, "", "a\tb"):
        messages = refused(sqlite_api.post(NUMBERS, ONE, headers=with_key(key)), 400, 20)
        assert messages[0].startswith("Idempotency-Key: ")
    assert sqlite_api.state() == before


def test_key_is_ignored_on_other_methods(api: Api) -> None:
    create(api, new_set("Some"))
    key = with_key("x" * 300)
    for _ in range(2):
        assert not is_replay(api.get("/v1/sequence-sets", headers=key))
        assert not is_replay(api.put("/v1/sequence-sets/Some", {"name": "Some"}, headers=key))
    assert not is_replay(api.delete("/v1/sequence-sets/Some", headers=key))
    assert api.delete("/v1/sequence-sets/Some", headers=key).status_code == 404


def test_dry_run_under_a_key_changes_nothing_and_is_replayed(api: Api) -> None:
    before = api.state()
    body = {"sequenceSets": [new_set("Dry")]}
    answers = [
        api.post("/v1/sequence-sets?dryRun=true", body, headers=with_key("dry")) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert [is_replay(answer) for answer in answers] == [False, True]
    assert api.state() == before


def test_key_is_forgotten_after_a_day(service_of: ServiceOf, entity_of: EntityOf) -> None:
    service = service_of("sqlite", own="key clock")
    client = entity_of(service).admin
    first = done(client.post(NUMBERS, ONE, headers=with_key("daily")))
    service.move_clock(timedelta(hours=23, minutes=59))
    later = Api(service, client.client_id, client.client_secret)
    again = later.post(NUMBERS, ONE, headers=with_key("daily"))
    assert (is_replay(again), done(again)) == (True, first)
    service.move_clock(timedelta(hours=24, minutes=1))
    new = done(later.post(NUMBERS, ONE, headers=with_key("daily")))
    assert new["firstNumber"] == "INV00000002"
    later.close()


def test_requests_with_one_key_at_once_give_one_number(api: Api) -> None:
    clients = 12
    start = threading.Barrier(clients)
    assert api.token

    def ask(_: int) -> httpx.Response:
        with httpx.Client(base_url=api.service.url, timeout=30, verify=False) as http:
            given = {
                "Authorization": f"Bearer {api.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": "crowd",
            }
            start.wait()
            return http.post(NUMBERS, content=json_bytes(ONE), headers=given)

    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(ask, range(clients)))
    given: list[Any] = []
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, 50)
            assert answer.headers["Retry-After"]
        else:
            given.append(answer)
    assert sum(not is_replay(answer) for answer in given) == 1
    assert len({answer.content for answer in given}) == 1
    after = api.post(NUMBERS, ONE, headers=with_key("crowd"))
    assert (is_replay(after), after.content) == (True, given[0].content)
    assert issue(api)["firstNumber"] == "INV00000002"
