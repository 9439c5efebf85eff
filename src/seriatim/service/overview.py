"""What the owners of the numbers see first: how much is given, what is open, what to look after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import parse_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import Hold
from seriatim.domain.rules.set_state import entanglement_warning
from seriatim.domain.sequence_set import Series
from seriatim.engine.nearness import near_partners
from seriatim.service.permissions import Right, require
from seriatim.store.counting_queries import DailyTotal, Moved
from seriatim.store.sql_store import EntityBooks, Transaction
from seriatim.store.verification_queries import KeptVerification

DAYS_SHOWN = (30, 90, 365)
HOLDS_COUNTED_MAX = 1000
NEAR_NUMBERS_MAX = 10_000
"""So many numbers before two series would meet, it is time to say so."""
_BUSIEST_SHOWN = 10
_HOLDS_SHOWN = 10
_WARNINGS_OF_A_KIND_MAX = 10
_ENTANGLED_LOOKED_AT_MAX = 500
_NEAR_THE_END = SEQUENTIAL_NUMBER_MAX // 10 * 9


class Care(StrEnum):
    """What a warning of the overview is about."""

    ISSUING_STOPPED = "issuing stopped"
    SERIES_STOPPED = "series stopped"
    FAULT = "fault"
    NEAR_THE_END = "near the end"
    COLLISION = "collision"
    HOLDS_EXPIRED = "holds expired"


@dataclass(frozen=True, slots=True)
class OverviewWarning:
    """Shape: `text` is what there is to say in words, a reason or a document number."""

    care: Care
    series: Series | None = None
    text: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class SeriesUse:
    """A series, and how many numbers it gave in the days shown."""

    series: Series
    issued: int


@dataclass(frozen=True, slots=True)
class OpenHold:
    series: Series
    hold: Hold


@dataclass(frozen=True, slots=True)
class Overview:
    """Shape: `days` is each day shown, rising, the last one today, with what it gave by type;
    `holds` are those that end first of `hold_count`, which counts no further than
    HOLDS_COUNTED_MAX.
    """

    days: dict[date, dict[DocumentType, int]]
    busiest: list[SeriesUse]
    verified: tuple[Series, KeptVerification] | None
    holds: list[OpenHold]
    hold_count: int
    warnings: list[OverviewWarning]
    has_series_with_numbers: bool

    @property
    def issued(self) -> int:
        return sum(sum(counts.values()) for counts in self.days.values())


def get_overview(
    transaction: Transaction, caller: Caller, *, day_count: int, clock: Clock
) -> Overview:
    """Shape: days are those of the entity's time zone.

    Cost: of what is shown; none of it reads the register, whatever its length.
    """
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    zone = books.get_settings().time_zone
    today = clock.now().astimezone(ZoneInfo(zone)).date()
    first_day = today - timedelta(days=day_count - 1)
    totals = [one for one in books.list_daily_totals(zone, first_day=first_day) if one.day <= today]
    busiest = books.list_busiest_series(zone, first_day=first_day, row_count=_BUSIEST_SHOWN)
    latest = books.find_latest_verification()
    holds = books.list_holds_by_deadline(row_count=_HOLDS_SHOWN)
    return Overview(
        days=_by_day(totals, first_day, day_count),
        busiest=[SeriesUse(_series(books, one), issued) for one, issued in busiest],
        verified=None if latest is None else (_series(books, latest.series_id), latest),
        holds=[OpenHold(_series(books, one.series.series_id), one) for one in holds],
        hold_count=books.count_holds(up_to=HOLDS_COUNTED_MAX),
        warnings=[
            *_stopped(transaction, books),
            *_faults(books),
            *_near_the_end(books, zone),
            *_collisions(books),
            *_expired(totals),
        ],
        has_series_with_numbers=bool(books.list_most_used_series(zone, row_count=1)),
    )


def _by_day(
    totals: list[DailyTotal], first_day: date, day_count: int
) -> dict[date, dict[DocumentType, int]]:
    days: dict[date, dict[DocumentType, int]] = {
        first_day + timedelta(days=n): {} for n in range(day_count)
    }
    for one in totals:
        if one.moved.issued:
            days[one.day][one.document_type] = one.moved.issued
    return days


def _series(books: EntityBooks, series_id: str) -> Series:
    """Series are never deleted: what is counted, held or verified has one."""
    found = books.get_series(series_id)
    if found is None:
        raise LookupError(f"the series {series_id} is gone")
    return found


def _stopped(transaction: Transaction, books: EntityBooks) -> Iterator[OverviewWarning]:
    state = transaction.access.get_store_state()
    if state is not None and not state[1]:
        yield OverviewWarning(Care.ISSUING_STOPPED, text=state[2] or "")
    for series in books.list_stopped_series(row_count=_WARNINGS_OF_A_KIND_MAX):
        yield OverviewWarning(Care.SERIES_STOPPED, series, series.stopped_because or "")


def _faults(books: EntityBooks) -> Iterator[OverviewWarning]:
    for found in books.list_faulty_verifications(row_count=_WARNINGS_OF_A_KIND_MAX):
        series = _series(books, found.series_id)
        yield OverviewWarning(Care.FAULT, series, found.fault_message or "")


def _near_the_end(books: EntityBooks, zone: str) -> Iterator[OverviewWarning]:
    for series_id in books.list_most_used_series(zone, row_count=_WARNINGS_OF_A_KIND_MAX):
        series = _series(books, series_id)
        left = SEQUENTIAL_NUMBER_MAX - series.last_number
        if series.last_number >= _NEAR_THE_END:
            yield OverviewWarning(Care.NEAR_THE_END, series, count=left)


def _collisions(books: EntityBooks) -> Iterator[OverviewWarning]:
    """Of the series whose next numbers come close to texts of others, what they would meet."""
    entangled = books.list_entangled_series(row_count=_ENTANGLED_LOOKED_AT_MAX)
    near = [
        one
        for one in entangled
        if not one.is_released
        and one.clear_until is not None
        and one.clear_until - one.next_number <= NEAR_NUMBERS_MAX
    ]
    for series in near[:_WARNINGS_OF_A_KIND_MAX]:
        for other in near_partners(books, series, NEAR_NUMBERS_MAX).partners:
            warning = entanglement_warning(series, other)
            if warning is not None and _is_near(series, warning.first_collision):
                yield OverviewWarning(Care.COLLISION, series, warning.first_collision)
                break


def _is_near(series: Series, text: str) -> bool:
    meeting = parse_number(series.prefix, text)
    return meeting is not None and meeting - series.next_number <= NEAR_NUMBERS_MAX


def _expired(totals: list[DailyTotal]) -> Iterator[OverviewWarning]:
    moved = sum((one.moved for one in totals), Moved())
    if moved.expired:
        yield OverviewWarning(Care.HOLDS_EXPIRED, count=moved.expired)
