"""The editor of a sequence set: type, look at what it would do, confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import EditedSince, Rejected, Violation
from seriatim.domain.sequence_set import Series
from seriatim.service.permissions import Right, require
from seriatim.service.sequence_sets import create_sets, get_set, update_set
from seriatim.service.set_effects import Effect
from seriatim.service.set_review import SetReview, describe_set, review_set
from seriatim.service.set_saving import SetView
from seriatim.service.set_series import SetWarning
from seriatim.ui.set_form import (
    TypedSet,
    as_it_stands,
    as_request,
    blank_set,
    copy_of,
    field_of,
    prefix_field,
    start_field,
    typed_in,
)
from seriatim.ui.visit import Visit

_NOTHING: Final = SetReview([], [])
_REVIEWING: Final = "review"


@dataclass(frozen=True, slots=True)
class Row:
    """One document type of the set, as the editor shows it. Shape: `series` is what numbers it
    today, None where the set does not number it itself.
    """

    document_type: DocumentType
    series: Series | None
    effect: Effect | None
    warnings: Sequence[str]

    @property
    def prefix_field(self) -> str:
        return prefix_field(self.document_type)

    @property
    def start_field(self) -> str:
        return start_field(self.document_type)

    @property
    def is_optional(self) -> bool:
        return not self.document_type.is_billing_document

    @property
    def next_numbers(self) -> list[str]:
        return self.effect.next_document_numbers if self.effect else []


def show_new(visit: Visit) -> Response:
    require(visit.caller, Right.CONFIGURE)
    origin = visit.asked("from")
    typed = copy_of(_view(visit, origin)) if origin else blank_set()
    return _editor(visit, None, typed, _NOTHING, is_copy=bool(origin))


def show(visit: Visit) -> Response:
    with visit.store.read() as transaction:
        view, review = describe_set(transaction, visit.caller, visit.path_value("key"))
    if visit.may_configure:
        return _editor(visit, view, as_it_stands(view), review)
    rows = _rows(visit, view, review.effects, review.warnings)
    return visit.page("set.html", {"view": view, "rows": rows})


def take_new(visit: Visit) -> Response:
    typed = typed_in(visit.form)
    return _take(visit, None, replace(typed, was={}, etag=""))


def take(visit: Visit) -> Response:
    view = _view(visit, visit.path_value("key"))
    typed = typed_in(visit.form)
    try:
        return _take(visit, view, typed)
    except EditedSince:
        current = as_it_stands(_view(visit, visit.path_value("key")))
        merged = typed.onto(current)
        review = _review(visit, view, merged)
        return _editor(visit, view, merged, review, was_edited=True, status=409)


def _take(visit: Visit, view: SetView | None, typed: TypedSet) -> Response:
    """One step of editing: what the pressed button says, or the script's look ahead."""
    intent = visit.form.get("intent")
    if intent == "save":
        try:
            return _save(visit, view, typed)
        except Rejected as refusal:
            review = SetReview([], [], refusal.violations)
            return _editor(visit, view, typed, review, status=422)
    review = _review(visit, view, typed)
    if intent != _REVIEWING or review.violations:
        status = 422 if review.violations and intent == _REVIEWING else 200
        return _editor(visit, view, typed, review, status=status)
    if not typed.has_changes:
        return _editor(visit, view, typed, review, has_no_changes=True)
    return _confirmation(visit, view, typed, review)


def _save(visit: Visit, view: SetView | None, typed: TypedSet) -> Response:
    request, faults = as_request(typed, _numbered(view))
    saved = visit.store.run(
        lambda transaction: (
            create_sets(
                transaction, visit.caller, [request], clock=visit.clock, shape_faults=faults
            )
            if view is None
            else update_set(
                transaction,
                visit.caller,
                view.sequence_set.sequence_set_id,
                request,
                clock=visit.clock,
                shape_faults=faults,
                if_match=typed.etag,
            )
        )
    )
    return visit.redirect("sets", saved.sets[0].sequence_set.sequence_set_id, done="saved")


def _review(visit: Visit, view: SetView | None, typed: TypedSet) -> SetReview:
    request, faults = as_request(typed, _numbered(view))
    return review_set(
        visit.store,
        visit.caller,
        None if view is None else view.sequence_set.sequence_set_id,
        request,
        clock=visit.clock,
        shape_faults=faults,
        if_match=typed.etag or None,
    )


def _editor(
    visit: Visit,
    view: SetView | None,
    typed: TypedSet,
    review: SetReview,
    *,
    status: int = 200,
    **remarks: bool,
) -> Response:
    values = _values(visit, view, typed, review)
    defaults = {"was_edited": False, "has_no_changes": False, "is_copy": False}
    return visit.page("set_editor.html", {**values, **defaults, **remarks}, status=status)


def _confirmation(
    visit: Visit, view: SetView | None, typed: TypedSet, review: SetReview
) -> Response:
    return visit.page("set_confirmation.html", _values(visit, view, typed, review))


def _values(
    visit: Visit, view: SetView | None, typed: TypedSet, review: SetReview
) -> dict[str, Any]:
    return {
        "view": view,
        "typed": typed,
        "review": review,
        "rows": _rows(visit, view, review.effects, review.warnings),
        "errors": _errors(review.violations),
    }


def _rows(
    visit: Visit,
    view: SetView | None,
    effects: Sequence[Effect],
    warnings: Sequence[SetWarning],
) -> list[Row]:
    series = {} if view is None else {one.document_type: one for one in view.series}
    by_type = {effect.document_type: effect for effect in effects}
    return [
        Row(one, series.get(one), by_type.get(one), _messages(one, warnings))
        for one in DocumentType
        if visit.place.settings.shows(one)
    ]


def _messages(document_type: DocumentType, warnings: Sequence[SetWarning]) -> list[str]:
    return [one.message for one in warnings if document_type.field_name in one.path]


def _errors(violations: Sequence[Violation]) -> dict[str, list[str]]:
    """The messages for each field, "" for those of none."""
    found: dict[str, list[str]] = {}
    for violation in violations:
        found.setdefault(field_of(violation), []).append(violation.message)
    return found


def _view(visit: Visit, key: str) -> SetView:
    with visit.store.read() as transaction:
        return get_set(transaction, visit.caller, key)


def _numbered(view: SetView | None) -> list[DocumentType]:
    return [] if view is None else [series.document_type for series in view.series]
