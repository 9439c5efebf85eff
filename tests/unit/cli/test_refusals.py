"""Answers of the API as errors."""

from __future__ import annotations

import pytest

from seriatim.cli.refusals import refusal_of
from seriatim.domain import errors
from seriatim.domain.errors import Category, SeriatimError, Violation
from seriatim.http.error_reply import error_answer
from seriatim.http.json_codec import decode
from seriatim.http.settings import HttpStatus

RULE = Violation("sequence_set", ("name",), Category.RULE, "is taken")
SWITCHED_OFF = Violation("document_number", ("document_type",), Category.NOT_PERMITTED, "is off")
UNKNOWN_SET = Violation("document_number", ("sequence_set",), Category.NOT_FOUND, "no such set")


@pytest.mark.parametrize("mode", ["original", "standard"])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.Rejected([RULE]), errors.Rejected),
        (errors.Rejected([SWITCHED_OFF]), errors.Rejected),
        (errors.Rejected([UNKNOWN_SET]), errors.Rejected),
        (errors.NotFound("series", "x"), errors.NotFound),
        (errors.NotAuthenticated("x"), errors.NotAuthenticated),
        (errors.NotPermitted("x"), errors.NotPermitted),
        (errors.Conflict("x"), errors.Conflict),
        (errors.KeyInUse("x"), errors.Conflict),
        (errors.KeyReused("x"), errors.KeyReused),
        (errors.EditedSince("x"), errors.EditedSince),
        (errors.Overloaded("x"), errors.Overloaded),
        (errors.StoreUnavailable("x"), errors.StoreUnavailable),
        (errors.StoreRefused("x"), errors.StoreUnavailable),
        (errors.InvariantBroken("x"), SeriatimError),
    ],
)
def test_answer_stands_for_the_error_it_was_made_from(
    error: SeriatimError, kind: type[SeriatimError], mode: HttpStatus
) -> None:
    answer = error_answer(error, "7f1f6f3e-0000-4000-8000-000000000000", mode)
    body = decode(answer.body)
    assert isinstance(body, dict)
    assert refusal_of(answer.status, body).kind is kind


def test_unknown_outcome_is_told_from_a_database_that_is_away() -> None:
    from seriatim.store.postgres import _OUTCOME_UNKNOWN

    answer = error_answer(errors.OutcomeUnknown(_OUTCOME_UNKNOWN), "7f" * 16, "original")
    body = decode(answer.body)
    assert isinstance(body, dict)
    assert refusal_of(answer.status, body).kind is errors.OutcomeUnknown


def test_reasons_keep_their_paths() -> None:
    answer = error_answer(errors.Rejected([RULE, UNKNOWN_SET]), "7f" * 16, "original")
    body = decode(answer.body)
    assert isinstance(body, dict)
    assert refusal_of(200, body).reasons == ("name: is taken", "sequenceSet: no such set")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, errors.NotFound),
        (403, errors.NotPermitted),
        (502, errors.OutcomeUnknown),
        (504, errors.OutcomeUnknown),
        (301, errors.Rejected),
    ],
)
def test_answer_of_something_in_between_is_told_by_its_status(
    status: int, kind: type[SeriatimError]
) -> None:
    refusal = refusal_of(status, {})
    assert refusal.kind is kind
    assert refusal.reasons == (f"the server answered {status} without a reason",)
