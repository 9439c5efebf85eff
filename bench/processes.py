"""Programs that the benchmarks start, each ended by its own id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.contest import BenchmarkFailedError

ROOT: Final = Path(__file__).resolve().parents[1]
START_SECONDS_MAX: Final = 20.0
STOP_SECONDS_MAX: Final = 20.0
_LOG_TAIL_CHARACTERS: Final = 2000


def program(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment(**added: str) -> Mapping[str, str]:
    """The surroundings of a program of ours: no setting of the user's gets in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SERIATIM_")}
    paths = [str(ROOT / "src"), str(ROOT), kept.get("PYTHONPATH", "")]
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **added}


@contextmanager
def listening(command: list[str], log: Path, **added: str) -> Iterator[int]:
    """Run a server for the block; gives the port, which it names at the end of its first line.

    Shape: its working directory is that of its log, where no settings file lies.
    Errors: BenchmarkFailedError where it ends before it listens.
    """
    with log.open("ab") as log_file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            cwd=log.parent,
            env=environment(**added),
            text=True,
        )
    try:
        if process.stdout is None:
            raise TypeError("the output of a started program is a pipe")
        port = process.stdout.readline().strip().rpartition(":")[2]
        if not port.isdigit():
            tail = log.read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]
            raise BenchmarkFailedError(f"a server did not start:\n{tail}")
        _wait_until_it_listens(int(port))
        yield int(port)
    finally:
        _end(process)


def _wait_until_it_listens(port: int) -> None:
    """Between taking a port and listening there lies the start of the server."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
