"""Document numbers over HTTP: one a request, by 64 connections, all from one series."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from bench.bare_endpoint import PEER
from bench.contest import Benchmark, BenchmarkFailedError, Contest, Place, Sample
from bench.databases import DATABASES, Database
from bench.load import Load, LoadReport, Request
from bench.over_http import NUMBERS_PATH, SETS_PATH, against_bare_endpoint, served
from bench.service import Service

_IN_PYTHON = (
    "on SQLite a request takes some 220 µs of the server's processor time where the peer takes some 65: HTTP, reading, "
    "checking, answering and logging it, and its share of a batch, none of which stands out. On two cores the load "
    "generator, and PostgreSQL for its rows, take their share beside it."
)
_KEYED = (
    f"{_IN_PYTHON} With its key, a row claimed and finished, it takes some 1.4 times as long; on PostgreSQL, another 85 to "
    "100 µs in PostgreSQL itself, where one without a key takes 30 to 45."
)


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        yield Benchmark(
            f"issue_one_{database.lower()}",
            f"POST /v1/document-numbers, one number, {database}",
            PEER,
            partial(_issue_one, database=database),
            at_least=0.5,
            held_back_by=_IN_PYTHON,
        )
        yield Benchmark(
            f"issue_one_keyed_{database.lower()}",
            f"POST /v1/document-numbers, one number, Idempotency-Key, {database}",
            PEER,
            partial(_issue_one, database=database, takes_key=True),
            at_least=0.35,
            held_back_by=_KEYED,
        )


@contextmanager
def _issue_one(place: Place, database: Database, takes_key: bool = False) -> Iterator[Contest]:
    with served(place, database) as service:
        requests = [[replace(issue_request(service), takes_key=takes_key)]]
        ours = partial(issue_and_count, service, Load(service.port, requests))
        with against_bare_endpoint(place, service, requests, ours) as contest:
            yield contest


def issue_request(service: Service) -> Request:
    """For one number of DEFAULT's invoices."""
    return service.request("POST", NUMBERS_PATH, {"documentType": "invoice"})


def issue_and_count(service: Service, load: Load, seconds: float) -> Sample:
    """Errors: BenchmarkFailedError unless every answer moved the series by one."""
    return counted(service, partial(load.run, seconds)).sample


def counted(
    service: Service, run: Callable[[], LoadReport], *, numbers_an_answer: int = 1
) -> LoadReport:
    """Errors: BenchmarkFailedError unless every answer moved DEFAULT's invoices by so many."""
    before = _next_number(service)
    report = run()
    moved = _next_number(service) - before
    if moved != report.answers * numbers_an_answer:
        raise BenchmarkFailedError(
            f"{report.answers} answers of {numbers_an_answer} moved the series by {moved}"
        )
    return report


def _next_number(service: Service) -> int:
    answer = service.answer(service.request("GET", f"{SETS_PATH}/DEFAULT"))
    start_number: int = json.loads(answer)["invoice"]["startNumber"]
    return start_number
