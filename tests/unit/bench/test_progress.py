"""Where nobody watches, a run says what is done, one line a benchmark."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench import __main__ as program
from bench.contest import Benchmark, BenchmarkFailedError, Contest, Place, Sample


@contextmanager
def _sound(_: Place) -> Iterator[Contest]:
    yield Contest(lambda _: Sample(3000), lambda _: Sample(1500))


def _fail(_: float) -> Sample:
    raise BenchmarkFailedError("nobody answers")


@contextmanager
def _failing(_: Place) -> Iterator[Contest]:
    yield Contest(_fail, _fail)


def test_run_without_a_terminal_tells_each_result_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks = [
        Benchmark("sound", "S", "a peer", _sound, "numbers/s"),
        Benchmark("failing", "F", "a peer", _failing),
        Benchmark("left_out", "L", "a peer", _failing),
    ]
    monkeypatch.setattr(program, "BENCHMARKS", benchmarks)
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "sound", "--only", "failing"])
    assert program.main() == 1
    assert capsys.readouterr().err.splitlines() == [
        "1/2 sound: 3,000 against 1,500 numbers/s, ratio 2.00",
        "failing failed: nobody answers",
    ]
