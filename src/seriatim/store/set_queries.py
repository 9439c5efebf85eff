"""Sequence sets: their rows, their keys, and which series they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.rules.set_state import SetUse
from seriatim.domain.sequence_set import EntitySettings, SequenceSet, Series
from seriatim.store.entity_queries import EntityQueries, settings_from
from seriatim.store.series_queries import series_from
from seriatim.store.session import Row


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set as read in one statement, with the settings of its entity."""

    sequence_set: SequenceSet
    settings: EntitySettings


class SetPlace(NamedTuple):
    """Where a living set stands in the list of its entity."""

    sequence_set_id: str
    position: int


@dataclass(frozen=True, slots=True)
class AccountSet:
    """An account and the set it was given, if any."""

    account_id: str
    sequence_set_id: str | None


class SetQueries(EntityQueries):
    def get_set(self, key: str) -> SetRow | None:
        """The living set with that id, number or name, compared without case."""
        return self.get_sets([key]).get(key)

    def get_sets(
        self, keys: Iterable[str], document_type: DocumentType | None = None
    ) -> dict[str, SetRow]:
        """The living sets that some of the keys stand for, by those keys as they were given.

        Shape: each with all of its series, or with that of one document type alone.
        """
        folded = {key: fold(key) for key in keys if _can_be_key(key)}
        only = None if document_type is None else document_type.value
        wanted = [
            self._scoped({"key_folded": one, "document_type": only})
            for one in dict.fromkeys(folded.values())
        ]
        grouped: dict[str, list[Row]] = {}
        for row in self._session.rows_many("get_set_rows", wanted):
            grouped.setdefault(row[-1], []).append(row[:-1])
        found = {one: self._set_from(rows) for one, rows in grouped.items()}
        return {key: found[one] for key, one in folded.items() if one in found}

    def list_set_places(self, *, after_position: int, row_count: int) -> list[SetPlace]:
        """Order: DEFAULT first, at position 0, then by creation."""
        rows = self._rows("list_set_places", after_position=after_position, row_count=row_count)
        return [SetPlace(*row) for row in rows]

    def find_set_position(self, *, skipped_rows: int) -> int | None:
        """The position of the living set behind so many others. Cost: grows with their number."""
        row = self._row("find_set_position", skipped_rows=skipped_rows)
        return None if row is None else row[0]

    def list_sets(self, sequence_set_ids: list[str]) -> list[SetRow]:
        """The living ones of some sets. Order: as given."""
        rows = self._rows("list_set_rows", sequence_set_ids=self._values.list_in(sequence_set_ids))
        grouped: dict[str, list[Row]] = {set_id: [] for set_id in sequence_set_ids}
        for row in rows:
            grouped[row[0]].append(row)
        return [self._set_from(group) for group in grouped.values() if group]

    def find_key_holder(self, key: str) -> tuple[str, str] | None:
        """Id and name of the living set that the key stands for, in the folded key space."""
        row = self._row("find_key_holder", key_folded=fold(key)) if _can_be_key(key) else None
        return None if row is None else (row[0], row[1])

    def insert_set(
        self, new: SequenceSet, *, position: int, keys: Iterable[str], recorded_at: datetime
    ) -> None:
        self._execute(
            "insert_set",
            sequence_set_id=new.sequence_set_id,
            sequence_set_number=new.sequence_set_number,
            name=new.name,
            is_default=new.is_default,
            chronological=new.chronological,
            position=position,
            recorded_at=self._moment(recorded_at),
        )
        for key_folded in keys:
            self.insert_set_key(new.sequence_set_id, key_folded)

    def insert_set_key(self, sequence_set_id: str, key_folded: str) -> None:
        self._execute("insert_set_key", sequence_set_id=sequence_set_id, key_folded=key_folded)

    def delete_set_keys(self, sequence_set_id: str, keys_folded: Iterable[str]) -> None:
        for key_folded in keys_folded:
            self._execute("delete_set_keys", sequence_set_id=sequence_set_id, key_folded=key_folded)

    def update_set(self, changed: SequenceSet, recorded_at: datetime) -> None:
        self._execute(
            "update_set",
            sequence_set_id=changed.sequence_set_id,
            name=changed.name,
            chronological=changed.chronological,
            revision=changed.revision,
            recorded_at=self._moment(recorded_at),
        )
        self._note_chronology(changed.sequence_set_id, changed.chronological)

    def mark_set_deleted(self, sequence_set_id: str, recorded_at: datetime) -> None:
        self._execute(
            "mark_set_deleted",
            sequence_set_id=sequence_set_id,
            recorded_at=self._moment(recorded_at),
        )
        self._note_chronology(sequence_set_id, False)

    def _note_chronology(self, sequence_set_id: str, chronological: bool) -> None:
        self._execute(
            "note_chronology", sequence_set_id=sequence_set_id, chronological=chronological
        )
        self._execute("mark_series_of_set", sequence_set_id=sequence_set_id)

    def point_set_at_series(
        self, sequence_set: SequenceSet, series: Series, left: Series | None = None
    ) -> None:
        """Shape: `left` is the series that numbered the type for the set before."""
        self._execute(
            "point_set_at_series",
            sequence_set_id=sequence_set.sequence_set_id,
            document_type=series.document_type.value,
            series_id=series.key.series_id,
            chronological=sequence_set.chronological,
        )
        if sequence_set.chronological and not series.is_chronological:
            self._mark_series(series)
        if left is not None and left.is_chronological:
            self._mark_series(left)

    def clear_set_numbering(self, sequence_set_id: str, left: Series) -> None:
        """The set numbers a type no longer. Shape: `left` is the series that did."""
        self._execute(
            "clear_set_numbering",
            sequence_set_id=sequence_set_id,
            document_type=left.document_type.value,
        )
        if left.is_chronological:
            self._mark_series(left)

    def _mark_series(self, series: Series) -> None:
        self._execute("mark_series", series_id=series.key.series_id)

    def find_sets_naming(self, series_id: str, *, row_count: int = 10) -> list[str]:
        """Names of living sets that name a series, as many as asked for. Order: by creation."""
        rows = self._rows("find_sets_naming", series_id=series_id, row_count=row_count)
        return [name for name, _ in rows]

    def count_set_use(self, sequence_set_id: str) -> SetUse:
        row = self._row("count_set_use", sequence_set_id=sequence_set_id)
        return SetUse(0, 0) if row is None else SetUse(accounts=row[0], drafts=row[1])

    def count_drafts_by_type(self, sequence_set_id: str) -> dict[DocumentType, int]:
        rows = self._rows("count_drafts_by_type", sequence_set_id=sequence_set_id)
        return {DocumentType(document_type): count for document_type, count in rows}

    def find_account_set(self, account_id: str) -> AccountSet | None:
        row = self._row("find_account_set", account_id=account_id)
        return None if row is None else AccountSet(*row)

    def find_account_set_by_number(self, account_number: str) -> AccountSet | None:
        row = self._row("find_account_set_by_number", account_number_folded=fold(account_number))
        return None if row is None else AccountSet(*row)

    def _set_from(self, rows: list[Row]) -> SetRow:
        set_id, number, name, is_default, chronological, revision = rows[0][:6]
        found = [
            series_from(self._values, self.tenant_id, self.entity_id, row[10:])
            for row in rows
            if row[10] is not None
        ]
        sequence_set = SequenceSet(
            sequence_set_id=set_id,
            sequence_set_number=number,
            name=name,
            is_default=bool(is_default),
            chronological=bool(chronological),
            revision=revision,
            series={series.document_type: series for series in found},
        )
        return SetRow(sequence_set, settings_from(rows[0][6:10]))


def _can_be_key(key: str) -> bool:
    """Whether it is worth asking for: ids, numbers and names are printable ASCII.

    `ß` is not the set SS, and PostgreSQL refuses U+0000 in any text.
    """
    return key.isascii() and key.isprintable()
