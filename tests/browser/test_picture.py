"""Screenshots lose shades and nothing else when they are made small."""

from __future__ import annotations

import struct
import zlib

import pytest

from tests.browser.picture import SIGNATURE, reduced, size_of

WIDTH = 7
ROWS = [bytes((at * 37 + row * 11) % 256 for at in range(WIDTH * 3)) for row in range(5)]


def _filtered(kind: int, row: bytes, above: bytes) -> bytes:
    """As a PNG has it. Source: the PNG specification, Filtering."""
    left = bytes(3) + row[:-3]
    corner = bytes(3) + above[:-3]
    guesses = {
        0: lambda a, b, c: 0,
        1: lambda a, b, c: a,
        2: lambda a, b, c: b,
        3: lambda a, b, c: (a + b) // 2,
        4: lambda a, b, c: min((a, b, c), key=lambda one: abs(a + b - c - one)),
    }
    guess = guesses[kind]
    parts = zip(row, left, above, corner, strict=True)
    return bytes([kind]) + bytes((x - guess(a, b, c)) % 256 for x, a, b, c in parts)


def _png(kind: int) -> bytes:
    lines = [
        _filtered(kind, row, above)
        for row, above in zip(ROWS, [bytes(WIDTH * 3), *ROWS], strict=False)
    ]
    head = struct.pack(">IIBBBBB", WIDTH, len(ROWS), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def _body(png: bytes, name: bytes) -> bytes:
    at = png.index(name)
    (length,) = struct.unpack(">I", png[at - 4 : at])
    return png[at + 4 : at + 4 + length]


@pytest.mark.parametrize("kind", range(5))
def test_picture_of_few_colours_stays_as_it_is_whatever_its_filter(kind: int) -> None:
    small = reduced(_png(kind))
    assert size_of(small) == (WIDTH, len(ROWS))
    palette = _body(small, b"PLTE")
    lines = zlib.decompress(_body(small, b"IDAT"))
    for number, row in enumerate(ROWS):
        line = lines[number * (WIDTH + 1) : (number + 1) * (WIDTH + 1)]
        assert line[0] == 0
        assert b"".join(palette[place * 3 : place * 3 + 3] for place in line[1:]) == row
