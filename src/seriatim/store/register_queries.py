"""The register: append, and read back in slices."""

from __future__ import annotations

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import ChosenBy, Entry, EntryContent, EntryKind, SeriesKey
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, dashed_id, hex_id


class RegisterQueries(EntityQueries):
    def append_entries(self, entries: list[Entry]) -> None:
        self._session.execute_many("append_entries", [self._entry_in(entry) for entry in entries])

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
            kind=EntryKind(row[1]),
            numbers=NumberRange(values.number_out(row[2]), values.number_out(row[3])),
            refers_to=row[4],
            sequence_set_id=row[5],
            chosen_by=None if row[6] is None else ChosenBy(row[6]),
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
