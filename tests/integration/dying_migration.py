"""Migrates a database, and dies before a chosen step: `python -m tests.integration.dying_migration URL`.

Each line on standard input is a step, counted over all files; its life is a fork of this process,
and how it ended is told: -9 where it died, 0 where it was through before.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import apsw

from seriatim.store import migrate as migrating
from seriatim.store.open import open_database


def statements_of(script: str, database_name: str) -> Iterator[str]:
    """The script's statements one by one. Bodies of triggers and functions hold semicolons too."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        is_body = held.count("$$") % 2 if database_name == "postgres" else not apsw.complete(held)
        if held.rstrip().endswith(";") and not is_body:
            yield held
            held = ""
    if held.strip():
        yield held


class _Countdown:
    def __init__(self, step: int) -> None:
        self._left = step

    def step(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def migrate_and_die(url: str, step: int) -> None:
    countdown = _Countdown(step)
    database = open_database(url)
    run_script, commit = database.run_script, database._commit  # type: ignore[attr-defined] # to die around it

    def run(session: Any, script: str) -> None:
        for statement in statements_of(script, database.name):
            countdown.step()
            run_script(session, statement)

    def commit_between(*given: Any) -> None:
        countdown.step()
        commit(*given)
        countdown.step()

    database.run_script = run  # type: ignore[method-assign] # to die in it
    database._commit = commit_between  # type: ignore[attr-defined] # to die around it
    migrating.migrate(database)
    database.close()


def main(url: str) -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            migrate_and_die(url, int(line))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
