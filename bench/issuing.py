"""Numbers without HTTP: many callers of one process, and one alone, beside what else one could do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

from bench.contest import Benchmark, BenchmarkFailedError, Contest, Place, Run, Sample
from bench.databases import DATABASES, Database, founded_database
from bench.nextval_peer import PEER as NEXTVAL
from bench.nextval_peer import nextval_peer
from bench.service import Founding
from bench.side import Side, running_side, turns_together
from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import Series

CALLERS: Final = 64
UNIT: Final = "numbers/s"
ASYNC_CALLERS: Final = "bench.async_callers"
LIBRARY_THREADS: Final = "bench.library_threads"
DJANGO_SEQUENCES: Final = "bench.django_sequences_peer"
BY_HAND: Final = "bench.by_hand"


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
    )
    yield Benchmark(
        f"{name}_64_nextval",
        f"{title}, one series, PostgreSQL",
        f"{NEXTVAL}, 64 clients, leaves gaps",
        partial(_against_nextval, module=module),
        UNIT,
        at_least[1],
    )


@contextmanager
def _against_django_sequences(place: Place, module: str) -> Iterator[Contest]:
    with founded_database(place, "PostgreSQL") as founding, ExitStack() as sides:
        wanted = {"url": founding.url, "callers": CALLERS}
        peer = sides.enter_context(running_side(place.folder, DJANGO_SEQUENCES, wanted))
        yield Contest(
            sides.enter_context(issuing(place, founding, module, CALLERS)),
            lambda seconds: Sample(peer.turn(seconds).per_second),
        )


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
def issuing(
    place: Place, founding: Founding, module: str, callers: int, *, sets: list[str] | None = None
) -> Iterator[Run]:
    with running_side(place.folder, module, ask_plan(founding, callers, sets or [])) as side:
        yield partial(counted_turn, founding, [side])


@contextmanager
def by_hand(place: Place, founding: Founding) -> Iterator[Run]:
    series, set_id = default_series(founding)
    wanted = {
        "url": founding.url,
        "tenant_id": series.key.tenant_id,
        "entity_id": series.key.entity_id,
        "series_id": series.key.series_id,
        "sequence_set_id": set_id,
    }
    with running_side(place.folder, BY_HAND, wanted) as side:
        yield partial(counted_turn, founding, [side])


def ask_plan(founding: Founding, callers: int, sets: list[str]) -> dict[str, Any]:
    founded = founding.founded
    return {
        "url": founding.url,
        "founded": {"tenant_id": founded.tenant_id, "entity_id": founded.entity_id},
        "callers": callers,
        "sets": sets,
    }


def counted_turn(founding: Founding, sides: list[Side], seconds: float) -> Sample:
    """One turn. Errors: BenchmarkFailedError unless each answer is a number of the register."""
    before = _numbers_issued(founding)
    turns = turns_together(sides, seconds)
    answers, moved = sum(turn.count for turn in turns), _numbers_issued(founding) - before
    if answers != moved:
        raise BenchmarkFailedError(f"{answers} answers moved the series by {moved}")
    return Sample(sum(turn.per_second for turn in turns))


def _numbers_issued(founding: Founding) -> int:
    with founding.store() as store, store.read() as transaction:
        books = transaction.books(founding.founded.tenant_id, founding.founded.entity_id)
        found: list[Series] = books.list_series(
            after_prefix="", after_document_type="", row_count=10_000
        )
    return sum(series.last_number - series.origin + 1 for series in found)


def default_series(founding: Founding) -> tuple[Series, str]:
    """DEFAULT's series of invoices, and DEFAULT's id."""
    with founding.store() as store, store.read() as transaction:
        books = transaction.books(founding.founded.tenant_id, founding.founded.entity_id)
        found = books.get_set("DEFAULT")
    if found is None:
        raise BenchmarkFailedError("a founded database has DEFAULT")
    chosen = found.sequence_set
    return chosen.series[DocumentType.INVOICE], chosen.sequence_set_id
