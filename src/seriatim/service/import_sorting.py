"""Sorting more lines than fit into memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_LINES_IN_MEMORY_MAX = 50_000
_RUNS_MERGED_AT_ONCE_MAX = 64  # each is an open file


class LineSorter:
    """Takes lines one by one and gives them back sorted, any number of times.

    Shape: a line holds no line feed; `folder` is the caller's, and takes about the size of all
        lines twice.
    Cost: a bounded number of lines in memory, of files open at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._waiting: list[str] = []
        self._runs: list[Path] = []

    def add(self, line: str) -> None:
        self._waiting.append(line)
        if len(self._waiting) >= _LINES_IN_MEMORY_MAX:
            self._put_down()

    def __iter__(self) -> Iterator[str]:
        """Every line added so far. Order: by code points."""
        self._put_down()
        while len(self._runs) > _RUNS_MERGED_AT_ONCE_MAX:
            first, self._runs = (
                self._runs[:_RUNS_MERGED_AT_ONCE_MAX],
                self._runs[_RUNS_MERGED_AT_ONCE_MAX:],
            )
            self._runs.append(self._written(heapq.merge(*map(_lines_of, first))))
            for run in first:
                run.unlink()
        return heapq.merge(*map(_lines_of, self._runs))

    def _put_down(self) -> None:
        if self._waiting:
            self._runs.append(self._written(iter(sorted(self._waiting))))
            self._waiting = []

    def _written(self, lines: Iterator[str]) -> Path:
        path = self._folder / f"run-{next(self._numbers)}"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path


def _lines_of(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line[:-1]
