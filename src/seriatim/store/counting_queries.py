"""Numbers a day, counted behind the issuing: what is counted already, and what is to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from seriatim.domain.document_type import DocumentType
from seriatim.domain.number_states import HOLD_EXPIRED
from seriatim.domain.register import SeriesKey
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row, Session, Values

_BEFORE_ALL = "0" * 32


@dataclass(frozen=True, slots=True)
class Moved:
    """How many numbers were given, how many voided, and how many of those by an expired hold."""

    issued: int = 0
    voided: int = 0
    expired: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.issued + other.issued, self.voided + other.voided, self.expired + other.expired
        )

    @property
    def is_nothing(self) -> bool:
        return self == Moved()


@dataclass(frozen=True, slots=True)
class SeriesToCount:
    """A series with entries behind those that were counted.

    Shape: `counted_up_to` is an entry number, None where nothing was counted yet; `time_zone`
        decides what a day is.
    """

    series: SeriesKey
    document_type: DocumentType
    time_zone: str
    counted_up_to: int | None
    last_entry_number: int
    last_number: int

    @property
    def entries_left(self) -> int:
        return self.last_entry_number - (self.counted_up_to or 0)


@dataclass(frozen=True, slots=True)
class DailyTotal:
    day: date
    document_type: DocumentType
    moved: Moved


class CountingQueries(EntityQueries):
    """Shape: a `time_zone` says by whose days the counts are that are meant."""

    def list_first_series_to_count(self, time_zone: str, *, row_count: int) -> list[SeriesToCount]:
        """Among the first so many series of the entity. Order: by series id."""
        rows = self._rows(
            "list_first_series_to_count",
            time_zone=time_zone,
            after_series_id=_BEFORE_ALL,
            row_count=row_count,
        )
        return [
            _series_to_count(
                self._values, (self.tenant_id, self.entity_id, *row[:4], time_zone, row[4])
            )
            for row in rows
        ]

    def count_moved_by_minute(
        self, series_id: str, *, after_entry_number: int, up_to_entry_number: int
    ) -> list[tuple[datetime, Moved]]:
        """What the entries behind one, up to another, gave and voided. Order: none."""
        rows = self._rows(
            "count_moved_by_minute",
            series_id=series_id,
            after_entry_number=after_entry_number,
            up_to_entry_number=up_to_entry_number,
            expired=HOLD_EXPIRED,
        )
        return [(self._values.moment_out(row[0]), Moved(*row[1:])) for row in rows]

    def begin_tally(self, counted: SeriesToCount, entry_number: int) -> bool:
        """Whether nobody had counted the series before."""
        return self._execute("begin_tally", **self._tally(counted, entry_number)) == 1

    def advance_tally(self, counted: SeriesToCount, entry_number: int) -> bool:
        """Whether nobody has counted the series meanwhile."""
        changed = self._execute(
            "advance_tally",
            previous_entry_number=counted.counted_up_to,
            **self._tally(counted, entry_number),
        )
        return changed == 1

    def _tally(self, counted: SeriesToCount, entry_number: int) -> dict[str, Any]:
        return {
            "time_zone": counted.time_zone,
            "series_id": counted.series.series_id,
            "entry_number": entry_number,
            "last_number": self._values.number_in(counted.last_number),
        }

    def add_to_daily_count(
        self, time_zone: str, day: date, series_id: str, issued_count: int
    ) -> None:
        self._execute(
            "add_to_daily_count",
            time_zone=time_zone,
            day=self._values.date_in(day),
            series_id=series_id,
            issued_count=issued_count,
        )

    def add_to_daily_total(self, time_zone: str, total: DailyTotal) -> None:
        self._execute(
            "add_to_daily_total",
            time_zone=time_zone,
            day=self._values.date_in(total.day),
            document_type=total.document_type.value,
            issued_count=total.moved.issued,
            voided_count=total.moved.voided,
            expired_count=total.moved.expired,
        )

    def list_daily_totals(self, time_zone: str, *, first_day: date) -> list[DailyTotal]:
        """From a day on. Order: by day and document type."""
        rows = self._rows(
            "list_daily_totals", time_zone=time_zone, first_day=self._values.date_in(first_day)
        )
        return [
            DailyTotal(self._values.date_out(row[0]), DocumentType(row[1]), Moved(*row[2:]))
            for row in rows
        ]

    def list_busiest_series(
        self, time_zone: str, *, first_day: date, row_count: int
    ) -> list[tuple[str, int]]:
        """Series ids with how many numbers they gave from a day on. Order: the most first.

        Cost: grows with the days, and with the series that gave a number on them.
        """
        rows = self._rows(
            "list_busiest_series",
            time_zone=time_zone,
            first_day=self._values.date_in(first_day),
            row_count=row_count,
        )
        return [(row[0], row[1]) for row in rows]

    def list_most_used_series(self, time_zone: str, *, row_count: int) -> list[str]:
        """The ids of those that have got furthest. Order: the furthest first."""
        rows = self._rows("list_most_used_series", time_zone=time_zone, row_count=row_count)
        return [series_id for (series_id,) in rows]


def list_series_to_count(
    session: Session, *, after: SeriesKey | None, row_count: int
) -> list[SeriesToCount]:
    """Of all tenants. Order: by their ids, from behind a given one."""
    place = after or SeriesKey(_BEFORE_ALL, _BEFORE_ALL, _BEFORE_ALL)
    rows = session.rows(
        "list_series_to_count",
        {
            "after_tenant": place.tenant_id,
            "after_entity": place.entity_id,
            "after_series": place.series_id,
            "row_count": row_count,
        },
    )
    return [_series_to_count(session.values, row) for row in rows]


def _series_to_count(values: Values, row: Row) -> SeriesToCount:
    return SeriesToCount(
        series=SeriesKey(*row[:3]),
        document_type=DocumentType(row[3]),
        last_entry_number=row[4],
        last_number=values.number_out(row[5]),
        time_zone=row[6],
        counted_up_to=row[7],
    )
