"""Both sides of the benchmark of verifying walk over every entry."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.callers import invoice_series
from bench.contest import BenchmarkFailedError, Place
from bench.databases import DATABASES, Database
from bench.filling import set_name
from bench.side import running_side
from bench.verifying import BARE_CHAIN, VERIFIER, filled_database
from tests.postgres_server import PostgresServer

MEBIBYTE = 2**20


@pytest.mark.parametrize("database", DATABASES)
def test_sides_count_the_entries_of_the_series_they_are_told(
    tmp_path: Path, postgres_server: PostgresServer, database: Database
) -> None:
    place = Place(tmp_path, postgres_server, ExitStack())
    with filled_database(place, database, few=3, many=1200) as founding:
        for name, entries in ((set_name(1), 3), ("DEFAULT", 1200)):
            series, _ = invoice_series(founding, name)
            plan = {"url": founding.url, "series": asdict(series.key)}
            with running_side(tmp_path, VERIFIER, plan) as ours:
                turn = ours.turn(0)
            with running_side(tmp_path, BARE_CHAIN, plan) as peer:
                assert peer.turn(0.01).count % entries == 0
            assert turn.count == entries
            assert 10 * MEBIBYTE < turn.peak_bytes < 1000 * MEBIBYTE


def test_register_that_does_not_verify_measures_nothing(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    place = Place(tmp_path, postgres_server, ExitStack())
    with filled_database(place, "SQLite", few=1, many=10) as founding:
        series, _ = invoice_series(founding)
        with founding.store() as store, store.write() as transaction:
            transaction.books(series.key.tenant_id, series.key.entity_id).advance_series(
                [(replace(series, head_hash=bytes(32)), 10)]
            )
        plan = {"url": founding.url, "series": asdict(series.key)}
        with (
            running_side(tmp_path, VERIFIER, plan) as ours,
            pytest.raises(BenchmarkFailedError, match="does not verify"),
        ):
            ours.turn(0)
