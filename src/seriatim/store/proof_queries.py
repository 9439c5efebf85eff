"""Checkpoints, certificates, and what making and checking them reads of the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import EntryKind, SeriesKey
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, Session


@dataclass(frozen=True, slots=True)
class StoredMove:
    """A confirmed or voided entry, with the kind and the numbers of the one it refers to.

    Shape: the latter are None where there is no such entry.
    """

    entry_number: int
    kind: EntryKind
    numbers: NumberRange
    refers_to: int
    target_kind: EntryKind | None
    target_numbers: NumberRange | None


class ProofQueries(EntityQueries):
    def insert_checkpoint(self, checkpoint: Checkpoint) -> bool:
        """Whether it is the first of its entry; else nothing is written."""
        changed = self._execute(
            "insert_checkpoint",
            series_id=checkpoint.series.series_id,
            entry_number=checkpoint.entry_number,
            head_hash=checkpoint.head_hash,
            last_number=self._values.number_in(checkpoint.last_number),
            key_id=checkpoint.key_id,
            signature=checkpoint.signature,
            signed_at=self._moment(checkpoint.signed_at),
        )
        return changed == 1

    def find_latest_checkpoint(
        self, series_id: str, *, up_to_entry_number: int
    ) -> Checkpoint | None:
        row = self._row(
            "find_latest_checkpoint", series_id=series_id, up_to_entry_number=up_to_entry_number
        )
        return None if row is None else self._checkpoint_from(series_id, row)

    def list_checkpoints(
        self, series_id: str, *, after_entry_number: int, up_to_entry_number: int
    ) -> list[Checkpoint]:
        rows = self._rows(
            "list_checkpoints",
            series_id=series_id,
            after_entry_number=after_entry_number,
            up_to_entry_number=up_to_entry_number,
        )
        return [self._checkpoint_from(series_id, row) for row in rows]

    def list_moves(
        self,
        series_id: str,
        *,
        after: tuple[int, int],
        up_to_entry_number: int,
        row_count: int,
    ) -> list[StoredMove]:
        """Order: by the entry referred to, then by their own. `after` is such a pair."""
        after_refers_to, after_entry_number = after
        rows = self._rows(
            "list_moves",
            series_id=series_id,
            after_refers_to=after_refers_to,
            after_entry_number=after_entry_number,
            up_to_entry_number=up_to_entry_number,
            row_count=row_count,
        )
        return [self._move_from(row) for row in rows]

    def find_numbers_dated(
        self,
        series_id: str,
        *,
        period: tuple[date, date],
        within: NumberRange,
        up_to_entry_number: int,
    ) -> NumberRange | None:
        """The smallest range that encloses the documents of a period, both ends included."""
        first_date, last_date = period
        row = self._row(
            "find_numbers_dated",
            series_id=series_id,
            first_date=self._values.date_in(first_date),
            last_date=self._values.date_in(last_date),
            lowest_number=self._values.number_in(within.first),
            highest_number=self._values.number_in(within.last),
            up_to_entry_number=up_to_entry_number,
        )
        if row is None or row[0] is None:
            return None
        return NumberRange(self._values.number_out(row[0]), self._values.number_out(row[1]))

    def insert_certificate(
        self,
        certificate_id: str,
        series_id: str,
        numbers: NumberRange,
        *,
        body: str,
        actor: str,
        issued_at: datetime,
    ) -> None:
        self._execute(
            "insert_certificate",
            certificate_id=certificate_id,
            series_id=series_id,
            first_number=self._values.number_in(numbers.first),
            last_number=self._values.number_in(numbers.last),
            body=body,
            actor=actor,
            issued_at=self._moment(issued_at),
        )

    def get_certificate(self, certificate_id: str) -> str | None:
        """The text of a certificate that was made before."""
        row = self._row("get_certificate", certificate_id=certificate_id)
        return None if row is None else str(row[0])

    def _checkpoint_from(self, series_id: str, row: Row) -> Checkpoint:
        return Checkpoint(
            series=SeriesKey(self.tenant_id, self.entity_id, series_id),
            entry_number=row[0],
            head_hash=row[1],
            last_number=self._values.number_out(row[2]),
            key_id=row[3],
            signature=row[4],
            signed_at=self._values.moment_out(row[5]),
        )

    def _move_from(self, row: Row) -> StoredMove:
        number = self._values.number_out
        has_target = row[5] is not None
        return StoredMove(
            entry_number=row[0],
            kind=EntryKind(row[1]),
            numbers=NumberRange(number(row[2]), number(row[3])),
            refers_to=row[4],
            target_kind=EntryKind(row[5]) if has_target else None,
            target_numbers=NumberRange(number(row[6]), number(row[7])) if has_target else None,
        )


@dataclass(frozen=True, slots=True)
class MovedSeries:
    """A series with entries behind its last checkpoint; `signed_at` is that one's time, if any."""

    series: SeriesKey
    signed_at: datetime | None


def list_series_that_moved(
    session: Session, *, after: SeriesKey | None, row_count: int
) -> list[MovedSeries]:
    """Of all tenants. Order: by their ids, from behind a given one."""
    place = after or SeriesKey("0" * 32, "0" * 32, "0" * 32)
    rows = session.rows(
        "list_series_that_moved",
        {
            "after_tenant": place.tenant_id,
            "after_entity": place.entity_id,
            "after_series": place.series_id,
            "row_count": row_count,
        },
    )
    moment = session.values.moment_out
    return [
        MovedSeries(SeriesKey(row[0], row[1], row[2]), None if row[3] is None else moment(row[3]))
        for row in rows
    ]
