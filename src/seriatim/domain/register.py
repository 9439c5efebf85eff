"""The register: entries, their kinds, canonical bytes and hash chain.

Source: contract/numbering.md, Register; docs/reference/register-format.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from seriatim.domain.document_number import NumberRange

FORMAT_VERSION = 1


class EntryKind(StrEnum):
    ISSUED = "issued"
    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    VOIDED = "voided"
    SKIPPED = "skipped"
    IMPORTED = "imported"

    __hash__ = str.__hash__  # Enum's own is written in Python, and every entry asks for several

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


class EntryContent(NamedTuple):
    """What an entry says, before it has its place in the chain.

    Units: `hold_until` and `recorded_at` are aware, in UTC, to the microsecond.
    Cost: a named tuple, made in half the time of a frozen dataclass: each issue makes one.
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


class Entry(NamedTuple):
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


@lru_cache(maxsize=64)
def moment_text(moment: datetime) -> str:
    """`2026-11-23T08:05:00.000123Z`: always UTC, always six decimals.

    Cost: kept for the last few moments, since all entries of a transaction bear the same one.
    """
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def genesis_hash(series: SeriesKey, document_type: str, prefix: str) -> bytes:
    """The hash before the first entry: binds the chain to its series."""
    parts = (
        "seriatim-series-1",
        series.tenant_id,
        series.entity_id,
        series.series_id,
        document_type,
        prefix,
    )
    return hashlib.sha256(f"[{','.join(map(encode_basestring, parts))}]".encode()).digest()


def canonical_bytes(series: SeriesKey, entry_number: int, content: EntryContent) -> bytes:
    """The entry as a JSON array of strings and nulls, in a fixed order, without white space.

    Shape: format name, tenant, entity, series, entry number, kind, first, last, refers to,
        set, chosen by, document date, reference, actor, request id, batch id, reason,
        hold until, recorded at. Integers are decimal text; UTF-8; nothing but `"`, `\\` and
        control characters is escaped.
    Cost: written out here, not by a JSON library: every issue and every verified entry pays it.
    """
    refers_to, document_date, hold_until = (
        content.refers_to,
        content.document_date,
        content.hold_until,
    )
    return (
        f'["seriatim-register-1","{series.tenant_id}","{series.entity_id}","{series.series_id}",'
        f'"{entry_number}","{content.kind}",'
        f'"{content.numbers.first}","{content.numbers.last}",'
        f"{_quoted(None if refers_to is None else str(refers_to))},"
        f"{_quoted(content.sequence_set_id)},{_quoted(content.chosen_by)},"
        f"{_quoted(None if document_date is None else document_date.isoformat())},"
        f"{_quoted(content.reference)},{_quoted(content.actor)},"
        f"{_quoted(content.request_id)},{_quoted(content.batch_id)},{_quoted(content.reason)},"
        f"{_quoted(None if hold_until is None else moment_text(hold_until))},"
        f'"{moment_text(content.recorded_at)}"]'
    ).encode()


def _quoted(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


def chained_hash(previous_hash: bytes, canonical: bytes) -> bytes:
    return hashlib.sha256(previous_hash + canonical).digest()


def entry_id(series_id: str, entry_number: int) -> str:
    """The public name of an entry: made from its key, so that no index is needed to find it."""
    return f"{series_id}-{entry_number}"
