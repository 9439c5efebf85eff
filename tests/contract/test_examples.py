"""The published examples, as golden shapes: every field of theirs is in our answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.api import Api, issue

EXAMPLES = Path(__file__).parent / "examples"
PLACEHOLDERS = {
    "<32 hex>": "[0-9a-f]{32}",
    "<16 hex, upper case>": "[0-9A-F]{16}",
    "<uuid>": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}
DOCUMENT_TYPES = ("invoice", "creditMemo", "debitMemo", "payment", "refund")


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def difference(golden: Any, given: Any, place: str = "answer") -> str | None:
    """Where `given` lacks something of `golden`; None where it holds all of it."""
    if isinstance(golden, dict):
        if not isinstance(given, dict):
            return f"{place} is no object"
        missing = golden.keys() - given.keys()
        if missing:
            return f"{place} lacks {sorted(missing)}"
        found = (difference(golden[key], given[key], f"{place}.{key}") for key in golden)
    elif isinstance(golden, list):
        if not isinstance(given, list) or len(given) != len(golden):
            return f"{place} is no list of {len(golden)}"
        found = (
            difference(one, other, f"{place}[{index}]")
            for index, (one, other) in enumerate(zip(golden, given, strict=True))
        )
    else:
        fits = type(golden) is type(given) and (
            re.fullmatch(pattern_of(golden), given) is not None
            if isinstance(golden, str)
            else golden == given
        )
        return None if fits else f"{place} is {given!r}, not {golden!r}"
    return next((one for one in found if one is not None), None)


def pattern_of(golden: str) -> str:
    return PLACEHOLDERS.get(golden, re.escape(golden).replace("…", ".+"))


def answered(response: httpx.Response, name: str) -> dict[str, Any]:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert difference(example(name), body) is None
    return body


@pytest.fixture
def created(api: Api) -> dict[str, Any]:
    response = api.post("/v1/sequence-sets", example("create-request"))
    return answered(response, "create-response")


def test_create_example_answers_in_its_shape(created: dict[str, Any]) -> None:
    assert created["success"] is True


def test_list_example_answers_in_its_shape(api: Api, created: dict[str, Any]) -> None:
    body = answered(api.get("/v1/sequence-sets"), "list-response")
    assert "nextPage" not in body
    assert [one["id"] for one in body["sequenceSets"][1:]] == [
        one["id"] for one in created["sequenceSets"]
    ]


@pytest.mark.parametrize("key", ["id", "sequenceSetNumber", "name"])
def test_get_example_answers_in_its_shape_under_each_key(
    api: Api, created: dict[str, Any], key: str
) -> None:
    for document_type in DOCUMENT_TYPES:
        for _ in range(3):
            issue(api, documentType=document_type, sequenceSet="FR")
    france = created["sequenceSets"][0]
    body = answered(api.get(f"/v1/sequence-sets/{france[key]}"), "get-response")
    assert body["invoice"]["nextDocumentNumber"] == "FINV00000013"
    assert body["invoice"]["minStartNumber"] == 13


def test_update_example_answers_in_its_shape_and_merges(api: Api, created: dict[str, Any]) -> None:
    france = created["sequenceSets"][0]
    path = f"/v1/sequence-sets/{france['id']}"
    answered(api.put(path, example("update-request")), "update-response")
    after = api.get(path).json()
    shown = {kind: (after[kind]["prefix"], after[kind]["startNumber"]) for kind in DOCUMENT_TYPES}
    assert shown == {
        "invoice": ("FINV", 100),
        "creditMemo": ("FR-CM", 10),
        "debitMemo": ("FDM", 10),
        "payment": ("FR-P-", 10),
        "refund": ("FR-", 10),
    }


def test_delete_example_answers_in_its_shape(api: Api, created: dict[str, Any]) -> None:
    path = f"/v1/sequence-sets/{created['sequenceSets'][1]['id']}"
    answered(api.delete(path), "delete-response")
    assert api.get(path).status_code == 404


def test_error_example_answers_in_its_shape(api: Api) -> None:
    request = example("create-request")
    request["sequenceSets"][0]["name"] = "no name of ours"
    body = answered(api.post("/v1/sequence-sets", request), "error-response")
    assert body["processId"] == body["requestId"].replace("-", "")[:16].upper()


@pytest.mark.parametrize(
    ("golden", "given"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": True}, {"a": 1}),
        ([1], [1, 1]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}),
        ("<32 hex>", "A" * 32),
        ("<uuid>", "x"),
        ("sequenceSets[0].name: …", "sequenceSets[1].name: is bad"),
    ],
)
def test_difference_is_seen(golden: Any, given: Any) -> None:
    assert difference(golden, given) is not None


def test_more_fields_are_no_difference() -> None:
    assert difference({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}], "d": 3}) is None
