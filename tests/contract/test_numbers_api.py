"""Document numbers over HTTP: reserve, confirm, void, list, why, gaps; bad input and roles.

Source: contract/numbering.md, Issuing.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.api import Api, Entity, create, done, everything, issue, new_set, refused
from tests.contract.conftest import EntityOf, ServiceOf

NUMBERS = "/v1/document-numbers"
FIRST = f"{NUMBERS}/INV00000001"


def reserve(api: Api, **fields: Any) -> dict[str, Any]:
    return issue(api, holdSeconds=600, **fields)


def rows(api: Api, query: str = "") -> list[tuple[str, str, str]]:
    found = everything(api, f"{NUMBERS}?{query}")
    return [(row["firstNumber"], row["lastNumber"], row["state"]) for row in found]


def series_id(api: Api, prefix: str = "INV") -> str:
    return str(next(one["id"] for one in everything(api, "/v1/series") if one["prefix"] == prefix))


def register_of(api: Api) -> list[Any]:
    """All that the register says, as far as the API shows it."""
    return [
        everything(api, NUMBERS),
        [
            (done(api.get(f"/v1/series/{one['id']}/verify"))["headHash"], one)
            for one in everything(api, "/v1/series")
        ],
    ]


def refused_in_vain(
    api: Api, path: str, body: Any, status: int, *categories: int, says: str
) -> None:
    before = register_of(api)
    messages = refused(api.post(path, body), status, *categories)
    assert any(says in message for message in messages), messages
    assert register_of(api) == before


# --- the life of a number -----------------------------------------------------------------------


def test_reserved_numbers_are_confirmed_and_voided_part_by_part(api: Api) -> None:
    held = reserve(api, count=5, reference="order 7")
    assert (held["state"], held["firstNumber"], held["lastNumber"]) == (
        "reserved",
        "INV00000001",
        "INV00000005",
    )
    assert "holdUntil" in held
    confirmed = done(api.post(f"{FIRST}/confirm", {"lastNumber": "INV00000003"}))
    assert (confirmed["state"], confirmed["count"]) == ("issued", 3)
    voided = done(
        api.post(f"{NUMBERS}/INV00000002/void", {"reason": "torn", "lastNumber": "INV00000004"})
    )
    assert (voided["firstNumber"], voided["lastNumber"], voided["count"]) == (
        "INV00000002",
        "INV00000004",
        3,
    )
    assert rows(api) == [
        ("INV00000001", "INV00000001", "issued"),
        ("INV00000002", "INV00000004", "voided"),
        ("INV00000005", "INV00000005", "reserved"),
    ]
    assert {row["reference"] for row in everything(api, NUMBERS)} == {"order 7"}
    assert done(api.get(f"/v1/series/{series_id(api)}/verify"))["verified"] is True


def test_why_this_number_tells_its_whole_history(api: Api) -> None:
    create(api, new_set("EU"))
    held = reserve(api, sequenceSet="EU", count=2, documentDate="2026-01-31")
    done(api.post(f"{NUMBERS}/{held['lastNumber']}/confirm", {}))
    done(api.post(f"{NUMBERS}/{held['lastNumber']}/void", {"reason": "wrong customer"}))
    why = done(api.get(f"{NUMBERS}/{held['lastNumber'].lower()}"))
    assert [event["kind"] for event in why["history"]] == ["reserved", "confirmed", "voided"]
    assert (why["state"], why["reason"], why["chosenBy"]) == ("voided", "wrong customer", "request")
    assert (why["documentDate"], why["sequenceSetId"]) == ("2026-01-31", held["sequenceSetId"])
    assert why["previous"] == {"documentNumber": held["firstNumber"], "state": "reserved"}
    assert why["next"] is None
    assert why["entryId"] == held["entryId"]


def test_expired_hold_is_voided_by_itself(service_of: ServiceOf, entity_of: EntityOf) -> None:
    service = service_of("sqlite", log_level="warning")
    api = entity_of(service).admin
    issue(api, holdSeconds=60)
    service.move_clock(timedelta(seconds=61))
    try:
        refused_void = refused(api.post(f"{FIRST}/void", {"reason": "late"}), 200, 30)
        assert "hold expired" in refused_void[0]
        refused(api.post(f"{FIRST}/confirm", {}), 200, 30)
        (gap,) = done(api.get(f"/v1/series/{series_id(api)}/gaps"))["gaps"]
        assert (gap["kind"], gap["reason"]) == ("voided", "hold expired")
        assert rows(api, "state=voided") == [("INV00000001", "INV00000001", "voided")]
        assert issue(api)["firstNumber"] == "INV00000002"
    finally:
        service.move_clock(timedelta())


def test_gaps_are_told_with_their_reasons(api: Api) -> None:
    issue(api, count=3)
    done(api.post(f"{NUMBERS}/INV00000002/void", {"reason": "misprint"}))
    done(api.put("/v1/sequence-sets/DEFAULT", {"invoice": {"startNumber": 10}}))
    found = done(api.get(f"/v1/series/{series_id(api)}/gaps"))
    assert [(gap["firstNumber"], gap["count"], gap["kind"]) for gap in found["gaps"]] == [
        ("INV00000002", 1, "voided"),
        ("INV00000004", 6, "skipped"),
    ]
    assert found["unexplained"] == []


def test_twenty_digit_numbers_are_texts_and_exact_integers(api: Api) -> None:
    top = 10**20 - 1
    create(api, new_set("Top", invoice={"prefix": "TOP-", "startNumber": top}))
    held = reserve(api, sequenceSet="Top")
    assert held["firstNumber"] == held["lastNumber"] == f"TOP-{top}"
    answer = api.get(f"{NUMBERS}/{held['firstNumber']}")
    assert f'"sequentialNumber":{top}'.encode() in answer.content.replace(b" ", b"")
    done(api.post(f"{NUMBERS}/TOP-{top}/confirm", {}))
    done(api.post(f"{NUMBERS}/TOP-{top}/void", {"reason": "the last one"}))
    refused_in_vain(
        api,
        NUMBERS,
        {"documentType": "invoice", "sequenceSet": "Top"},
        200,
        30,
        says="ends at 99999999999999999999",
    )


# --- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("move", "body"), [("confirm", {}), ("void", {"reason": "x"})])
def test_move_with_a_key_happens_once(api: Api, move: str, body: dict[str, Any]) -> None:
    reserve(api, count=2)
    first = api.post(f"{FIRST}/{move}", body, headers={"Idempotency-Key": "k"})
    again = api.post(f"{FIRST}/{move}", body, headers={"Idempotency-Key": "k"})
    done(first)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    refused(api.post(f"{FIRST}/{move}", body), 200, 30)
    other = f"{NUMBERS}/INV00000002/{move}"
    refused(api.post(other, body, headers={"Idempotency-Key": "k"}), 422, 20)
    history = done(api.get(FIRST))["history"]
    assert len(history) == 2


def test_refused_move_keeps_its_refusal_with_the_key(api: Api) -> None:
    key = {"Idempotency-Key": "k"}
    first = api.post(f"{FIRST}/void", {"reason": "x"}, headers=key)
    refused(first, 404, 40)
    issue(api)
    again = api.post(f"{FIRST}/void", {"reason": "x"}, headers=key)
    assert (again.status_code, again.content) == (404, first.content)
    assert rows(api) == [("INV00000001", "INV00000001", "issued")]


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "categories", "says"),
    [
        ({"count": 0}, [20], "count"),
        ({"count": -1}, [20], "count"),
        ({"count": 1_000_001}, [20], "count"),
        ({"count": "1"}, [20], "count"),
        ({"count": True}, [20], "count"),
        ({"count": 1, "references": ["a"]}, [20], "count"),
        ({"references": []}, [20], "references"),
        ({"references": ["a", "x" * 256]}, [20], "references[1]"),
        ({"reference": "x" * 256}, [20], "reference"),
        ({"holdSeconds": 0}, [20], "holdSeconds"),
        ({"holdSeconds": 86_401}, [20], "holdSeconds"),
        ({"documentType": "receipt"}, [20], "documentType"),
        ({"documentType": None}, [22], "documentType"),
        ({"documentDate": "2026-02-30"}, [20], "documentDate"),
        ({"documentDate": "2099-01-01"}, [20], "documentDate"),
        ({"sequenceSet": "nobody"}, [40], "sequenceSet"),
        ({"accountId": "0" * 32}, [40], "accountId"),
        ({"accountNumber": "A-1"}, [40], "accountNumber"),
        ({"amount": 1}, [21], "amount"),
        ({"count": 0, "sequenceSet": "nobody", "holdSeconds": 0}, [20, 40, 20], "sequenceSet"),
    ],
)
def test_bad_issue_names_the_field_and_leaves_the_register(
    sqlite_api: Api, fields: dict[str, Any], categories: list[int], says: str
) -> None:
    body = {"documentType": "invoice", **fields}
    refused_in_vain(sqlite_api, NUMBERS, body, 200, *categories, says=says)


@pytest.mark.parametrize(
    ("path", "body", "status", "categories", "says"),
    [
        ("INV00000001/void", {}, 200, [22], "reason"),
        ("INV00000001/void", {"reason": ""}, 200, [20], "reason"),
        ("INV00000001/void", {"reason": " "}, 200, [20], "reason"),
        ("INV00000001/void", {"reason": "x" * 256}, 200, [20], "reason"),
        ("INV00000001/void", {"reason": 7}, 200, [20], "reason"),
        ("INV00000001/void", {"reason": "x", "lastNumber": "INV1"}, 200, [20], "lastNumber"),
        ("INV00000002/void", {"reason": "x", "lastNumber": "INV00000001"}, 200, [20], "lastNumber"),
        ("INV00000003/void", {"reason": "x"}, 200, [30], "INV00000003 is voided"),
        (
            "INV00000002/void",
            {"reason": "x", "lastNumber": "INV00000004"},
            200,
            [30],
            "INV00000003",
        ),
        ("INV00000009/void", {"reason": "x"}, 404, [40], "INV00000009"),
        (
            "INV00000004/void",
            {"reason": "x", "lastNumber": "INV00000009"},
            200,
            [20],
            "lastNumber",
        ),
        ("INV00000001/confirm", {}, 200, [30], "only a reserved number"),
        ("INV00000001/confirm", {"reason": "x"}, 200, [21, 30], "reason"),
        ("INV00000009/confirm", {}, 404, [40], "INV00000009"),
    ],
)
def test_bad_move_names_what_is_wrong_and_leaves_the_register(
    sqlite_api: Api, path: str, body: Any, status: int, categories: list[int], says: str
) -> None:
    issue(sqlite_api, count=4)
    done(sqlite_api.post(f"{NUMBERS}/INV00000003/void", {"reason": "torn"}))
    refused_in_vain(sqlite_api, f"{NUMBERS}/{path}", body, status, *categories, says=says)


@pytest.mark.parametrize(
    "number", ["INV", "0", "INV\0V00000001", "\N{SNOWMAN}00000001", "x" * 300, "INV%2F00000001"]
)
def test_text_that_is_no_number_is_not_found(api: Api, number: str) -> None:
    path = f"{NUMBERS}/{quote(number, safe='')}"
    assert api.get(path).status_code in {400, 404}
    assert api.post(f"{path}/void", {"reason": "x"}).status_code in {400, 404}


# --- lists --------------------------------------------------------------------------------------


def test_list_by_every_filter_is_the_same_page_by_page(api: Api) -> None:
    create(api, new_set("EU"))
    for day in range(1, 6):
        issue(api, count=2, documentDate=f"2026-01-0{day}", reference=f"order {day % 2}")
        reserve(api, sequenceSet="EU", documentDate=f"2026-01-0{day}")
    for number in (2, 5):
        done(api.post(f"{NUMBERS}/INV0000000{number}/void", {"reason": "x"}))
    queries = [
        "",
        "prefix=inv",
        "sequenceSet=EU",
        "state=voided",
        "state=reserved",
        "reference=order+1",
        "from=2026-01-02&to=2026-01-04",
        "documentType=invoice&state=issued",
    ]
    for query in queries:
        whole = rows(api, query)
        assert whole != []
        assert rows(api, f"{query}&pageSize=1") == whole
        assert rows(api, f"{query}&pageSize=3") == whole
    assert rows(api, "from=2027-01-01") == []


@pytest.mark.parametrize(
    "query",
    [
        "state=gone",
        "documentType=receipt",
        "from=2026-02-30",
        "to=today",
        "sequenceSet=nobody",
        "pageSize=0",
        "cursor=x",
        "cursor=",
    ],
)
def test_bad_filter_is_refused(sqlite_api: Api, query: str) -> None:
    refused(sqlite_api.get(f"{NUMBERS}?{query}"), 400, 27)


@pytest.mark.parametrize(
    "place",
    [
        ["INV", "invoice", "2026-99-99", 0, "1"],
        ["INV", "invoice", "20260101", 0, "1"],
        ["INV", "receipt", "", 0, "1"],
        ["INV", "invoice", "", 0, "x"],
        ["INV", "invoice", "", 0, ""],
        ["INV", "invoice", "", 0, "9" * 21],
        ["INV", "invoice", "", -1, "1"],
        ["INV", "invoice", "", 2**63, "1"],
        ["\0", "invoice", "", 0, "1"],
        ["INV", "invoice", "", 0],
        [],
        {},
    ],
)
def test_cursor_that_no_page_gave_is_refused(api: Api, place: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    for query in ("", "&from=2026-01-01", "&state=voided", "&state=reserved", "&reference=a"):
        refused(api.get(f"{NUMBERS}?cursor={cursor}{query}"), 400, 27)


@pytest.mark.parametrize(
    "place",
    [
        ["INV", "invoice", "0001-01-01", 0, "1"],
        ["INV", "invoice", "9999-12-31", 2**63 - 1, "9" * 20],
        ["none", "refund", "", 0, "0"],
        ["INV", "invoice", "", 2**63 - 1, "9" * 20],
    ],
)
def test_cursor_at_any_place_lists_what_lies_behind_it(api: Api, place: Any) -> None:
    issue(api, count=2)
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    for query in ("", "&from=2026-01-01", "&state=voided", "&state=reserved"):
        done(api.get(f"{NUMBERS}?cursor={cursor}{query}"))


@pytest.mark.parametrize("name", ["reference", "prefix", "sequenceSet"])
@pytest.mark.parametrize("value", ["%00", "%F0%9F%98%80", "%ED%A0%80", "a" * 5000, "%27%3B--"])
def test_filter_with_any_text_is_answered(api: Api, name: str, value: str) -> None:
    assert api.get(f"{NUMBERS}?{name}={value}").status_code in {200, 400}


# --- roles ---------------------------------------------------------------------------------------


def test_auditor_reads_and_moves_nothing(sqlite_entity: Entity) -> None:
    issue(sqlite_entity.admin, count=2, holdSeconds=600)
    auditor = sqlite_entity.client("auditor")
    refused(auditor.post(NUMBERS, {"documentType": "invoice"}), 403, 10)
    refused(auditor.post(f"{FIRST}/confirm", {}), 403, 10)
    refused(auditor.post(f"{FIRST}/void", {"reason": "x"}), 403, 10)
    assert rows(auditor) == [("INV00000001", "INV00000002", "reserved")]
    done(auditor.get(FIRST))
    done(auditor.get(f"/v1/series/{series_id(auditor)}/gaps"))


def test_issuer_moves_and_reads(sqlite_entity: Entity) -> None:
    issuer = sqlite_entity.client("issuer")
    reserve(issuer, count=2)
    done(issuer.post(f"{FIRST}/confirm", {}))
    done(issuer.post(f"{FIRST}/void", {"reason": "x"}))
    assert [row[2] for row in rows(issuer)] == ["voided", "reserved"]
