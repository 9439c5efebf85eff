"""One entity's books on paper: what the engine needs of a store, without a database."""

from __future__ import annotations

from dataclasses import replace

from seriatim.domain.document_number import NumberRange, entanglement, fold, parse_number
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import Entry, EntryKind, Hold
from seriatim.domain.sequence_set import Series
from seriatim.engine.issue import settle


class PaperBooks:
    """Shape: `calls` notes what was asked for, in order; `look_ups` counts the searches."""

    def __init__(self, *series: Series) -> None:
        self.series: dict[str, Series] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.chronological: set[str] = set()
        self.calls: list[tuple[str, ...]] = []
        self.look_ups = 0
        self.texts: set[str] = set()
        for one in series:
            self.add(one)

    def add(self, series: Series) -> Series:
        """Bring a series into being, as saving a set does."""
        self.series[series.key.series_id] = series
        self.entries[series.key.series_id] = []
        return settle(self, series)

    def lock_series(self, series_ids: list[str]) -> dict[str, Series]:
        self.calls.append(("lock_series", *sorted(series_ids)))
        return {
            one: replace(self.series[one], is_chronological=one in self.chronological)
            for one in sorted(series_ids)
        }

    def find_entangled_series(self, prefix: str) -> list[Series]:
        return [
            series
            for series in self.series.values()
            if not series.is_released and entanglement(prefix, series.prefix) is not None
        ]

    def find_few_entangled(self, prefix: str, *, longer_max: int) -> list[Series] | None:
        found = self.find_entangled_series(prefix)
        longer = sum(len(one.prefix) > len(prefix) for one in found)
        return None if longer > longer_max else found

    def find_series_with_prefixes(self, prefixes: list[str]) -> list[Series]:
        wanted = set(map(fold, prefixes))
        return [
            series
            for series in self.series.values()
            if not series.is_released and fold(series.prefix) in wanted
        ]

    def find_covering(
        self, series_id: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[tuple[EntryKind, NumberRange]]:
        self.look_ups += 1
        found = [
            (entry.content.kind, entry.content.numbers)
            for entry in self.entries[series_id]
            if entry.content.kind.is_covering
            and entry.content.numbers.first <= numbers.last
            and entry.content.numbers.last >= numbers.first
        ]
        return sorted(found, key=lambda row: row[1].first)[:row_count]

    def has_text_numbers(self, prefix: str) -> bool:
        return any(parse_number(prefix, text) is not None for text in self.texts)

    def find_text_numbers(
        self, prefix: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[int]:
        found = [
            number
            for text in self.texts
            if (number := parse_number(prefix, text)) is not None
            and numbers.first <= number <= numbers.last
        ]
        return sorted(found)[:row_count]

    def append_entries(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.entries[entry.series.series_id].append(entry)

    def insert_holds(self, holds: list[Hold]) -> None:
        self.calls.append(("insert_holds", *(str(hold.entry_number) for hold in holds)))

    def advance_series(self, moved: list[tuple[Series, int]]) -> None:
        for series, previous_entry_number in moved:
            if self.series[series.key.series_id].last_entry_number != previous_entry_number:
                raise InvariantBroken("another entry came in between")
            self.series[series.key.series_id] = series

    def set_clear_until(self, series_id: str, clear_until: int | None) -> None:
        self.series[series_id] = replace(self.series[series_id], clear_until=clear_until)
