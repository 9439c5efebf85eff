"""Which tests run which line, found by running them once under coverage."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent.parent
_OPTIONS = ("-q", "-p", "no:cacheprovider", "--cov-context", "test", "--cov-report", "")
TESTS = ("tests/unit/domain", "tests/unit/engine", "tests/unit/verifier")


@dataclass(frozen=True)
class CoveringTests:
    """Shape: by the file's absolute path; a test by its node id."""

    by_line: dict[tuple[str, int], set[str]]
    by_file: dict[str, set[str]]

    def rounds(self, file: str, line: int) -> Iterator[list[str]]:
        """The tests that could notice a change of the line, those most likely to first.

        Shape: of a line that runs at import, those that run any line of its file, and then all,
            as folders: a test of a constant, or of a field's default, runs no line of the file.
        """
        if found := self.by_line.get((file, line)):
            yield sorted(found)
            return
        if near := self.by_file.get(file):
            yield sorted(near)
        yield list(TESTS)


def find_covering_tests() -> CoveringTests:
    """Errors: CalledProcessError where the tests fail without any change."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage"
        packages = ("--cov", "seriatim.domain", "--cov", "seriatim.engine")
        subprocess.run(
            [sys.executable, "-m", "pytest", *_OPTIONS, *packages, *TESTS],
            cwd=ROOT,
            env={**os.environ, "COVERAGE_FILE": str(file)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        data = CoverageData(str(file))
        data.read()
        return _sorted_out(data)


def _sorted_out(data: CoverageData) -> CoveringTests:
    by_line: dict[tuple[str, int], set[str]] = {}
    by_file: dict[str, set[str]] = defaultdict(set)
    for file in data.measured_files():
        for line, contexts in data.contexts_by_lineno(file).items():
            tests = {context.rpartition("|")[0] for context in contexts if context}
            by_line[file, line] = tests
            by_file[file] |= tests
    return CoveringTests(by_line, by_file)
