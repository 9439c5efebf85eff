"""Where the bars of the chart stand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from seriatim.domain.document_type import DocumentType
from seriatim.ui.chart import HEIGHT, WIDTH, chart_of
from seriatim.ui.language import languages

DAY = date(2026, 3, 1)
COUNTS = some.dictionaries(some.sampled_from(DocumentType), some.integers(1, 10**20))


@given(some.lists(COUNTS, min_size=1, max_size=365))
def test_bars_stand_side_by_side_and_inside_the_drawing(
    counts: list[dict[DocumentType, int]],
) -> None:
    chart = chart_of({DAY + timedelta(days=n): one for n, one in enumerate(counts)})
    right = 0.0
    for bar in chart.bars:
        assert float(bar.x) >= right
        right = float(bar.x) + float(bar.width)
        assert bar.count == sum(piece.count for piece in bar.pieces) <= chart.top
        bottom = float(HEIGHT)
        for piece in bar.pieces:
            assert float(piece.y) + float(piece.height) == pytest.approx(bottom)
            bottom = float(piece.y)
        assert bottom >= 0
    assert right <= WIDTH


@pytest.mark.parametrize(
    ("count", "top"), [(0, 1), (1, 1), (3, 5), (10, 10), (11, 20), (10**20, 10**20)]
)
def test_scale_is_round(count: int, top: int) -> None:
    assert chart_of({DAY: {DocumentType.INVOICE: count} if count else {}}).top == top


def test_single_number_is_seen_beside_a_million() -> None:
    chart = chart_of(
        {DAY: {DocumentType.INVOICE: 10**6}, DAY + timedelta(days=1): {DocumentType.REFUND: 1}}
    )
    assert float(chart.bars[1].pieces[0].height) >= 1
    assert chart.types == [DocumentType.INVOICE, DocumentType.REFUND]


@pytest.mark.parametrize(
    ("part", "english", "german"),
    [
        (0, "0.00 %", "0,00 %"),
        (1, "< 0.01 %", "< 0,01 %"),
        (10**20 - 2, "99.99 %", "99,99 %"),
        (10**20 - 1, "100.00 %", "100,00 %"),
    ],
)
def test_share_is_never_rounded_up(part: int, english: str, german: str) -> None:
    whole = 10**20 - 1
    assert languages()["en"].share(part, whole) == english
    assert languages()["de"].share(part, whole) == german
