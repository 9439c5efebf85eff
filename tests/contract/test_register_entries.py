"""The register of a series over HTTP: enough to check its chain, page by page. The path is ours."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.contract.api import Api, create, done, everything, issue, new_set


def series_id(api: Api, prefix: str) -> str:
    return next(str(one["id"]) for one in everything(api, "/v1/series") if one["prefix"] == prefix)


def chain_of(head: dict[str, Any], entries: list[dict[str, Any]]) -> bytes:
    """The head of the chain, from the answers alone. Source: docs/reference/register-format.md."""
    own = [head["tenantId"], head["entityId"], head["seriesId"]]

    def canonical(parts: list[str | None]) -> bytes:
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()

    first = ["seriatim-series-1", *own, head["documentType"], head["prefix"]]
    found = hashlib.sha256(canonical(first)).digest()
    for entry in entries:
        numbers = [
            str(int(entry[name].removeprefix(head["prefix"])))
            for name in ("firstNumber", "lastNumber")
        ]
        refers_to = entry["refersTo"]
        parts = [
            *("seriatim-register-1", *own, str(entry["entry"]), entry["kind"], *numbers),
            None if refers_to is None else str(refers_to),
            *(entry[n] for n in ("sequenceSetId", "chosenBy", "documentDate", "reference")),
            *(entry[n] for n in ("actor", "requestId", "batchId", "reason", "holdUntil")),
            entry["recordedAt"],
        ]
        found = hashlib.sha256(found + canonical(parts)).digest()
        assert entry["hash"] == found.hex()
    return found


def test_chain_can_be_computed_from_the_answers(api: Api) -> None:
    create(api, new_set("ENT", invoice={"prefix": "ENT", "startNumber": 10**20 - 9}))
    issue(api, sequenceSet="ENT", references=["a", 'b "ü" \t'])
    held = issue(api, sequenceSet="ENT", holdSeconds=600, count=2)["firstNumber"]
    done(api.post(f"/v1/document-numbers/{held}/void", {"reason": "wrong"}))
    body = done(api.get(f"/v1/series/{series_id(api, 'ENT')}/entries"))
    head = body["head"]
    assert chain_of(head, body["entries"]).hex() == head["headHash"]
    assert [one["kind"] for one in body["entries"]] == ["issued", "issued", "reserved", "voided"]
    assert (head["entries"], head["lastNumber"], head["checkpoint"]) == (4, 10**20 - 6, None)
    assert "nextPage" not in body


def test_signed_head_names_the_key(api: Api) -> None:
    issue(api, documentType="refund")
    body = done(api.get(f"/v1/series/{series_id(api, 'R-')}/entries", params={"signed": "true"}))
    signed, key = body["head"]["checkpoint"], done(api.get("/v1/public-key"))
    assert (signed["keyId"], signed["publicKey"]) == (key["keyId"], key["publicKey"])
    assert (signed["entryNumber"], signed["headHash"]) == (1, body["head"]["headHash"])


def test_pages_end_where_the_register_ended_at_the_first(api: Api) -> None:
    for part in range(2):
        issue(api, documentType="creditMemo", references=[f"{part} {n}" for n in range(1000)])
    page = done(api.get(f"/v1/series/{series_id(api, 'CM')}/entries"))
    issue(api, documentType="creditMemo", reference="too late")
    head, entries = page["head"], page["entries"]
    assert len(entries) == 1000
    while "nextPage" in page:
        page = done(api.get(page["nextPage"]))
        assert "head" not in page
        entries += page["entries"]
    assert [one["entry"] for one in entries] == list(range(1, 2001))
    assert chain_of(head, entries).hex() == head["headHash"]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WzFd", "cursor=WyIxIiwyXQ", "signed=yes"])
def test_bad_parameter_is_named(api: Api, query: str) -> None:
    answer = api.get(f"/v1/series/{series_id(api, 'INV')}/entries?{query}")
    assert answer.status_code == 400
    (reason,) = answer.json()["reasons"]
    assert reason["code"] % 100 == 27
    assert query.partition("=")[0] in reason["message"]
