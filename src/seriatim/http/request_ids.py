"""The ids of a request: the one given to it, and the one the client keeps track by."""

from __future__ import annotations

from random import getrandbits
from typing import Final

from seriatim.domain.limits import TRACK_ID_CHARACTERS_MAX
from seriatim.http.faults import bad_header

TRACK_ID_HEADER: Final = "Zuora-Track-Id"

_VARIANT: Final = "89ab"


def new_request_id() -> str:
    """A random UUID (version 4) as text, without the cost of a UUID object. Unique, no secret.

    Cost: the system's own source would let go of the interpreter's lock, to the issuer's thread.
    """
    digits = f"{getrandbits(128):032x}"
    variant = _VARIANT[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def checked_track_id(value: bytes) -> bytes:
    """The track id, safe to be echoed and logged.

    Errors: TransportFault (400), and then it is not echoed.
    """
    text = value.decode("latin-1")
    if len(text) > TRACK_ID_CHARACTERS_MAX:
        raise bad_header(TRACK_ID_HEADER, f"is longer than {TRACK_ID_CHARACTERS_MAX} characters")
    if not (text.isascii() and text.isprintable()):
        raise bad_header(TRACK_ID_HEADER, "may hold printable ASCII characters only")
    if ":" in text or ";" in text or '"' in text or "'" in text:
        raise bad_header(TRACK_ID_HEADER, "may hold no colon, semicolon or quotation mark")
    return value
