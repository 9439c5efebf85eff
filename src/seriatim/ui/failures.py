"""What went wrong, as a page."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from seriatim import telemetry
from seriatim.domain.errors import (
    Conflict,
    EditedSince,
    KeyReused,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.ui.forms import FormRefused
from seriatim.ui.language import Language
from seriatim.ui.rendering import marked, page

_log = telemetry.logger("console")

_STATUS_AND_TITLE: Final[tuple[tuple[type[SeriatimError], int, str], ...]] = (
    (NotFound, 404, marked("Not found")),
    (NotPermitted, 403, marked("Not permitted")),
    (NotAuthenticated, 401, marked("Not logged in")),
    (Rejected, 422, marked("Refused")),
    (EditedSince, 409, marked("Edited meanwhile")),
    (KeyReused, 422, marked("Refused")),
    (Conflict, 409, marked("Busy")),
    (Overloaded, 503, marked("Busy")),
    (StoreUnavailable, 503, marked("The database is away: nothing was changed")),
    (OutcomeUnknown, 503, marked("Perhaps done, perhaps not: look before you repeat it")),
)


def error_page(language: Language, error: SeriatimError, request_id: str) -> Response:
    status, title = 500, marked("Internal error")
    for kind, its_status, its_title in _STATUS_AND_TITLE:
        if isinstance(error, kind):
            status, title = its_status, its_title
            break
    if status >= 500:
        _log.error(
            "page failed",
            request_id=request_id,
            error=type(error).__name__,
            message=error.message,
            detail=error.detail,
            exc_info=error if status == 500 else None,
        )
    message = language.text("The error is in the log.") if status == 500 else error.message
    values = {"title": language.text(title), "message": message, "request_id": request_id}
    answer = page(language, "failure.html", values, status=status)
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def refused_form_page(language: Language, refused: FormRefused) -> Response:
    values = {
        "title": language.text("The form was refused"),
        "message": refused.message,
        "request_id": "",
    }
    return page(language, "failure.html", values, status=refused.status)
