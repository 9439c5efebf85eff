"""`python -m bench`, or `make bench`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from bench import results, table
from bench.contest import Benchmark, BenchmarkFailedError, Place
from bench.databases import POSTGRES_SETTINGS
from bench.machine import commit, machine
from bench.registry import BENCHMARKS
from bench.rounds import ROUNDS_MIN, Progress, Result, measured
from tests.postgres_server import temporary_server

CLIENT_SHARE_MAX: Final = 0.85
"""Above it the load generator itself may be what is measured."""

_TABLE_WIDTH_MIN: Final = 150
_ROUNDS_MAX: Final = 25
_SECONDS_MAX: Final = 30.0


def main() -> int:
    options = _options()
    if options.list:
        for benchmark in BENCHMARKS:
            print(f"{benchmark.name:34} {benchmark.title}")
        return 0
    chosen = [one for one in BENCHMARKS if not options.only or one.name in options.only]
    with _place() as place, _progress() as (progress, report):
        measured_on = machine(place.postgres)
        found = measure_all(
            chosen,
            place,
            rounds=options.rounds,
            seconds=options.seconds,
            progress=progress,
            report=report,
        )
    _print(found)
    if len(found) == len(BENCHMARKS):
        results.write(results.report(measured_on, commit(), found))
        table.write()
    return 0 if len(found) == len(chosen) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Seriatim beside its peers. A run of all benchmarks is written to "
        "bench/results/latest.json and docs/reference/benchmarks.md.",
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        choices=[benchmark.name for benchmark in BENCHMARKS],
        help="this benchmark alone; may be given several times",
    )
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=ROUNDS_MIN,
        help=f"turns of each side, {ROUNDS_MIN} (default) to {_ROUNDS_MAX}",
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=1.0, help="how long each turn is (default 1)"
    )
    parser.add_argument("--list", action="store_true", help="list the benchmarks and end")
    return parser.parse_args()


def _rounds(text: str) -> int:
    rounds = int(text)
    if not ROUNDS_MIN <= rounds <= _ROUNDS_MAX:
        raise argparse.ArgumentTypeError(f"must be from {ROUNDS_MIN} to {_ROUNDS_MAX}")
    return rounds


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most {_SECONDS_MAX:g}")
    return seconds


@contextmanager
def _place() -> Iterator[Place]:
    with ExitStack() as ends:
        folder = Path(ends.enter_context(TemporaryDirectory(prefix="seriatim-bench-")))
        postgres = ends.enter_context(temporary_server(POSTGRES_SETTINGS))
        yield Place(folder, postgres, ends)


@contextmanager
def _progress() -> Iterator[tuple[Progress, Progress]]:
    """On standard error: what is going on, where somebody can see it; else what is done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _say_nothing, _print_line
        return
    with console.status("starting") as status:
        yield status.update, _say_nothing


def _say_nothing(_: str) -> None:
    pass


def _print_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_all(
    chosen: Sequence[Benchmark],
    place: Place,
    *,
    rounds: int,
    seconds: float,
    progress: Progress,
    report: Progress,
) -> list[Result]:
    """Each benchmark in turn; one that fails is told of on standard error and left out.

    Shape: `report` is told a line of every one that is done.
    """
    found = []
    for number, benchmark in enumerate(chosen, start=1):
        shown = f"{number}/{len(chosen)} {benchmark.name}"

        def tell(text: str, shown: str = shown) -> None:
            progress(f"{shown}: {text}")

        try:
            result = measured(benchmark, place, rounds=rounds, seconds=seconds, progress=tell)
        except BenchmarkFailedError as error:
            _print_line(f"{benchmark.name} failed: {error}")
        else:
            report(
                f"{shown}: {result.ours:,.0f} against {result.theirs:,.0f} {benchmark.unit}, "
                f"ratio {result.ratio:.2f}"
            )
            found.append(result)
    return found


def _print(found: Sequence[Result]) -> None:
    shown = Table("work", "ours", "peer's", "unit", "ratio", "aim", "against")
    for column in shown.columns[1:3] + shown.columns[4:6]:
        column.justify = "right"
    for result in found:
        benchmark = result.benchmark
        shown.add_row(
            benchmark.title,
            f"{result.ours:,.0f}",
            f"{result.theirs:,.0f}",
            benchmark.unit,
            f"{result.ratio:.2f}",
            table.aim(benchmark),
            benchmark.peer,
        )
    console = Console()
    console.width = max(console.width, _TABLE_WIDTH_MIN)
    console.print(shown)
    for result in found:
        if result.client_share > CLIENT_SHARE_MAX:
            print(
                f"{result.benchmark.name}: the load generator took {result.client_share:.0%} "
                "of a processor: it may be the bottleneck",
                file=sys.stderr,
            )


if __name__ == "__main__":
    sys.exit(main())
