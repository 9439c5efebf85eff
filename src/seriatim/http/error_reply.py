"""Errors as answers: the one table of HTTP statuses, categories and headers.

In the mode `original` a request that was understood and refused answers 200 with
`success: false`; in the mode `standard` it answers the natural 4xx. The body is the same.
Source: contract/transport.md, Errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seriatim.domain import errors
from seriatim.domain.errors import Category, Rejected, SeriatimError, Violation
from seriatim.http.answer import Answer
from seriatim.http.faults import HeaderPairs, TransportFault
from seriatim.http.json_codec import encode
from seriatim.http.resource_codes import (
    AUTHENTICATION_CODE,
    HEADER,
    REQUEST,
    WHOLE,
    code_of,
    resource_code,
)
from seriatim.http.settings import HttpStatus
from seriatim.http.wire.paths import camel_path

RETRY_SECONDS_AFTER_OUTAGE: Final = 1

_UNAUTHENTICATED: Final = "the bearer token is missing or not valid"
_INTERNAL: Final = "an internal error; the request id names it in the log of the service"


@dataclass(frozen=True, slots=True)
class Reply:
    """How one class of error is answered.

    Shape: `fixed_message` replaces the error's own, where that would tell too much.
    """

    original: int
    standard: int
    category: Category
    resource: str = REQUEST
    field: str = ""
    code: int | None = None
    headers: HeaderPairs = ()
    retry_after_s: int | None = None
    fixed_message: str | None = None

    @property
    def reason_code(self) -> int:
        if self.code is not None:
            return self.code
        path = (self.field,) if self.field else WHOLE
        return resource_code(self.resource, path) * 100 + self.category


_INTERNAL_REPLY: Final = Reply(500, 500, Category.INTERNAL, fixed_message=_INTERNAL)

REPLIES: Final[dict[type[SeriatimError], Reply]] = {
    SeriatimError: _INTERNAL_REPLY,
    errors.NotFound: Reply(404, 404, Category.NOT_FOUND),
    errors.NotAuthenticated: Reply(
        401,
        401,
        Category.NOT_AUTHENTICATED,
        code=AUTHENTICATION_CODE * 100 + Category.NOT_AUTHENTICATED,
        headers=((b"www-authenticate", b"Bearer"),),
        fixed_message=_UNAUTHENTICATED,
    ),
    errors.NotPermitted: Reply(403, 403, Category.NOT_PERMITTED),
    errors.Conflict: Reply(200, 409, Category.LOCKED),
    errors.KeyInUse: Reply(409, 409, Category.LOCKED, HEADER, "Idempotency-Key", retry_after_s=1),
    errors.KeyReused: Reply(422, 422, Category.INVALID_VALUE, HEADER, "Idempotency-Key"),
    errors.EditedSince: Reply(412, 412, Category.LOCKED, HEADER, "If-Match"),
    errors.Overloaded: Reply(429, 429, Category.TOO_MANY_REQUESTS),
    errors.StoreUnavailable: Reply(
        503, 503, Category.TEMPORARY, retry_after_s=RETRY_SECONDS_AFTER_OUTAGE
    ),
    errors.SeriesUnusable: Reply(
        503, 503, Category.TEMPORARY, retry_after_s=RETRY_SECONDS_AFTER_OUTAGE
    ),
    errors.OutcomeUnknown: Reply(
        503,
        503,
        Category.TEMPORARY,
        field="outcome",
        retry_after_s=RETRY_SECONDS_AFTER_OUTAGE,
    ),
    errors.StoreRefused: Reply(
        503,
        503,
        Category.TEMPORARY,
        retry_after_s=RETRY_SECONDS_AFTER_OUTAGE,
        fixed_message="the database cannot be used as it is; its operator must see to it",
    ),
    errors.InvariantBroken: _INTERNAL_REPLY,
}
"""`Rejected` and `TransportFault` are absent: their violations and statuses decide."""

REJECTION_STATUSES: Final[dict[Category, tuple[int, int]]] = {
    # category: (original, standard). A setting that switches a feature off forbids, and so does
    # a rule: 409, for what the request asks collides with what already is. What a body names
    # and nobody knows is a bad value of that body, 400; 404 is for the path alone.
    Category.NOT_PERMITTED: (200, 403),
    Category.NOT_AUTHENTICATED: (401, 401),
    Category.INVALID_VALUE: (200, 400),
    Category.UNKNOWN_FIELD: (200, 400),
    Category.MISSING_FIELD: (200, 400),
    Category.MISSING_PARAMETER: (400, 400),
    Category.INVALID_PARAMETER: (400, 400),
    Category.RULE: (200, 409),
    Category.NOT_FOUND: (200, 400),
    Category.METHOD_NOT_SUPPORTED: (405, 405),
    Category.LOCKED: (200, 409),
    Category.INTERNAL: (500, 500),
    Category.TEMPORARY: (503, 503),
    Category.TOO_MANY_REQUESTS: (429, 429),
    Category.MALFORMED: (400, 400),
}

STATUS_PRECEDENCE: Final = (500, 503, 429, 401, 405, 400, 403, 409, 200)
"""Where violations demand different statuses, the one named first here is answered: the
service's own trouble, then who may ask at all, then a request that is no good in itself, then
what is forbidden, and only then what collides."""


def error_answer(error: SeriatimError, request_id: str, mode: HttpStatus) -> Answer:
    """The answer to any error of the tree.

    Errors: none; a class unknown to the table is answered as its nearest ancestor.
    """
    reasons = _reasons(error)
    if isinstance(error, Rejected):
        return _answer(rejection_status(error.violations, mode), request_id, reasons)
    if isinstance(error, TransportFault):
        return _answer(error.status, request_id, reasons, error.headers, closes=error.closes)
    reply = _reply_for(type(error))
    status = reply.original if mode == "original" else reply.standard
    return _answer(status, request_id, reasons, _headers_of(reply, error))


def failed_part(error: SeriatimError, request_id: str) -> dict[str, object]:
    """What became of one of several orders of a request that was refused; the others stand."""
    return _body(request_id, _reasons(error))


def internal_error_answer(request_id: str) -> Answer:
    """The answer to what nobody expected: nothing of it is told."""
    return _answer(500, request_id, [(_INTERNAL_REPLY.reason_code, _INTERNAL)])


def _reasons(error: SeriatimError) -> list[tuple[int, str]]:
    """Each problem that the error tells of, with its code."""
    if isinstance(error, Rejected):
        return [(code_of(violation), _message_of(violation)) for violation in error.violations]
    if isinstance(error, TransportFault):
        code = resource_code(error.resource, error.path) * 100 + error.category
        return [(code, error.message)]
    reply = _reply_for(type(error))
    return [(reply.reason_code, reply.fixed_message or error.message)]


def rejection_status(violations: Iterable[Violation], mode: HttpStatus) -> int:
    """The HTTP status for all faults of one request together."""
    which = 0 if mode == "original" else 1
    demanded = {
        400 if violation.resource == HEADER else REJECTION_STATUSES[violation.category][which]
        for violation in violations
    }
    return next(status for status in STATUS_PRECEDENCE if status in demanded)


def process_id(request_id: str) -> str:
    """16 upper-case hex digits, cut from the request id: one thing to look up, not two."""
    return request_id.replace("-", "")[:16].upper()


def _reply_for(error: type[SeriatimError]) -> Reply:
    for ancestor in error.__mro__:
        if ancestor in REPLIES:
            return REPLIES[ancestor]
    return _INTERNAL_REPLY


def _headers_of(reply: Reply, error: SeriatimError) -> HeaderPairs:
    retry_after_s = (
        error.retry_after_s if isinstance(error, errors.Overloaded) else reply.retry_after_s
    )
    if retry_after_s is None:
        return reply.headers
    return (*reply.headers, (b"retry-after", b"%d" % max(1, retry_after_s)))


def _message_of(violation: Violation) -> str:
    path = camel_path(violation.full_path)
    return f"{path}: {violation.message}" if path else violation.message


def _answer(
    status: int,
    request_id: str,
    reasons: list[tuple[int, str]],
    headers: HeaderPairs = (),
    *,
    closes: bool = False,
) -> Answer:
    body = encode(_body(request_id, reasons))
    return Answer(status, body, headers=headers, closes=closes)


def _body(request_id: str, reasons: list[tuple[int, str]]) -> dict[str, object]:
    return {
        "success": False,
        "processId": process_id(request_id),
        "requestId": request_id,
        "reasons": [{"code": code, "message": _writable(message)} for code, message in reasons],
    }


def _writable(message: str) -> str:
    """A message may quote the request, and the request may hold what UTF-8 cannot."""
    return message.encode("utf-8", "backslashreplace").decode("utf-8")
