"""One saving operation on sequence sets: rules collected, changes written, effects told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import EditedSince, NotFound, PathPart, Rejected, Violation, all_under
from seriatim.domain.rules.set_requests import (
    fields_are_well_formed,
    first_numbering_names_its_prefix,
    memos_need_invoice_settlement,
    new_set_has_its_required_fields,
    only_payments_and_refunds_are_null,
)
from seriatim.domain.rules.set_state import default_keeps_its_name
from seriatim.domain.sequence_set import (
    Blank,
    EntitySettings,
    NumberingInput,
    SequenceSet,
    SequenceSetInput,
    Series,
)
from seriatim.engine.orders import Stamp
from seriatim.service.audit import AuditTrail
from seriatim.service.set_effects import Effect, effects_of, skipped_by
from seriatim.service.set_names import NameBook
from seriatim.service.set_series import SeriesBook
from seriatim.store.sql_store import EntityBooks, Transaction


@dataclass(frozen=True, slots=True)
class SetView:
    """A set as it may be shown: without memos while Invoice Settlement is off."""

    sequence_set: SequenceSet
    settings_show_memos: bool

    @property
    def series(self) -> list[Series]:
        """Order: as document types are listed."""
        return [
            self.sequence_set.series[document_type]
            for document_type in DocumentType
            if document_type in self.sequence_set.series
            and (self.settings_show_memos or not document_type.needs_invoice_settlement)
        ]

    def one_revision_on(self) -> SetView:
        revised = replace(self.sequence_set, revision=self.sequence_set.revision + 1)
        return replace(self, sequence_set=revised)


class Saving:
    """One saving operation: the entity locked, its rules collected, its changes written."""

    def __init__(self, transaction: Transaction, caller: Caller, clock: Clock) -> None:
        self.now: datetime = clock.now()
        self.books: EntityBooks = transaction.books(caller.tenant_id, caller.entity_id)
        locked = self.books.lock_entity()
        self.settings: EntitySettings = locked.settings
        self.violations: list[Violation] = []
        self.names = NameBook(self.books, locked.last_set_position)
        self.trail = AuditTrail(self.books, caller, locked.last_audit_number, self.now)
        stamp = Stamp(caller.actor, caller.request_id, str(uuid.uuid4()), self.now)
        self.series_book = SeriesBook(self.books, stamp)

    def current(self, key: str, if_match: str | None) -> SetView:
        row = self.books.get_set(key)
        if row is None:
            raise NotFound("sequence_set", key)
        if if_match is not None and not _matches(if_match, row.sequence_set.etag):
            raise EditedSince("the sequence set has been edited since the version in If-Match")
        return SetView(row.sequence_set, row.settings.invoice_settlement)

    def create(self, requested: SequenceSetInput, base: tuple[PathPart, ...]) -> SequenceSet | None:
        """The new set, or None if it breaks a rule: its faults stand in `violations`."""
        faults = [
            *new_set_has_its_required_fields(requested, self.settings),
            *only_payments_and_refunds_are_null(requested),
            *memos_need_invoice_settlement(requested, self.settings),
            *fields_are_well_formed(requested, set_is_default=False),
            *self.names.check_new(requested),
        ]
        series, violations = self._place_all(requested, None)
        faults += violations
        self.violations += all_under(base, faults)
        if faults or _is_faulty(requested):
            return None
        new = self.names.name_new(requested, series, self.now)
        for one in series.values():
            self.books.point_set_at_series(new, one)
        return new

    def change(self, current: SequenceSet, requested: SequenceSetInput) -> None:
        requested = _without_repeated_ends(requested, current)
        faults = [
            *only_payments_and_refunds_are_null(requested),
            *memos_need_invoice_settlement(requested, self.settings),
            *fields_are_well_formed(requested, set_is_default=current.is_default),
        ]
        if not isinstance(requested.name, Blank):
            faults += default_keeps_its_name(current, requested.name)
            faults += self.names.check_rename(current, requested.name)
        series, violations = self._place_all(requested, current)
        faults += violations
        self.violations += faults
        if faults:
            return
        for document_type, cleared in requested.numbering.items():
            left = current.series.get(document_type)
            if cleared is None and left is not None:
                self.books.clear_set_numbering(current.sequence_set_id, left)
        for document_type, one in series.items():
            self.books.point_set_at_series(current, one, current.series.get(document_type))

    def _place_all(
        self, requested: SequenceSetInput, current: SequenceSet | None
    ) -> tuple[dict[DocumentType, Series], list[Violation]]:
        """The series of every type the request names, and the rules that some of them break."""
        series: dict[DocumentType, Series] = {}
        faults: list[Violation] = []
        for document_type, numbering in self._shown_numbering(requested):
            row = current.series.get(document_type) if current else None
            faults += first_numbering_names_its_prefix(
                document_type, numbering, set_has_one=row is not None
            )
            placed, violations = self.series_book.place(
                document_type,
                numbering,
                row,
                set_is_default=current is not None and current.is_default,
            )
            faults += violations
            if placed is not None:
                series[document_type] = placed
        return series, faults

    def _shown_numbering(
        self, requested: SequenceSetInput
    ) -> list[tuple[DocumentType, NumberingInput]]:
        return [
            (document_type, numbering)
            for document_type, numbering in requested.numbering.items()
            if isinstance(numbering, NumberingInput) and self.settings.shows(document_type)
        ]

    def merged(self, before: SetView, requested: SequenceSetInput) -> SetView:
        """The set as the change leaves it."""
        stored = before
        if requested.numbering:
            stored = self.read_back(before.sequence_set.sequence_set_id)
        current = stored.sequence_set
        name, chronological = requested.name, requested.chronological
        changed = replace(
            current,
            name=current.name if isinstance(name, Blank) else name,
            chronological=(
                current.chronological if isinstance(chronological, Blank) else chronological
            ),
        )
        return replace(stored, sequence_set=changed)

    def has_changed(self, before: SetView, after: SetView) -> bool:
        """Whether the request changed anything: numbers issued meanwhile are no change of its."""
        return self.series_book.has_moved or _configuration(before) != _configuration(after)

    def read_back(self, sequence_set_id: str) -> SetView:
        """The set as the transaction has left it, series shared with others included."""
        row = self.books.get_set(sequence_set_id)
        if row is None:
            raise NotFound("sequence_set", sequence_set_id)
        return SetView(row.sequence_set, row.settings.invoice_settlement)

    def effects(
        self,
        views: list[SetView],
        only: set[DocumentType] | None = None,
    ) -> list[Effect]:
        skipped = skipped_by(self.series_book.raised)
        return [
            effect
            for view in views
            for effect in effects_of(self.books, view.sequence_set, view.series, skipped)
            if only is None or effect.document_type in only
        ]

    def refuse_if_violated(self, shape_faults: Sequence[Violation]) -> None:
        found = [*shape_faults, *self.violations]
        if found:
            raise Rejected(found)


def _is_faulty(requested: SequenceSetInput) -> bool:
    """Whether a value is missing because its shape was reported already."""
    values: list[object] = [
        requested.name,
        requested.sequence_set_number,
        requested.chronological,
        *requested.numbering.values(),
    ]
    for numbering in requested.numbering.values():
        if isinstance(numbering, NumberingInput):
            values += [numbering.prefix, numbering.start_number]
    return Blank.FAULTY in values


def _without_repeated_ends(requested: SequenceSetInput, current: SequenceSet) -> SequenceSetInput:
    """A series that is used up shows a next number of 21 digits; to write it back asks nothing."""
    numbering = dict(requested.numbering)
    for document_type, series in current.series.items():
        asked = numbering.get(document_type)
        if (
            series.next_document_number is None
            and isinstance(asked, NumberingInput)
            and asked.prefix in (Blank.ABSENT, series.prefix)
            and asked.start_number == series.next_number
        ):
            numbering[document_type] = replace(asked, start_number=Blank.ABSENT)
    return replace(requested, numbering=numbering)


def _matches(if_match: str, etag: str) -> bool:
    candidates = [candidate.strip() for candidate in if_match.split(",")]
    return "*" in candidates or etag in candidates


def _configuration(view: SetView) -> tuple[str, bool, dict[DocumentType, str]]:
    current = view.sequence_set
    prefixes = {document_type: series.prefix for document_type, series in current.series.items()}
    return current.name, current.chronological, prefixes


def audited_state(view: SetView) -> dict[str, object]:
    """The set's configuration as the audit trail keeps it, hidden memos included."""
    current = view.sequence_set
    state: dict[str, object] = {
        "name": current.name,
        "sequence_set_number": current.sequence_set_number,
        "chronological": current.chronological,
    }
    for document_type in DocumentType:
        series = current.series.get(document_type)
        if series is not None:
            state[document_type.field_name] = {
                "prefix": series.prefix,
                "start_number": series.next_number,
            }
    return state
