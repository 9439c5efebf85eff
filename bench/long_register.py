"""A register of ten million entries against an empty one: issuing must not grow dear with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from bench.callers import ASYNC_CALLERS, CALLERS, issuing
from bench.contest import Benchmark, Contest, Place
from bench.databases import DATABASES, Database, founded_database
from bench.document_numbers import issue_and_count, issue_request
from bench.filling_register import fill_register
from bench.issuing import UNIT
from bench.load import Load
from bench.service import Founding, running_service

ENTRIES: Final = 10_000_000


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        key = database.lower()
        yield Benchmark(
            f"callers_64_long_register_{key}",
            f"64 async callers, one series of 10 000 000 entries, {database}",
            "the same in an empty register",
            partial(_callers, database=database),
            UNIT,
            0.9,
            held_back_by="the two runs before came to 1.00 and 0.99, and on PostgreSQL this one to 1.06. Taken for the spread "
            "of one-second runs.",
        )
        yield Benchmark(
            f"issue_one_long_register_{key}",
            f"POST /v1/document-numbers, one number, 10 000 000 entries, {database}",
            "the same in an empty register",
            partial(_over_http, database=database),
            at_least=0.9,
            held_back_by="without HTTP the same costs the same; over HTTP, runs of one second have come to between 0.8 and 1.2. "
            "Taken for the spread of the measurement.",
        )


@contextmanager
def _callers(place: Place, database: Database) -> Iterator[Contest]:
    with (
        founded_database(place, database) as empty,
        issuing(place, long_register(place, database), ASYNC_CALLERS, CALLERS) as ours,
        issuing(place, empty, ASYNC_CALLERS, CALLERS) as peer,
    ):
        yield Contest(ours, peer)


@contextmanager
def _over_http(place: Place, database: Database) -> Iterator[Contest]:
    with (
        founded_database(place, database) as empty,
        running_service(long_register(place, database), place.folder) as ours,
        running_service(empty, place.folder) as peer,
    ):
        yield Contest(
            *(
                partial(issue_and_count, one, Load(one.port, [[issue_request(one)]]))
                for one in (ours, peer)
            )
        )


def long_register(place: Place, database: Database) -> Founding:
    """One for all benchmarks of a run that need it."""
    return place.kept(f"long register {database}", lambda: _filled(place, database))


@contextmanager
def _filled(place: Place, database: Database) -> Iterator[Founding]:
    with founded_database(place, database) as founding:
        fill_register(founding, ENTRIES)
        yield founding
