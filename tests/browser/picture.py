"""Screenshots made small: a palette of the colours that stand out, the shades between them merged."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _INDEXED = 2, 3
_COLOURS_MAX = 256

Colour = bytes


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height. Errors: AssertionError for anything but a PNG."""
    assert png[:8] == SIGNATURE
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def reduced(png: bytes) -> bytes:
    """The same picture in at most 256 colours. Shape: `png` as Chromium writes it, without alpha.

    Cost: about two seconds for a window.
    """
    width, height = size_of(png)
    assert (png[24], png[25], png[28]) == (8, _RGB, 0), "not 8 bits of red, green and blue"
    data = zlib.decompress(b"".join(body for kind, body in _chunks(png) if kind == b"IDAT"))
    rows = [
        [row[at : at + 3] for at in range(0, len(row), 3)] for row in _rows(data, width, height)
    ]
    counts = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in counts.most_common(_COLOURS_MAX)]
    places = {colour: _nearest(palette, colour) for colour in counts}
    lines = b"".join(b"\0" + bytes(places[colour] for colour in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)
    return (
        SIGNATURE
        + _chunk(b"IHDR", head)
        + _chunk(b"PLTE", b"".join(palette))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _nearest(palette: list[Colour], colour: Colour) -> int:
    def distance(place: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(palette[place], colour, strict=True))

    return min(range(len(palette)), key=distance)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _rows(data: bytes, width: int, height: int) -> Iterator[bytes]:
    """The rows as they are, without the filters that PNG puts them through."""
    bytes_per_row = width * 3
    above = bytes(bytes_per_row)
    for number in range(height):
        at = number * (bytes_per_row + 1)
        row = bytearray(data[at + 1 : at + 1 + bytes_per_row])
        _unfilter(data[at], row, above)
        above = bytes(row)
        yield above


def _unfilter(kind: int, row: bytearray, above: bytes) -> None:
    for at in range(len(row)) if kind else ():
        left, corner = (row[at - 3], above[at - 3]) if at >= 3 else (0, 0)
        up = above[at]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, corner)
        row[at] = (row[at] + guess) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    near = left + up - corner
    return min((left, up, corner), key=lambda one: abs(near - one))
