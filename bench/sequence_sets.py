"""Sequence sets over HTTP: one read, twenty listed, one changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from bench.bare_endpoint import PEER
from bench.contest import Benchmark, BenchmarkFailedError, Contest, Place, Sample
from bench.databases import DATABASES, Database
from bench.filling import set_name, set_number
from bench.load import CONNECTIONS, WARM_UP_SECONDS, Load, Request
from bench.over_http import NUMBERS_PATH, SETS, SETS_PATH, against_bare_endpoint, served
from bench.service import Service

_READ: Final = {
    "PostgreSQL": "who asks at one moment shares one read, but has to wait for its round trip on another thread, and "
    "PostgreSQL takes its share of the two cores.",
}


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        key = database.lower()
        yield Benchmark(
            f"get_set_{key}",
            f"GET one set, {database}",
            PEER,
            partial(_get_one, database=database),
            at_least=0.5,
            held_back_by=_READ.get(database, ""),
        )
        if database == "SQLite":
            yield Benchmark(
                "get_set_while_issuing_sqlite",
                "GET one set, each time another, while a writer issues without a pause, SQLite",
                f"{PEER}, no writer",
                _get_while_issuing,
                at_least=0.5,
                held_back_by="every commit of the writer makes the answers kept from before old, so that each GET reads and "
                "writes out its set anew; and the writer takes its share of the two cores, which the peer has for itself.",
            )
        else:
            yield Benchmark(
                "get_other_sets_postgresql",
                "GET one set, each time another, PostgreSQL",
                PEER,
                _get_others,
            )
        yield Benchmark(
            f"list_20_sets_{key}",
            f"GET a page of 20 sets, {database}",
            PEER,
            partial(_list_twenty, database=database),
        )
        yield Benchmark(
            f"put_set_{key}",
            f"PUT a new name for a set, {database}",
            PEER,
            partial(_rename, database=database),
        )
        yield Benchmark(
            f"put_set_unchanged_{key}",
            f"PUT the name that a set has, {database}",
            PEER,
            partial(_put_back, database=database),
        )


@contextmanager
def _get_one(place: Place, database: Database) -> Iterator[Contest]:
    with served(place, database) as service:
        requests = [[service.request("GET", f"{SETS_PATH}/{set_name(1)}")]]
        with against_bare_endpoint(place, service, requests) as contest:
            yield contest


@contextmanager
def _get_while_issuing(place: Place) -> Iterator[Contest]:
    """A commit every moment, and another set each time: no answer kept from before helps."""
    with served(place, "SQLite") as service:
        requests = _other_sets(service)
        issue = service.request("POST", NUMBERS_PATH, {"documentType": "invoice"})
        writer = Load(service.port, [[issue]], connections=1)
        ours = partial(_beside, writer, Load(service.port, requests))
        with against_bare_endpoint(place, service, requests, ours) as contest:
            yield contest


@contextmanager
def _get_others(place: Place) -> Iterator[Contest]:
    """No two that wait ask for the same set."""
    with (
        served(place, "PostgreSQL") as service,
        against_bare_endpoint(place, service, _other_sets(service)) as contest,
    ):
        yield contest


def _other_sets(service: Service) -> list[list[Request]]:
    """Every set, dealt out to the connections."""
    gets = [service.request("GET", f"{SETS_PATH}/{set_name(n)}") for n in range(1, SETS + 1)]
    return [gets[index::CONNECTIONS] for index in range(CONNECTIONS)]


def _beside(writer: Load, reader: Load, seconds: float) -> Sample:
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(writer.run, seconds + 3 * WARM_UP_SECONDS)
        sample = reader.sample(seconds)
        has_ended_early = writing.done()
        if has_ended_early or not writing.result().answers:
            raise BenchmarkFailedError("the writer did not write all the time")
    return sample


@contextmanager
def _list_twenty(place: Place, database: Database) -> Iterator[Contest]:
    with served(place, database) as service:
        requests = [[service.request("GET", SETS_PATH)]]
        with against_bare_endpoint(place, service, requests) as contest:
            yield contest


@contextmanager
def _rename(place: Place, database: Database) -> Iterator[Contest]:
    """Every connection gives a set of its own another name and its old one back, in turn."""
    with served(place, database) as service:
        requests = [
            [_put(service, number, f"T{number:07d}"), _put(service, number, set_name(number))]
            for number in range(1, CONNECTIONS + 1)
        ]
        with against_bare_endpoint(place, service, requests) as contest:
            yield contest


@contextmanager
def _put_back(place: Place, database: Database) -> Iterator[Contest]:
    with served(place, database) as service:
        requests = [
            [_put(service, number, set_name(number))] for number in range(1, CONNECTIONS + 1)
        ]
        with against_bare_endpoint(place, service, requests) as contest:
            yield contest


def _put(service: Service, number: int, name: str) -> Request:
    return service.request("PUT", f"{SETS_PATH}/{set_number(number)}", {"name": name})
