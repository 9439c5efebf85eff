"""The same callers over many series, in two processes, and for a million numbers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from bench.callers import ASYNC_CALLERS, CALLERS, LIBRARY_THREADS, issuing
from bench.contest import Benchmark, Contest, Place
from bench.databases import DATABASES, Database, founded_database
from bench.filling import set_name
from bench.issuing import UNIT
from seriatim.domain.document_type import DocumentType

SERIES: Final = 100
MILLION: Final = 1_000_000


def benchmarks() -> Iterator[Benchmark]:
    yield Benchmark(
        "callers_64_over_100_series",
        "64 async callers over 100 series, PostgreSQL",
        "the same on one series",
        _over_many_series,
        UNIT,
        1.0,
        "each of up to 64 series of a batch has a row of its own to read with its set, to lock and to move on, "
        "where one series has one: some 40 µs of processor time a number, as much as the number itself.",
    )
    yield Benchmark(
        "callers_64_in_two_processes",
        "64 async callers in two processes, one series, PostgreSQL",
        "the same in one process",
        _in_two_processes,
        UNIT,
        1.0,
        held_back_by="three runs came to 1.03, 0.93 and 0.94. Each process has half of the callers, so that a batch is half as "
        "large, and waits for the other's lock on the series. Not profiled yet.",
    )
    for database in DATABASES:
        yield Benchmark(
            f"million_in_one_call_{database.lower()}",
            f"1 000 000 numbers in one call, library, {database}",
            "one number in one call (at most 3 times the time)",
            partial(_a_million, database=database),
            "calls/s",
            round(1 / 3, 3),
        )


@contextmanager
def _over_many_series(place: Place) -> Iterator[Contest]:
    names = [set_name(position) for position in range(1, SERIES + 1)]
    types = (DocumentType.INVOICE,)
    with (
        founded_database(place, "PostgreSQL", sets=SERIES, document_types=types) as founding,
        issuing(place, founding, ASYNC_CALLERS, CALLERS, sets=names) as ours,
        issuing(place, founding, ASYNC_CALLERS, CALLERS, sets=names[:1]) as peer,
    ):
        yield Contest(ours, peer)


@contextmanager
def _in_two_processes(place: Place) -> Iterator[Contest]:
    with (
        founded_database(place, "PostgreSQL") as founding,
        issuing(place, founding, ASYNC_CALLERS, CALLERS, processes=2) as ours,
        issuing(place, founding, ASYNC_CALLERS, CALLERS) as peer,
    ):
        yield Contest(ours, peer)


@contextmanager
def _a_million(place: Place, database: Database) -> Iterator[Contest]:
    """Each in a database of its own: SQLite is served by one process."""
    with (
        founded_database(place, database) as many,
        founded_database(place, database) as few,
        issuing(place, many, LIBRARY_THREADS, 1, count=MILLION) as ours,
        issuing(place, few, LIBRARY_THREADS, 1) as peer,
    ):
        yield Contest(ours, peer)
