"""Numbers a day as the bars of a chart: where each rectangle stands. Pages draw them as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from seriatim.domain.document_type import DocumentType

WIDTH: Final = 1000
HEIGHT: Final = 200
_GAP_SHARE_PERCENT: Final = 20
_LEAST_HEIGHT: Final = 2
"""A day with a single number is seen beside one with a million."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One document type's part of a day's bar. Units: of the drawing, as texts for its attributes."""

    document_type: DocumentType
    count: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    count: int
    x: str
    width: str
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Chart:
    """Shape: `top` is the number that the full height stands for; `types` are those drawn."""

    bars: list[Bar]
    top: int
    types: list[DocumentType]


def chart_of(days: Mapping[date, Mapping[DocumentType, int]]) -> Chart:
    """Types stand upon one another, each in its place on every day."""
    tops = [sum(counts.values()) for counts in days.values()]
    top = _round_above(max(tops, default=0))
    types = [one for one in DocumentType if any(one in counts for counts in days.values())]
    step = WIDTH * 100 // max(len(days), 1)  # in hundredths
    bars = [
        Bar(
            day=day,
            count=sum(counts.values()),
            x=_text(index * step + step * _GAP_SHARE_PERCENT // 200),
            width=_text(step * (100 - _GAP_SHARE_PERCENT) // 100),
            pieces=_pieces(counts, types, top),
        )
        for index, (day, counts) in enumerate(days.items())
    ]
    return Chart(bars, top, types)


def _pieces(
    counts: Mapping[DocumentType, int], types: Sequence[DocumentType], top: int
) -> list[Piece]:
    full = HEIGHT * 100
    heights = {
        one: max(counts[one] * full // top, _LEAST_HEIGHT * 100) for one in types if one in counts
    }
    # What small counts are drawn too high, the tallest one gives back.
    excess = sum(heights.values()) - full
    if excess > 0:
        heights[max(heights, key=heights.__getitem__)] -= excess
    pieces = []
    y = full
    for one, height in heights.items():
        y -= height
        pieces.append(Piece(one, counts[one], _text(y), _text(height)))
    return pieces


def _round_above(count: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … that is not below: a scale that can be read."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if count <= step * power:
                return step * power
        power *= 10


def _text(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)
