"""Deleting a set: what it would do, or the reasons why not."""

from __future__ import annotations

from starlette.responses import Response

from seriatim.domain.errors import Rejected
from seriatim.service.permissions import Right, require
from seriatim.service.sequence_sets import delete_set, get_set
from seriatim.service.set_review import SetReview, review_deletion
from seriatim.ui.visit import Visit


def show(visit: Visit) -> Response:
    require(visit.caller, Right.CONFIGURE)
    key = visit.path_value("key")
    return _page(visit, review_deletion(visit.store, visit.caller, key, clock=visit.clock))


def take(visit: Visit) -> Response:
    key = visit.path_value("key")
    try:
        visit.store.run(
            lambda transaction: delete_set(transaction, visit.caller, key, clock=visit.clock)
        )
    except Rejected as refusal:
        return _page(visit, SetReview([], [], refusal.violations), status=422)
    return visit.redirect("sets", done="deleted")


def _page(visit: Visit, review: SetReview, *, status: int = 200) -> Response:
    with visit.store.read() as transaction:
        view = get_set(transaction, visit.caller, visit.path_value("key"))
    return visit.page("set_deletion.html", {"view": view, "review": review}, status=status)
