"""The register: append, and read back in slices."""

from __future__ import annotations

from datetime import date

from seriatim.domain.document_number import NumberRange
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import ChosenBy, Entry, EntryContent, EntryKind, SeriesKey
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, dashed_id, hex_id

_ALL_NUMBERS = NumberRange(1, SEQUENTIAL_NUMBER_MAX)
# Looked up for each entry read: to call an Enum takes ten times as long.
_KINDS = {kind.value: kind for kind in EntryKind}
_CHOSEN_BY = {rule.value: rule for rule in ChosenBy}


class RegisterQueries(EntityQueries):
    def append_entries(self, entries: list[Entry]) -> None:
        """Errors: InvariantBroken for an entry of another entity's series."""
        for entry in entries:
            self._require_own(entry.series)
            self.written[entry.content.kind] += entry.content.numbers.count
        self._session.execute_later("append_entries", [self._entry_in(entry) for entry in entries])

    def find_covering(
        self, series_id: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[tuple[EntryKind, NumberRange]]:
        """The covering entries that overlap `numbers`. Order: by number."""
        rows = self._rows(
            "find_covering",
            series_id=series_id,
            first_number=self._values.number_in(numbers.first),
            last_number=self._values.number_in(numbers.last),
            row_count=row_count,
        )
        number = self._values.number_out
        return [(EntryKind(row[0]), NumberRange(number(row[1]), number(row[2]))) for row in rows]

    def count_entries(self, series_id: str) -> int:
        """Cost: reads the series' part of an index."""
        row = self._row("count_entries", series_id=series_id)
        return 0 if row is None else int(row[0])

    def list_entries(
        self, series_id: str, *, after_entry_number: int, row_count: int
    ) -> list[Entry]:
        """Order: by entry number."""
        rows = self._rows(
            "list_entries",
            series_id=series_id,
            after_entry_number=after_entry_number,
            row_count=row_count,
        )
        return [self._entry_from(series_id, row) for row in rows]

    def list_covering(self, series_id: str, *, from_number: int, row_count: int) -> list[Entry]:
        """Covering entries from the one that holds `from_number` on. Order: by number."""
        rows = self._rows(
            "list_covering",
            series_id=series_id,
            from_number=self._values.number_in(from_number),
            row_count=row_count,
        )
        return [self._entry_from(series_id, row) for row in rows]

    def list_by_date(
        self, series_id: str, *, after: tuple[date, int], until: date, row_count: int
    ) -> list[Entry]:
        """Covering entries from behind a date and entry number. Order: by these two."""
        after_date, after_entry_number = after
        rows = self._rows(
            "list_by_date",
            series_id=series_id,
            after_date=self._values.date_in(after_date),
            after_entry_number=after_entry_number,
            until_date=self._values.date_in(until),
            row_count=row_count,
        )
        return [self._entry_from(series_id, row) for row in rows]

    def list_exceptional(
        self, series_id: str, *, after: tuple[int, int], row_count: int
    ) -> list[Entry]:
        """Skipped, voided and imported entries from behind a first number and entry number."""
        after_number, after_entry_number = after
        rows = self._rows(
            "list_exceptional",
            series_id=series_id,
            after_number=self._values.number_in(after_number),
            after_entry_number=after_entry_number,
            row_count=row_count,
        )
        return [self._entry_from(series_id, row) for row in rows]

    def list_by_reference(
        self, reference: str, *, after: tuple[str, int], row_count: int
    ) -> list[Entry]:
        """Entries of all series with a reference. Order: by series id and entry number."""
        after_series_id, after_entry_number = after
        rows = self._rows(
            "list_by_reference",
            reference=reference,
            after_series_id=after_series_id,
            after_entry_number=after_entry_number,
            row_count=row_count,
        )
        return [self._entry_from(row[0], row[1:]) for row in rows]

    def get_entries(self, series_id: str, entry_numbers: list[int]) -> dict[int, Entry]:
        rows = self._rows(
            "get_entries",
            series_id=series_id,
            entry_numbers=self._values.list_in(entry_numbers),
        )
        return {row[0]: self._entry_from(series_id, row) for row in rows}

    def list_referring(
        self,
        series_id: str,
        entry_numbers: list[int],
        numbers: NumberRange = _ALL_NUMBERS,
    ) -> dict[int, list[Entry]]:
        """Confirmed and voided entries by the covering entry they refer to. Order: as written.

        Shape: only those that touch `numbers`: a block confirmed one by one has many.
        """
        if not entry_numbers:
            return {}
        rows = self._rows(
            "list_referring",
            series_id=series_id,
            entry_numbers=self._values.list_in(entry_numbers),
            first_number=self._values.number_in(numbers.first),
            last_number=self._values.number_in(numbers.last),
        )
        found: dict[int, list[Entry]] = {}
        for row in rows:
            found.setdefault(row[4], []).append(self._entry_from(series_id, row))
        return found

    def _entry_in(self, entry: Entry) -> dict[str, object]:
        content, values = entry.content, self._values
        document_date, hold_until = content.document_date, content.hold_until
        return {
            "tenant_id": entry.series.tenant_id,
            "entity_id": entry.series.entity_id,
            "series_id": entry.series.series_id,
            "entry_number": entry.entry_number,
            "kind": content.kind.value,
            "first_number": values.number_in(content.numbers.first),
            "last_number": values.number_in(content.numbers.last),
            "refers_to": content.refers_to,
            "sequence_set_id": content.sequence_set_id,
            "chosen_by": None if content.chosen_by is None else content.chosen_by.value,
            "document_date": None if document_date is None else values.date_in(document_date),
            "reference": content.reference,
            "actor": content.actor,
            "request_id": hex_id(content.request_id),
            "batch_id": hex_id(content.batch_id),
            "reason": content.reason,
            "hold_until": None if hold_until is None else values.moment_in(hold_until),
            "recorded_at": values.moment_in(content.recorded_at),
            "format_version": entry.format_version,
            "hash": entry.hash,
        }

    def _entry_from(self, series_id: str, row: Row) -> Entry:
        values = self._values
        content = EntryContent(
            kind=_KINDS[row[1]],
            numbers=NumberRange(values.number_out(row[2]), values.number_out(row[3])),
            refers_to=row[4],
            sequence_set_id=row[5],
            chosen_by=None if row[6] is None else _CHOSEN_BY[row[6]],
            document_date=None if row[7] is None else values.date_out(row[7]),
            reference=row[8],
            actor=row[9],
            request_id=dashed_id(row[10]),
            batch_id=dashed_id(row[11]),
            reason=row[12],
            hold_until=None if row[13] is None else values.moment_out(row[13]),
            recorded_at=values.moment_out(row[14]),
        )
        return Entry(
            series=SeriesKey(self.tenant_id, self.entity_id, series_id),
            entry_number=row[0],
            content=content,
            hash=row[16],
            format_version=row[15],
        )
