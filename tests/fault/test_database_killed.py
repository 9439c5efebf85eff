"""The database is killed, whole or one backend of it, or loses its connections at their COMMIT."""

from __future__ import annotations

from pathlib import Path

from tests.fault.scenarios import Tally, backends_ended, connections_cut, database_killed
from tests.postgres_server import PostgresServer


def test_database_killed_under_load_is_back_in_use_within_seconds(
    own_postgres: PostgresServer, tmp_path: Path, seed: int
) -> None:
    tally = Tally()
    database_killed(own_postgres, f"away_{seed}", tmp_path, seed, tally, kills=2)
    assert tally.database_kills == 2


def test_backends_ended_under_load_are_replaced_within_seconds(
    own_postgres: PostgresServer, tmp_path: Path, seed: int
) -> None:
    tally = Tally()
    backends_ended(own_postgres, f"backends_{seed}", tmp_path, seed, tally, kills=4)
    assert tally.database_kills == 4


def test_connections_cut_around_commit_settle_without_a_lost_or_doubled_number(
    own_postgres: PostgresServer, tmp_path: Path, seed: int
) -> None:
    tally = Tally()
    connections_cut(own_postgres, f"cut_{seed}", tmp_path, seed, tally, cuts=12)
    assert tally.cuts == 12
