"""Every error has a page with a status of its own, and an unexpected one tells nothing."""

from __future__ import annotations

import pytest

from seriatim.domain import errors
from seriatim.domain.errors import Category, Rejected, SeriatimError, Violation
from seriatim.ui.failures import error_page
from seriatim.ui.language import languages

ENGLISH = languages()["en"]
STATUSES = {
    "Rejected": 422,
    "NotFound": 404,
    "NotAuthenticated": 401,
    "NotPermitted": 403,
    "Conflict": 409,
    "KeyInUse": 409,
    "KeyReused": 422,
    "EditedSince": 409,
    "Overloaded": 503,
    "StoreUnavailable": 503,
    "SeriesUnusable": 503,
    "OutcomeUnknown": 503,
    "InvariantBroken": 500,
    "StoreRefused": 500,
}
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, SeriatimError) and kind is not SeriatimError
}


def _error(kind: type[SeriatimError]) -> SeriatimError:
    if kind is Rejected:
        return Rejected([Violation("set", (), Category.RULE, "told <openly>")])
    if kind is errors.NotFound:
        return errors.NotFound("told <openly>", "key")
    return kind("told <openly>", detail="for the log alone")


@pytest.mark.parametrize("name", KINDS)
def test_error_has_a_status_and_keeps_its_detail_to_itself(name: str) -> None:
    answer = error_page(ENGLISH, _error(KINDS[name]), "request-1")
    page = bytes(answer.body).decode()
    assert answer.status_code == STATUSES[name]
    assert "for the log alone" not in page
    assert ("told &lt;openly&gt;" in page) is (answer.status_code != 500)
    assert "request-1" in page
    assert (answer.headers.get("retry-after") is not None) is (answer.status_code == 503)
