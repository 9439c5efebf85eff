"""Many clients at once over HTTP, on both databases, and with two servers on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx
import pytest

from tests.contract.api import Api, Entity, done, everything, json_bytes, new_set, refused
from tests.contract.conftest import EntityOf, ServiceOf
from tests.postgres_server import PostgresServer
from tests.running_service import RunningService, running_service

SETS = "/v1/sequence-sets"
NUMBERS = "/v1/document-numbers"
RIVALS = 6
Answer = TypeVar("Answer")


@pytest.fixture
def entity(service: RunningService, entity_of: EntityOf) -> Entity:
    return entity_of(service)


@pytest.fixture(scope="module")
def two_services(
    postgres_server: PostgresServer, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[RunningService]]:
    """Two server processes on one PostgreSQL."""
    name = f"two_servers_{worker_id}"
    url, folder = postgres_server.create_database(name), tmp_path_factory.mktemp("services")
    with ExitStack() as stack:
        stack.callback(postgres_server.drop_database, name)
        yield [
            stack.enter_context(running_service(url, folder / name)) for name in ("one", "other")
        ]


class Client:
    """One client's connection, ready to send; `Api` checks more and takes longer."""

    def __init__(self, api: Api) -> None:
        self._http = httpx.Client(base_url=api.service.url, timeout=60, verify=False)
        self._headers = {
            "Authorization": f"Bearer {api.token}",
            "Content-Type": "application/json",
        }
        self._http.get("/healthz")

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        given = {**self._headers, **headers}
        return self._http.post(path, content=json_bytes(body), headers=given)

    def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        given = {**self._headers, **headers}
        return self._http.put(path, content=json_bytes(body), headers=given)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path, headers=self._headers)

    def close(self) -> None:
        self._http.close()


def at_once(apis: Sequence[Api], ask: Callable[[Client, int], Answer], count: int) -> list[Answer]:
    """What `count` clients get that all ask at the same moment, spread over the services."""
    start = threading.Barrier(count)
    clients = [Client(apis[number % len(apis)]) for number in range(count)]

    def asked(number: int) -> Answer:
        start.wait()
        return ask(clients[number], number)

    try:
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(asked, range(count)))
    finally:
        for client in clients:
            client.close()


def one_winner(answers: list[httpx.Response], category: int = 30) -> None:
    for answer in answers:
        assert answer.status_code == 200, answer.text
    refusals = [answer for answer in answers if not answer.json()["success"]]
    assert len(refusals) == len(answers) - 1, [answer.text for answer in answers]
    for refusal in refusals:
        refused(refusal, 200, category)


def create_one(made: dict[str, Any]) -> dict[str, Any]:
    return {"sequenceSets": [made]}


def rivals_for_a_name(number: int) -> dict[str, Any]:
    return new_set("Name" if number % 2 else "NAME", f"N{number}X")


def rivals_for_a_number(number: int) -> dict[str, Any]:
    return new_set(f"Set{number}", f"M{number}X", sequenceSetNumber="NR-1")


def rivals_for_a_name_and_a_number(number: int) -> dict[str, Any]:
    if number % 2:
        return new_set("Both", f"B{number}X", sequenceSetNumber=f"NR-{number}")
    return new_set(f"Other{number}", f"B{number}X", sequenceSetNumber="BOTH")


def rivals_for_a_prefix(number: int) -> dict[str, Any]:
    """The prefix `RIVAL` for invoices against credit memos."""
    kind = "invoice" if number % 2 else "creditMemo"
    return new_set(f"P{number}", f"P{number}X", **{kind: {"prefix": "RIVAL", "startNumber": 1}})


@pytest.mark.parametrize(
    "rivals",
    [rivals_for_a_name, rivals_for_a_number],
    ids=lambda rivals: rivals.__name__,
)
def test_creations_at_once_of_one_key_have_one_winner(
    entity: Entity, rivals: Callable[[int], dict[str, Any]]
) -> None:
    answers = at_once(
        [entity.admin], lambda client, number: client.post(SETS, create_one(rivals(number))), RIVALS
    )
    one_winner(answers)
    assert len(everything(entity.admin, SETS)) == 2
    assert (
        sum(one["action"] == "create" for one in everything(entity.admin, "/v1/audit-trail")) == 1
    )


def test_creations_at_once_of_a_name_and_the_same_number_have_one_winner(entity: Entity) -> None:
    answers = at_once(
        [entity.admin],
        lambda client, number: client.post(
            SETS, create_one(rivals_for_a_name_and_a_number(number))
        ),
        2,
    )
    one_winner(answers)


def test_creations_at_once_of_a_prefix_for_two_types_have_one_winner(entity: Entity) -> None:
    answers = at_once(
        [entity.admin],
        lambda client, number: client.post(SETS, create_one(rivals_for_a_prefix(number))),
        2,
    )
    one_winner(answers)
    owners = [one for one in everything(entity.admin, "/v1/series") if one["prefix"] == "RIVAL"]
    assert len(owners) == 1


def test_creations_at_once_of_a_shared_prefix_all_win_and_share_its_series(entity: Entity) -> None:
    def shared(number: int) -> dict[str, Any]:
        return new_set(f"S{number}", f"S{number}X", invoice={"prefix": "SHARED", "startNumber": 1})

    answers = at_once(
        [entity.admin], lambda client, number: client.post(SETS, create_one(shared(number))), RIVALS
    )
    for answer in answers:
        done(answer)
    owners = [one for one in everything(entity.admin, "/v1/series") if one["prefix"] == "SHARED"]
    assert len(owners) == 1


def test_creations_at_once_of_one_entity_name_have_one_winner(entity: Entity) -> None:
    """From two entities: they share no row that both would lock on the way."""
    apis = [entity.admin, entity.root]
    name = {"name": f"{entity.name} once"}
    answers = at_once(apis, lambda client, _: client.post("/v1/entities", name), RIVALS)
    one_winner(answers)


def test_changes_at_once_of_one_set_lose_nothing(entity: Entity) -> None:
    done(entity.admin.post(SETS, create_one(new_set("Merge"))))
    changes: list[dict[str, Any]] = [
        {"chronological": True},
        {"invoice": {"startNumber": 50}},
        {"creditMemo": {"prefix": "MERGED-"}},
        {"payment": None},
        {"refund": {"prefix": "MR-"}},
        {"debitMemo": {"startNumber": 7}},
    ]
    path = f"{SETS}/Merge"
    answers = at_once(
        [entity.admin], lambda client, number: client.put(path, changes[number]), len(changes)
    )
    for answer in answers:
        done(answer)
    after = entity.admin.get(path)
    assert after.headers["ETag"] in [answer.headers["ETag"] for answer in answers]
    assert len({answer.headers["ETag"] for answer in answers}) == len(changes)
    shown = done(after)
    assert shown["chronological"] is True
    assert shown["invoice"] == {
        "prefix": "MERGEI",
        "startNumber": 50,
        "minStartNumber": shown["invoice"]["minStartNumber"],
        "nextDocumentNumber": "MERGEI00000050",
    }
    assert shown["creditMemo"]["prefix"] == "MERGED-"
    assert "payment" not in shown
    assert shown["refund"]["prefix"] == "MR-"
    assert shown["debitMemo"]["startNumber"] == 7


def test_changes_at_once_guarded_by_one_etag_have_one_winner(entity: Entity) -> None:
    done(entity.admin.post(SETS, create_one(new_set("Guard"))))
    path = f"{SETS}/Guard"
    etag = entity.admin.get(path).headers["ETag"]
    answers = at_once(
        [entity.admin],
        lambda client, number: client.put(path, {"name": f"Guard{number}"}, **{"If-Match": etag}),
        RIVALS,
    )
    # A renamed set is not found under its old name: those who come later see just that.
    assert sorted({answer.status_code for answer in answers}) in ([200, 404], [200, 412])
    assert sum(answer.status_code == 200 for answer in answers) == 1


def contiguous(texts: list[str], prefix: str) -> None:
    found = sorted(int(text.removeprefix(prefix)) for text in texts)
    assert found == list(range(1, len(found) + 1))


def test_numbers_asked_for_at_once_are_unique_and_without_a_hole(entity: Entity) -> None:
    api = entity.admin

    def ask(client: Client, number: int) -> list[str]:
        given: list[str] = []
        for turn in range(10):
            body = {"documentType": "invoice", "count": 1 + (number + turn) % 3}
            given += done(client.post(NUMBERS, body))["numbers"]
        return given

    answers = at_once([api], ask, 8)
    contiguous([text for texts in answers for text in texts], "INV")
    for texts in answers:
        assert texts == sorted(texts), "a later answer has a lower number"
    verify_all(api)


def test_numbers_of_two_servers_are_unique_and_without_a_hole(
    two_services: list[RunningService], entity_of: EntityOf
) -> None:
    first = entity_of(two_services[0]).admin
    second = Api(two_services[1], first.client_id, first.client_secret)

    def ask(client: Client, number: int) -> list[str]:
        body = {"documentType": "invoice"}
        return [str(done(client.post(NUMBERS, body))["firstNumber"]) for _ in range(10)]

    answers = at_once([first, second], ask, 20)
    texts = [text for texts in answers for text in texts]
    assert len(texts) == 200
    contiguous(texts, "INV")
    for given in answers:
        assert given == sorted(given)
    verify_all(second)
    second.close()


def test_retry_storm_over_two_servers_gives_one_number_a_key(
    two_services: list[RunningService], entity_of: EntityOf
) -> None:
    first = entity_of(two_services[0]).admin
    apis = [first, Api(two_services[1], first.client_id, first.client_secret)]
    storm(apis, clients=50, keys=5)
    apis[1].close()


def test_retry_storm_gives_one_number_a_key(entity: Entity) -> None:
    storm([entity.admin], clients=50, keys=5)


def storm(apis: list[Api], *, clients: int, keys: int) -> None:
    def ask(client: Client, number: int) -> tuple[str, bytes]:
        key = f"storm-{number % keys}"
        while True:
            answer = client.post(NUMBERS, {"documentType": "invoice"}, **{"Idempotency-Key": key})
            if answer.status_code != 409:
                done(answer)
                return key, answer.content
            refused(answer, 409, 50)

    answers = at_once(apis, ask, clients)
    bodies = {key: {body for one, body in answers if one == key} for key, _ in answers}
    assert {len(found) for found in bodies.values()} == {1}, "two answers to one key"
    assert len(bodies) == keys
    assert len({body for found in bodies.values() for body in found}) == keys
    rows = everything(apis[0], NUMBERS)
    assert sum(row["count"] for row in rows) == keys
    verify_all(apis[0])


def verify_all(api: Api) -> None:
    for series in everything(api, "/v1/series"):
        assert done(api.get(f"/v1/series/{series['id']}/verify"))["verified"] is True


def test_numbers_given_while_a_set_is_read_and_changed_bring_no_revision(entity: Entity) -> None:
    """A change that changes nothing is none, whatever is issued between its two looks."""
    api = entity.admin
    done(api.post(SETS, create_one(new_set("Busy"))))
    path = f"{SETS}/Busy"
    before = api.get(path).headers["ETag"]
    body = {"documentType": "invoice", "sequenceSet": "Busy"}

    def ask(client: Client, number: int) -> None:
        for _ in range(20):
            done(client.post(NUMBERS, body) if number % 2 else client.put(path, {"name": "Busy"}))

    at_once([api], ask, 4)
    assert api.get(path).headers["ETag"] == before
    assert [one["action"] for one in everything(api, "/v1/audit-trail")].count("update") == 0


def test_verifications_at_once_do_not_use_up_a_small_pool(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    api = entity_of(service_of("postgres", own="small pool", connections_max=2)).admin
    done(api.post(NUMBERS, {"documentType": "invoice"}))
    inv = next(one["id"] for one in everything(api, "/v1/series") if one["prefix"] == "INV")
    paths = [f"/v1/series/{inv}/verify", "/v1/sequence-sets", "/v1/audit-trail"]
    answers = at_once([api], lambda client, number: client.get(paths[number % 3]), 15)
    for answer in answers:
        done(answer)
