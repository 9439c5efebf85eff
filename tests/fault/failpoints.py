"""The very server that users run, which dies at a chosen step of an issue.

    with DyingService("sqlite:////some/folder/seriatim.db", folder) as service:
        service.start()
        service.die_at("COMMIT")

The steps are watched from outside: this program wraps the methods of the running service, so that
the service itself knows nothing of it. Each life is a fork of a process in which everything is
imported already, for there are many lives.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from tests.running_service import (
    ROOT,
    serve,
    service_environment,
    url_when_ready,
    write_settings,
)

COMMIT, AFTER_COMMIT = "COMMIT", "after COMMIT"
SETTLED = "before anybody is told"
BEFORE_REPLY, FIRST_BYTE, REPLIED = "before the reply", "after its first byte", "after the reply"
_WRITER = "seriatim-issuer"


class DyingService:
    """Shape: one life at a time; `kills` counts those that ended at a step."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._folder = folder
        self.kills = 0
        self.url = ""
        write_settings(database_url, folder)
        with (folder / "log.jsonl").open("ab") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", __name__, str(folder)],
                cwd=ROOT,
                env=service_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> DyingService:
        return self

    def __exit__(self, *_: object) -> None:
        if self.url:
            os.kill(self._pid, signal.SIGKILL)
        self._nursery.communicate(timeout=30)

    @property
    def urls(self) -> list[str]:
        return [self.url] if self.url else []

    def start(self) -> None:
        (self._folder / "url").unlink(missing_ok=True)
        assert self._nursery.stdin is not None
        self._nursery.stdin.write("live\n")
        self._nursery.stdin.flush()
        self._pid = int(self._line())
        self.url = url_when_ready(self._folder, lambda: self._nursery.poll() is None)

    def die_at(self, step: str) -> None:
        """Let the next issue end at that step; its end is waited for with `wait_for_death`."""
        _chosen(self._folder).write_text(step)

    def wait_for_death(self) -> None:
        assert self._line() == str(-signal.SIGKILL), "it ended otherwise than by the step"
        self.kills += 1
        self.url = ""
        _chosen(self._folder).unlink()

    @property
    def steps(self) -> Sequence[str]:
        """Those that the last whole issue took."""
        return _passed(self._folder).read_text().splitlines()

    def _line(self) -> str:
        assert self._nursery.stdout is not None
        return self._nursery.stdout.readline().strip()


def _chosen(folder: Path) -> Path:
    return folder / "die-at"


def _passed(folder: Path) -> Path:
    return folder / "steps"


# --- in the process that dies --------------------------------------------------------------------


class Watch:
    """The steps of the issue under way, each by a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_on = False
        self._chosen = ""
        self._seen: Counter[str] = Counter()
        self._names: list[str] = []

    def begin(self) -> None:
        chosen = _chosen(self._folder)
        self._chosen = chosen.read_text() if chosen.exists() else ""
        self._seen.clear()
        self._names.clear()
        self._is_on = True

    def reaches(self, name: str) -> bool:
        """Note a step; whether the process shall die there."""
        if not self._is_on:
            return False
        self._seen[name] += 1
        unique = name if self._seen[name] == 1 else f"{name} {self._seen[name]}"
        self._names.append(unique)
        return unique == self._chosen

    def step(self, name: str) -> None:
        if self.reaches(name):
            die()

    def statement(self, name: str) -> None:
        """A step only where the issuer's own thread takes it."""
        if threading.current_thread().name == _WRITER:
            self.step(name)

    def end(self) -> None:
        if self._is_on:
            self._is_on = False
            _passed(self._folder).write_text("\n".join(self._names))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: type, method: str, note: Callable[..., None]) -> None:
    """Let `note` be called with the arguments of a method before it runs."""
    real = getattr(owner, method)

    @wraps(real)
    def watched(self: Any, *arguments: Any, **rest: Any) -> Any:
        note(*arguments, **rest)
        return real(self, *arguments, **rest)

    setattr(owner, method, watched)


def _after(owner: type, method: str, note: Callable[[], None]) -> None:
    real = getattr(owner, method)

    @wraps(real)
    def watched(self: Any, *arguments: Any, **rest: Any) -> Any:
        result = real(self, *arguments, **rest)
        note()
        return result

    setattr(owner, method, watched)


def watch_issues(watch: Watch) -> None:
    from seriatim.service.issuing import NumberIssuing
    from seriatim.store.postgres import PostgresDatabase
    from seriatim.store.postgres_statements import PreparedStatements, Wanted
    from seriatim.store.sqlite import SqliteDatabase, SqliteSession

    def note_round_trip(wanted: Sequence[Wanted], *, begins: bool) -> None:
        for name in [*(["BEGIN"] if begins else []), *(query for query, _ in wanted)]:
            watch.statement(name)

    _before(NumberIssuing, "submit_all", lambda *_: watch.begin())
    _before(SqliteDatabase, "_begin", lambda *_: watch.statement("BEGIN"))
    for database in (SqliteDatabase, PostgresDatabase):
        _before(database, "_commit", lambda *_: watch.statement(COMMIT))
        _after(database, "_commit", lambda: watch.statement(AFTER_COMMIT))
    _before(PreparedStatements, "run", note_round_trip)
    for method in ("rows", "execute", "rows_many", "execute_many"):
        _before(SqliteSession, method, lambda query, *_: watch.statement(query))
    _before(NumberIssuing, "_settled", lambda *_: watch.statement(SETTLED))
    _watch_replies(watch)


def _watch_replies(watch: Watch) -> None:
    from seriatim.http.connection import BoundedProtocol

    real = BoundedProtocol._write_whole_answer

    def watched(
        self: BoundedProtocol, cycle: Any, status: int, head: bytes, body: bytes, closes: bool
    ) -> bool:
        if cycle.scope["path"] != "/v1/document-numbers":
            return real(self, cycle, status, head, body, closes)
        watch.step(BEFORE_REPLY)
        if watch.reaches(FIRST_BYTE):
            os.write(self.transport.get_extra_info("socket").fileno(), b"H")
            die()
        is_last = watch.reaches(REPLIED)
        watch.end()  # before the client can ask for the steps
        is_written = real(self, cycle, status, head, body, closes)
        if is_last:
            die()
        return is_written

    BoundedProtocol._write_whole_answer = watched  # type: ignore[method-assign] # to watch it


def main(folder: Path) -> None:
    """A life for each line on standard input: its process id, and how it ended, are told."""
    from seriatim import bootstrap, telemetry
    from seriatim.http import server

    _ = bootstrap, telemetry, server  # imported once, for all lives
    watch_issues(Watch(folder))
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(serve(folder))
        _say(pid)
        _, status = os.waitpid(pid, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
