"""Callers of ours, each side of them a program of its own, and what the register says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

from bench.contest import BenchmarkFailedError, Place, Run, Sample
from bench.service import Founding
from bench.side import Side, running_side, turns_together
from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import Series

CALLERS: Final = 64
ASYNC_CALLERS: Final = "bench.async_callers"
LIBRARY_THREADS: Final = "bench.library_threads"


@contextmanager
def issuing(
    place: Place,
    founding: Founding,
    module: str,
    callers: int,
    *,
    sets: Sequence[str] = (),
    count: int = 1,
    processes: int = 1,
) -> Iterator[Run]:
    """Callers that each ask for `count` numbers at a time, dealt out to some processes.

    Shape: `sets` are asked in turn; without any, DEFAULT is.
    """
    wanted = {**_plan(founding, sets), "callers": callers // processes, "count": count}
    with ExitStack() as ends:
        sides = [
            ends.enter_context(running_side(place.folder, module, wanted)) for _ in range(processes)
        ]
        yield partial(counted_turn, founding, sides, count=count)


def _plan(founding: Founding, sets: Sequence[str]) -> dict[str, Any]:
    founded = founding.founded
    return {
        "url": founding.url,
        "founded": {"tenant_id": founded.tenant_id, "entity_id": founded.entity_id},
        "sets": list(sets),
    }


def counted_turn(
    founding: Founding, sides: Sequence[Side], seconds: float, *, count: int = 1
) -> Sample:
    """One turn. Errors: BenchmarkFailedError unless each answer is `count` numbers of a series."""
    before = _numbers_issued(founding)
    turns = turns_together(sides, seconds)
    answers, moved = sum(turn.count for turn in turns), _numbers_issued(founding) - before
    if answers * count != moved:
        raise BenchmarkFailedError(f"{answers} answers of {count} moved the series by {moved}")
    return Sample(sum(turn.per_second for turn in turns))


def _numbers_issued(founding: Founding) -> int:
    with founding.store() as store, store.read() as transaction:
        books = transaction.books(founding.founded.tenant_id, founding.founded.entity_id)
        found: list[Series] = books.list_series(
            after_prefix="", after_document_type="", row_count=10_000
        )
    return sum(series.last_number - series.origin + 1 for series in found)


def invoice_series(founding: Founding, set_name: str = "DEFAULT") -> tuple[Series, str]:
    """A set's series of invoices, and the set's id."""
    with founding.store() as store, store.read() as transaction:
        books = transaction.books(founding.founded.tenant_id, founding.founded.entity_id)
        found = books.get_set(set_name)
    if found is None:
        raise BenchmarkFailedError(f"there is no set {set_name}")
    chosen = found.sequence_set
    return chosen.series[DocumentType.INVOICE], chosen.sequence_set_id
