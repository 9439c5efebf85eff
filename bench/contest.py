"""What a benchmark is: a name, two runs that take turns, and what is hoped of their ratio."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.postgres_server import PostgresServer

Thing = TypeVar("Thing")


class BenchmarkFailedError(Exception):
    """A run whose answers were not all good: it measures nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run's figure.

    Units: `figure` in the unit of the benchmark; `client_share` is the share of one processor
        that the load generator took, 1.0 where it was the bottleneck itself.
    """

    figure: float
    client_share: float = 0.0


Run = Callable[[float], Sample]
"""Measures for so many seconds."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Both sides of a benchmark, ready to run."""

    ours: Run
    peer: Run


class Place:
    """Where the benchmarks of one invocation work: one folder, one PostgreSQL."""

    def __init__(self, folder: Path, postgres: PostgresServer, ends: ExitStack) -> None:
        self.folder = folder
        self.postgres = postgres
        self._ends = ends
        self._kept: dict[str, Any] = {}

    def kept(self, name: str, make: Callable[[], AbstractContextManager[Thing]]) -> Thing:
        """What several benchmarks need, made for the first of them; it ends with the place."""
        if name not in self._kept:
            self._kept[name] = self._ends.enter_context(make())
        thing: Thing = self._kept[name]
        return thing


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Shape: `at_least` is the ratio of ours to the peer's that is hoped for, None where the
    figure is only reported; `held_back_by` says, beside a figure that misses it, what a
    profiler found.
    """

    name: str
    title: str
    peer: str
    contest: Callable[[Place], AbstractContextManager[Contest]]
    unit: str = "requests/s"
    at_least: float | None = None
    held_back_by: str = ""
