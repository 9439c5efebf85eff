"""Malformed bodies over real HTTP: a clear error, never a 500, and nothing changed.

Source: contract/guarantees.md, Faults; contract/transport.md, Limits.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

import pytest

from tests.contract.api import Api, create, done, everything, issue, new_set, raw_call, refused

SETS = "/v1/sequence-sets"
NUMBERS = "/v1/document-numbers"
LAST = 10**20 - 1

# The table of contract/guarantees.md, as JSON texts; those that are whole numbers say which.
INTEGERS = {
    "0": 0,
    "-1": -1,
    "-0": 0,
    "1": 1,
    str(2**31): 2**31,
    str(2**53 - 1): 2**53 - 1,
    str(2**53 + 1): 2**53 + 1,
    str(2**63 - 1): 2**63 - 1,
    str(2**63): 2**63,
    str(2**64): 2**64,
    str(10**19): 10**19,
    str(LAST): LAST,
    str(10**20): 10**20,
    str(10**400 - 1): 10**400 - 1,
}
NO_INTEGERS = [
    *("1e3", "1E0", "1.0", "1.5", "-1.0", '"1"', '"12"', "true", "false", "[]", "[1]", "{}"),
    *('""', '" 1"', "1e400", "1e-400", "9" * 401, "9" * 5000, "0." + "1" * 5000),
]
NO_JSON = {
    "leading zero": b"01",
    "leading plus": b"+1",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "hexadecimal": b"0x1",
    "bare word": b"nothing",
    "half a number": b"1.",
    "single quotes": b"'1'",
    "control character": b'"a\x00"',
    "line break in a string": b'"a\nb"',
    "bad escape": b'"\\x41"',
    "half an escape": b'"\\u12"',
    "trailing comma": b"[1,]",
    "comment": b"/**/1",
}


@pytest.fixture
def unchanged(api: Api) -> Iterator[Api]:
    """The api, whose entity must be at the end as it was at the beginning."""
    create(api, new_set("Kept"))
    issue(api, sequenceSet="Kept")
    before = api.state() | {NUMBERS: everything(api, NUMBERS)}
    yield api
    assert api.state() | {NUMBERS: everything(api, NUMBERS)} == before


def set_body(start_number: str, name: str = "Num") -> bytes:
    body = json.dumps({"sequenceSets": [new_set(name, invoice={"prefix": name, "startNumber": 7})]})
    return body.replace('"startNumber": 7', f'"startNumber": {start_number}').encode()


@pytest.mark.parametrize("text", INTEGERS)
def test_whole_start_number_is_kept_exactly_or_refused(api: Api, text: str) -> None:
    value = INTEGERS[text]
    answer = api.post(SETS, set_body(text))
    if not 1 <= value <= LAST:
        (message,) = refused(answer, 200, 20)
        assert message.startswith("sequenceSets[0].invoice.startNumber: ")
        assert api.get(f"{SETS}/Num").status_code == 404
        return
    shown = done(answer)["sequenceSets"][0]["invoice"]
    assert shown["startNumber"] == value
    assert shown["nextDocumentNumber"] == f"Num{value:08d}"
    assert done(api.get(f"{SETS}/Num"))["invoice"]["startNumber"] == value
    assert issue(api, sequenceSet="Num")["firstNumber"] == f"Num{value:08d}"
    series = next(one for one in everything(api, "/v1/series") if one["prefix"] == "Num")
    assert (series["origin"], series["nextNumber"]) == (value, value + 1)
    assert done(api.get(f"/v1/series/{series['id']}/verify"))["verified"] is True


@pytest.mark.parametrize("text", NO_INTEGERS)
def test_start_number_or_count_that_is_no_whole_number_is_refused(
    unchanged: Api, text: str
) -> None:
    put = b'{"invoice":{"startNumber":%b}}' % text.encode()
    count = b'{"documentType":"invoice","count":%b}' % text.encode()
    for method, path, body, field in (
        ("POST", SETS, set_body(text), "sequenceSets[0].invoice.startNumber"),
        ("PUT", f"{SETS}/Kept", put, "invoice.startNumber"),
        ("POST", NUMBERS, count, "count"),
    ):
        answer = unchanged.call(method, path, body)
        messages = refused(answer, 200, 20)
        assert messages[0].startswith(f"{field}: "), messages


@pytest.mark.parametrize("text", INTEGERS)
def test_whole_count_out_of_bounds_is_refused(sqlite_api: Api, text: str) -> None:
    body = b'{"documentType":"invoice","count":%b}' % text.encode()
    answer = sqlite_api.post(NUMBERS, body)
    if INTEGERS[text] == 1:
        assert done(answer)["count"] == 1
    else:
        (message,) = refused(answer, 200, 20)
        assert message == "count: must be a whole number from 1 to 1000000"
        assert issue(sqlite_api)["firstNumber"] == "INV00000001"


def test_count_of_a_million_is_one_entry(api: Api) -> None:
    given = issue(api, count=1_000_000)
    assert (given["firstNumber"], given["lastNumber"]) == ("INV00000001", "INV01000000")
    assert "numbers" not in given
    series = next(one for one in everything(api, "/v1/series") if one["prefix"] == "INV")
    assert (series["issued"], series["entries"]) == (1_000_000, 1)


@pytest.mark.parametrize("name", NO_JSON)
def test_value_that_is_no_json_is_malformed(unchanged: Api, name: str) -> None:
    value = NO_JSON[name]
    for path, body in (
        (SETS, set_body("7").replace(b'"startNumber": 7', b'"startNumber": ' + value)),
        (NUMBERS, b'{"documentType":"invoice","reference":%b}' % value),
        (NUMBERS, value),
    ):
        refused(unchanged.post(path, body), 400, 90)


WHOLE = json.dumps({"sequenceSets": [new_set("Whole")]}).encode()
BROKEN = {
    "nothing": b"",
    "spaces": b" \n\t ",
    "half": WHOLE[: len(WHOLE) // 2],
    "all but the last": WHOLE[:-1],
    "one too many": WHOLE + b"}",
    "two texts": WHOLE + WHOLE,
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "UTF-32": WHOLE.decode().encode("utf-32-le"),
    "Latin-1": WHOLE.replace(b"Whole", b"\xe9"),
    "overlong": WHOLE.replace(b"Whole", b"\xc0\x80"),
    "surrogate in UTF-8": WHOLE.replace(b"Whole", b"\xed\xa0\x80"),
    "NUL at the end": WHOLE + b"\x00",
    "key twice": b'{"sequenceSets":[],' + WHOLE[1:],
    "key twice inside": WHOLE.replace(b'"name"', b'"name":"A","name"'),
    "key twice by escape": WHOLE.replace(b'"name"', b'"n\\u0061me":"A","name"'),
    "form": b"sequenceSets=1",
    "XML": b"<?xml version='1.0'?><a/>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_body_that_is_no_json_is_malformed(unchanged: Api, name: str) -> None:
    for method, path in (
        ("POST", SETS),
        ("PUT", f"{SETS}/Kept"),
        ("POST", NUMBERS),
        ("PUT", "/v1/settings"),
        ("POST", "/v1/entities"),
        ("POST", "/v1/oauth-clients"),
    ):
        answer = unchanged.call(method, path, BROKEN[name])
        if name == "nothing":
            answer = unchanged.call(method, path, content=b"")
        refused(answer, 400, 90)


@pytest.mark.parametrize("text", ["[]", "[{}]", "5", "1.5", '"text"', "true"])
def test_body_that_is_no_object_is_refused(unchanged: Api, text: str) -> None:
    for method, path in (("POST", SETS), ("PUT", f"{SETS}/Kept"), ("POST", NUMBERS)):
        refused(unchanged.call(method, path, text.encode()), 200, 20)


@pytest.mark.parametrize(
    "text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00x", "\\udc00\\ud800", "\\ud800\\u0041"]
)
def test_text_that_no_database_holds_is_refused_wherever_it_stands(
    unchanged: Api, text: str
) -> None:
    quoted = b'"%b"' % text.encode()
    for body, path in (
        (b'{"documentType":"invoice","reference":%b}' % quoted, "reference"),
        (b'{"documentType":"invoice","references":["a",%b]}' % quoted, "references[1]"),
        (b'{"documentType":"invoice","sequenceSet":%b}' % quoted, "sequenceSet"),
        (b'{"documentType":%b}' % quoted, "documentType"),
    ):
        (message,) = refused(unchanged.post(NUMBERS, body), 200, 20)
        assert message.startswith(f"{path}: "), message
    refused(unchanged.post(NUMBERS, b'{"documentType":"invoice",%b:1}' % quoted), 200, 20)
    refused(unchanged.post("/v1/entities", b'{"name":%b}' % quoted), 200, 20)
    refused(unchanged.put("/v1/settings", b'{"timeZone":%b}' % quoted), 200, 20)


def test_paired_surrogates_are_a_letter_like_any_other(api: Api) -> None:
    asked = b'{"documentType":"invoice","reference":"\\ud83d\\ude00"}'
    done(api.post(NUMBERS, asked))
    assert everything(api, NUMBERS)[0]["reference"] == "\U0001f600"


def nested(depth: int) -> bytes:
    return b'{"documentType":"invoice","x":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_nesting_is_bounded(unchanged: Api) -> None:
    refused(unchanged.post(NUMBERS, nested(32)), 200, 21)
    for depth in (33, 100, 5_000, 100_000, 500_000):
        (message,) = refused(unchanged.post(NUMBERS, nested(depth)), 200, 20)
        assert message.startswith("the body nests deeper than 32 levels")
    for torn in (b"[" * 1_000_000, b'{"a":' * 150_000, b'[{"a":' * 100_000):
        answer = unchanged.post(NUMBERS, torn)
        assert answer.status_code in (200, 400)
        assert answer.json()["reasons"][0]["code"] % 100 in (20, 90)


def test_batch_with_one_bad_set_changes_nothing(unchanged: Api) -> None:
    sets = [new_set(f"Batch{number}") for number in range(100)]
    sets[73] = {**sets[73], "name": "Batch1"}
    (message,) = refused(unchanged.post(SETS, {"sequenceSets": sets}), 200, 30)
    assert message.startswith("sequenceSets[73].name: ")
    shared = [
        new_set("S1", "SX"),
        new_set("S2", "SY", creditMemo={"prefix": "sxi", "startNumber": 1}),
    ]
    messages = refused(unchanged.post(SETS, {"sequenceSets": shared}), 200, 30)
    assert messages[0].startswith("sequenceSets[1].creditMemo.prefix: ")


PACKED = gzip.compress(WHOLE)


@pytest.mark.parametrize(
    "body",
    [
        PACKED[:-1],
        PACKED[:-8],
        PACKED[:20],
        PACKED[:5],
        PACKED + b"x",
        WHOLE,
        b"\x1f\x8b",
        zlib.compress(WHOLE),
        PACKED[:-8] + bytes(8),
        b"\x00" + PACKED,
        gzip.compress(WHOLE[:-1]),
    ],
    ids=range(11),
)
def test_broken_gzip_is_malformed(unchanged: Api, body: bytes) -> None:
    refused(unchanged.post(SETS, body, headers={"Content-Encoding": "gzip"}), 400, 90)


def test_wrong_content_headers_are_refused(unchanged: Api) -> None:
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "identity, gzip", "x" * 200):
        refused(unchanged.post(SETS, WHOLE, headers={"Content-Encoding": encoding}), 400, 90)
    for content_type in (
        *("text/plain", "text/json", "application/xml", "application/jsonp", "json", "*/*", ";"),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a" * 3000),
        *("application/json; charset=utf-16", "application/json; charset=latin-1"),
    ):
        refused(unchanged.post(SETS, WHOLE, headers={"Content-Type": content_type}), 415, 20)
    untyped = raw_call(unchanged.service, b"POST", SETS.encode(), body=WHOLE, token=unchanged.token)
    assert (untyped.status, untyped.categories) == (415, [20])
