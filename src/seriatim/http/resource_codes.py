"""The stable numbers of what a reason is about: the first six digits of its code.

A number once given stays for ever; a new field gets a new one, at the end of its block.
Source: contract/transport.md, Errors (the original's own list is not public).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from seriatim.domain.errors import Category, Violation
from seriatim.http.document_codes import ACCOUNT_FIELDS, DOCUMENT_FIELDS, numbered

FieldPath = tuple[str, ...]

REQUEST: Final = "request"
HEADER: Final = "header"

REQUEST_CODE: Final = 500000
AUTHENTICATION_CODE: Final = 900000

WHOLE: FieldPath = ()
"""The path of a resource as a whole; unknown fields of the resource count under it too."""

RESOURCE_CODES: Final[Mapping[str, Mapping[FieldPath, int]]] = {
    # Requests without a body, paths, query parameters, and JSON that cannot be read at all.
    REQUEST: {WHOLE: REQUEST_CODE, ("outcome",): 500001},
    "sequence_set": {
        WHOLE: 621000,
        ("name",): 621001,
        ("sequence_set_number",): 621002,
        ("invoice",): 621003,
        ("invoice", "prefix"): 621004,
        ("invoice", "start_number"): 621005,
        ("credit_memo",): 621006,
        ("credit_memo", "prefix"): 621007,
        ("credit_memo", "start_number"): 621008,
        ("debit_memo",): 621009,
        ("debit_memo", "prefix"): 621010,
        ("debit_memo", "start_number"): 621011,
        ("payment",): 621012,
        ("payment", "prefix"): 621013,
        ("payment", "start_number"): 621014,
        ("refund",): 621015,
        ("refund", "prefix"): 621016,
        ("refund", "start_number"): 621017,
        ("chronological",): 621018,
        ("sequence_sets",): 621019,
    },
    "document_number": {
        WHOLE: 622000,
        ("document_type",): 622001,
        ("sequence_set",): 622002,
        ("account_id",): 622003,
        ("account_number",): 622004,
        ("document_date",): 622005,
        ("count",): 622006,
        ("references",): 622007,
        ("reference",): 622008,
        ("hold_seconds",): 622009,
        ("reason",): 622010,
        ("last_number",): 622011,
        ("number",): 622012,
    },
    "series": {WHOLE: 623000},
    "certificate": {
        WHOLE: 628000,
        ("first_number",): 628001,
        ("last_number",): 628002,
        ("period_start",): 628003,
        ("period_end",): 628004,
    },
    "settings": {
        WHOLE: 624000,
        ("invoice_settlement",): 624001,
        ("flexible_billing_attributes",): 624002,
        ("number_assignment",): 624003,
        ("time_zone",): 624004,
    },
    "entity": {WHOLE: 625000, ("name",): 625001},
    "oauth_client": {
        WHOLE: 626000,
        ("name",): 626001,
        ("role",): 626002,
        ("entity_ids",): 626003,
    },
    "import": {
        WHOLE: 640000,
        ("file_sha256",): 640001,
        ("byte_count",): 640002,
        ("offset",): 640003,
        ("keep_free",): 640004,
        ("skip_bad",): 640005,
    },
    "account": numbered(629000, ACCOUNT_FIELDS),
    "document": numbered(630000, DOCUMENT_FIELDS),
    HEADER: {
        WHOLE: 627000,
        ("Zuora-Track-Id",): 627001,
        ("Idempotency-Key",): 627002,
        ("Zuora-Entity-Ids",): 627003,
        ("If-Match",): 627004,
        ("Content-Type",): 627005,
        ("Content-Encoding",): 627006,
        ("Content-Length",): 627007,
        ("Authorization",): 627008,
        ("Host",): 627009,
    },
}


def resource_code(resource: str, path: tuple[str | int, ...]) -> int:
    """The six digits for a field; indexes do not count.

    Shape: a field that lies deeper than the table goes counts as the object it lies in.
    Errors: none; a field missing in the table counts as its resource, so that a forgotten row
        is a poorer code and not a failed answer. A test holds the table complete.
    """
    fields = RESOURCE_CODES.get(resource)
    if fields is None:
        return REQUEST_CODE
    named = tuple(part for part in path if isinstance(part, str))
    while named not in fields:
        named = named[:-1]
    return fields[named]


def code_of(violation: Violation) -> int:
    """The eight digits of a reason: what it is about, then its category."""
    if violation.category is Category.UNKNOWN_FIELD:
        return resource_code(violation.resource, WHOLE) * 100 + violation.category
    return resource_code(violation.resource, violation.path) * 100 + violation.category
