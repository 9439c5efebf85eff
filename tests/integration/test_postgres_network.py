"""A network that loses what is sent, and says nothing: noticed in seconds, and healed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from seriatim.domain.errors import StoreRefused
from seriatim.domain.limits import LOCK_WAIT_MS_MAX
from seriatim.store.open import open_store
from seriatim.store.postgres_options import connection_options

ROOT = Path(__file__).resolve().parent.parent.parent
UNSHARE = ["unshare", "--net"]
HEALED_SECONDS_MAX = 150
"""By the system's own limits a sender waits for a quarter of an hour."""


@pytest.fixture
def own_network() -> list[str]:
    """What to begin a command with, so that it has a loopback device of its own.

    Errors: skipped where there can be none.
    """
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("a network of its own can be made on Linux by root alone, with unshare")
    if (refused := subprocess.run([*UNSHARE, "true"], capture_output=True, check=False)).returncode:
        pytest.skip(f"no network of its own can be made here: {refused.stderr.decode().strip()}")
    return UNSHARE


def test_pulled_cable_is_noticed_in_seconds_and_nothing_is_lost(own_network: list[str]) -> None:
    told = subprocess.run(
        [*own_network, sys.executable, "-m", "tests.integration.pulled_cable"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=HEALED_SECONDS_MAX,
    )
    assert json.loads(told.stdout) == {
        "before": "INV00000001",
        "pulled before COMMIT": "OutcomeUnknown",
        "put in again": "INV00000002",
        "faults": [],
    }


def test_url_keeps_what_it_says_of_the_connection(postgres_url: str) -> None:
    said = (
        "application_name=shop&keepalives_idle=60&connect_timeout=20&"
        "options=-c%20tcp_keepalives_idle%3D61%20-c%20work_mem%3D5MB%20-c%20lock_timeout%3D1"
    )
    url = f"{postgres_url}?{said}"
    options = connection_options(url)
    assert {"keepalives_idle", "connect_timeout"}.isdisjoint(options)
    with psycopg.connect(url, **options) as connection:
        asked = ["application_name", "tcp_keepalives_idle", "work_mem", "timezone", "lock_timeout"]
        told = [
            connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in asked
        ]
    assert told == [("shop",), ("61",), ("5MB",), ("UTC",), (f"{LOCK_WAIT_MS_MAX // 1000}s",)]


def test_url_that_is_none_is_refused() -> None:
    with pytest.raises(StoreRefused, match="cannot connect to PostgreSQL"):
        open_store("postgresql://127.0.0.1/seriatim?wrong_word=1")
