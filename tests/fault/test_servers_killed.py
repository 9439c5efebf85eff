"""Servers that are killed under load: no number lost, doubled or unexplained.

Clients repeat what they are in doubt about with the same key; at the end everything they saw is
held against the register by the checker.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fault.scenarios import Tally, clock_moved, servers_killed


@pytest.mark.parametrize(
    ("database", "servers", "kills"), [("sqlite", 1, 2), ("postgres", 1, 1), ("postgres", 2, 2)]
)
def test_servers_killed_under_load_lose_and_double_no_number(
    database: str,
    servers: int,
    kills: int,
    tmp_path: Path,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    url, tally = request.getfixturevalue(f"{database}_url"), Tally()
    servers_killed(url, tmp_path, seed, tally, servers=servers, kills=kills)
    assert tally.server_kills == kills


def test_clock_that_goes_forwards_and_backwards_changes_no_order(
    sqlite_url: str, tmp_path: Path, seed: int
) -> None:
    clock_moved(sqlite_url, tmp_path, seed, Tally(), moves=5)
