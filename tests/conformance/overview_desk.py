"""Short ways to look at the overview of a desk's entity."""

from __future__ import annotations

from typing import Any

from seriatim.domain.document_type import DocumentType
from seriatim.service.counting import count_for_page
from seriatim.service.overview import Care, Overview, get_overview
from tests.conformance.desk import Desk


def overview(desk: Desk, days: int = 30) -> Overview:
    """As it stands, without counting anything first."""
    with desk.store.read() as transaction:
        return get_overview(transaction, desk.caller, day_count=days, clock=desk.clock)


def counted(desk: Desk, days: int = 30, zone: str = "UTC") -> dict[str, dict[str, int]]:
    """What the overview shows of each day on which numbers were issued, all counted before."""
    while count_for_page(desk.store, desk.caller, zone):
        pass
    return shown(overview(desk, days))


def shown(found: Overview) -> dict[str, dict[str, int]]:
    return {
        day.isoformat(): {DocumentType(one).value: count for one, count in counts.items()}
        for day, counts in found.days.items()
        if counts
    }


def warnings(desk: Desk) -> list[tuple[Care, str | None, Any]]:
    return [
        (one.care, one.series.prefix if one.series else None, one.text or one.count)
        for one in overview(desk).warnings
    ]
