"""Lists in pages. Source: contract/transport.md, Paging; sequence-sets.md, Operations."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.contract.api import (
    Api,
    create,
    done,
    everything,
    new_set,
    raw_call,
    raw_exchange,
    refused,
)

SETS = "/v1/sequence-sets"
BAD_NUMBERS = ["0", "-1", "x", "1.5", "1e3", str(10**30), "", "+1", "0x1", "\u0661", " 1", "1 "]
GOOD_NUMBERS = {"1": 1, "007": 7, str(2**31): 2**31, str(10**9): 10**9}


def names(body: dict[str, Any]) -> list[str]:
    return [one["name"] for one in body["sequenceSets"]]


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("parameter", ["page", "pageSize"])
def test_page_that_is_no_number_from_1_up_is_refused(
    sqlite_api: Api, parameter: str, value: str
) -> None:
    messages = refused(sqlite_api.get(SETS, params={parameter: value}), 400, 27)
    assert messages == [f"{parameter}: must be a whole number from 1 up"]


@pytest.mark.parametrize("text", GOOD_NUMBERS)
def test_page_beyond_the_last_is_empty_and_has_no_next(sqlite_api: Api, text: str) -> None:
    body = done(sqlite_api.get(SETS, params={"page": text}))
    assert names(body) == (["DEFAULT"] if GOOD_NUMBERS[text] == 1 else [])
    assert "nextPage" not in body


def test_parameter_given_twice_is_refused(sqlite_api: Api) -> None:
    messages = refused(sqlite_api.get(f"{SETS}?page=1&page=2"), 400, 27)
    assert messages == ["page: may stand only once"]
    refused(sqlite_api.get(f"{SETS}?pageSize=1&page%53ize=2"), 400, 27)
    refused(sqlite_api.get(f"{SETS}?name=%ff"), 400, 27)
    refused(sqlite_api.get(f"{SETS}?name=a%00b"), 400, 27)


def test_unknown_parameters_are_ignored(sqlite_api: Api) -> None:
    done(sqlite_api.get(f"{SETS}?pagesize=0&x=1&x=2&%00=%ff"))


def test_sizes_and_order_of_pages(api: Api) -> None:
    made = [f"P{number:03d}Q" for number in range(45)]
    create(api, *[new_set(name) for name in made])
    in_order = ["DEFAULT", *made]
    assert names(done(api.get(SETS))) == in_order[:20]
    for size, counts_as in (("1", 1), ("40", 40), ("41", 40), ("1000000", 40)):
        body = done(api.get(SETS, params={"pageSize": size}))
        assert names(body) == in_order[:counts_as]
        next_page = f"{api.service.url}{SETS}?pageSize={size}&page=2&cursor="
        assert body["nextPage"].startswith(next_page)
    assert [one["name"] for one in everything(api, f"{SETS}?pageSize=7")] == in_order
    last = done(api.get(SETS, params={"pageSize": 23, "page": 2}))
    assert names(last) == in_order[23:]
    assert "nextPage" not in last
    assert "nextPage" not in done(api.get(SETS, params={"pageSize": 40, "page": 2}))


def test_name_filter_takes_an_exact_name_or_number(api: Api) -> None:
    made = create(api, new_set("Alpha"), new_set("Alpha2", sequenceSetNumber="NR 7"))
    for name, found in (
        ("Alpha", ["Alpha"]),
        ("alpha", ["Alpha"]),
        ("nr 7", ["Alpha2"]),
        ("SS-00000001", ["Alpha"]),
        ("Alph", []),
        ("", []),
        ("*", []),
        ("%", []),
        ("Alpha' OR '1'='1", []),
        (made[0]["id"], []),
    ):
        body = done(api.get(SETS, params={"name": name, "pageSize": 1}))
        assert names(body) == found, name
        assert "nextPage" not in body
    assert names(done(api.get(SETS, params={"name": "Alpha", "page": 2}))) == []


def test_next_page_leads_on_though_sets_before_it_are_deleted(api: Api) -> None:
    made = create(api, *[new_set(f"D{number}E") for number in range(6)])
    first = done(api.get(SETS, params={"pageSize": 3}))
    assert names(first) == ["DEFAULT", "D0E", "D1E"]
    done(api.delete(f"{SETS}/{made[0]['id']}"))
    done(api.delete(f"{SETS}/{made[1]['id']}"))
    second = done(api.get(first["nextPage"]))
    assert names(second) == ["D2E", "D3E", "D4E"]
    assert "&page=3&" in second["nextPage"]
    assert names(done(api.get(second["nextPage"]))) == ["D5E"]
    assert names(done(api.get(SETS, params={"pageSize": 3, "page": 2}))) == ["D4E", "D5E"]


def test_cursor_of_another_page_is_passed_over(api: Api) -> None:
    create(api, *[new_set(f"D{number}E") for number in range(6)])
    query = httpx.URL(done(api.get(SETS, params={"pageSize": 2}))["nextPage"]).params
    assert dict(query).keys() == {"pageSize", "page", "cursor"}
    for changed, found in (
        ({}, ["D1E", "D2E"]),
        ({"page": "3"}, ["D3E", "D4E"]),
        ({"page": "1"}, ["DEFAULT", "D0E"]),
        ({"pageSize": "3"}, ["D2E", "D3E", "D4E"]),
        ({"name": "D5E", "page": "1"}, ["D5E"]),
    ):
        assert names(done(api.get(SETS, params={**query, **changed}))) == found, changed
    alone = done(api.get(SETS, params={"cursor": query["cursor"], "pageSize": 4}))
    assert names(alone) == ["D1E", "D2E", "D3E", "D4E"]
    assert httpx.URL(alone["nextPage"]).params["page"] == "3"


@pytest.mark.parametrize("path", ["/v1/series", "/v1/audit-trail"])
def test_cursor_leads_through_every_item_once(api: Api, path: str) -> None:
    for number in range(9):
        create(api, new_set(f"C{number}D"))
    whole = everything(api, f"{path}?pageSize=40")
    assert len(whole) >= 9
    for size in (1, 3, 40):
        assert everything(api, f"{path}?pageSize={size}") == whole
    first = done(api.get(path, params={"pageSize": 2}))["nextPage"]
    assert first.startswith(f"{api.service.url}{path}?pageSize=2&cursor=")


def bad_cursors() -> list[str]:
    values: list[Any] = [
        *([], {}, None, 1, "a", [1], ["a"], [None], [[1]], [True], [1.5], [-1]),
        *([10**30], [-(10**30)], [2**63], ["a", 1], ["a", "b", "c"], ["\ud800", "a"]),
        *(["a\x00", "b"], ["a\n", "b"], [{"a": 1}]),
    ]
    made = [
        base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        for value in values
    ]
    deep = base64.urlsafe_b64encode(b"[" * 300).decode()
    long_integer = base64.urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode()
    return [*made, deep, long_integer, "", "x", "====", "!!", "\u00e9", "W10", "a" * 501]


def test_cursor_that_nobody_gave_is_refused(api: Api) -> None:
    fits_one_of_them = {"WzFd"}
    for cursor in bad_cursors():
        for path in (SETS, "/v1/series", "/v1/audit-trail"):
            if path == "/v1/audit-trail" and cursor in fits_one_of_them:
                continue
            messages = refused(api.get(path, params={"cursor": cursor}), 400, 27)
            assert messages == ["cursor: is not one that this service gave"]


@pytest.mark.parametrize(
    "host", [b"evil.example/path?", b"a b", b"<script>", b"a" * 400, b'x"y', b"[::1", b""]
)
def test_next_page_never_repeats_a_broken_host(sqlite_api: Api, host: bytes) -> None:
    create(sqlite_api, new_set("H"))
    request = (
        b"GET /v1/sequence-sets?pageSize=1 HTTP/1.1\r\nConnection: close\r\nHost: %b\r\n"
        b"Authorization: Bearer %b\r\n\r\n" % (host, sqlite_api.token.encode())
    )
    head, _, body = raw_exchange(sqlite_api.service, request).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    assert json.loads(body)["nextPage"].startswith(sqlite_api.service.url + SETS)


def test_next_page_names_the_host_the_client_used(sqlite_api: Api) -> None:
    create(sqlite_api, new_set("H"))
    given = {"Host": "numbers.example:8443"}
    body = done(sqlite_api.get(SETS, params={"pageSize": 1}, headers=given))
    next_page = "http://numbers.example:8443/v1/sequence-sets?pageSize=1&page=2&cursor="
    assert body["nextPage"].startswith(next_page)
    answer = raw_call(
        sqlite_api.service, b"GET", b"/v1/sequence-sets?pageSize=1", token=sqlite_api.token
    )
    assert answer.json["nextPage"].startswith("http://127.0.0.1/v1/sequence-sets?")
