"""Time as a dependency, so that a test can turn it back. No order of numbers rests on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC, to the microsecond."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
