from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from seriatim.domain import errors
from seriatim.domain.errors import Category, Rejected, SeriatimError, Violation
from seriatim.http.answer import Answer
from seriatim.http.error_reply import (
    REJECTION_STATUSES,
    REPLIES,
    STATUS_PRECEDENCE,
    error_answer,
    internal_error_answer,
    rejection_status,
)
from seriatim.http.faults import (
    TransportFault,
    bad_header,
    invalid_parameter,
    method_not_allowed,
    missing_parameter,
    no_such_path,
)
from seriatim.http.settings import HttpStatus

REQUEST_ID = "01234567-89ab-4cde-8f01-23456789abcd"


def body_of(answer: Answer) -> Any:
    return json.loads(answer.body)


def reply(error: SeriatimError, mode: HttpStatus = "original") -> tuple[int, list[int]]:
    answer = error_answer(error, REQUEST_ID, mode)
    return answer.status, [reason["code"] for reason in body_of(answer)["reasons"]]


def test_every_error_of_the_tree_has_its_row() -> None:
    decided_by_itself = {Rejected}
    tree = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SeriatimError)
    }
    assert tree - decided_by_itself == set(REPLIES)


def test_every_category_has_its_statuses_in_the_order_of_precedence() -> None:
    assert set(REJECTION_STATUSES) == set(Category)
    statuses = {status for pair in REJECTION_STATUSES.values() for status in pair}
    assert statuses == set(STATUS_PRECEDENCE)


def test_body_has_the_documented_shape() -> None:
    violation = Violation(
        "sequence_set",
        ("invoice", "start_number"),
        Category.RULE,
        "is below the next number 18",
        base=("sequence_sets", 0),
    )
    answer = error_answer(Rejected([violation]), REQUEST_ID, "original")
    assert answer.status == 200
    assert body_of(answer) == {
        "success": False,
        "processId": "0123456789AB4CDE",
        "requestId": REQUEST_ID,
        "reasons": [
            {
                "code": 62100530,
                "message": "sequenceSets[0].invoice.startNumber: is below the next number 18",
            }
        ],
    }


def test_every_violation_is_told_in_order() -> None:
    violations = [
        Violation("sequence_set", ("name",), Category.MISSING_FIELD, "is required"),
        Violation("sequence_set", (), Category.RULE, "the set DEFAULT cannot be deleted"),
    ]
    reasons = body_of(error_answer(Rejected(violations), REQUEST_ID, "original"))["reasons"]
    assert [reason["code"] for reason in reasons] == [62100122, 62100030]
    assert [reason["message"] for reason in reasons] == [
        "name: is required",
        "the set DEFAULT cannot be deleted",
    ]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NotFound("sequence_set", "X"), 404, 50000040),
        (errors.NotAuthenticated("expired"), 401, 90000011),
        (errors.NotPermitted("no"), 403, 50000010),
        (errors.KeyInUse("runs"), 409, 62700250),
        (errors.KeyReused("other"), 422, 62700220),
        (errors.EditedSince("edited"), 412, 62700450),
        (errors.Overloaded("full"), 429, 50000070),
        (errors.StoreUnavailable("away"), 503, 50000061),
        (errors.OutcomeUnknown("perhaps"), 503, 50000161),
        (errors.StoreRefused("old"), 503, 50000061),
        (errors.InvariantBroken("books"), 500, 50000060),
        (SeriatimError("anything"), 500, 50000060),
        (no_such_path(), 404, 50000040),
        (method_not_allowed(b"GET"), 405, 50000045),
        (invalid_parameter("page", "bad"), 400, 50000027),
        (missing_parameter("page"), 400, 50000023),
        (bad_header("Zuora-Track-Id", "bad"), 400, 62700120),
        (bad_header("Content-Type", "bad", status=415), 415, 62700520),
        (TransportFault(413, Category.INVALID_VALUE, "large"), 413, 50000020),
        (TransportFault(400, Category.MALFORMED, "JSON"), 400, 50000090),
    ],
)
def test_status_and_code_of_each_error(error: SeriatimError, status: int, code: int) -> None:
    assert reply(error, "original") == (status, [code])
    assert reply(error, "standard") == (status, [code])


def test_lock_of_another_request_is_told_as_the_mode_wants() -> None:
    assert reply(errors.Conflict("locked"), "original") == (200, [50000050])
    assert reply(errors.Conflict("locked"), "standard") == (409, [50000050])


def test_headers_that_go_with_an_error() -> None:
    def headers(error: SeriatimError) -> dict[bytes, bytes]:
        return dict(error_answer(error, REQUEST_ID, "original").headers)

    assert headers(errors.NotAuthenticated("")) == {b"www-authenticate": b"Bearer"}
    assert headers(errors.Overloaded("", retry_after_s=7)) == {b"retry-after": b"7"}
    assert headers(errors.StoreUnavailable(""))[b"retry-after"] == b"1"
    assert headers(errors.OutcomeUnknown(""))[b"retry-after"] == b"1"
    assert headers(method_not_allowed(b"GET, HEAD")) == {b"allow": b"GET, HEAD"}
    assert headers(errors.NotFound("series", "1")) == {}


def test_every_bad_credential_gets_one_body() -> None:
    bodies = {
        error_answer(errors.NotAuthenticated(why), REQUEST_ID, "original").body
        for why in ("expired", "forged", "revoked", "")
    }
    assert len(bodies) == 1


@pytest.mark.parametrize(
    "error",
    [
        errors.InvariantBroken("entry 7 of series 3", detail="SELECT secret"),
        SeriatimError("password=x", detail="secret"),
        errors.StoreRefused("schema 3 of /var/lib/x", detail="secret"),
    ],
)
def test_failure_inside_tells_nothing(error: SeriatimError) -> None:
    body = error_answer(error, REQUEST_ID, "original").body.decode()
    assert error.message not in body
    assert "secret" not in body
    assert b"reasons" in internal_error_answer(REQUEST_ID).body


def test_class_without_a_row_is_answered_as_its_ancestor() -> None:
    class Narrower(errors.Overloaded):
        pass

    assert reply(Narrower("full")) == (429, [50000070])


_SHAPE, _FIELD, _MISSING = Category.INVALID_VALUE, Category.UNKNOWN_FIELD, Category.MISSING_FIELD


@pytest.mark.parametrize(
    ("categories", "original", "standard"),
    [
        ([_SHAPE], 200, 400),
        ([_FIELD], 200, 400),
        ([_MISSING], 200, 400),
        ([Category.RULE], 200, 409),
        ([Category.NOT_PERMITTED], 200, 403),
        ([Category.NOT_FOUND], 200, 400),
        ([Category.LOCKED], 200, 409),
        ([Category.INVALID_PARAMETER], 400, 400),
        ([Category.MALFORMED], 400, 400),
        ([Category.RULE, _SHAPE], 200, 400),
        ([Category.RULE, Category.NOT_PERMITTED], 200, 403),
        ([Category.NOT_PERMITTED, _MISSING], 200, 400),
        ([Category.RULE, Category.INVALID_PARAMETER], 400, 400),
    ],
)
def test_status_of_violations_together(
    categories: list[Category], original: int, standard: int
) -> None:
    violations = [Violation("sequence_set", (), category, "") for category in categories]
    assert rejection_status(violations, "original") == original
    assert rejection_status(reversed(violations), "standard") == standard


def test_any_two_categories_together_have_a_status() -> None:
    for pair in product(Category, repeat=2):
        violations = [Violation("series", (), category, "") for category in pair]
        for mode in ("original", "standard"):
            assert rejection_status(violations, mode) in STATUS_PRECEDENCE


def test_value_in_a_header_is_400_in_both_modes() -> None:
    violation = Violation("header", ("If-Match",), Category.INVALID_VALUE, "")
    assert rejection_status([violation], "original") == 400
    assert rejection_status([violation], "standard") == 400


def test_message_that_utf8_cannot_hold_is_still_answered() -> None:
    answer = error_answer(errors.NotFound("sequence_set", "\ud800\x00"), REQUEST_ID, "original")
    assert r"\ud800" in body_of(answer)["reasons"][0]["message"]
