"""Both sides of the benchmarks of issuing do what they say, on real databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from bench.callers import ASYNC_CALLERS, LIBRARY_THREADS, counted_turn, issuing
from bench.contest import BenchmarkFailedError, Place
from bench.databases import DATABASES, Database, founded_database
from bench.issuing import DJANGO_SEQUENCES, by_hand
from bench.nextval_peer import nextval_peer
from bench.side import Side, Turn, running_side
from seriatim import Numbering
from tests.postgres_server import PostgresServer

SECONDS = 0.1


@pytest.fixture
def place(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Place]:
    with ExitStack() as ends:
        yield Place(tmp_path, postgres_server, ends)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("module", [ASYNC_CALLERS, LIBRARY_THREADS])
def test_callers_of_ours_get_numbers_of_the_register(
    place: Place, database: Database, module: str
) -> None:
    with founded_database(place, database) as founding:
        with issuing(place, founding, module, 8) as turn:
            assert turn(SECONDS).figure > 0
        with Numbering(founding.url) as numbering:
            verified = numbering.verify()
    assert verified.is_verified
    assert sum(series.entries for series in verified.series) >= 8


def test_callers_begin_with_another_set_each(place: Place) -> None:
    with founded_database(place, "SQLite", sets=3) as founding:
        names = ["S0000001", "S0000002", "S0000003"]
        with issuing(place, founding, ASYNC_CALLERS, 3, sets=names) as turn:
            turn(SECONDS)
        with Numbering(founding.url) as numbering:
            entries = {one.prefix: one.entries for one in numbering.verify().series if one.entries}
    assert set(entries) == {"I0000001-", "I0000002-", "I0000003-"}


def test_a_call_may_ask_for_a_million_numbers(place: Place) -> None:
    """That as many were given, each turn finds out itself."""
    with (
        founded_database(place, "SQLite") as founding,
        issuing(place, founding, LIBRARY_THREADS, 1, count=1_000_000) as turn,
    ):
        assert turn(SECONDS).figure > 0


def test_callers_in_two_processes_are_counted_together(place: Place) -> None:
    with (
        founded_database(place, "PostgreSQL") as founding,
        issuing(place, founding, ASYNC_CALLERS, 4, processes=2) as turn,
    ):
        assert turn(SECONDS).figure > 0


@pytest.mark.parametrize("database", DATABASES)
def test_register_written_by_hand_verifies(place: Place, database: Database) -> None:
    with founded_database(place, database) as founding:
        with by_hand(place, founding) as turn:
            assert turn(SECONDS).figure > 0
        with Numbering(founding.url) as numbering:
            verified = numbering.verify()
    assert verified.is_verified
    assert sum(series.entries for series in verified.series) > 0


@pytest.mark.parametrize("peer", ["nextval", DJANGO_SEQUENCES])
def test_peer_writes_the_columns_and_indexes_that_ours_does(place: Place, peer: str) -> None:
    with founded_database(place, "PostgreSQL") as founding:
        with issuing(place, founding, ASYNC_CALLERS, 2) as turn:
            turn(SECONDS)
        if peer == "nextval":
            with nextval_peer(place.postgres, founding.url, place.folder, 2) as turn:
                turn(SECONDS)
        else:
            plan = {"url": founding.url, "callers": 2}
            with running_side(place.folder, peer, plan) as side:
                side.turn(SECONDS)
        with psycopg.connect(founding.url) as connection:
            ours = _shape(connection, "seriatim_register")
            theirs = _shape(connection, "peer_register")
    assert theirs == ours


def _shape(connection: psycopg.Connection, table: str) -> tuple[set[str], int, int]:
    """Which columns every row fills, how many indexes there are, and how many rows a number has."""
    rows = connection.execute(f"SELECT to_jsonb(t) FROM {table} t".encode()).fetchall()
    assert rows
    filled = set.intersection(*({k for k, v in row.items() if v is not None} for (row,) in rows))
    numbers = {row["first_number"] for (row,) in rows}
    (indexes,) = connection.execute(
        "SELECT count(*) FROM pg_indexes WHERE tablename = %s", (table,)
    ).fetchone() or (0,)
    return filled, indexes, len(rows) // len(numbers)


def test_turn_whose_answers_are_not_in_the_register_fails(place: Place) -> None:
    class Boaster(Side):
        def __init__(self) -> None: ...

        def begin(self, seconds: float) -> None: ...

        def end(self) -> Turn:
            return Turn(1, 1)

    with (
        founded_database(place, "SQLite") as founding,
        pytest.raises(BenchmarkFailedError, match="1 answers of 1 moved the series by 0"),
    ):
        counted_turn(founding, [Boaster()], 1)
