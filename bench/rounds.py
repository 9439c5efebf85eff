"""Taking turns: ours, peer, ours, peer, …; the median of each, and of the ratio of each pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.contest import Benchmark, Contest, Place, Sample

ROUNDS_MIN: Final = 3
WARM_UP_SECONDS: Final = 0.5

Progress = Callable[[str], None]
"""Told what is going on, again and again."""


@dataclass(frozen=True, slots=True)
class Result:
    """Shape: `client_share` is the most that the load generator took of a processor."""

    benchmark: Benchmark
    ours: float
    theirs: float
    ratio: float
    rounds: int
    client_share: float


def measured(
    benchmark: Benchmark, place: Place, *, rounds: int, seconds: float, progress: Progress
) -> Result:
    progress("preparing")
    with benchmark.contest(place) as contest:
        progress("warming up")
        contest.ours(WARM_UP_SECONDS)
        contest.peer(WARM_UP_SECONDS)
        pairs = []
        for number in range(1, rounds + 1):
            progress(f"round {number} of {rounds}")
            pairs.append(_pair(contest, seconds))
    return _result(benchmark, pairs)


def _pair(contest: Contest, seconds: float) -> tuple[Sample, Sample]:
    ours = contest.ours(seconds)
    return ours, contest.peer(seconds)


def _result(benchmark: Benchmark, pairs: list[tuple[Sample, Sample]]) -> Result:
    return Result(
        benchmark=benchmark,
        ours=median(ours.figure for ours, _ in pairs),
        theirs=median(theirs.figure for _, theirs in pairs),
        ratio=median(ours.figure / theirs.figure for ours, theirs in pairs),
        rounds=len(pairs),
        client_share=max(sample.client_share for pair in pairs for sample in pair),
    )
