"""A finished answer, before the edge adds what every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from seriatim.http.faults import HeaderPairs
from seriatim.http.json_codec import encode

JSON: Final = b"application/json"

WHOLE_ANSWER: Final = "seriatim.whole_answer"
"""The extension of the ASGI scope through which a connection of ours takes an answer at once:
`(status, header lines, body, closes) -> bool`, False where it must go the ordinary way."""

PROTECTION_EVERYWHERE: Final[HeaderPairs] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class Security:
    """The headers that protect one kind of answer, also as they go on the wire."""

    __slots__ = ("lines", "pairs")

    def __init__(self, content_security_policy: bytes, cache_control: bytes) -> None:
        self.pairs: HeaderPairs = (
            *PROTECTION_EVERYWHERE,
            (b"cache-control", cache_control),
            (b"content-security-policy", content_security_policy),
        )
        self.lines = b"".join(b"%b: %b\r\n" % pair for pair in self.pairs)


API_SECURITY: Final = Security(b"default-src 'none'; frame-ancestors 'none'", b"no-store")


class Answer(NamedTuple):
    """Shape: a named tuple and no frozen dataclass, which takes three times as long to make;
    one is made for each request. `closes` ends the connection after the answer; what is not
    `packable` goes out as it is, however long.
    """

    status: int
    body: bytes = b""
    content_type: bytes = JSON
    headers: HeaderPairs = ()
    security: Security = API_SECURITY
    closes: bool = False
    packable: bool = True


def json_answer(status: int, body: Mapping[str, object], headers: HeaderPairs = ()) -> Answer:
    return Answer(status, encode(body), headers=headers)
