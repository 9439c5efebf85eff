"""Finding, founding and moving the series that a set names."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from seriatim.domain.document_number import NumberRange, fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import PathPart, Violation
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import SeriesKey, genesis_hash
from seriatim.domain.rules.set_requests import (
    payment_prefix_ends_in_no_digit,
    prefix_is_not_reserved,
    prefix_is_well_formed,
    start_number_has_1_to_20_digits,
)
from seriatim.domain.rules.set_state import (
    PrefixOwner,
    entanglement_warning,
    prefix_belongs_to_its_document_type,
    prefix_keeps_its_case,
    start_number_is_not_below_next,
)
from seriatim.domain.sequence_set import Blank, NumberingInput, Series
from seriatim.engine.issue import raise_start, settle
from seriatim.engine.nearness import lock_near, near_partners
from seriatim.engine.orders import Stamp
from seriatim.store.sql_store import EntityBooks

WARNINGS_OF_A_SERIES_MAX = 100
_LONGER_READ_MAX = 1000


@dataclass(frozen=True, slots=True)
class SetWarning:
    """Something saved that its owner should know. `path` leads into the request."""

    path: tuple[PathPart, ...]
    message: str
    first_collision: str


@dataclass(frozen=True, slots=True)
class Raised:
    """A series that a set's start number raised, and the numbers that nobody will ever get.

    Shape: `skipped` rises; numbers that were imported on the way are not in it.
    """

    series_id: str
    skipped: list[NumberRange]


class SeriesBook:
    """The series of one saving operation; the entity is locked, series are locked as needed."""

    def __init__(self, books: EntityBooks, stamp: Stamp) -> None:
        self._books = books
        self._stamp = stamp
        self._claimed: dict[str, PrefixOwner] = {}
        self.raised: list[Raised] = []
        self.has_moved = False

    def place(
        self,
        document_type: DocumentType,
        numbering: NumberingInput,
        row: Series | None,
        *,
        set_is_default: bool,
    ) -> tuple[Series | None, list[Violation]]:
        """The series that numbers a type after the change, or why it cannot be.

        Shape: `row` is the series the set named before, if any. With a new prefix alone, a
            series that exists is joined where it stands; a new one starts at the number the
            row showed, or at 1.
        """
        prefix = row.prefix if row and isinstance(numbering.prefix, Blank) else numbering.prefix
        if isinstance(prefix, Blank) or numbering.prefix is Blank.FAULTY:
            return None, []
        start = numbering.start_number
        if not _is_sound(document_type, prefix, set_is_default=set_is_default):
            return None, []
        violations = self._check_owner(document_type, prefix)
        if violations or start is Blank.FAULTY:
            return None, violations
        if isinstance(start, int) and not 1 <= start <= SEQUENTIAL_NUMBER_MAX:
            return None, []
        existing = self._books.find_series_by_prefix(document_type, prefix)
        if existing is not None and not existing.is_released:
            return self._join(existing, start)
        first = start if isinstance(start, int) else (row.next_number if row else 1)
        violations = list(start_number_has_1_to_20_digits(document_type, first))
        if violations:
            return None, violations
        return self._found(document_type, prefix, first, existing), []

    def _check_owner(self, document_type: DocumentType, prefix: str) -> list[Violation]:
        owner = self._claimed.get(fold(prefix)) or self._books.find_prefix_owner(prefix)
        self._claimed.setdefault(fold(prefix), owner or PrefixOwner(prefix, document_type))
        violations = list(prefix_belongs_to_its_document_type(document_type, prefix, owner))
        return violations or list(prefix_keeps_its_case(document_type, prefix, owner))

    def _join(self, existing: Series, start: int | Blank) -> tuple[Series | None, list[Violation]]:
        if not isinstance(start, int):
            return existing, []
        locked, _ = lock_near(self._books, existing)
        violations = list(start_number_is_not_below_next(locked, start))
        if violations:
            return None, violations
        if start == locked.next_number:
            return locked, []
        self.has_moved = True
        if not locked.has_entries:
            self._books.start_series_at(locked.starting_at(start))
            return settle(self._books, locked), []
        raised, skipped = raise_start(self._books, locked, start, self._stamp)
        self.raised.append(Raised(locked.key.series_id, skipped))
        return raised, []

    def _found(
        self, document_type: DocumentType, prefix: str, start: int, released: Series | None
    ) -> Series:
        """Bring a series into being, or a released one back; its prefix has an owner from now."""
        series_id = released.key.series_id if released else uuid.uuid4().hex
        key = SeriesKey(self._books.tenant_id, self._books.entity_id, series_id)
        founded = Series(
            key=key,
            document_type=document_type,
            prefix=prefix,
            origin=start,
            last_number=start - 1,
            last_entry_number=0,
            head_hash=genesis_hash(key, document_type.value, prefix),
        )
        if self._books.find_prefix_owner(prefix) is None:
            self._books.insert_prefix_owner(
                PrefixOwner(prefix, document_type), self._stamp.recorded_at
            )
        if released:
            self._books.start_series_at(founded)
        else:
            self._books.insert_series(founded, self._stamp.recorded_at)
        return settle(self._books, founded)

    def warnings(self, named: Sequence[Series], base: tuple[PathPart, ...]) -> list[SetWarning]:
        return set_warnings(self._books, named, base)


def set_warnings(
    books: EntityBooks, named: Sequence[Series], base: tuple[PathPart, ...] = ()
) -> list[SetWarning]:
    """What to say of each of a set's series that can meet another one.

    Shape: of each at most WARNINGS_OF_A_SERIES_MAX, and first those that it meets next. Where
        thousands extend its prefix, they are those among the first of these.
    """
    found = []
    prefixes = [series.prefix for series in named]
    others, are_all = books.find_series_entangled_with(prefixes, longer_max=_LONGER_READ_MAX)
    is_short = are_all and len(others) <= WARNINGS_OF_A_SERIES_MAX
    for series in named:
        next_ones = [] if is_short else near_partners(books, series).partners
        candidates = {other.key: other for other in (*next_ones, *others)}
        warnings = (entanglement_warning(series, other) for other in candidates.values())
        meeting = (warning for warning in warnings if warning is not None)
        for warning in islice(meeting, WARNINGS_OF_A_SERIES_MAX):
            path = (*base, warning.document_type.field_name, "prefix")
            found.append(SetWarning(path, warning.message, warning.first_collision))
    return found


def _is_sound(document_type: DocumentType, prefix: str, *, set_is_default: bool) -> bool:
    """Whether the prefix broke no rule of its own; the request rules have reported it if so."""
    return not [
        *prefix_is_well_formed(document_type, prefix),
        *payment_prefix_ends_in_no_digit(document_type, prefix),
        *prefix_is_not_reserved(document_type, prefix, set_is_default=set_is_default),
    ]
