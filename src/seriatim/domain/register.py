"""The register: entries, their kinds, canonical bytes and hash chain.

Source: contract/numbering.md, Register; docs/reference/register-format.md.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from seriatim.domain.document_number import NumberRange

FORMAT_VERSION = 1


class EntryKind(StrEnum):
    ISSUED = "issued"
    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    VOIDED = "voided"
    SKIPPED = "skipped"
    IMPORTED = "imported"

    @property
    def is_covering(self) -> bool:
        """Whether the entry accounts for its integers itself, rather than for another entry's."""
        return self in COVERING_KINDS

    @property
    def takes_text(self) -> bool:
        """Whether its document numbers are denied to every other series.

        Skipped text is free to the others. Source: contract/sequence-sets.md, Prefix 6.
        """
        return self in TEXT_TAKING_KINDS


COVERING_KINDS = frozenset(
    {EntryKind.ISSUED, EntryKind.RESERVED, EntryKind.SKIPPED, EntryKind.IMPORTED}
)
TEXT_TAKING_KINDS = frozenset({EntryKind.ISSUED, EntryKind.RESERVED, EntryKind.IMPORTED})


class ChosenBy(StrEnum):
    """Which rule decided the sequence set of an issue. Source: contract/documents.md."""

    REQUEST = "request"
    ACCOUNT = "account"
    DEFAULT = "default"
    INVOICE = "invoice"
    # The set of the invoice that a memo was made from was deleted since.
    ACCOUNT_FOR_INVOICE = "accountAsInvoiceSetIsDeleted"
    DEFAULT_FOR_INVOICE = "defaultAsInvoiceSetIsDeleted"


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """A series' place and identity: all that its chain's first hash binds to."""

    tenant_id: str
    entity_id: str
    series_id: str


@dataclass(frozen=True, slots=True)
class EntryContent:
    """What an entry says, before it has its place in the chain.

    Units: `hold_until` and `recorded_at` are aware, in UTC, to the microsecond.
    """

    kind: EntryKind
    numbers: NumberRange
    actor: str
    request_id: str
    batch_id: str
    recorded_at: datetime
    refers_to: int | None = None
    sequence_set_id: str | None = None
    chosen_by: ChosenBy | None = None
    document_date: date | None = None
    reference: str | None = None
    reason: str | None = None
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the register. `entry_number` counts from 1 within its series."""

    series: SeriesKey
    entry_number: int
    content: EntryContent
    hash: bytes
    format_version: int = FORMAT_VERSION

    @property
    def hold(self) -> Hold | None:
        """The hold that the entry opens; None unless it reserves."""
        hold_until = self.content.hold_until
        if hold_until is None:
            return None
        return Hold(self.series, self.content.numbers, self.entry_number, hold_until)


@dataclass(frozen=True, slots=True)
class Hold:
    """Reserved numbers still to be confirmed. `entry_number` is their covering entry."""

    series: SeriesKey
    numbers: NumberRange
    entry_number: int
    hold_until: datetime


def moment_text(moment: datetime) -> str:
    """`2026-11-23T08:05:00.000123Z`: always UTC, always six decimals."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def genesis_hash(series: SeriesKey, document_type: str, prefix: str) -> bytes:
    """The hash before the first entry: binds the chain to its series."""
    return hashlib.sha256(
        _canonical(
            [
                "seriatim-series-1",
                series.tenant_id,
                series.entity_id,
                series.series_id,
                document_type,
                prefix,
            ]
        )
    ).digest()


def canonical_bytes(series: SeriesKey, entry_number: int, content: EntryContent) -> bytes:
    """The entry as a JSON array of strings and nulls, in a fixed order, without white space.

    Shape: format name, tenant, entity, series, entry number, kind, first, last, refers to,
        set, chosen by, document date, reference, actor, request id, batch id, reason,
        hold until, recorded at. Integers are decimal text; UTF-8; nothing but `"`, `\\` and
        control characters is escaped.
    """
    return _canonical(
        [
            "seriatim-register-1",
            series.tenant_id,
            series.entity_id,
            series.series_id,
            str(entry_number),
            content.kind.value,
            str(content.numbers.first),
            str(content.numbers.last),
            None if content.refers_to is None else str(content.refers_to),
            content.sequence_set_id,
            None if content.chosen_by is None else content.chosen_by.value,
            None if content.document_date is None else content.document_date.isoformat(),
            content.reference,
            content.actor,
            content.request_id,
            content.batch_id,
            content.reason,
            None if content.hold_until is None else moment_text(content.hold_until),
            moment_text(content.recorded_at),
        ]
    )


def chained_hash(previous_hash: bytes, canonical: bytes) -> bytes:
    return hashlib.sha256(previous_hash + canonical).digest()


def entry_id(series_id: str, entry_number: int) -> str:
    """The public name of an entry: made from its key, so that no index is needed to find it."""
    return f"{series_id}-{entry_number}"


_canonical_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _canonical(parts: list[str | None]) -> bytes:
    return _canonical_encoder.encode(parts).encode()
