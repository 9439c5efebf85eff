"""One number: why it is what it is, and voiding it; and the gaps of a series, each explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from seriatim.domain.document_number import format_number
from seriatim.domain.errors import Rejected
from seriatim.domain.number_states import NumberState
from seriatim.service.documents import find_numbered
from seriatim.service.gaps import list_gaps
from seriatim.service.number_history import NumberHistory, explain_number
from seriatim.service.number_moves import NumbersMoved, confirm_numbers, void_numbers
from seriatim.service.set_search import living_set_names
from seriatim.store.sql_store import Transaction
from seriatim.ui.places import place_in, place_out
from seriatim.ui.visit import Visit

_GAPS_SHOWN: Final = 100
_VOIDABLE: Final = frozenset({NumberState.ISSUED, NumberState.RESERVED})


def show(visit: Visit) -> Response:
    return _number_page(visit, {})


def void(visit: Visit) -> Response:
    """One number, or a range of them from the one of the page on."""
    return _moved(
        visit,
        "void",
        lambda transaction, last_number: void_numbers(
            transaction,
            visit.caller,
            visit.path_value("number"),
            last_number=last_number,
            reason=visit.form.get("reason"),
            clock=visit.clock,
        ),
    )


def confirm(visit: Visit) -> Response:
    """A reserved number, or a range of them from the one of the page on."""
    return _moved(
        visit,
        "confirm",
        lambda transaction, last_number: confirm_numbers(
            transaction,
            visit.caller,
            visit.path_value("number"),
            last_number=last_number,
            clock=visit.clock,
        ),
    )


def _moved(
    visit: Visit, form: str, move: Callable[[Transaction, str | None], NumbersMoved]
) -> Response:
    last_number = visit.form.get(f"{form}.last_number") or None
    try:
        visit.store.run(lambda transaction: move(transaction, last_number))
    except Rejected as refusal:
        return _number_page(visit, _errors(form, refusal), status=422)
    number = quote(visit.path_value("number"), safe="")
    return visit.redirect("register", "numbers", number, done=form)


def show_gaps(visit: Visit) -> Response:
    series_id = visit.path_value("series")
    after: Any = place_in(visit.asked("after"), int, int)
    with visit.store.read() as transaction:
        found = list_gaps(
            transaction,
            visit.caller,
            series_id,
            after=after,
            row_count=_GAPS_SHOWN,
            clock=visit.clock,
        )
    next_place = "" if found.next_place is None else place_out(found.next_place)
    return visit.page("gaps.html", {"found": found, "next_place": next_place})


def _number_page(visit: Visit, errors: dict[str, list[str]], *, status: int = 200) -> Response:
    with visit.store.read() as transaction:
        found = explain_number(
            transaction, visit.caller, visit.path_value("number"), clock=visit.clock
        )
        if not isinstance(found, NumberHistory):
            return visit.page("number_text.html", {"found": found})
        content = found.covering.content
        set_id = content.sequence_set_id
        names = living_set_names(transaction, visit.caller, {set_id} if set_id else ())
        text = format_number(found.series.prefix, found.number)
        document = find_numbered(transaction, visit.caller, text)
    values = {
        "found": found,
        "content": content,
        "document": document,
        "set_name": names.get(set_id or ""),
        "may_void": visit.may_issue and found.state in _VOIDABLE,
        "may_confirm": visit.may_issue and found.state is NumberState.RESERVED,
        "errors": errors,
        "typed": visit.form,
    }
    return visit.page("number.html", values, status=status)


def _errors(form: str, refusal: Rejected) -> dict[str, list[str]]:
    """Those of a field beside it, all others above the form that was sent."""
    places = {"reason": "reason", "last_number": f"{form}.last_number"}
    found: dict[str, list[str]] = {}
    for violation in refusal.violations:
        name = places.get(".".join(map(str, violation.path)), form)
        found.setdefault(name, []).append(violation.message)
    return found
