"""Both sides take turns, and the middle of each is what counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.contest import Benchmark, Contest, Place, Sample
from bench.registry import BENCHMARKS
from bench.rounds import measured
from tests.postgres_server import PostgresServer


def _turns(name: str, figures: list[float], log: list[str]) -> Callable[[float], Sample]:
    left = iter(figures)

    def run(_: float) -> Sample:
        log.append(name)
        return Sample(next(left), client_share=0.25)

    return run


def test_sides_take_turns_and_medians_count(tmp_path: Path) -> None:
    log: list[str] = []
    # The first figure of each side is its warm-up.
    ours = _turns("ours", [999, 10, 40, 30], log)
    peer = _turns("peer", [1, 100, 20, 50], log)

    @contextmanager
    def contest(_: Place) -> Iterator[Contest]:
        yield Contest(ours, peer)

    place = Place(tmp_path, PostgresServer(tmp_path), ExitStack())
    benchmark = Benchmark("x", "X", "a peer", contest)
    result = measured(benchmark, place, rounds=3, seconds=1, progress=lambda _: None)
    assert log == ["ours", "peer"] * 4
    assert (result.ours, result.theirs) == (30, 50)
    assert result.ratio == 0.6  # of 0.1, 2 and 0.6
    assert (result.rounds, result.client_share) == (3, 0.25)


def test_benchmarks_have_names_of_their_own() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)
