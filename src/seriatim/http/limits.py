"""How many requests one entity may have in flight, and one tenant may send."""

from __future__ import annotations

from time import time
from typing import Final

import limits as rates
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from seriatim.domain.errors import Overloaded
from seriatim.http.faults import HeaderPairs
from seriatim.http.settings import HttpSettings

RETRY_SECONDS_WHEN_CROWDED: Final = 1


class ConcurrencyLimit:
    """Counts requests in flight per entity; lives on the event loop alone, so needs no lock."""

    def __init__(self, in_flight_max: int) -> None:
        self._in_flight_max = in_flight_max
        self._in_flight: dict[str, int] = {}
        self._fixed: HeaderPairs = (
            (b"concurrency-limit-type", b"Default"),
            (b"concurrency-limit-limit", b"%d" % in_flight_max),
        )

    def enter(self, entity_id: str) -> bool:
        """Take a place; False where none is left, and then there is nothing to leave."""
        in_flight = self._in_flight.get(entity_id, 0)
        if in_flight >= self._in_flight_max:
            return False
        self._in_flight[entity_id] = in_flight + 1
        return True

    def leave(self, entity_id: str) -> None:
        in_flight = self._in_flight[entity_id] - 1
        if in_flight:
            self._in_flight[entity_id] = in_flight
        else:
            del self._in_flight[entity_id]  # or the mapping would grow with every entity ever seen

    def headers(self, entity_id: str) -> HeaderPairs:
        remaining = self._in_flight_max - self._in_flight.get(entity_id, 0)
        return (*self._fixed, (b"concurrency-limit-remaining", b"%d" % remaining))

    def refusal(self) -> Overloaded:
        message = f"more than {self._in_flight_max} requests of this entity are in flight"
        return Overloaded(message, retry_after_s=RETRY_SECONDS_WHEN_CROWDED)


class RateLimits:
    """Requests per tenant in windows of a minute, an hour and a day.

    Shape: counted in this process; several workers each allow the whole size.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._windows: list[rates.RateLimitItem] = [
            item(size)
            for item, size in (
                (rates.RateLimitItemPerMinute, settings.rate_per_minute),
                (rates.RateLimitItemPerHour, settings.rate_per_hour),
                (rates.RateLimitItemPerDay, settings.rate_per_day),
            )
            if size is not None
        ]

    @property
    def are_on(self) -> bool:
        return bool(self._windows)

    def take(self, tenant_id: str) -> tuple[HeaderPairs, Overloaded | None]:
        """Count one request, unless a window is full: then nothing is counted."""
        full = [item for item in self._windows if not self._limiter.test(item, tenant_id)]
        if full:
            item = max(full, key=lambda window: self._seconds_to_reset(window, tenant_id))
            seconds = self._seconds_to_reset(item, tenant_id)
            message = (
                f"more than {item.amount} requests of this tenant in a {item.GRANULARITY.name}"
            )
            return self._headers(item, tenant_id), Overloaded(message, retry_after_s=seconds)
        for item in self._windows:
            self._limiter.hit(item, tenant_id)
        return self._headers(self._nearest(tenant_id), tenant_id), None

    def _nearest(self, tenant_id: str) -> rates.RateLimitItem:
        return min(
            self._windows,
            key=lambda item: self._limiter.get_window_stats(item, tenant_id).remaining,
        )

    def _headers(self, item: rates.RateLimitItem, tenant_id: str) -> HeaderPairs:
        remaining = self._limiter.get_window_stats(item, tenant_id).remaining
        return (
            (b"ratelimit-limit", b"%d" % item.amount),
            (b"ratelimit-remaining", b"%d" % remaining),
            (b"ratelimit-reset", b"%d" % self._seconds_to_reset(item, tenant_id)),
        )

    def _seconds_to_reset(self, item: rates.RateLimitItem, tenant_id: str) -> int:
        reset = self._limiter.get_window_stats(item, tenant_id).reset_time
        return max(1, round(reset - time()))  # the library's own clock, so that both agree
