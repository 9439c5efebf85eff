"""A failed run with workers ends with what failed, and no worker ends by how a failure is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.last_lines import SHOWN_MAX, LastLines, first_error
from tests.postgres_server import ROOT

FAILING = """
import ast
import pytest

@pytest.fixture
def unready():
    raise OSError("nothing is ready")

def test_compares():
    assert 1 == 2

def test_waits(unready):
    pass

def test_cannot_be_shown():
    parse = ast.parse

    def fail_once(*_, **__):
        ast.parse = parse
        raise SystemError("AST constructor recursion depth mismatch")

    ast.parse = fail_once
    assert "shown" == "all the same"
"""
BREAKING = """
import os

def pytest_runtest_logreport(report):
    if report.failed and "PYTEST_XDIST_WORKER" in os.environ:
        raise RuntimeError("broken on purpose")
"""


def run_apart(folder: Path, **files: str) -> list[str]:
    """The lines of a run with workers over files of its own."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", "-p", "tests.conftest", "-p", "no:randomly"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout.rstrip().splitlines()


def test_failed_run_ends_with_each_failure_and_what_it_said(tmp_path: Path) -> None:
    lines = run_apart(tmp_path, test_failing=FAILING)
    assert lines[-6:] == [
        "test_failing.py::test_compares (call)",
        "    assert 1 == 2",
        "test_failing.py::test_waits (setup)",
        "    OSError: nothing is ready",
        "test_failing.py::test_cannot_be_shown (call)",
        "    AssertionError: assert 'shown' == 'all the same'",
    ]


def test_run_ended_by_an_error_of_pytest_itself_ends_with_that_error(tmp_path: Path) -> None:
    lines = run_apart(tmp_path, test_failing=FAILING, conftest=BREAKING)
    assert "pytest itself" in lines[-6:]
    assert "    RuntimeError: broken on purpose" in lines[-6:]


def test_many_failures_are_counted_beyond_the_first() -> None:
    last = LastLines()
    for number in range(SHOWN_MAX + 3):
        report = pytest.TestReport(f"test_{number}", ("", 0, ""), {}, "failed", "Oh: no", "call")
        last.pytest_runtest_logreport(report)
    assert last.lines()[-3:] == [f"test_{SHOWN_MAX - 1} (call)", "    Oh: no", "and 3 more"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "worker 'gw0' crashed while running 'test_a'",
            "worker 'gw0' crashed while running 'test_a'",
        ),
        ("> assert False\nE  AssertionError: Traceback\nE  x.Error: gone\nend", "x.Error: gone"),
        ("", ""),
    ],
)
def test_first_error_is_what_a_text_says_went_wrong(text: str, line: str) -> None:
    assert first_error(text) == line
