"""What an answer with `success: false` stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from seriatim.cli.faults import RefusedByService
from seriatim.domain import errors
from seriatim.domain.errors import Category, SeriatimError
from seriatim.http.resource_codes import resource_code

_BY_STATUS: Final[Mapping[int, type[SeriatimError]]] = {
    401: errors.NotAuthenticated,
    404: errors.NotFound,
    412: errors.EditedSince,
    422: errors.KeyReused,
    429: errors.Overloaded,
    500: SeriatimError,
    502: errors.OutcomeUnknown,  # a proxy that lost the server while it worked, perhaps
    503: errors.StoreUnavailable,
    504: errors.OutcomeUnknown,
}
_REQUEST: Final = 500000
_UNSETTLED: Final = resource_code("request", ("outcome",))


def refusal_of(status: int, body: Mapping[str, Any]) -> RefusedByService:
    """The error that an answer of the API stands for."""
    given = body.get("reasons")
    reasons = given if isinstance(given, list) else []
    codes = [_code(reason.get("code")) for reason in reasons if isinstance(reason, dict)]
    messages = [str(reason.get("message", "")) for reason in reasons if isinstance(reason, dict)]
    kind = _kind(status, codes)
    return RefusedByService(kind, messages or [f"the server answered {status} without a reason"])


def _code(given: object) -> int:
    """Whatever stands there: not every server that speaks this API is one of ours."""
    return given if isinstance(given, int) else 0


def _kind(status: int, codes: list[int]) -> type[SeriatimError]:
    resource, category = divmod(codes[0], 100) if codes else (0, 0)
    if status == 503 and resource == _UNSETTLED:
        return errors.OutcomeUnknown
    if category == Category.NOT_PERMITTED and resource == _REQUEST:
        return errors.NotPermitted
    if category == Category.LOCKED and status not in _BY_STATUS:
        return errors.Conflict
    if status == 403 and not codes:
        return errors.NotPermitted
    return _BY_STATUS.get(status, errors.Rejected)
