"""The overview: the first page, of what is given, what is open and what to look after."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from seriatim.domain.errors import Conflict, OutcomeUnknown, StoreUnavailable
from seriatim.service.counting import count_for_page
from seriatim.service.overview import DAYS_SHOWN, HOLDS_COUNTED_MAX, get_overview
from seriatim.ui.chart import HEIGHT, WIDTH, chart_of
from seriatim.ui.visit import Visit

_DAYS: Final = {str(days): days for days in DAYS_SHOWN}


def show(visit: Visit) -> Response:
    entries_left = 0
    # What can only be read shows what was counted before.
    with suppress(StoreUnavailable, OutcomeUnknown, Conflict):
        entries_left = count_for_page(visit.store, visit.caller, visit.zone)
    day_count = _DAYS.get(visit.asked("days"), DAYS_SHOWN[0])
    with visit.store.read() as transaction:
        found = get_overview(transaction, visit.caller, day_count=day_count, clock=visit.clock)
    values = {
        "found": found,
        "entries_left": entries_left,
        "chart": chart_of(found.days),
        "size": (WIDTH, HEIGHT),
        "day_count": day_count,
        "day_choices": DAYS_SHOWN,
        "has_more_holds": found.hold_count >= HOLDS_COUNTED_MAX,
        "holds_url": f"{visit.url('register')}?{urlencode({'state': 'reserved'})}",
        "voided_url": f"{visit.url('register')}?{urlencode({'state': 'voided'})}",
    }
    return visit.page("overview.html", values)
