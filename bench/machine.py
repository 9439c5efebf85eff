"""What the benchmarks ran on: enough to judge the figures by, and nothing that names a host."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import apsw
import psycopg

from bench.processes import ROOT
from tests.postgres_server import PostgresServer


def machine(postgres: PostgresServer) -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": apsw.sqlite_lib_version(),
        "postgres": _postgres_version(postgres),
        "load_before": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """The commit measured, with `-dirty` where files differ from it; `unknown` without git."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _postgres_version(server: PostgresServer) -> str:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return "unknown" if row is None else str(row[0])
