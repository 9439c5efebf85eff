"""Imports over HTTP: announced, sent in parts, run. The paths are ours."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.contract.api import Api, done, issue

HEADER = "documentType,number,lastNumber,documentDate,reference\n"
GOOD = (
    HEADER + "invoice,INV00000002,INV00000003,2025-03-04,a\ninvoice,old/7,,2025-03-04,\n"
).encode()
BAD = GOOD + b"invoices,INV00000004,,2025-03-04,\n"


def announced(file: bytes) -> dict[str, Any]:
    return {"fileSha256": hashlib.sha256(file).hexdigest(), "byteCount": len(file)}


def sent(api: Api, file: bytes) -> str:
    path = f"/v1/imports/{done(api.post('/v1/imports', announced(file)))['importId']}"
    for offset in range(0, len(file), 50):
        answer = done(api.put(f"{path}/content?offset={offset}", file[offset : offset + 50]))
        assert answer["receivedBytes"] == min(offset + 50, len(file))
    return path


def test_file_is_sent_checked_and_taken_in_once(api: Api) -> None:
    path = sent(api, GOOD)
    shown = done(api.get(path))
    assert (shown["state"], shown["linesTotal"]) == ("uploaded", None)
    checked = done(api.post(f"{path}/run?dryRun=true", {}))
    assert (checked["state"], checked["linesTaken"], checked["keptAsText"]["total"]) == (
        "checked",
        2,
        1,
    )
    made = done(api.post(f"{path}/run", {"keepFree": True}))
    assert (made["state"], made["linesTaken"], made["whyRefused"]) == ("imported", 2, None)
    (series,) = made["series"]
    assert (series["firstNumber"], series["lastNumber"], series["skipped"]) == (
        "INV00000002",
        "INV00000003",
        0,
    )
    assert done(api.get(path))["state"] == "imported"
    assert done(api.post("/v1/imports", announced(GOOD)))["state"] == "imported"
    assert done(api.post(f"{path}/run", {}))["state"] == "importedBefore"
    assert issue(api)["firstNumber"] == "INV00000001"
    assert done(api.get("/v1/document-numbers/INV00000003"))["reference"] == "a"
    assert done(api.get("/v1/document-numbers/OLD%2F7"))["state"] == "imported"


def test_end_of_a_series_is_told_before_it_comes(api: Api) -> None:
    last = f"INV{'9' * 20}"
    path = sent(api, (HEADER + f"invoice,{last},,2025-03-04,\n").encode())
    warned = [
        f"INV: {10**20 - 2} numbers between are skipped for ever",
        f"INV: ends with {last}; no number can be issued from it any more",
    ]
    checked = done(api.post(f"{path}/run?dryRun=true", {}))
    assert (checked["state"], checked["warnings"]) == ("checked", warned)
    assert done(api.post(f"{path}/run?dryRun=true", {"keepFree": True}))["warnings"] == []
    assert done(api.post(f"{path}/run", {}))["warnings"] == warned


def test_faulty_file_says_its_lines_and_writes_nothing(api: Api) -> None:
    path = sent(api, BAD)
    refused = done(api.post(f"{path}/run", {}))
    assert (refused["state"], refused["faults"]["total"]) == ("refused", 1)
    assert refused["faults"]["shown"][0]["line"] == 4
    assert issue(api)["firstNumber"] == "INV00000001"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, {64000122, 64000222}),
        ({"fileSha256": "x", "byteCount": 1}, {64000120}),
        ({"fileSha256": "a" * 64, "byteCount": -1}, {64000220}),
        ({"fileSha256": "a" * 64, "byteCount": 2**40}, {64000220}),
        ({"fileSha256": "a" * 64, "byteCount": "1"}, {64000220}),
        ({"fileSha256": 1, "byteCount": True}, {64000120, 64000220}),
        ({"fileSha256": "a" * 64, "byteCount": 1, "name": "x"}, {64000021}),
        ([], {64000020}),
    ],
)
def test_faulty_announcement_names_the_field(api: Api, body: Any, codes: set[int]) -> None:
    answer = api.post("/v1/imports", body)
    assert answer.status_code == 200
    assert {reason["code"] for reason in answer.json()["reasons"]} == codes


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("?offset=7", b"x", 200, 64000330),
        ("?offset=0", b"x" * 1000, 200, 64000330),
        ("", b"", 200, 64000020),
        ("?offset=-1", b"x", 400, 50000027),
        ("?offset=1.5", b"x", 400, 50000027),
    ],
)
def test_faulty_part_is_refused(
    api: Api, query: str, content: bytes, status: int, code: int
) -> None:
    import_id = done(api.post("/v1/imports", announced(GOOD)))["importId"]
    answer = api.put(f"/v1/imports/{import_id}/content{query}", content)
    assert answer.status_code == status
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]
    assert done(api.get(f"/v1/imports/{import_id}"))["receivedBytes"] == 0


@pytest.mark.parametrize(
    ("body", "code"), [({"keepFree": "yes"}, 64000420), ({"skipBad": None}, 64000520)]
)
def test_faulty_options_name_the_field(api: Api, body: Any, code: int) -> None:
    answer = api.post(f"{sent(api, GOOD)}/run", body)
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]


def test_part_beyond_the_limit_of_a_body_is_refused(api: Api) -> None:
    file = b"x" * (1024 * 1024 + 1)
    import_id = done(api.post("/v1/imports", announced(file)))["importId"]
    assert api.put(f"/v1/imports/{import_id}/content", file).status_code == 413


def test_import_stands_in_the_audit_trail_with_its_file(api: Api) -> None:
    done(api.post(f"{sent(api, GOOD)}/run", {}))
    trail = done(api.get("/v1/audit-trail"))["auditTrail"]
    (entry,) = [one for one in trail if one["action"] == "import"]
    assert hashlib.sha256(GOOD).hexdigest() in json.dumps(entry)
