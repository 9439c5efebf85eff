from __future__ import annotations

import pytest

from seriatim.http.answer import Answer
from seriatim.http.exchange import Exchange
from seriatim.http.router import Router


async def action(_: Exchange) -> Answer:
    return Answer(200)


def router_of(*templates: str) -> Router:
    router = Router()
    for template in templates:
        router.add("GET", template, action)
    return router


def found(router: Router, path: str) -> tuple[str, dict[str, str]] | None:
    hit = router.find(path)
    if hit is None:
        return None
    routed, values = hit
    return routed.template, dict(zip(routed.parameter_names, values, strict=True))


ROUTER = router_of(
    "/v1/sequence-sets",
    "/v1/sequence-sets/{key}",
    "/v1/invoices/batch",
    "/v1/invoices/{key}",
    "/v1/invoices/{key}/items",
    "/v1/{kind}/special/items",
    "/v1/credit-memos/invoice/{key}",
    "/v1/credit-memos/{key}/{part}",
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/v1/sequence-sets", "/v1/sequence-sets", {}),
        ("/v1/sequence-sets/FR", "/v1/sequence-sets/{key}", {"key": "FR"}),
        ("/v1/sequence-sets/..", "/v1/sequence-sets/{key}", {"key": ".."}),
        ("/v1/invoices/batch", "/v1/invoices/batch", {}),
        ("/v1/invoices/batches", "/v1/invoices/{key}", {"key": "batches"}),
        ("/v1/invoices/1/items", "/v1/invoices/{key}/items", {"key": "1"}),
        ("/v1/invoices/batch/items", "/v1/invoices/{key}/items", {"key": "batch"}),
        ("/v1/series/special/items", "/v1/{kind}/special/items", {"kind": "series"}),
        ("/v1/credit-memos/invoice/7", "/v1/credit-memos/invoice/{key}", {"key": "7"}),
        ("/v1/credit-memos/8/x", "/v1/credit-memos/{key}/{part}", {"key": "8", "part": "x"}),
    ],
)
def test_path_finds_its_template(path: str, template: str, values: dict[str, str]) -> None:
    assert found(ROUTER, path) == (template, values)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "/",
        "/v1",
        "/v1/sequence-sets/",
        "/v1//FR",
        "//v1/sequence-sets",
        "/v1/sequence-sets/FR/",
        "/v1/sequence-sets/FR/x",
        "/v1/sequence-sets/F\x00R",
        "/V1/sequence-sets",
        "/v1/{kind}/special",
        "/x" * 10_000,
    ],
)
def test_path_of_nothing_finds_nothing(path: str) -> None:
    assert ROUTER.find(path) is None


def test_path_parameters_may_not_bear_two_names() -> None:
    with pytest.raises(ValueError, match="one path"):
        router_of("/v1/a/{key}", "/v1/a/{id}")


def test_method_may_not_be_routed_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        router_of("/v1/a", "/v1/a")


def test_head_comes_with_get_and_options_with_everything() -> None:
    router = Router()
    router.add("PUT", "/a", action)
    router.add("GET", "/a", action)
    router.add("POST", "/b", action)
    both, one = router.find("/a"), router.find("/b")
    assert both is not None
    assert one is not None
    assert both[0].allow == b"GET, HEAD, PUT, OPTIONS"
    assert both[0].action("HEAD") is action
    assert one[0].allow == b"POST, OPTIONS"
    assert one[0].action("HEAD") is None


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (b"/v1/sequence-sets/a%2Fb", {"key": "a/b"}),
        (b"/v1/sequence-sets/%2f", {"key": "/"}),
        (b"/v1/invoices/a%2fitems", {"key": "a/items"}),
        (b"/v1/sequence-sets/%C3%BC%2F1?x=%2F", {"key": "ü/1"}),
        (b"/v1%2Fsequence-sets", None),
        (b"/v1/sequence-sets/a%2F%00", None),
        (b"/v1/sequence-sets/a%2F%FF", None),
        (b"http://host/v1/sequence-sets/a%2Fb", None),
    ],
)
def test_quoted_slash_belongs_to_its_segment(path: bytes, values: dict[str, str] | None) -> None:
    hit = ROUTER.find_quoted(path)
    found = None if hit is None else dict(zip(hit[0].parameter_names, hit[1], strict=True))
    assert found == values
