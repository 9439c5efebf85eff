"""Is the process alive, is it of use, and what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from seriatim import telemetry
from seriatim.http.answer import Answer, json_answer
from seriatim.http.exchange import Exchange
from seriatim.http.router import Router

READINESS_SECONDS_MAX: Final = 2.0

WhyNotReady = Callable[[], str | None]
"""None where the database can be reached and is migrated; otherwise what is wrong, in words
that anyone may read. May block; must not raise."""

_METRICS_TYPE: Final = telemetry.METRICS_CONTENT_TYPE.encode("ascii")


class Health:
    """Shape: readiness is looked into by one thread, one look at a time, so that a database that
    hangs holds up one thread and no request for longer than `seconds_max`.
    """

    def __init__(
        self, why_not_ready: WhyNotReady, *, seconds_max: float = READINESS_SECONDS_MAX
    ) -> None:
        self._why_not_ready = why_not_ready
        self._seconds_max = seconds_max
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="seriatim-readiness")
        self._looking: Future[str | None] | None = None

    def add_to(self, router: Router) -> None:
        router.add("GET", "/healthz", self.healthz)
        router.add("GET", "/readyz", self.readyz)
        router.add("GET", "/metrics", self.metrics)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def healthz(self, _: Exchange) -> Answer:
        return json_answer(200, {"status": "ok"})

    async def readyz(self, _: Exchange) -> Answer:
        if self._looking is None or self._looking.done():
            self._looking = self._pool.submit(self._why_not_ready)
        look = asyncio.shield(asyncio.wrap_future(self._looking))
        try:
            reason = await asyncio.wait_for(look, self._seconds_max)
        except TimeoutError:
            reason = f"the database did not answer within {self._seconds_max:g} seconds"
        if reason is None:
            return json_answer(200, {"status": "ready"})
        return json_answer(
            503, {"status": "not ready", "reason": reason}, ((b"retry-after", b"1"),)
        )

    async def metrics(self, _: Exchange) -> Answer:
        return Answer(200, telemetry.metrics_text(), content_type=_METRICS_TYPE)
