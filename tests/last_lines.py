"""The last lines of a run with workers: which tests failed, and what each said first.

pytest's own list is missing when a worker ends by an error of pytest itself, and stands above
thousands of lines where every failure is shown at length.
"""

from __future__ import annotations

import re

import pytest

SHOWN_MAX = 9
WIDTH_MAX = 160
_ERROR = re.compile(r"^\W*(?:E\s+)?([\w.]*(?:Error|Exception|Exit|Interrupt)\b.*)")


class LastLines:
    """A plugin of the process that the workers report to."""

    def __init__(self) -> None:
        self._failures: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failures.append((f"{report.nodeid} ({report.when})", _said(report)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._failures.append((f"{report.nodeid} (collected)", _said(report)))

    def pytest_internalerror(self, excrepr: object) -> None:
        self._failures.append(("pytest itself", first_error(str(excrepr))))

    def lines(self) -> list[str]:
        """Shape: two lines a failure, and one that counts those left out."""
        shown = [line for pair in self._failures[:SHOWN_MAX] for line in _cut(*pair)]
        left = len(self._failures) - SHOWN_MAX
        return [*shown, f"and {left} more"] if left > 0 else shown

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        if self._failures:
            terminal = config.get_terminal_writer()
            terminal.line()
            for line in self.lines():
                terminal.line(line)


def first_error(text: str) -> str:
    """The first line that names an error; the last one where none does."""
    lines = [line for line in text.splitlines() if line.strip()]
    # A worker's error of pytest itself comes as the text of an assertion of the other side.
    named = [found[1] for found in map(_ERROR.match, lines) if found]
    named = [line for line in named if not line.startswith("AssertionError: Traceback")]
    return (named or lines[-1:] or [""])[0].strip()


def _said(report: pytest.TestReport | pytest.CollectReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message.split("\n", 1)[0] if crash else first_error(report.longreprtext)


def _cut(test: str, said: str) -> tuple[str, str]:
    return test[:WIDTH_MAX], f"    {said}"[:WIDTH_MAX]
