"""What a creation, change or deletion of a set would do, fault by fault, for people to confirm."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Rejected, Violation
from seriatim.domain.sequence_set import NumberingInput, SequenceSet, SequenceSetInput
from seriatim.service.sequence_sets import create_sets, delete_set, get_set, update_set
from seriatim.service.set_effects import Effect, effects_of, skipped_by
from seriatim.service.set_saving import Saving, SetView
from seriatim.service.set_series import SetWarning, set_warnings
from seriatim.store.sql_store import SqlStore, Transaction


@dataclass(frozen=True, slots=True)
class SetReview:
    """Shape: with `violations` nothing would be saved, and `effects` tell of the rows that are
    sound by themselves.
    """

    effects: list[Effect]
    warnings: list[SetWarning]
    violations: tuple[Violation, ...] = ()


def describe_set(transaction: Transaction, caller: Caller, key: str) -> tuple[SetView, SetReview]:
    """A set, and what it does as it stands. Errors: NotFound."""
    view = get_set(transaction, caller, key)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    effects = effects_of(books, view.sequence_set, view.series, {})
    return view, SetReview(effects, set_warnings(books, view.series))


def review_set(
    store: SqlStore,
    caller: Caller,
    key: str | None,
    requested: SequenceSetInput,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
    if_match: str | None = None,
) -> SetReview:
    """Save, and undo it. Shape: without a `key`, a new set.

    Errors: NotFound, EditedSince.
    Cost: a transaction that takes the locks of the real one.
    """

    def work(transaction: Transaction) -> SetReview:
        transaction.session.savepoint()
        try:
            review = _saved(
                transaction,
                caller,
                key,
                requested,
                clock=clock,
                shape_faults=shape_faults,
                if_match=if_match,
            )
        except Rejected as refusal:
            transaction.session.undo_to_savepoint()
            sound = _effects_of_sound_rows(transaction, caller, key, requested, clock)
            review = SetReview(sound, [], refusal.violations)
        transaction.session.undo_to_savepoint()
        return review

    return store.run(work)


def review_deletion(store: SqlStore, caller: Caller, key: str, *, clock: Clock) -> SetReview:
    """Delete, and undo it. Errors: NotFound."""

    def work(transaction: Transaction) -> SetReview:
        transaction.session.savepoint()
        try:
            review = SetReview(
                delete_set(transaction, caller, key, clock=clock, with_effects=True), []
            )
        except Rejected as refusal:
            review = SetReview([], [], refusal.violations)
        transaction.session.undo_to_savepoint()
        return review

    return store.run(work)


def _saved(
    transaction: Transaction,
    caller: Caller,
    key: str | None,
    requested: SequenceSetInput,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation],
    if_match: str | None,
) -> SetReview:
    if key is None:
        saved = create_sets(
            transaction,
            caller,
            [requested],
            clock=clock,
            shape_faults=shape_faults,
            with_effects=True,
        )
    else:
        saved = update_set(
            transaction,
            caller,
            key,
            requested,
            clock=clock,
            shape_faults=shape_faults,
            if_match=if_match,
            with_effects=True,
        )
    return SetReview(saved.effects, saved.warnings)


def _effects_of_sound_rows(
    transaction: Transaction,
    caller: Caller,
    key: str | None,
    requested: SequenceSetInput,
    clock: Clock,
) -> list[Effect]:
    saving = Saving(transaction, caller, clock)
    current = _new_set() if key is None else saving.current(key, None).sequence_set
    placed = []
    for document_type, numbering in requested.numbering.items():
        if isinstance(numbering, NumberingInput) and saving.settings.shows(document_type):
            series, _ = saving.series_book.place(
                document_type,
                numbering,
                current.series.get(document_type),
                set_is_default=current.is_default,
            )
            placed += [] if series is None else [series]
    skipped = skipped_by(saving.series_book.raised)
    return effects_of(saving.books, current, placed, skipped)


def _new_set() -> SequenceSet:
    return SequenceSet(
        sequence_set_id=uuid.uuid4().hex,
        sequence_set_number="",
        name="",
        is_default=False,
        chronological=False,
        revision=0,
        series={},
    )
