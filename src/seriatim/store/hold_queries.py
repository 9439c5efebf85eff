"""Open holds: reserved numbers whose deadline has not been settled yet."""

from __future__ import annotations

from datetime import datetime

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Hold, SeriesKey
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, Session


class HoldQueries(EntityQueries):
    def insert_holds(self, holds: list[Hold]) -> None:
        """Errors: InvariantBroken for a hold on another entity's series."""
        for hold in holds:
            self._require_own(hold.series)
        number = self._values.number_in
        self._session.execute_later(
            "insert_holds",
            [
                {
                    "tenant_id": hold.series.tenant_id,
                    "entity_id": hold.series.entity_id,
                    "series_id": hold.series.series_id,
                    "first_number": number(hold.numbers.first),
                    "last_number": number(hold.numbers.last),
                    "entry_number": hold.entry_number,
                    "hold_until": self._moment(hold.hold_until),
                }
                for hold in holds
            ],
        )

    def find_holds(self, series_id: str, numbers: NumberRange) -> list[Hold]:
        """Open holds that overlap `numbers`. Order: by number."""
        rows = self._rows(
            "find_holds",
            series_id=series_id,
            first_number=self._values.number_in(numbers.first),
            last_number=self._values.number_in(numbers.last),
        )
        return [self._hold_from(series_id, row) for row in rows]

    def list_holds(self, series_id: str, *, after_number: int, row_count: int) -> list[Hold]:
        """Order: by number."""
        rows = self._rows(
            "list_holds",
            series_id=series_id,
            after_number=self._values.number_in(after_number),
            row_count=row_count,
        )
        return [self._hold_from(series_id, row) for row in rows]

    def find_expired_holds(
        self, series_id: str, now: datetime, *, after_number: int = 0, row_count: int
    ) -> list[Hold]:
        """Order: by number."""
        rows = self._rows(
            "find_expired_holds",
            series_id=series_id,
            now=self._moment(now),
            after_number=self._values.number_in(after_number),
            row_count=row_count,
        )
        return [self._hold_from(series_id, row) for row in rows]

    def list_holds_by_deadline(self, *, row_count: int) -> list[Hold]:
        """Of all series of the entity. Order: those that end first first."""
        rows = self._rows("list_holds_by_deadline", row_count=row_count)
        return [self._hold_from(row[0], row[1:]) for row in rows]

    def count_holds(self, *, up_to: int) -> int:
        """How many open holds the entity has, as far as there are no more than `up_to`."""
        row = self._row("count_holds", row_count=up_to)
        return 0 if row is None else int(row[0])

    def delete_hold(self, hold: Hold) -> None:
        self._execute(
            "delete_hold",
            series_id=hold.series.series_id,
            first_number=self._values.number_in(hold.numbers.first),
        )

    def _hold_from(self, series_id: str, row: Row) -> Hold:
        number = self._values.number_out
        return Hold(
            SeriesKey(self.tenant_id, self.entity_id, series_id),
            NumberRange(number(row[0]), number(row[1])),
            entry_number=row[2],
            hold_until=self._values.moment_out(row[3]),
        )


def list_series_with_expired_holds(
    session: Session, now: datetime, *, row_count: int
) -> list[SeriesKey]:
    """Of every tenant, for the sweeper; those that expired first come first into the list."""
    rows = session.rows(
        "list_series_with_expired_holds",
        {"now": session.values.moment_in(now), "row_count": row_count},
    )
    return [SeriesKey(*row) for row in rows]
