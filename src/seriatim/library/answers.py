"""What the library answers: small values with document numbers as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import ChosenBy, Entry, EntryKind, entry_id
from seriatim.domain.sequence_set import Series
from seriatim.engine.verify import Fault, Verification
from seriatim.service.number_history import TAKEN_OUTSIDE, Neighbour, NumberHistory
from seriatim.service.number_moves import NumbersMoved
from seriatim.service.numbers import NumbersIssued
from seriatim.service.sequence_sets import SetsSaved
from seriatim.store.import_queries import NumberText


@dataclass(frozen=True, slots=True)
class DocumentNumbers:
    """A run of consecutive document numbers, both ends included."""

    first_number: str
    last_number: str
    count: int


@dataclass(frozen=True, slots=True)
class IssuedNumbers:
    """The numbers of one request, issued or reserved.

    Shape: `ranges` rise; there is one, unless numbers already taken elsewhere were stepped over.
        `hold_until` is set for reserved numbers; `is_replay` says that the idempotency key had
        given these numbers before.
    """

    document_type: DocumentType
    sequence_set_id: str
    prefix: str
    ranges: tuple[DocumentNumbers, ...]
    state: NumberState
    document_date: date
    entry_id: str
    issued_at: datetime
    hold_until: datetime | None = None
    is_replay: bool = False

    @property
    def first_number(self) -> str:
        return self.ranges[0].first_number

    @property
    def last_number(self) -> str:
        return self.ranges[-1].last_number

    @property
    def count(self) -> int:
        return sum(part.count for part in self.ranges)

    @property
    def number(self) -> str:
        """The number of a request for one. Errors: ValueError if there are several."""
        if self.count != 1:
            raise ValueError(f"{self.count} numbers were given: see 'ranges' or 'numbers()'")
        return self.first_number

    def numbers(self) -> Iterator[str]:
        """Every number, in its order."""
        for part in self.ranges:
            first = int(part.first_number[len(self.prefix) :])
            for sequential_number in range(first, first + part.count):
                yield format_number(self.prefix, sequential_number)


@dataclass(frozen=True, slots=True)
class MovedNumbers:
    """Numbers that were confirmed (now `issued`) or voided."""

    document_type: DocumentType
    prefix: str
    first_number: str
    last_number: str
    count: int
    state: NumberState
    entry_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One entry of the register.

    Shape: `hash` is 64 hex characters; for a text that was taken outside every series there is no
        entry, and id and hash are None.
    """

    entry_id: str | None
    kind: EntryKind
    first_number: str
    last_number: str
    sequence_set_id: str | None
    chosen_by: ChosenBy | None
    document_date: date | None
    reference: str | None
    reason: str | None
    actor: str
    request_id: str
    hold_until: datetime | None
    recorded_at: datetime
    hash: str | None


@dataclass(frozen=True, slots=True)
class NeighbourNumber:
    number: str
    state: NumberState


@dataclass(frozen=True, slots=True)
class ExplainedNumber:
    """Why a number is what it is.

    Shape: `history` begins with the entry that accounts for the number; a neighbour is None where
        the register ends; `prefix` is None for a text that was taken outside every series.
    """

    number: str
    document_type: DocumentType
    prefix: str | None
    state: NumberState
    reason: str | None
    history: tuple[RegisterEntry, ...]
    previous: NeighbourNumber | None
    next: NeighbourNumber | None


@dataclass(frozen=True, slots=True)
class VerifiedSeries:
    """What a pass over one series' entries found. `numbers` counts the integers accounted for."""

    series_id: str
    document_type: DocumentType
    prefix: str
    entries: int
    numbers: int
    head_hash: str
    first_fault: Fault | None

    @property
    def is_verified(self) -> bool:
        return self.first_fault is None


@dataclass(frozen=True, slots=True)
class VerifiedRegister:
    """What a pass over every series of the entity found. Order: by prefix without case."""

    series: tuple[VerifiedSeries, ...]

    @property
    def is_verified(self) -> bool:
        return all(one.is_verified for one in self.series)


@dataclass(frozen=True, slots=True)
class CreatedSet:
    """A new sequence set. `warnings` name the numbers at which entangled prefixes would meet."""

    sequence_set_id: str
    sequence_set_number: str
    name: str
    warnings: tuple[str, ...]


def issued_numbers(issued: NumbersIssued) -> IssuedNumbers:
    entry, series = issued.first_entry, issued.series
    return IssuedNumbers(
        document_type=series.document_type,
        sequence_set_id=issued.sequence_set_id,
        prefix=series.prefix,
        ranges=tuple(document_numbers(series.prefix, part) for part in issued.ranges),
        state=NumberState(entry.content.kind.value),
        document_date=issued.document_date,
        entry_id=_entry_id(entry),
        issued_at=issued.issued_at,
        hold_until=entry.content.hold_until,
    )


def document_numbers(prefix: str, numbers: NumberRange) -> DocumentNumbers:
    return DocumentNumbers(
        format_number(prefix, numbers.first), format_number(prefix, numbers.last), numbers.count
    )


def moved_numbers(moved: NumbersMoved) -> MovedNumbers:
    named = document_numbers(moved.series.prefix, moved.numbers)
    is_void = moved.kind is EntryKind.VOIDED
    return MovedNumbers(
        document_type=moved.series.document_type,
        prefix=moved.series.prefix,
        first_number=named.first_number,
        last_number=named.last_number,
        count=named.count,
        state=NumberState.VOIDED if is_void else NumberState.ISSUED,
        entry_ids=tuple(map(_entry_id, moved.entries)),
    )


def explained_number(history: NumberHistory | NumberText) -> ExplainedNumber:
    if isinstance(history, NumberText):
        return _explained_text(history)
    prefix = history.series.prefix
    return ExplainedNumber(
        number=format_number(prefix, history.number),
        document_type=history.series.document_type,
        prefix=prefix,
        state=history.state,
        reason=history.reason,
        history=tuple(_register_entry(prefix, entry) for entry in history.history),
        previous=_neighbour(prefix, history.previous),
        next=_neighbour(prefix, history.next),
    )


def _explained_text(taken: NumberText) -> ExplainedNumber:
    entry = RegisterEntry(
        entry_id=None,
        kind=EntryKind.IMPORTED,
        first_number=taken.text,
        last_number=taken.text,
        sequence_set_id=None,
        chosen_by=None,
        document_date=taken.document_date,
        reference=taken.reference,
        reason=TAKEN_OUTSIDE,
        actor=taken.actor,
        request_id=taken.request_id,
        hold_until=None,
        recorded_at=taken.recorded_at,
        hash=None,
    )
    return ExplainedNumber(
        number=taken.text,
        document_type=taken.document_type,
        prefix=None,
        state=NumberState.IMPORTED,
        reason=TAKEN_OUTSIDE,
        history=(entry,),
        previous=None,
        next=None,
    )


def verified_series(series: Series, found: Verification) -> VerifiedSeries:
    return VerifiedSeries(
        series_id=series.key.series_id,
        document_type=series.document_type,
        prefix=series.prefix,
        entries=found.entries,
        numbers=found.numbers,
        head_hash=found.head_hash.hex(),
        first_fault=found.first_fault,
    )


def created_set(saved: SetsSaved) -> CreatedSet:
    (view,) = saved.sets
    return CreatedSet(
        sequence_set_id=view.sequence_set.sequence_set_id,
        sequence_set_number=view.sequence_set.sequence_set_number,
        name=view.sequence_set.name,
        warnings=tuple(one.message for one in saved.warnings),
    )


def _entry_id(entry: Entry) -> str:
    return entry_id(entry.series.series_id, entry.entry_number)


def _register_entry(prefix: str, entry: Entry) -> RegisterEntry:
    content = entry.content
    return RegisterEntry(
        entry_id=_entry_id(entry),
        kind=content.kind,
        first_number=format_number(prefix, content.numbers.first),
        last_number=format_number(prefix, content.numbers.last),
        sequence_set_id=content.sequence_set_id,
        chosen_by=content.chosen_by,
        document_date=content.document_date,
        reference=content.reference,
        reason=content.reason,
        actor=content.actor,
        request_id=content.request_id,
        hold_until=content.hold_until,
        recorded_at=content.recorded_at,
        hash=entry.hash.hex(),
    )


def _neighbour(prefix: str, neighbour: Neighbour | None) -> NeighbourNumber | None:
    if neighbour is None:
        return None
    return NeighbourNumber(format_number(prefix, neighbour.number), neighbour.state)
