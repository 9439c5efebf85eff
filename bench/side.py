"""One side of a benchmark as a program of its own, which works turn by turn when it is told to.

A program of its own, so that neither the other side nor the measuring shares its interpreter;
it stays up between its turns, so that nobody pays for a start.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from bench.contest import BenchmarkFailedError
from bench.processes import environment, program

END_SECONDS_MAX: Final = 20.0
_LOG_TAIL_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Turn:
    """Shape: `count` of what the benchmark counts, in `seconds`; `peak_bytes` is the most memory
    that the program ever had, where it says so.
    """

    count: int
    seconds: float
    peak_bytes: int = 0

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


def plan() -> dict[str, Any]:
    """In the program: what it was started for."""
    found: dict[str, Any] = json.loads(sys.argv[1])
    return found


def take_turns(work: Callable[[float], Turn]) -> None:
    """In the program: work for so many seconds each time it is told to, until nobody is left."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(work(float(line)))), flush=True)


class Side:
    """The running program, seen from the benchmark."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self._answer()

    def begin(self, seconds: float) -> None:
        _given(self._process.stdin).write(f"{seconds}\n")
        _given(self._process.stdin).flush()

    def end(self) -> Turn:
        return Turn(**json.loads(self._answer()))

    def turn(self, seconds: float) -> Turn:
        self.begin(seconds)
        return self.end()

    def _answer(self) -> str:
        """Errors: BenchmarkFailedError where the program has ended."""
        answer = _given(self._process.stdout).readline()
        if not answer:
            tail = self._log.read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]
            raise BenchmarkFailedError(f"a side of the benchmark ended:\n{tail}")
        return answer


@contextmanager
def running_side(folder: Path, module: str, wanted: dict[str, Any]) -> Iterator[Side]:
    """Start `python -m MODULE` with a plan; it ends with the block."""
    log = folder / f"{module}.log"
    with log.open("ab") as log_file:
        process = subprocess.Popen(
            program(module, json.dumps(wanted)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_file,
            cwd=folder,
            env=environment(),
            text=True,
        )
    try:
        yield Side(process, log)
    finally:
        _end(process)


def turns_together(sides: Sequence[Side], seconds: float) -> list[Turn]:
    """One turn of several programs at the same time."""
    for side in sides:
        side.begin(seconds)
    return [side.end() for side in sides]


def _end(process: subprocess.Popen[str]) -> None:
    """The program ends by itself when nobody can tell it anything more."""
    try:
        process.communicate(timeout=END_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _given(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise TypeError("the program was started with pipes")
    return pipe
