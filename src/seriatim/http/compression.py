"""gzip, both ways and bounded."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

from seriatim.domain.errors import Category
from seriatim.http.faults import TransportFault

GZIP: Final = b"gzip"
_GZIP_WINDOW: Final = 31
_LEVEL: Final = 4
_MEMBERS_MAX: Final = 16
_HEADER_BYTES_REMEMBERED_MAX: Final = 100


def packed(body: bytes) -> bytes:
    """One gzip member, the same bytes for the same body."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


def unpacked(body: bytes, bytes_max: int) -> bytes:
    """Undo gzip, of one or several members.

    Errors: TransportFault: 413 as soon as more than `bytes_max` would come out; 400 for what
        is no gzip, is cut off or is followed by something else.
    Cost: never holds more than `bytes_max` + 1 bytes of output.
    """
    pieces: list[bytes] = []
    room = bytes_max
    rest = body
    for _ in range(_MEMBERS_MAX):
        unpacker = zlib.decompressobj(_GZIP_WINDOW)
        try:
            piece = unpacker.decompress(rest, room + 1)
        except zlib.error:
            raise _malformed("the body is not gzip, as Content-Encoding says it is") from None
        if len(piece) > room:
            raise body_too_large(bytes_max)
        if not unpacker.eof:
            raise _malformed("the gzip body is cut off")
        pieces.append(piece)
        room -= len(piece)
        rest = unpacker.unused_data
        if not rest:
            return b"".join(pieces)
    raise _malformed(f"the gzip body has more than {_MEMBERS_MAX} members")


def body_too_large(bytes_max: int) -> TransportFault:
    message = f"the body is larger than {bytes_max} bytes"
    return TransportFault(413, Category.INVALID_VALUE, message)


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether the client takes gzip; a quality of 0 refuses it."""
    if len(accept_encoding) <= _HEADER_BYTES_REMEMBERED_MAX:
        return _accepts_gzip_remembered(accept_encoding)
    return _accepts_gzip(accept_encoding)


@lru_cache(maxsize=256)
def _accepts_gzip_remembered(accept_encoding: bytes) -> bool:
    return _accepts_gzip(accept_encoding)


def _accepts_gzip(accept_encoding: bytes) -> bool:
    qualities: dict[bytes, bool] = {}
    for item in accept_encoding.lower().split(b","):
        coding, *parameters = (part.strip() for part in item.split(b";"))
        qualities[coding] = all(_is_above_zero(parameter) for parameter in parameters)
    named = qualities.get(b"gzip", qualities.get(b"x-gzip"))
    return named if named is not None else qualities.get(b"*", False)


def _is_above_zero(parameter: bytes) -> bool:
    name, _, value = parameter.partition(b"=")
    if name.strip() != b"q":
        return True
    try:
        return float(value) > 0
    except ValueError:
        return False


def _malformed(message: str) -> TransportFault:
    return TransportFault(400, Category.MALFORMED, message)
