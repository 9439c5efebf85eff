"""From a document number as text to its series and its place in the register."""

from __future__ import annotations

from dataclasses import dataclass

from seriatim.domain.document_number import parse_number
from seriatim.domain.errors import NotFound
from seriatim.domain.limits import (
    NUMBER_TEXT_CHARACTERS_MAX,
    PREFIX_CHARACTERS_MAX,
    SEQUENTIAL_NUMBER_DIGITS_MAX,
    SEQUENTIAL_NUMBER_MAX,
)
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import Series
from seriatim.store.import_queries import NumberText
from seriatim.store.sql_store import EntityBooks

RESOURCE = "document_number"
_TEXT_CHARACTERS_MAX = PREFIX_CHARACTERS_MAX + SEQUENTIAL_NUMBER_DIGITS_MAX


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number that the register knows, and the entry that covers it."""

    series: Series
    number: int
    covering: Entry


def find_number_or_text(books: EntityBooks, text: str) -> FoundNumber | NumberText:
    """Where the register accounts for a document number, or what took it outside every series.

    Order: where entangled series could both mean the text, the one that gave it is found; a text
        outside every series goes before the number of a series that stepped over it.
    Errors: NotFound for a text that was never given, skipped or taken in.
    """
    found = _accounts(books, text)
    if found and found[0].covering.content.kind.takes_text:
        return found[0]
    kept = books.get_number_text(text) if len(text) <= NUMBER_TEXT_CHARACTERS_MAX else None
    if kept is not None:
        return kept
    if not found:
        raise NotFound(RESOURCE, text)
    return found[0]


def _accounts(books: EntityBooks, text: str) -> list[FoundNumber]:
    """Order: the series that took the text first, then those that skipped it."""
    found = [
        FoundNumber(series, number, covering)
        for series, number in _meanings(books, text)
        if (covering := covering_entry(books, series.key.series_id, number)) is not None
    ]
    return sorted(found, key=lambda one: not one.covering.content.kind.takes_text)


def covering_entry(books: EntityBooks, series_id: str, number: int) -> Entry | None:
    if not 1 <= number <= SEQUENTIAL_NUMBER_MAX:
        return None
    entries = books.list_covering(series_id, from_number=number, row_count=1)
    if entries and entries[0].content.numbers.first <= number:
        return entries[0]
    return None


def _meanings(books: EntityBooks, text: str) -> list[tuple[Series, int]]:
    """Every series and number that would be written so."""
    if not 2 <= len(text) <= _TEXT_CHARACTERS_MAX:
        return []
    prefixes = [
        text[:cut]
        for cut in range(1, min(len(text), PREFIX_CHARACTERS_MAX + 1))
        if parse_number(text[:cut], text) is not None
    ]
    if not prefixes:
        return []
    return [
        (series, number)
        for series in books.find_series_with_prefixes(prefixes)
        if (number := parse_number(series.prefix, text)) is not None
    ]
