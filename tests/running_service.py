"""A real service in a process of its own, over any database: the very server that users
run, but for the cost of a secret's hash.

    with running_service("sqlite:////some/folder/seriatim.db", folder) as service:
        httpx.get(f"{service.url}/healthz")

Each is forked from a process that has imported the service already: a start takes a sixth of the
time. Free of pytest, so that benchmarks and programs of the tests can use it too.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLIENT_ID = "11111111-1111-4111-8111-111111111111"
CLIENT_SECRET = "s" * 42
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0

# The clock holds the seconds that the service is ahead, or the moment at which it stands still.
_SETTINGS, _URL, _LOG, _CLOCK = "settings.json", "url", "log.jsonl", "clock"

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["seriatim.bootstrap", "seriatim.http.server"])


@dataclass(frozen=True, slots=True)
class RunningService:
    """Shape: `client_id` and `client_secret` are those of the first client, an admin."""

    url: str
    pid: int
    folder: Path
    database_url: str
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def log_text(self) -> str:
        """Everything logged so far; a request's line follows its answer within 50 ms."""
        return (self.folder / _LOG).read_text()

    def move_clock(self, by: timedelta) -> None:
        """Let the service live that much later than we do (earlier, where negative)."""
        self._set_clock(str(by.total_seconds()))

    def stop_clock(self, at: datetime) -> None:
        """Let it be that moment for the service until it is told another."""
        self._set_clock(at.isoformat())

    def _set_clock(self, text: str) -> None:
        new = self.folder / f"{_CLOCK}.new"
        new.write_text(text)
        new.replace(self.folder / _CLOCK)


def serve(folder: Path) -> int:
    """Run the service of a folder in this process."""
    from seriatim import bootstrap, telemetry
    from seriatim.config import Config
    from seriatim.http import server
    from tests.cheap_hashes import hash_cheaply

    hash_cheaply()

    def announce(url: str) -> None:
        (folder / f"{_URL}.new").write_text(url)
        (folder / f"{_URL}.new").replace(folder / _URL)

    config = Config(**json.loads((folder / _SETTINGS).read_text()))
    telemetry.configure_logging(level=config.log_level)
    store = bootstrap.open_service_store(config, migrate=True)
    bootstrap.initialise(store, config, actor="command:test")
    store.database.hold_server_lock()
    app = bootstrap.application(config, store, clock=_MovedClock(folder / _CLOCK))
    settings = bootstrap.http_settings(config)
    return server.serve(
        app, host=config.host, port=config.port, settings=settings, on_bound=announce
    )


@contextmanager
def running_service(
    database_url: str,
    folder: Path,
    config: Mapping[str, Any] | None = None,
    *,
    serve: Callable[[Path], int] = serve,
) -> Iterator[RunningService]:
    """Shape: `config` are fields of `seriatim.config.Config`. An empty database is migrated and
    founded; one that another service founded is joined.
    """
    write_settings(database_url, folder, config)
    (folder / _LOG).touch()
    arguments = (serve, folder, dict(os.environ))
    process = _forks.Process(target=_serve_apart, args=arguments, daemon=True)
    process.start()
    try:
        url = url_when_ready(folder, process.is_alive)
        assert process.pid is not None
        yield RunningService(url, process.pid, folder, database_url)
    finally:
        _stop(process)


def _serve_apart(
    serve: Callable[[Path], int], folder: Path, environment: Mapping[str, str]
) -> None:
    """What we were forked from had the surroundings of the first service of all."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    silence, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(folder / _LOG, os.O_WRONLY | os.O_APPEND),
    )
    for opened, stream in ((silence, 0), (log, 1), (log, 2)):
        os.dup2(opened, stream)
    raise SystemExit(serve(folder))


def write_settings(
    database_url: str, folder: Path, config: Mapping[str, Any] | None = None
) -> None:
    """What a service of this folder begins with."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "bootstrap_client_id": CLIENT_ID,
        "bootstrap_client_secret": CLIENT_SECRET,
        "signing_key_file": str(folder.parent / "signing-key.pem"),
        **(config or {}),
        "database_url": database_url,
        "host": "127.0.0.1",
        "port": 0,
    }
    (folder / _SETTINGS).write_text(json.dumps(settings))
    (folder / _CLOCK).write_text("0")


def service_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())}


def _search_path() -> list[str]:
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [str(ROOT / "src"), str(ROOT), *(part for part in given if Path(part).is_absolute())]


def url_when_ready(folder: Path, is_alive: Callable[[], bool]) -> str:
    """Errors: RuntimeError with the end of the log."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and is_alive():
        if (folder / _URL).exists():
            url = (folder / _URL).read_text()
            try:
                urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            except (urllib.error.URLError, ConnectionError):
                pass
            else:
                return url
        time.sleep(0.02)
    raise RuntimeError(f"the service does not start:\n{(folder / _LOG).read_text()[-4000:]}")


def _stop(process: BaseProcess) -> None:
    process.terminate()
    process.join(STOP_SECONDS_MAX)
    if process.is_alive():
        process.kill()
        process.join()
        raise TimeoutError(f"the service did not end in {STOP_SECONDS_MAX} seconds")


class _MovedClock:
    """The system's clock and what the test adds to it, or the moment that the test stops it at."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        text = self._file.read_text()
        if "T" in text:
            return datetime.fromisoformat(text)
        return datetime.now(UTC) + timedelta(seconds=float(text))
