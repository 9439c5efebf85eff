"""The audit trail: who changed what, with the state before and after."""

from __future__ import annotations

import json
from typing import Final

from starlette.responses import Response

from seriatim.service.audit import list_audit_trail
from seriatim.ui.places import place_in, place_out
from seriatim.ui.visit import Visit

_ROWS_SHOWN: Final = 50


def show(visit: Visit) -> Response:
    place = place_in(visit.asked("after"), int)
    with visit.store.read() as transaction:
        found = list_audit_trail(
            transaction,
            visit.caller,
            before_audit_number=None if place is None else place[0],
            row_count=_ROWS_SHOWN + 1,
        )
    rows = found[:_ROWS_SHOWN]
    is_last = len(found) <= _ROWS_SHOWN
    values = {
        "rows": rows,
        "changes": {one.audit_number: _changes(one.state_before, one.state_after) for one in rows},
        "next_place": "" if is_last else place_out((rows[-1].audit_number,)),
    }
    return visit.page("audit.html", values)


def _changes(before: str | None, after: str | None) -> list[tuple[str, str, str]]:
    """Each field whose value differs, as it was and as it is. Numbers stay as they were written."""
    earlier, later = _flat(before), _flat(after)
    names = [*earlier, *(name for name in later if name not in earlier)]
    pairs = [(name, earlier.get(name, ""), later.get(name, "")) for name in names]
    return [one for one in pairs if one[1] != one[2]]


def _flat(state: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[tuple[str, object]] = [] if state is None else [("", json.loads(state))]
    while waiting:
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting = [
                *((f"{name}.{key}" if name else key, inner) for key, inner in value.items()),
                *waiting,
            ]
        elif isinstance(value, bool):
            found[name] = "yes" if value else "no"
        elif isinstance(value, list):
            found[name] = ", ".join(map(str, value))
        else:
            found[name] = "" if value is None else str(value)
    return found
