"""A real `seriatim serve` process, and commands beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from typer.testing import CliRunner, Result

from seriatim.cli.main import app

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30


def surroundings(home: Path, **variables: str) -> dict[str, str]:
    """The environment without settings of this machine, and with these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SERIATIM_") and not name.lower().endswith("_proxy")
    }
    return {**kept, "HOME": str(home), "NO_COLOR": "1", **variables}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "seriatim.cli", *words]


@dataclass
class Service:
    """Shape: `said` is what it printed on standard output while it started."""

    process: subprocess.Popen[str]
    folder: Path
    said: str

    @property
    def url(self) -> str:
        return self._found(r"API\s+(http://\S+)/v1")

    @property
    def client_id(self) -> str:
        return self._found(r"client id\s+(\S+)")

    @property
    def client_secret(self) -> str:
        return self._found(r"client secret\s+(\S+)")

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]

    def run(self, *words: str, given: str = "", **variables: str) -> Result:
        """A command on the server, with the credentials in the environment."""
        settings = {
            "SERIATIM_SERVER_URL": self.url,
            "SERIATIM_CLIENT_ID": self.client_id,
            "SERIATIM_CLIENT_SECRET": self.client_secret,
            **variables,
        }
        return run_in(self.folder, words, given=given, **settings)

    def json(self, *words: str, given: object = None) -> Any:
        """What such a command printed that succeeds."""
        text = "" if given is None else json.dumps(given)
        result = self.run(*words, "-o", "json", given=text)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(STOP_SECONDS_MAX)


def run_in(folder: Path, words: Sequence[str], *, given: str = "", **variables: str) -> Result:
    """A command in a folder. The service is a process of its own; the command need not be."""
    absent = dict.fromkeys(os.environ.keys() - surroundings(folder).keys())
    env = {**absent, **surroundings(folder, **variables)}
    with chdir(folder):
        result = CliRunner().invoke(app, list(words), input=given, env=env, prog_name="seriatim")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def run_apart(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, as `serve` must be: it takes over the log."""
    return subprocess.run(
        command(*words),
        cwd=folder,
        env=surroundings(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_until_ready(url: str) -> None:
    """The address is printed when the port is taken, a moment before it is listened on."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def serving(folder: Path, *words: str, **variables: str) -> Iterator[Service]:
    """A service on a free port, until the block ends."""
    log = folder / "service.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command("serve", "--port", "0", *words),
            cwd=folder,
            env=surroundings(folder, **variables),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    service = Service(process, folder, "")
    try:
        assert process.stdout is not None
        for line in process.stdout:
            service.said += line
            if "/v1/document-numbers" in line:
                break
        else:
            raise AssertionError(f"the service did not start: {log.read_text()}")
        wait_until_ready(service.url)
        yield service
    finally:
        service.stop()
        if process.stdout is not None:
            process.stdout.close()
