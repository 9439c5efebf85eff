"""The peer: PostgreSQL's own `nextval()` and an INSERT, by pgbench, prepared; it leaves gaps."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg

from bench.contest import BenchmarkFailedError, Run, Sample
from bench.peer_rows import MAKE_PEER_TABLE, insert_numbered
from tests.postgres_server import PostgresServer

PEER: Final = "nextval() + INSERT, pgbench, prepared"
_THREADS: Final = 2
_MARGIN_SECONDS: Final = 30
_PER_SECOND: Final = re.compile(
    r"^tps = ([0-9.]+) \(without initial connection time\)", re.MULTILINE
)
_FAILED: Final = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)
_SEQUENCE: Final = "peer_numbers"


@contextmanager
def nextval_peer(server: PostgresServer, url: str, folder: Path, clients: int) -> Iterator[Run]:
    """Shape: one statement a transaction, which is committed with it: one round trip."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(MAKE_PEER_TABLE.encode())
        connection.execute(f"CREATE SEQUENCE {_SEQUENCE}".encode())
    script = folder / "nextval.sql"
    statement = insert_numbered("given", f"FROM nextval('{_SEQUENCE}') AS given")
    script.write_text(f"{statement};\n")
    yield lambda seconds: _pgbench(server, url, script, clients, seconds)


def _pgbench(
    server: PostgresServer, url: str, script: Path, clients: int, seconds: float
) -> Sample:
    """Units: pgbench counts whole seconds: at least one."""
    whole_seconds = max(1, round(seconds))
    place = urlsplit(url)
    busy = _children_seconds()
    done = subprocess.run(
        [
            *(server.program("pgbench"), "--no-vacuum", "--protocol=prepared"),
            *("-c", str(clients), "-j", str(_THREADS), "-T", str(whole_seconds)),
            *("-f", str(script), "-h", str(place.hostname), "-p", str(place.port)),
            *("-U", str(place.username), place.path.removeprefix("/")),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": str(place.password)},
        text=True,
        check=False,
        timeout=whole_seconds + _MARGIN_SECONDS,
    )
    busy = _children_seconds() - busy
    per_second, failed = _PER_SECOND.search(done.stdout), _FAILED.search(done.stdout)
    if done.returncode or per_second is None or failed is None or int(failed[1]):
        raise BenchmarkFailedError(f"pgbench failed:\n{done.stdout}{done.stderr}")
    return Sample(float(per_second[1]), busy / whole_seconds)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
