"""Appending to a series' hash chain. Pure; source: contract/numbering.md, Register."""

from __future__ import annotations

from dataclasses import replace

from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import (
    Entry,
    EntryContent,
    EntryKind,
    canonical_bytes,
    chained_hash,
)
from seriatim.domain.sequence_set import Series


def appended(series: Series, contents: list[EntryContent]) -> tuple[Series, list[Entry]]:
    """The series after its new entries, and the entries with their places in the chain.

    Order: entries as given; covering ones rise from the series' next number, except
        imported ones, which may lie ahead.
    Errors: InvariantBroken if an entry would leave a gap or cover a number twice.
    """
    entries = []
    for content in contents:
        series, entry = _append(series, content)
        entries.append(entry)
    return series, entries


def _append(series: Series, content: EntryContent) -> tuple[Series, Entry]:
    entry_number = series.last_entry_number + 1
    entry_hash = chained_hash(series.head_hash, canonical_bytes(series.key, entry_number, content))
    advanced = replace(
        _counted(series, content), last_entry_number=entry_number, head_hash=entry_hash
    )
    return advanced, Entry(series.key, entry_number, content, entry_hash)


def _counted(series: Series, content: EntryContent) -> Series:
    numbers, count = content.numbers, content.numbers.count
    match content.kind:
        case EntryKind.ISSUED | EntryKind.RESERVED:
            advanced = replace(_passed(series, content), issued_count=series.issued_count + count)
            return _dated(advanced, content)
        case EntryKind.SKIPPED:
            return replace(_passed(series, content), skipped_count=series.skipped_count + count)
        case EntryKind.IMPORTED:
            return replace(series, imported_count=series.imported_count + count)
        case EntryKind.VOIDED:
            return replace(series, voided_count=series.voided_count + count)
        case EntryKind.CONFIRMED:
            if numbers.last > series.last_number:
                raise InvariantBroken(f"'{series.prefix}': confirmed a number never reserved")
            return series


def _passed(series: Series, content: EntryContent) -> Series:
    numbers = content.numbers
    if numbers.first != series.next_number or numbers.last < numbers.first:
        raise InvariantBroken(
            f"'{series.prefix}': the entry begins at {numbers.first}, "
            f"the next number is {series.next_number}"
        )
    return replace(series, last_number=numbers.last)


def _dated(series: Series, content: EntryContent) -> Series:
    day, last = content.document_date, series.last_document_date
    if day is None or (last is not None and day <= last):
        return series
    return replace(series, last_document_date=day)
