"""Form-encoded bodies and RFC 6749 errors, for the token endpoint alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from seriatim.domain.errors import Category
from seriatim.http.answer import Answer, json_answer
from seriatim.http.faults import HeaderPairs, TransportFault

FORM: Final = b"application/x-www-form-urlencoded"
FORM_BYTES_MAX: Final = 8192
FORM_FIELDS_MAX: Final = 20

_TOKEN_HEADERS: Final[HeaderPairs] = ((b"pragma", b"no-cache"),)


def form_fields(body: bytes) -> Mapping[str, str]:
    """The fields of a form, each at most once (RFC 6749, 3.2).

    Errors: TransportFault (400) for a form that is too long, ambiguous or no text.
    """
    if len(body) > FORM_BYTES_MAX:
        raise _malformed(f"the form is longer than {FORM_BYTES_MAX} bytes")
    pairs = [pair for pair in body.split(b"&") if pair]
    if len(pairs) > FORM_FIELDS_MAX:
        raise _malformed(f"the form has more than {FORM_FIELDS_MAX} fields")
    fields: dict[str, str] = {}
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        field = _text(name)
        if field in fields:
            raise _malformed("a field of the form stands twice")
        fields[field] = _text(value)
    return fields


def oauth_error(status: int, error: str, description: str, headers: HeaderPairs = ()) -> Answer:
    """An error of the token endpoint, in the body of RFC 6749, 5.2."""
    body = {"error": error, "error_description": description}
    return json_answer(status, body, (*_TOKEN_HEADERS, *headers))


def oauth_success(body: Mapping[str, object]) -> Answer:
    """A token, with the headers of RFC 6749, 5.1 (no-store goes out with every answer)."""
    return json_answer(200, body, _TOKEN_HEADERS)


def _text(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("the form is not UTF-8") from None
    if "\x00" in text:
        raise _malformed("the form holds the character U+0000")
    return text


def _malformed(message: str) -> TransportFault:
    return TransportFault(400, Category.MALFORMED, message)
