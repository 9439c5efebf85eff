"""Sequence sets: list, read, create, change, delete. Source: contract/sequence-sets.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import fold
from seriatim.domain.errors import NotFound, Violation
from seriatim.domain.rules.set_requests import request_holds_1_to_100_sets
from seriatim.domain.rules.set_state import default_is_not_deleted, deleted_set_is_unused
from seriatim.domain.sequence_set import SequenceSetInput
from seriatim.service.permissions import Right, require
from seriatim.service.set_effects import Effect
from seriatim.service.set_saving import Saving, SetView, audited_state
from seriatim.service.set_series import SetWarning
from seriatim.store.sql_store import EntityBooks, Transaction

_BEFORE_ALL = -1


@dataclass(frozen=True, slots=True)
class SetPage:
    """Shape: `ends_at` is the position of the last set shown, None where no page follows."""

    sets: list[SetView]
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class SetsSaved:
    """What became of a creation or change. Shape: `warnings` have paths into the request."""

    sets: list[SetView]
    warnings: list[SetWarning]
    effects: list[Effect]


def list_sets(
    transaction: Transaction,
    caller: Caller,
    *,
    page: int,
    page_size: int,
    name: str | None = None,
    after_position: int | None = None,
) -> SetPage:
    """Order: DEFAULT first, then by creation. `name` is an exact name or number.

    Cost: of the page alone with `after_position`, where the page before it ended; without,
        all pages before it are counted through.
    """
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    if name is not None:
        return SetPage(_named(books, name) if page == 1 else [])
    if after_position is None:
        after_position = _end_of_page_before(books, page, page_size)
    if after_position is None:
        return SetPage([])
    places = books.list_set_places(after_position=after_position, row_count=page_size + 1)
    shown = places[:page_size]
    rows = books.list_sets([place.sequence_set_id for place in shown]) if shown else []
    views = [SetView(row.sequence_set, row.settings.invoice_settlement) for row in rows]
    return SetPage(views, shown[-1].position if len(places) > page_size else None)


def _named(books: EntityBooks, name: str) -> list[SetView]:
    found = books.get_set(name)
    if found is None or fold(name) not in {
        fold(found.sequence_set.name),
        fold(found.sequence_set.sequence_set_number),
    }:
        return []
    return [SetView(found.sequence_set, found.settings.invoice_settlement)]


def _end_of_page_before(books: EntityBooks, page: int, page_size: int) -> int | None:
    """The position of the last set of the page before; None where that page is not full."""
    if page == 1:
        return _BEFORE_ALL
    return books.find_set_position(skipped_rows=(page - 1) * page_size - 1)


def get_set(transaction: Transaction, caller: Caller, key: str) -> SetView:
    """Errors: NotFound."""
    require(caller, Right.READ)
    row = transaction.books(caller.tenant_id, caller.entity_id).get_set(key)
    if row is None:
        raise NotFound("sequence_set", key)
    return SetView(row.sequence_set, row.settings.invoice_settlement)


def find_set_id(transaction: Transaction, caller: Caller, key: str) -> str | None:
    """The id of the living set that a key stands for."""
    require(caller, Right.READ)
    row = transaction.books(caller.tenant_id, caller.entity_id).get_set(key)
    return None if row is None else row.sequence_set.sequence_set_id


def create_sets(
    transaction: Transaction,
    caller: Caller,
    requested: Sequence[SequenceSetInput],
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
    with_effects: bool = False,
) -> SetsSaved:
    """Create all of the sets or none.

    Errors: Rejected, with every fault of every set under its index; those of the request's
        shape come in as `shape_faults`.
    """
    require(caller, Right.CONFIGURE)
    saving = Saving(transaction, caller, clock)
    if not any(fault.full_path in {(), ("sequence_sets",)} for fault in shape_faults):
        saving.violations += request_holds_1_to_100_sets(len(requested))
    saving.names.leave_alone(requested)
    created = [saving.create(one, ("sequence_sets", index)) for index, one in enumerate(requested)]
    saving.refuse_if_violated(shape_faults)
    current = [saving.read_back(one.sequence_set_id) for one in created if one is not None]
    for view in current:
        saving.trail.record(
            "create", ("sequence_set", view.sequence_set.sequence_set_id), after=audited_state(view)
        )
    warnings = [
        warning
        for index, view in enumerate(current)
        for warning in saving.series_book.warnings(view.series, ("sequence_sets", index))
    ]
    effects = saving.effects(current) if with_effects else []
    return SetsSaved(current, warnings, effects)


def update_set(
    transaction: Transaction,
    caller: Caller,
    key: str,
    requested: SequenceSetInput,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
    if_match: str | None = None,
    with_effects: bool = False,
) -> SetsSaved:
    """Merge a change field by field; nothing at all changes nothing.

    Errors: NotFound, EditedSince, Rejected with every fault.
    """
    require(caller, Right.CONFIGURE)
    saving = Saving(transaction, caller, clock)
    before = saving.current(key, if_match)
    saving.change(before.sequence_set, requested)
    saving.refuse_if_violated(shape_faults)
    after = saving.merged(before, requested)
    if saving.has_changed(before, after):
        after = after.one_revision_on()
        saving.names.rename(before.sequence_set, after.sequence_set.name)
        saving.books.update_set(after.sequence_set, saving.now)
        subject = ("sequence_set", after.sequence_set.sequence_set_id)
        saving.trail.record(
            "update", subject, before=audited_state(before), after=audited_state(after)
        )
    warnings = saving.series_book.warnings(after.series, ())
    effects = saving.effects([after], set(requested.numbering)) if with_effects else []
    return SetsSaved([after], warnings, effects)


def delete_set(
    transaction: Transaction,
    caller: Caller,
    key: str,
    *,
    clock: Clock,
    if_match: str | None = None,
    with_effects: bool = False,
) -> list[Effect]:
    """Documents numbered from the set keep knowing it; its prefixes keep their owner.

    Errors: NotFound, EditedSince, Rejected for DEFAULT and while the set is in use.
    """
    require(caller, Right.CONFIGURE)
    saving = Saving(transaction, caller, clock)
    view = saving.current(key, if_match)
    current = view.sequence_set
    saving.violations += default_is_not_deleted(current)
    saving.books.lock_set(current.sequence_set_id)  # a draft that is being made counts too
    use = saving.books.count_set_use(current.sequence_set_id)
    saving.violations += deleted_set_is_unused(current, use)
    saving.refuse_if_violated(())
    effects = saving.effects([view]) if with_effects else []
    saving.names.forget(current)
    saving.books.mark_set_deleted(current.sequence_set_id, saving.now)
    subject = ("sequence_set", current.sequence_set_id)
    saving.trail.record("delete", subject, before=audited_state(view))
    return effects
