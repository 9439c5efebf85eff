"""How many requests came, how they were answered and how long that took."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from seriatim import telemetry

_BOUNDS: Final = telemetry.REQUEST_SECONDS_BUCKETS
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestNumbers(Collector):
    """Counts on the event loop's thread alone, and so without the locks of the library's own
    counters, which would cost a small request a tenth of its time.

    Shape: labels are routes and never paths, so that their number is bounded by the route table.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._answered: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[str, list[int]] = {}
        self._seconds_total: dict[str, float] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method if method in _METHODS else "other", route, status // 100)
        self._answered[key] = self._answered.get(key, 0) + 1
        buckets = self._seconds.get(route)
        if buckets is None:
            buckets = self._seconds[route] = [0] * (len(_BOUNDS) + 1)
            self._seconds_total[route] = 0.0
        buckets[bisect_left(_BOUNDS, seconds)] += 1
        self._seconds_total[route] += seconds

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily(
            "seriatim_http_requests",
            "Requests answered, by route and class of status.",
            labels=("method", "route", "status"),
        )
        for (method, route, hundreds), number in list(self._answered.items()):
            answered.add_metric((method, route, f"{hundreds}xx"), number)
        yield answered
        seconds = HistogramMetricFamily(
            "seriatim_http_request_seconds",
            "From the request's headers to the end of its answer.",
            labels=("route",),
        )
        for route, buckets in list(self._seconds.items()):
            seconds.add_metric((route,), _cumulated(buckets), self._seconds_total[route])
        yield seconds
        yield GaugeMetricFamily(
            "seriatim_http_requests_in_flight",
            "Requests begun and not yet answered.",
            value=self.in_flight,
        )

    def describe(self) -> Iterable[Metric]:
        return self.collect()


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    names = [*(repr(float(bound)) for bound in _BOUNDS), "+Inf"]
    return list(zip(names, accumulate(buckets), strict=True))


REQUEST_NUMBERS: Final = RequestNumbers()
telemetry.REGISTRY.register(REQUEST_NUMBERS)
