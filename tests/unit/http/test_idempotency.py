from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seriatim.domain.errors import (
    Category,
    Rejected,
    StoreUnavailable,
    Violation,
)
from seriatim.http.endpoint import ApiRequest, Result
from seriatim.http.idempotency import fingerprint
from seriatim.store.sql_store import SqlStore
from tests.unit.http.asgi_client import Answered, ask
from tests.unit.http.pipeline_app import (
    GOOD,
    JSON,
    POST,
    app_of,
    refusal,
)


def test_fingerprint_changes_with_every_part_and_no_part_slides() -> None:
    prints = {
        fingerprint("e", "POST", "/p", b"q", b"b"),
        fingerprint("f", "POST", "/p", b"q", b"b"),
        fingerprint("e", "PATCH", "/p", b"q", b"b"),
        fingerprint("e", "POST", "/r", b"q", b"b"),
        fingerprint("e", "POST", "/p", b"s", b"b"),
        fingerprint("e", "POST", "/p", b"q", b"c"),
        fingerprint("e", "POST", "/pq", b"", b"b"),
        fingerprint("e", "POST", "/p", b"qb", b""),
    }
    assert len(prints) == 8
    assert fingerprint("e", "POST", "/p", b"q", b"b") in prints


class Counting:
    """An endpoint whose effect can be counted, on a real store."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _: Any, request: ApiRequest) -> Result:
        self.calls += 1
        if request.body == {"name": "refused"}:
            raise Rejected([Violation("series", (), Category.RULE, "no")])
        if request.body == {"name": "away"}:
            raise StoreUnavailable("away")
        return Result({"call": self.calls}, headers=(("ETag", f'"{self.calls}"'),))


def test_first_answer_is_kept_and_given_again(real_store: SqlStore) -> None:
    counting = Counting()
    app = app_of(replace(POST, handler=counting), store=real_store)

    def post(key: str | None, body: bytes = b"{}", path: str = "/v1/things/x") -> Answered:
        headers = [GOOD, JSON] + ([("Idempotency-Key", key)] if key else [])
        return ask(app, "POST", path, headers, body)

    first, again = post("k1"), post("k1")
    assert (first.status, first.json) == (200, {"call": 1})
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.body == first.body
    assert again.headers["etag"] == first.headers["etag"] == '"1"'
    assert again.headers["zuora-request-id"] != first.headers["zuora-request-id"]
    assert counting.calls == 1
    assert refusal(post("k1", b'{"a":1}')) == (422, 62700220)
    assert refusal(post("k1", path="/v1/things/y")) == (422, 62700220)
    assert post("k2").json == {"call": 2}
    assert post(None).json == {"call": 3}


@pytest.mark.parametrize(
    ("body", "status"), [(b'{"name":"refused"}', 200), (b"{", 400), (b'{"a":1,"a":1}', 400)]
)
def test_refusal_is_kept_as_any_other_answer(
    real_store: SqlStore, body: bytes, status: int
) -> None:
    counting = Counting()
    app = app_of(replace(POST, handler=counting), store=real_store)
    headers = [GOOD, JSON, ("Idempotency-Key", "k")]
    first = ask(app, "POST", "/v1/things/x", headers, body)
    again = ask(app, "POST", "/v1/things/x", headers, body)
    assert first.status == again.status == status
    assert first.json["success"] is False
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert counting.calls <= 1


def test_outage_is_not_kept(real_store: SqlStore) -> None:
    counting = Counting()
    app = app_of(replace(POST, handler=counting), store=real_store)
    headers = [GOOD, JSON, ("Idempotency-Key", "k")]
    for _ in range(2):
        answer = ask(app, "POST", "/v1/things/x", headers, b'{"name":"away"}')
        assert answer.status == 503
        assert "idempotent-replayed" not in answer.headers
    assert counting.calls == 2


def test_key_is_ignored_on_other_methods(real_store: SqlStore) -> None:
    counting = Counting()
    app = app_of(replace(POST, method="PUT", handler=counting), store=real_store)
    headers = [GOOD, JSON, ("Idempotency-Key", "k" * 300)]
    assert [ask(app, "PUT", "/v1/things/x", headers, b"{}").status for _ in range(2)] == [200, 200]
    assert counting.calls == 2
