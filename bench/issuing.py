"""Numbers without HTTP: many callers of one process, and one alone, beside what else one could do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from bench.callers import (
    ASYNC_CALLERS,
    CALLERS,
    LIBRARY_THREADS,
    counted_turn,
    invoice_series,
    issuing,
)
from bench.contest import Benchmark, Contest, Place, Run, Sample
from bench.databases import DATABASES, Database, founded_database
from bench.nextval_peer import PEER as NEXTVAL
from bench.nextval_peer import nextval_peer
from bench.service import Founding
from bench.side import running_side

UNIT: Final = "numbers/s"
DJANGO_SEQUENCES: Final = "bench.django_sequences_peer"
BY_HAND: Final = "bench.by_hand"
_BATCH_IN_PYTHON: Final = (
    "each number of a batch of 64 takes some 50 µs of processor time in one Python thread (entry, hash, row and "
    "answer), its caller some 15, and PostgreSQL some 30 with its share of the commit; one waits for the other. With "
    "threads instead of coroutines, waking 64 of them costs as much again."
)
_ALONE: Final[dict[Database, str]] = {
    "SQLite": "the loop by hand looks up no set, checks no request and keeps no answer.",
    "PostgreSQL": "the loop by hand looks up no set, checks no request and keeps no answer; and our statements take "
    "arrays, so that they serve a crowd.",
}


def benchmarks() -> Iterator[Benchmark]:
    yield from _many_on_postgres("64 async callers", "callers", ASYNC_CALLERS, (40, 1.0))
    yield from _many_on_postgres("64 threads, library", "threads", LIBRARY_THREADS, (None, None))
    for title, name, module, at_least in (
        ("64 async callers", "callers", ASYNC_CALLERS, 2.0),
        ("64 threads, library", "threads", LIBRARY_THREADS, None),
    ):
        yield Benchmark(
            f"{name}_64_sqlite",
            f"{title}, one series, SQLite",
            "by hand in a loop (apsw), one thread, a transaction a number",
            partial(_against_loop, database="SQLite", module=module, callers=CALLERS),
            UNIT,
            at_least,
        )
    for database in DATABASES:
        yield Benchmark(
            f"caller_alone_{database.lower()}",
            f"One lone caller, library, {database}",
            "the same statements by hand in a loop",
            partial(_against_loop, database=database, module=LIBRARY_THREADS, callers=1),
            UNIT,
            0.5,
            _ALONE[database],
        )


def _many_on_postgres(
    title: str, name: str, module: str, at_least: tuple[float | None, float | None]
) -> Iterator[Benchmark]:
    yield Benchmark(
        f"{name}_64_django_sequences",
        f"{title}, one series, PostgreSQL",
        "django-sequences + INSERT, 64 threads",
        partial(_against_django_sequences, module=module),
        UNIT,
        at_least[0],
        _BATCH_IN_PYTHON,
    )
    yield Benchmark(
        f"{name}_64_nextval",
        f"{title}, one series, PostgreSQL",
        f"{NEXTVAL}, 64 clients, leaves gaps",
        partial(_against_nextval, module=module),
        UNIT,
        at_least[1],
        _BATCH_IN_PYTHON,
    )


@contextmanager
def _against_django_sequences(place: Place, module: str) -> Iterator[Contest]:
    with founded_database(place, "PostgreSQL") as founding:
        wanted = {"url": founding.url, "callers": CALLERS}
        with (
            issuing(place, founding, module, CALLERS) as ours,
            running_side(place.folder, DJANGO_SEQUENCES, wanted) as peer,
        ):
            yield Contest(ours, lambda seconds: Sample(peer.turn(seconds).per_second))


@contextmanager
def _against_nextval(place: Place, module: str) -> Iterator[Contest]:
    with (
        founded_database(place, "PostgreSQL") as founding,
        issuing(place, founding, module, CALLERS) as ours,
        nextval_peer(place.postgres, founding.url, place.folder, CALLERS) as peer,
    ):
        yield Contest(ours, peer)


@contextmanager
def _against_loop(place: Place, database: Database, module: str, callers: int) -> Iterator[Contest]:
    """Each side on a database of its own: both need the tables themselves."""
    with (
        founded_database(place, database) as founding,
        founded_database(place, database) as peers,
        issuing(place, founding, module, callers) as ours,
        by_hand(place, peers) as peer,
    ):
        yield Contest(ours, peer)


@contextmanager
def by_hand(place: Place, founding: Founding) -> Iterator[Run]:
    series, set_id = invoice_series(founding)
    wanted = {
        "url": founding.url,
        "tenant_id": series.key.tenant_id,
        "entity_id": series.key.entity_id,
        "series_id": series.key.series_id,
        "sequence_set_id": set_id,
    }
    with running_side(place.folder, BY_HAND, wanted) as side:
        yield partial(counted_turn, founding, [side])
