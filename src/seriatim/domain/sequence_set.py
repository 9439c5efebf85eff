"""Sequence sets and series; what a caller asks of a set, and what becomes of it.

Source: contract/sequence-sets.md; contract/numbering.md, Series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Final

from seriatim.domain.document_number import fold, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import SeriesKey

DEFAULT_SET_NAME = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Series:
    """One counter: (entity, document type, prefix).

    Shape: `last_number` is the highest number issued, reserved, skipped or passed, one below
        `origin` while there is none (not the next one: after 20 nines that has 21 digits).
        `clear_until` is the first number whose text may be taken by somebody; below it, and
        everywhere when it is None, nothing has to be looked up before issuing.
        `is_chronological` while a living set that names it asks for dates that never go back.
    """

    key: SeriesKey
    document_type: DocumentType
    prefix: str
    origin: int
    last_number: int
    last_entry_number: int
    head_hash: bytes
    clear_until: int | None = None
    last_document_date: date | None = None
    issued_count: int = 0
    voided_count: int = 0
    skipped_count: int = 0
    imported_count: int = 0
    is_released: bool = False
    stopped_because: str | None = None
    is_chronological: bool = False

    @property
    def next_number(self) -> int:
        return self.last_number + 1

    @property
    def has_entries(self) -> bool:
        return self.last_entry_number > 0

    @property
    def min_start_number(self) -> int:
        """The lowest start number that may be set. Source: contract/sequence-sets.md, Start number 2, 3."""
        return self.next_number if self.has_entries else 1

    @property
    def next_document_number(self) -> str | None:
        """None when the series has given out its last number."""
        if self.next_number > SEQUENTIAL_NUMBER_MAX:
            return None
        return format_number(self.prefix, self.next_number)

    def starting_at(self, start_number: int) -> Series:
        """A series without entries simply starts where it is told."""
        return replace(self, origin=start_number, last_number=start_number - 1)


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """A named bundle of series, one a document type.

    Shape: `series` holds only the types the set names itself; `revision` counts the edits
        of the configuration and makes the ETag.
    """

    sequence_set_id: str
    sequence_set_number: str
    name: str
    is_default: bool
    chronological: bool
    revision: int
    series: Mapping[DocumentType, Series]

    @property
    def etag(self) -> str:
        return f'"{self.sequence_set_id}-{self.revision}"'


@dataclass(frozen=True, slots=True)
class SetName:
    """A set's keys as they stand for comparison and for the next number to give."""

    sequence_set_id: str
    name: str
    sequence_set_number: str

    @property
    def folded_keys(self) -> frozenset[str]:
        return frozenset({fold(self.name), fold(self.sequence_set_number), self.sequence_set_id})


class Blank(Enum):
    """Why a field of a request has no value to work with."""

    ABSENT = "absent"
    FAULTY = "faulty"  # present but already reported: rules pass over it


ABSENT: Final = Blank.ABSENT
FAULTY: Final = Blank.FAULTY


@dataclass(frozen=True, slots=True)
class NumberingInput:
    """What a request says of one document type of a set."""

    prefix: str | Blank = ABSENT
    start_number: int | Blank = ABSENT


@dataclass(frozen=True, slots=True)
class SequenceSetInput:
    """What a request says of a set; for a creation and for a change alike.

    Shape: a type that is None in `numbering` was sent as null; a type that is not in it was
        left out.
    """

    name: str | Blank = ABSENT
    sequence_set_number: str | Blank = ABSENT
    chronological: bool | Blank = ABSENT
    numbering: Mapping[DocumentType, NumberingInput | Blank | None] = field(
        default_factory=dict[DocumentType, NumberingInput | Blank | None]
    )


@dataclass(frozen=True, slots=True)
class EntitySettings:
    """The settings of one entity. Source: contract/transport.md, Beside the API."""

    invoice_settlement: bool = True
    flexible_billing_attributes: bool = True
    number_assignment: str = "creation"
    time_zone: str = "UTC"

    def shows(self, document_type: DocumentType) -> bool:
        return self.invoice_settlement or not document_type.needs_invoice_settlement
