"""`docs/reference/benchmarks.md`, made from `bench/results/latest.json`: `python -m bench.table`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench import results
from bench.contest import Benchmark
from bench.method import METHOD
from bench.processes import ROOT
from bench.registry import BENCHMARKS

Figures = dict[str, Any]
PAGE: Final = ROOT / "docs" / "reference" / "benchmarks.md"


def aim(benchmark: Benchmark) -> str:
    return "" if benchmark.at_least is None else f"≥ {benchmark.at_least:g}"


def page(report: results.Report | None) -> str:
    """The page for a report; None: no whole run has been recorded yet.

    Shape: a benchmark that the report does not know yet has no row; what the report knows of
        one that is no more is left out.
    """
    lines = ["# Benchmarks", ""]
    if report is None:
        lines += ["No whole run has been recorded yet.", ""]
    else:
        figures = {result["name"]: result for result in report["results"]}
        shown = [benchmark for benchmark in BENCHMARKS if benchmark.name in figures]
        lines += [*_measured_on(report), "", *_table(shown, figures), ""]
        lines += _held_back(shown, figures)
    return "\n".join([*lines, METHOD.rstrip()]) + "\n"


def write(path: Path = PAGE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(results.read()), encoding="utf-8")


def _measured_on(report: results.Report) -> Iterator[str]:
    on = report["machine"]
    yield (
        f"Measured on {report['date'][:10]} at commit `{report['commit']}`: {on['processor']}, "
        f"{on['cores']} cores, {on['memory_gib']} GiB of memory, {on['kernel']}, {on['python']}, "
        f"SQLite {on['sqlite']}, PostgreSQL {on['postgres']}; load average before the run "
        f"{on['load_before']}."
    )


def _table(shown: list[Benchmark], figures: dict[str, Figures]) -> Iterator[str]:
    yield "| work | ours | peer's | unit | ratio | aim | against | load |"
    yield "| --- | ---: | ---: | --- | ---: | ---: | --- | ---: |"
    for benchmark in shown:
        found = figures[benchmark.name]
        ratio = f"{found['ratio']:.2f}"
        yield (
            f"| {benchmark.title} | {found['ours']:,.0f} | {found['theirs']:,.0f} "
            f"| {found['unit']} | {ratio if is_met(benchmark, found) else f'**{ratio}**'} "
            f"| {aim(benchmark)} | {found['peer']} | {_load(found)} |"
        )


def _load(found: Figures) -> str:
    """Nothing where no load generator stands beside what is measured."""
    share: float = found["client_share"]
    return f"{share:.2f}" if share else ""


def _held_back(shown: list[Benchmark], figures: dict[str, Figures]) -> Iterator[str]:
    missed = [one for one in shown if not is_met(one, figures[one.name])]
    if not missed:
        return
    yield "A ratio in bold misses its aim. What holds it back, as a profiler shows:"
    yield ""
    for benchmark in missed:
        against = f" (against {benchmark.peer})"
        yield f"- *{benchmark.title}*{against}: {benchmark.held_back_by or 'not looked into yet.'}"
    yield ""


def is_met(benchmark: Benchmark, found: Figures) -> bool:
    return benchmark.at_least is None or found["ratio"] >= benchmark.at_least


if __name__ == "__main__":
    write()
