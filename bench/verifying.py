"""Verifying a register: how fast beside bare hashing, and whether memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from bench.callers import invoice_series
from bench.contest import Benchmark, Contest, Place, Sample
from bench.databases import DATABASES, Database, founded_database
from bench.filling import set_name
from bench.service import Founding
from bench.side import running_side
from seriatim import Numbering
from seriatim.domain.document_type import DocumentType

FEW: Final = 5_000
MANY: Final = 10 * FEW
VERIFIER: Final = "bench.verifier_side"
BARE_CHAIN: Final = "bench.bare_chain"
_FEW_ARE_OF: Final = set_name(1)
_MANY_ARE_OF: Final = "DEFAULT"
_ENTRIES_AT_ONCE: Final = 1000
_MEBIBYTE: Final = 2**20


def benchmarks() -> Iterator[Benchmark]:
    for database in DATABASES:
        key = database.lower()
        yield Benchmark(
            f"verify_{key}",
            f"Verify a series of {MANY // 1000} 000 entries, {database}",
            "bare SHA-256 chaining of the same bytes in Python",
            partial(_against_bare_chain, database=database),
            "entries/s",
        )
        yield Benchmark(
            f"verify_memory_{key}",
            f"Peak memory to verify {FEW // 1000} 000 entries, {database}",
            f"the same to verify {MANY // 1000} 000",
            partial(_few_against_many, database=database),
            "MiB",
            0.9,
        )


@contextmanager
def _against_bare_chain(place: Place, database: Database) -> Iterator[Contest]:
    wanted = _plan(_register(place, database), _MANY_ARE_OF)
    with (
        running_side(place.folder, VERIFIER, wanted) as ours,
        running_side(place.folder, BARE_CHAIN, wanted) as peer,
    ):
        yield Contest(
            lambda seconds: Sample(ours.turn(seconds).per_second),
            lambda seconds: Sample(peer.turn(seconds).per_second),
        )


@contextmanager
def _few_against_many(place: Place, database: Database) -> Iterator[Contest]:
    founding = _register(place, database)
    yield Contest(
        partial(_peak_memory, place, _plan(founding, _FEW_ARE_OF)),
        partial(_peak_memory, place, _plan(founding, _MANY_ARE_OF)),
    )


def _peak_memory(place: Place, wanted: dict[str, Any], _: float) -> Sample:
    """Of a process that has done nothing else: one pass over all entries."""
    with running_side(place.folder, VERIFIER, wanted) as side:
        return Sample(side.turn(0).peak_bytes / _MEBIBYTE)


def _register(place: Place, database: Database) -> Founding:
    return place.kept(f"verified {database}", lambda: filled_database(place, database, FEW, MANY))


@contextmanager
def filled_database(place: Place, database: Database, few: int, many: int) -> Iterator[Founding]:
    """A database with a few entries in the series of a set, and many in that of DEFAULT."""
    types = (DocumentType.INVOICE,)
    with founded_database(place, database, sets=1, document_types=types) as founding:
        with Numbering(founding.url) as numbering:
            for name, entries in ((_FEW_ARE_OF, few), (_MANY_ARE_OF, many)):
                for first in range(0, entries, _ENTRIES_AT_ONCE):
                    last = min(first + _ENTRIES_AT_ONCE, entries)
                    references = [f"order {number}" for number in range(first, last)]
                    numbering.issue("invoice", sequence_set=name, references=references)
        yield founding


def _plan(founding: Founding, name: str) -> dict[str, Any]:
    series, _ = invoice_series(founding, name)
    return {"url": founding.url, "series": asdict(series.key)}
