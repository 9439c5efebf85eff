"""Certificates and the public key over HTTP. The paths are ours: docs/reference/certificates.md."""

from __future__ import annotations

from typing import Any

import pytest

from seriatim.verifier.seriatim_verifier import check_certificate, public_keys_in
from tests.contract.api import Api, create, done, everything, issue, new_set


@pytest.fixture
def series_id(api: Api) -> str:
    """A series that gave the numbers CERTI00000001 to 9, in May 2026."""
    create(api, new_set("CERT"))
    issue(api, sequenceSet="CERT", count=9, documentDate="2026-05-04")
    done(api.post("/v1/document-numbers/CERTI00000004/void", {"reason": "wrong"}))
    found = [one for one in everything(api, "/v1/series") if one["prefix"] == "CERTI"]
    return str(found[0]["id"])


def test_certificate_is_checked_with_the_public_key_alone(api: Api, series_id: str) -> None:
    key = done(api.get("/v1/public-key"))
    assert (key["algorithm"], public_keys_in(key["publicKeyPem"])) == (
        "Ed25519",
        [bytes.fromhex(key["publicKey"])],
    )
    made = done(api.post(f"/v1/series/{series_id}/certificates", {}))
    found = check_certificate(made["certificate"].encode(), bytes.fromhex(key["publicKey"]))
    assert (found.first, found.last, found.content["key_id"]) == (1, 9, key["keyId"])
    assert made["counts"] == {
        "issued": 8,
        "voided": 1,
        "skipped": 0,
        "imported": 0,
        "reserved": 0,
    }
    assert (made["firstNumber"], made["lastNumber"]) == ("CERTI00000001", "CERTI00000009")
    assert (made["count"], made["runs"], made["asOfEntry"]) == (9, 3, 2)
    again = done(api.get(f"/v1/certificates/{made['certificateId']}"))
    assert again["certificate"] == made["certificate"]


def test_period_is_certified_by_the_range_that_encloses_it(api: Api, series_id: str) -> None:
    body = {"periodStart": "2026-05-01", "periodEnd": "2026-05-31"}
    made = done(api.post(f"/v1/series/{series_id}/certificates", body))
    content = check_certificate(made["certificate"].encode()).content
    assert content["period"] == {"from": "2026-05-01", "to": "2026-05-31"}
    assert made["count"] == 9


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"firstNumber": "X"}, {62800120}),
        ({"firstNumber": 1}, {62800120}),
        ({"firstNumber": None}, {62800122}),
        ({"lastNumber": "CERTI00000010"}, {62800230}),
        ({"firstNumber": "CERTI00000003", "lastNumber": "CERTI00000002"}, {62800230}),
        ({"periodStart": "2026-02-30", "periodEnd": "1.1.2026"}, {62800320, 62800420}),
        ({"periodStart": "2026-01-01"}, {62800422}),
        ({"periodStart": "2020-01-01", "periodEnd": "2020-12-31"}, {62800330}),
        ({"year": 2026}, {62800021}),
        ([], {62800020}),
    ],
)
def test_bad_request_names_the_field(api: Api, series_id: str, body: Any, codes: set[int]) -> None:
    answer = api.post(f"/v1/series/{series_id}/certificates", body)
    assert answer.status_code == 200
    assert {reason["code"] for reason in answer.json()["reasons"]} == codes
