"""The table of errors, in both settings of HTTP status. Source: contract/transport.md, Errors."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from tests.contract.api import (
    Api,
    Entity,
    create,
    done,
    issue,
    new_set,
    raw_call,
    refused,
)
from tests.contract.conftest import EntityOf, ServiceOf

SETS = "/v1/sequence-sets"
NUMBERS = "/v1/document-numbers"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Row:
    """One way to be refused. Shape: `codes` are those of the answer, in its order."""

    ask: Callable[[Entity], httpx.Response]
    original: int
    standard: int
    codes: tuple[int, ...]
    path: str = ""


def posted(path: str, body: Any, **headers: str) -> Callable[[Entity], httpx.Response]:
    return lambda entity: entity.admin.post(path, body, headers=headers)


def sets(*changed: dict[str, Any]) -> dict[str, Any]:
    return {"sequenceSets": [{**new_set(f"E{index}"), **one} for index, one in enumerate(changed)]}


def numbered(prefix: Any = "EP", start: Any = 1) -> dict[str, Any]:
    return {"prefix": prefix, "startNumber": start}


ROWS = {
    "role": Row(lambda e: e.client("auditor").post(SETS, {}), 403, 403, (50000010,)),
    "entity": Row(
        lambda e: e.admin.get(SETS, headers={"Zuora-Entity-Ids": "0" * 32}), 403, 403, (50000010,)
    ),
    "token": Row(
        lambda e: e.admin.get(SETS, headers={"Authorization": "Bearer x"}), 401, 401, (90000011,)
    ),
    "name": Row(posted(SETS, sets({"name": "a b"})), 200, 400, (62100120,), "sequenceSets[0].name"),
    "number of the set": Row(
        posted(SETS, sets({"sequenceSetNumber": ""})),
        *(200, 400, (62100220,)),
        "sequenceSets[0].sequenceSetNumber",
    ),
    "prefix": Row(
        posted(SETS, sets({}, {"invoice": numbered("a b")})),
        *(200, 400, (62100420,)),
        "sequenceSets[1].invoice.prefix",
    ),
    "start number": Row(
        posted(SETS, sets({"debitMemo": numbered(start=0)})),
        *(200, 400, (62101120,)),
        "sequenceSets[0].debitMemo.startNumber",
    ),
    "type of a value": Row(
        posted(SETS, sets({"refund": numbered(start="1")})),
        *(200, 400, (62101720,)),
        "sequenceSets[0].refund.startNumber",
    ),
    "chronological": Row(
        posted(SETS, sets({"chronological": 1})),
        *(200, 400, (62101820,)),
        "sequenceSets[0].chronological",
    ),
    "no set": Row(posted(SETS, {"sequenceSets": []}), 200, 400, (62101920,), "sequenceSets"),
    "a set too many": Row(
        posted(SETS, {"sequenceSets": [{}] * 101}), 200, 400, (62101920,), "sequenceSets"
    ),
    "unknown field": Row(
        posted(SETS, sets({"colour": 1})), 200, 400, (62100021,), "sequenceSets[0].colour"
    ),
    "unknown field inside": Row(
        posted(SETS, sets({"invoice": {**numbered(), "step": 1}})),
        *(200, 400, (62100021,)),
        "sequenceSets[0].invoice.step",
    ),
    "missing field": Row(posted(NUMBERS, {}), 200, 400, (62200122,), "documentType"),
    "null": Row(
        posted(SETS, sets({"invoice": None})), 200, 400, (62100322,), "sequenceSets[0].invoice"
    ),
    "query": Row(lambda e: e.admin.get(SETS, params={"page": "0"}), 400, 400, (50000027,), "page"),
    "reserved prefix": Row(
        posted(SETS, sets({"payment": numbered("P-")})),
        *(200, 409, (62101330,)),
        "sequenceSets[0].payment.prefix",
    ),
    "DEFAULT": Row(lambda e: e.admin.delete(f"{SETS}/DEFAULT"), 200, 409, (62100030,)),
    "absent in the path": Row(lambda e: e.admin.get(f"{SETS}/none"), 404, 404, (50000040,)),
    "absent in the body": Row(
        posted(NUMBERS, {"documentType": "invoice", "sequenceSet": "none"}),
        *(200, 400, (62200240,)),
        "sequenceSet",
    ),
    "path": Row(lambda e: e.admin.get("/v1/none"), 404, 404, (50000040,)),
    "method": Row(lambda e: e.admin.call("PATCH", SETS), 405, 405, (50000045,)),
    "edited since": Row(
        lambda e: e.admin.put(f"{SETS}/DEFAULT", {}, headers={"If-Match": '"0"'}),
        *(412, 412, (62700450,)),
    ),
    "key too long": Row(
        posted(NUMBERS, {}, **{"Idempotency-Key": "k" * 256}),
        *(400, 400, (62700220,)),
        "Idempotency-Key",
    ),
    "track id": Row(
        lambda e: e.admin.get(SETS, headers={"Zuora-Track-Id": ":"}),
        *(400, 400, (62700120,)),
        "Zuora-Track-Id",
    ),
    "content type": Row(
        posted(SETS, {}, **{"Content-Type": "text/plain"}), 415, 415, (62700520,), "Content-Type"
    ),
    "content encoding": Row(
        posted(SETS, {}, **{"Content-Encoding": "br"}), 400, 400, (62700690,), "Content-Encoding"
    ),
    "too large": Row(posted(SETS, b" " * (1 << 20) + b"{}"), 413, 413, (50000020,)),
    "JSON": Row(posted(SETS, b"{"), 400, 400, (50000090,)),
    "gzip": Row(posted(SETS, b"{}", **{"Content-Encoding": "gzip"}), 400, 400, (50000090,)),
    "too deep": Row(posted(SETS, b"[" * 33 + b"]" * 33), 200, 400, (50000020,)),
    "empty": Row(lambda e: e.admin.post(SETS, b""), 400, 400, (50000090,)),
    "several": Row(
        posted(SETS, sets({"name": "", "colour": 1}, {"payment": numbered("R-")})),
        *(200, 400, (62100021, 62100120, 62101330)),
    ),
    "several rules": Row(
        posted(SETS, sets({"name": "DEFAULT"}, {"payment": numbered("PG-")})),
        *(200, 409, (62100130, 62101330)),
    ),
}


@pytest.mark.parametrize("http_status", ["original", "standard"])
@pytest.mark.parametrize("name", ROWS)
def test_refusal_has_its_code_status_and_path(
    service_of: ServiceOf, entity_of: EntityOf, name: str, http_status: str
) -> None:
    row = ROWS[name]
    entity = entity_of(service_of("sqlite", http_status=http_status))
    before = entity.admin.state()
    answer = row.ask(entity)
    status = row.original if http_status == "original" else row.standard
    messages = refused(answer, status, *(code % 100 for code in row.codes))
    assert tuple(reason["code"] for reason in answer.json()["reasons"]) == row.codes
    assert answer.headers["Content-Type"] == "application/json"
    if row.path:
        assert messages[0].startswith(f"{row.path}: ")
    assert entity.admin.state() == before


def test_key_with_another_body_answers_422(sqlite_api: Api) -> None:
    key = {"Idempotency-Key": "k"}
    done(sqlite_api.post(NUMBERS, {"documentType": "invoice"}, headers=key))
    answer = sqlite_api.post(NUMBERS, {"documentType": "refund"}, headers=key)
    refused(answer, 422, 20)
    assert answer.json()["reasons"][0]["code"] == 62700220


def test_header_given_twice_is_refused(sqlite_api: Api) -> None:
    for name in (b"Zuora-Track-Id", b"Idempotency-Key", b"Zuora-Entity-Ids", b"If-Match"):
        answer = raw_call(
            sqlite_api.service,
            b"GET",
            b"/v1/sequence-sets",
            [(name, b"a"), (name, b"a")],
            token=sqlite_api.token,
        )
        assert (answer.status, answer.categories) == (400, [20])


@contextmanager
def database_held(url: str) -> Iterator[None]:
    """Another program has the SQLite file for itself."""
    connection = apsw.Connection(url.removeprefix("sqlite:///"))
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_database_away_answers_503_and_leaves_the_key_free(
    service_of: ServiceOf, entity_of: EntityOf
) -> None:
    service = service_of("sqlite", own="held")
    api = entity_of(service).admin
    assert api.token
    body, key = {"documentType": "invoice"}, {"Idempotency-Key": "held"}
    before = api.state()
    with database_held(service.database_url):
        answer = api.post(NUMBERS, body, headers=key)
        refused(answer, 503, 61)
        assert int(answer.headers["Retry-After"]) >= 1
        assert api.http.get("/healthz").status_code == 200
    assert api.state() == before
    again = api.post(NUMBERS, body, headers=key)
    assert "Idempotent-Replayed" not in again.headers
    assert done(again)["firstNumber"] == "INV00000001"


def test_key_of_a_running_request_answers_409(service_of: ServiceOf, entity_of: EntityOf) -> None:
    service = service_of("sqlite", own="held")
    api = entity_of(service).admin
    body, key = {"sequenceSets": [new_set("Run")]}, {"Idempotency-Key": "running"}
    assert api.token
    with ThreadPoolExecutor(2) as pool:
        with database_held(service.database_url):
            both = [pool.submit(api.post, SETS, body, headers=key) for _ in range(2)]
            refusals, running = wait(both, return_when=FIRST_COMPLETED)
            assert (len(refusals), len(running)) == (1, 1)
            answer = refusals.pop().result()
            refused(answer, 409, 50)
            assert answer.json()["reasons"][0]["code"] == 62700250
            assert int(answer.headers["Retry-After"]) >= 1
        first = running.pop().result()
    done(first)
    replayed = api.post(SETS, body, headers=key)
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert replayed.content == first.content


def test_codes_of_one_field_are_the_same_wherever_it_stands(sqlite_api: Api) -> None:
    create(sqlite_api, new_set("Code"))
    made = sqlite_api.post(SETS, sets({"invoice": numbered("a b")})).json()
    changed = sqlite_api.put(f"{SETS}/Code", {"invoice": {"prefix": "a b"}}).json()
    assert [one["reasons"][0]["code"] for one in (made, changed)] == [62100420, 62100420]
    assert changed["reasons"][0]["message"].startswith("invoice.prefix: ")


def test_all_faults_of_a_large_request_are_told(sqlite_api: Api) -> None:
    before = sqlite_api.state()
    bad = {**new_set("Bad"), "name": "", "x": 1, "invoice": numbered("", "1"), "refund": {}}
    answer = sqlite_api.post(SETS, {"sequenceSets": [bad] * 100}).json()
    expected = {
        f"sequenceSets[{index}].{field}"
        for index in range(100)
        for field in ("name", "x", "invoice.prefix", "invoice.startNumber", "refund.prefix")
    }
    assert expected <= {one["message"].partition(": ")[0] for one in answer["reasons"]}
    assert sqlite_api.state() == before


def test_absurdly_many_faults_are_counted_and_not_listed(sqlite_api: Api) -> None:
    body = json.dumps({f"k{number}": 1 for number in range(50_000)}).encode()
    packed = {"Content-Encoding": "gzip"}
    answer = sqlite_api.post(SETS, gzip.compress(body), headers=packed)
    (message,) = refused(answer, 200, 20)
    assert "50001 faults" in message


def test_internal_error_tells_nothing_but_its_request_id(
    tmp_path: Path, service_of: ServiceOf, entity_of: EntityOf
) -> None:
    """A table is gone: what no request can bring about, and no answer may explain."""
    service = service_of("sqlite", own="broken")
    api = entity_of(service).admin
    done(api.get("/v1/audit-trail"))
    connection = apsw.Connection(service.database_url.removeprefix("sqlite:///"))
    connection.execute("ALTER TABLE seriatim_audit_entry RENAME TO audit_entry_gone")
    try:
        answer = api.get("/v1/audit-trail")
        (message,) = refused(answer, 500, 60)
        assert message == "an internal error; the request id names it in the log of the service"
        refused(api.post(SETS, {"sequenceSets": [new_set("Int")]}), 500, 60)
    finally:
        connection.execute("ALTER TABLE audit_entry_gone RENAME TO audit_entry")
        connection.close()
    refused(api.get(f"{SETS}/Int"), 404, 40)
    assert issue(api)["firstNumber"] == "INV00000001"
