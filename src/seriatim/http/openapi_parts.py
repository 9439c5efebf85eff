"""The parts of the OpenAPI document that no endpoint changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from seriatim.domain.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX, TRACK_ID_CHARACTERS_MAX
from seriatim.http.endpoint import Parameter

Json = Mapping[str, object]


def header_of(description: str, schema: Json | None = None) -> Json:
    return {"description": description, "schema": schema or {"type": "string"}}


ERROR_RESPONSE: Final[Json] = {
    "type": "object",
    "title": "ErrorResponse",
    "description": "Nothing was changed, unless the status is 503 and the message says otherwise.",
    "additionalProperties": False,
    "required": ["success", "processId", "requestId", "reasons"],
    "properties": {
        "success": {"const": False},
        "processId": {"type": "string", "pattern": "^[0-9A-F]{16}$"},
        "requestId": {"type": "string", "format": "uuid"},
        "reasons": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["code", "message"],
                "properties": {
                    "code": {
                        "type": "integer",
                        "minimum": 10000000,
                        "maximum": 99999999,
                        "description": "Six digits of what it is about, two of the category.",
                    },
                    "message": {"type": "string"},
                },
            },
        },
    },
}
ERROR_RESPONSE_REF: Final[Json] = {"$ref": "#/components/schemas/ErrorResponse"}

ERROR_DESCRIPTIONS: Final[Mapping[int, str]] = {
    200: "Refused, with `success: false`.",
    400: "The request itself is no good: malformed JSON or gzip, a bad header or parameter.",
    401: "No valid bearer token.",
    403: "The role or the entity does not allow it.",
    404: "There is no such thing in this entity.",
    408: "The body did not arrive in time.",
    409: "It collides with what is: a rule, or a request with the same key that still runs.",
    412: "Edited since the version that If-Match names.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The idempotency key was used before with another request.",
    429: "Too many requests; nothing was done.",
    500: "An internal error.",
    503: "The database is away for the moment; repeat with the same idempotency key.",
}

REQUEST_HEADERS: Final = (
    Parameter(
        "Zuora-Track-Id",
        "header",
        {
            "type": "string",
            "maxLength": TRACK_ID_CHARACTERS_MAX,
            # Printable ASCII without : ; " and '
            "pattern": "^[ !#-&(-9<-~]*$",
        },
        "An id of the client's own, echoed and logged.",
    ),
    Parameter(
        "Zuora-Entity-Ids",
        "header",
        {"type": "string"},
        "The entity to work in, of those the client serves; its first one if absent.",
    ),
    Parameter("Zuora-Org-Ids", "header", {"type": "string"}, "Accepted, without effect."),
    Parameter("Zuora-Version", "header", {"type": "string"}, "Accepted, without effect."),
)

IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    "header",
    {
        "type": "string",
        "minLength": 1,
        "maxLength": IDEMPOTENCY_KEY_CHARACTERS_MAX,
        "pattern": "^[ -~]+$",
    },
    "The first answer is kept for 24 hours and given again for the same request.",
)

COMMON_HEADERS: Final[Json] = {
    "Zuora-Request-Id": {
        "description": "A fresh UUID for each answer.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    "Zuora-Track-Id": header_of("The client's own id, echoed."),
    "Idempotent-Replayed": header_of(
        "Stands where the answer was kept under the key and is given again.", {"const": "true"}
    ),
    "Concurrency-Limit-Type": header_of("Which limit the next two are of."),
    "Concurrency-Limit-Limit": header_of(
        "Requests of the entity that may be in flight.", {"type": "integer"}
    ),
    "Concurrency-Limit-Remaining": header_of("How many more may be.", {"type": "integer"}),
    "RateLimit-Limit": header_of("Requests a window holds, of the nearest.", {"type": "integer"}),
    "RateLimit-Remaining": header_of("How many it still holds.", {"type": "integer"}),
    "RateLimit-Reset": header_of("Seconds until it starts anew.", {"type": "integer"}),
    "Retry-After": header_of("Seconds to wait.", {"type": "integer", "minimum": 1}),
}

SECURITY_SCHEMES: Final[Json] = {
    "clientCredentials": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
    },
    "bearer": {"type": "http", "scheme": "bearer"},
}
