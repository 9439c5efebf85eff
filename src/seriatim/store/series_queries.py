"""Series: the counters, who owns their prefixes, and which of them can meet."""

from __future__ import annotations

from datetime import datetime

from seriatim.domain.document_number import entanglement, fold, possible_shorter_prefixes
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import SeriesKey
from seriatim.domain.rules.set_state import PrefixOwner
from seriatim.domain.sequence_set import Series
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, Values

_BEFORE_ALL = "0" * 32

_TYPES = {one.value: one for one in DocumentType}  # a look-up; Enum's own call is ten times as slow
_ALL = 2**62


class SeriesQueries(EntityQueries):
    def get_series(self, series_id: str) -> Series | None:
        row = self._row("get_series", series_id=series_id)
        return None if row is None else self._series_from(row)

    def lock_series(self, series_ids: list[str]) -> dict[str, Series]:
        """The series as they stand, held until the transaction ends.

        Order: rows are locked by ascending id, whatever the order asked for.
        """
        wanted = [self._scoped({"series_id": series_id}) for series_id in series_ids]
        rows = self._session.rows_many("lock_series", wanted)
        return {row[0]: self._series_from(row) for row in rows}

    def list_series(
        self, *, after_prefix: str, after_document_type: str, row_count: int
    ) -> list[Series]:
        """Order: by prefix without case, then by document type."""
        rows = self._rows(
            "list_series",
            after_prefix=fold(after_prefix),
            after_document_type=after_document_type,
            row_count=row_count,
        )
        return [self._series_from(row) for row in rows]

    def find_series_by_prefix(self, document_type: DocumentType, prefix: str) -> Series | None:
        row = self._row(
            "find_series_by_prefix",
            document_type=document_type.value,
            prefix_folded=fold(prefix),
        )
        return None if row is None else self._series_from(row)

    def find_entangled_series(self, prefix: str) -> list[Series]:
        """Every series in use whose numbers can come out as the same text as this prefix's."""
        return self._entangled_with([prefix], self._extending([prefix], row_count=_ALL))

    def find_few_entangled(self, prefix: str, *, longer_max: int) -> list[Series] | None:
        """The same; None if more than so many have a prefix that extends this one by digits.

        Cost: two statements, and so many rows.
        """
        longer = self._extending([prefix], row_count=longer_max + 1)
        return None if len(longer) > longer_max else self._entangled_with([prefix], longer)

    def find_series_entangled_with(
        self, prefixes: list[str], *, longer_max: int
    ) -> tuple[list[Series], bool]:
        """Series in use whose numbers can come out as the same text as one of these', and whether
        they are all.

        Shape: for each prefix all shorter ones, and those among the first so many that extend it.
        """
        longer = self._extending(prefixes, row_count=longer_max)
        return self._entangled_with(prefixes, longer), len(longer) < longer_max

    def _entangled_with(self, prefixes: list[str], longer: list[Series]) -> list[Series]:
        """Those of the longer ones that are entangled with one of the prefixes, and the shorter."""
        found = [*longer]
        shorter = {part for one in prefixes for part in possible_shorter_prefixes(fold(one))}
        if shorter:
            found += self.find_series_with_prefixes(sorted(shorter))
        return [
            series
            for series in {one.key: one for one in found}.values()
            if any(entanglement(prefix, series.prefix) is not None for prefix in prefixes)
        ]

    def _extending(self, prefixes: list[str], *, row_count: int) -> list[Series]:
        """Series in use whose prefix is one of these plus digits, and perhaps more: so many each."""
        rows = self._session.rows_many(
            "find_series_extending",
            [
                self._scoped(
                    {
                        "lowest_prefix": one + "1",
                        "beyond_prefix": one + ":",  # the character after "9"
                        "row_count": row_count,
                    }
                )
                for one in map(fold, prefixes)
            ],
        )
        return [self._series_from(row) for row in rows]

    def find_series_with_prefixes(self, prefixes: list[str]) -> list[Series]:
        """The series in use with exactly one of these prefixes, of any document type."""
        rows = self._rows(
            "find_series_with_prefixes",
            prefixes_folded=self._values.list_in([fold(prefix) for prefix in prefixes]),
        )
        return [self._series_from(row) for row in rows]

    def list_stopped_series(self, *, row_count: int) -> list[Series]:
        """Those that give no numbers for a reason. Order: by id."""
        rows = self._rows("list_stopped_series", after_series_id=_BEFORE_ALL, row_count=row_count)
        return [self._series_from(row) for row in rows]

    def list_entangled_series(self, *, row_count: int) -> list[Series]:
        """Those with a number ahead, or behind, whose text somebody may have taken. Order: by id."""
        rows = self._rows("list_entangled_series", after_series_id=_BEFORE_ALL, row_count=row_count)
        return [self._series_from(row) for row in rows]

    def insert_series(self, new: Series, recorded_at: datetime) -> None:
        self._execute(
            "insert_series",
            series_id=new.key.series_id,
            document_type=new.document_type.value,
            prefix=new.prefix,
            prefix_folded=fold(new.prefix),
            origin=self._values.number_in(new.origin),
            last_number=self._values.number_in(new.last_number),
            head_hash=new.head_hash,
            recorded_at=self._moment(recorded_at),
        )

    def start_series_at(self, series: Series) -> None:
        """Move a series without entries. Errors: InvariantBroken if it has any."""
        changed = self._execute(
            "start_series_at",
            series_id=series.key.series_id,
            prefix=series.prefix,
            head_hash=series.head_hash,
            origin=self._values.number_in(series.origin),
            last_number=self._values.number_in(series.last_number),
        )
        if changed != 1:
            raise InvariantBroken(f"the series '{series.prefix}' has entries and cannot start anew")

    def advance_series(self, moved: list[tuple[Series, int]]) -> None:
        """Each series after its new entries, with the entry number it had before them.

        Errors: InvariantBroken if another entry came in between, which the lock excludes.
        """
        changed = self._session.execute_many(
            "advance_series", [self._advanced(series, before) for series, before in moved]
        )
        if changed != len(moved):
            prefixes = ", ".join(f"'{series.prefix}'" for series, _ in moved)
            raise InvariantBroken(f"one of the series {prefixes} changed while it was locked")

    def _advanced(self, series: Series, previous_entry_number: int) -> dict[str, object]:
        number, last_date = self._values.number_in, series.last_document_date
        return {
            "tenant_id": self.tenant_id,
            "entity_id": self.entity_id,
            "series_id": series.key.series_id,
            "previous_entry_number": previous_entry_number,
            "last_number": number(series.last_number),
            "last_entry_number": series.last_entry_number,
            "head_hash": series.head_hash,
            "clear_until": None if series.clear_until is None else number(series.clear_until),
            "last_document_date": None if last_date is None else self._values.date_in(last_date),
            "issued_count": number(series.issued_count),
            "voided_count": number(series.voided_count),
            "skipped_count": number(series.skipped_count),
            "imported_count": number(series.imported_count),
        }

    def set_clear_until(self, series_id: str, clear_until: int | None) -> None:
        self._execute(
            "set_clear_until",
            series_id=series_id,
            clear_until=None if clear_until is None else self._values.number_in(clear_until),
        )

    def release_series(self, series_id: str, recorded_at: datetime) -> None:
        self._execute("release_series", series_id=series_id, recorded_at=self._moment(recorded_at))

    def find_prefix_owner(self, prefix: str) -> PrefixOwner | None:
        row = self._row("find_prefix_owner", prefix_folded=fold(prefix))
        return None if row is None else PrefixOwner(row[0], DocumentType(row[1]))

    def insert_prefix_owner(self, owner: PrefixOwner, recorded_at: datetime) -> None:
        self._execute(
            "insert_prefix_owner",
            prefix=owner.prefix,
            prefix_folded=fold(owner.prefix),
            document_type=owner.document_type.value,
            recorded_at=self._moment(recorded_at),
        )

    def delete_prefix_owner(self, prefix: str) -> None:
        self._execute("delete_prefix_owner", prefix_folded=fold(prefix))

    def _series_from(self, row: Row) -> Series:
        return series_from(self._values, self.tenant_id, self.entity_id, row)


def series_from(values: Values, tenant_id: str, entity_id: str, row: Row) -> Series:
    """Shape: the sixteen columns that every statement on series selects, in their order."""
    number = values.number_out
    clear_until, last_document_date = row[7], row[8]
    return Series(
        key=SeriesKey(tenant_id, entity_id, row[0]),
        document_type=_TYPES[row[1]],
        prefix=row[2],
        origin=number(row[3]),
        last_number=number(row[4]),
        last_entry_number=row[5],
        head_hash=row[6],
        clear_until=None if clear_until is None else number(clear_until),
        last_document_date=(
            None if last_document_date is None else values.date_out(last_document_date)
        ),
        issued_count=number(row[9]),
        voided_count=number(row[10]),
        skipped_count=number(row[11]),
        imported_count=number(row[12]),
        is_released=row[13] is not None,
        stopped_because=row[14],
        is_chronological=bool(row[15]),
    )
