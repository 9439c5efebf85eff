"""Request headers: read once into a mapping, with the ambiguous refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from seriatim.domain.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from seriatim.http.faults import bad_header
from seriatim.http.resource_codes import HEADER, RESOURCE_CODES

Headers = Mapping[bytes, bytes]

MAY_STAND_ONCE: Final[Mapping[bytes, str]] = {
    name.lower().encode("ascii"): name for path in RESOURCE_CODES[HEADER] for name in path
}
"""Two of any of these would let two readers of one request understand two requests."""


def mapped(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers by lower-case name; those that are lists are joined.

    Errors: TransportFault (400) for a header that may stand only once and stands twice.
    """
    pairs = list(pairs)
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    headers = {}
    for name, value in pairs:
        if name not in headers:
            headers[name] = value
        elif name in MAY_STAND_ONCE:
            raise bad_header(MAY_STAND_ONCE[name], "may stand only once in a request")
        else:
            headers[name] += b", " + value
    return headers


def idempotency_key(headers: Headers) -> str | None:
    """Errors: TransportFault (400, category 20) for a key that cannot be one."""
    value = headers.get(b"idempotency-key")
    if value is None:
        return None
    key = value.decode("latin-1")
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
        message = f"must be 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} characters long"
        raise bad_header("Idempotency-Key", message)
    if not (key.isascii() and key.isprintable()):
        raise bad_header("Idempotency-Key", "may hold printable ASCII characters only")
    return key


def bearer_token(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`; None where there is none of that form."""
    value = headers.get(b"authorization")
    if value is None or value[:7].lower() != b"bearer ":
        return None
    token = value[7:].strip()
    return token.decode("ascii") if token and token.isascii() else None
