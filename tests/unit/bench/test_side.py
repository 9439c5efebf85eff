"""A side of a benchmark works turn by turn, and tells when it has ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.contest import BenchmarkFailedError
from bench.side import Turn, running_side, turns_together

PROGRAM = """
import sys
from bench.side import Turn, plan, take_turns

def work(seconds):
    if seconds > 9:
        sys.exit("nobody waits so long")
    return Turn(plan()["count"], seconds)

take_turns(work)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that counts what its plan says."""
    (tmp_path / "counting_side.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "counting_side"


def test_side_takes_turn_after_turn(program: str, tmp_path: Path) -> None:
    with running_side(tmp_path, program, {"count": 12}) as side:
        assert side.turn(0.5) == Turn(12, 0.5)
        assert side.turn(2).per_second == 6


def test_sides_that_work_together_each_say_what_they_did(program: str, tmp_path: Path) -> None:
    with (
        running_side(tmp_path, program, {"count": 1}) as one,
        running_side(tmp_path, program, {"count": 2}) as two,
    ):
        assert turns_together([one, two], 1) == [Turn(1, 1), Turn(2, 1)]


def test_side_that_ends_says_what_it_said_last(program: str, tmp_path: Path) -> None:
    with (
        running_side(tmp_path, program, {"count": 1}) as side,
        pytest.raises(BenchmarkFailedError, match="nobody waits so long"),
    ):
        side.turn(10)


def test_side_that_does_not_start_fails_the_benchmark(tmp_path: Path) -> None:
    with (
        pytest.raises(BenchmarkFailedError, match="no_such_module"),
        running_side(tmp_path, "no_such_module", {}),
    ):
        pytest.fail(f"{sys.executable} runs what does not exist")
