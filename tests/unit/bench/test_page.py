"""The page of benchmarks says what the last whole run found, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import results, table
from bench.contest import Benchmark
from bench.machine import commit
from bench.registry import BENCHMARKS
from bench.rounds import ROUNDS_MIN, Result

MACHINE = {
    "processor": "a processor",
    "cores": 2,
    "memory_gib": 4.0,
    "kernel": "Linux 6",
    "python": "CPython 3.11",
    "sqlite": "3.53.0",
    "postgres": "18.0",
    "load_before": 0.1,
}
FIRST, SECOND = (one for one in BENCHMARKS[:2])


def report(*ratios: tuple[str, float]) -> results.Report:
    """One with the figures of these benchmarks."""
    return results.report(
        MACHINE,
        "0123456789ab",
        [
            Result(Benchmark(name, name, "a peer", lambda _: NotImplemented), 9e3, 3e3, ratio, 3, 0)
            for name, ratio in ratios
        ],
    )


def test_page_is_made_from_the_latest_results() -> None:
    made_anew = "python -m bench.table"
    assert table.PAGE.read_text(encoding="utf-8") == table.page(results.read()), made_anew


def test_latest_results_are_those_of_a_whole_run() -> None:
    """Benchmarks that came later have no figures yet."""
    latest = results.read()
    if latest is None:
        assert "No whole run has been recorded" in table.PAGE.read_text(encoding="utf-8")
        return
    assert list(latest) == ["machine", "commit", "date", "results"]
    assert latest["machine"].keys() == MACHINE.keys()
    for one in latest["results"]:
        assert {"name", "ours", "peer", "theirs", "ratio", "unit"} <= one.keys()
        assert one["rounds"] >= ROUNDS_MIN
        assert one["ours"] > 0


def test_latest_figure_that_misses_its_aim_says_what_holds_it_back() -> None:
    latest = results.read()
    figures = {one["name"]: one for one in latest["results"]} if latest else {}
    silent = [
        one.name
        for one in BENCHMARKS
        if one.name in figures and not table.is_met(one, figures[one.name]) and not one.held_back_by
    ]
    assert silent == []


def test_page_without_results_says_so_and_how_it_would_be_measured() -> None:
    page = table.page(None)
    assert "No whole run has been recorded" in page
    assert "## How it is measured" in page


def test_page_has_a_row_for_each_benchmark_that_was_run() -> None:
    page = table.page(report((FIRST.name, 99.0), ("one_that_is_no_more", 1.0)))
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    (row,) = rows
    assert row.startswith(f"| {FIRST.title} | 9,000 | 3,000 |")
    assert "one_that_is_no_more" not in page
    assert SECOND.title not in page or SECOND.title == FIRST.title


def test_figure_that_misses_its_aim_is_bold_and_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = _benchmark("slow", at_least=2.0, held_back_by="one commit a number.")
    fast = _benchmark("fast", at_least=2.0)
    free = _benchmark("free", at_least=None)
    monkeypatch.setattr(table, "BENCHMARKS", (slow, fast, free))
    page = table.page(report(("slow", 1.99), ("fast", 2.0), ("free", 0.1)))
    assert "**1.99**" in page
    assert page.count("**") == 2
    assert "- *slow* (against a peer): one commit a number." in page


def _benchmark(name: str, **others: Any) -> Benchmark:
    return Benchmark(name, name, "a peer", lambda _: NotImplemented, **others)


def test_results_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "results" / "latest.json"
    assert results.read(path) is None
    written = report((FIRST.name, 1.5))
    results.write(written, path)
    assert results.read(path) == written


def test_commit_is_named_by_its_hash_alone() -> None:
    named = commit().removesuffix("-dirty")
    assert named == "unknown" or (len(named) == 12 and int(named, 16))
