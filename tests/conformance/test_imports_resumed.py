"""Imports that are broken off, meet others, or are long, on both databases."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator
from typing import Any

import pytest

from seriatim.domain.errors import Conflict
from seriatim.service import import_sorting, imports
from seriatim.service.imports import ImportOptions, ImportState, Stage, import_numbers
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.conformance.import_desk import (
    HEADER,
    book,
    csv_of,
    faults,
    import_file,
    is_sound,
    numbers,
    texts,
)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LINES_PER_CHUNK", 3)


def _scattered(count: int) -> bytes:
    """Every second number, in no order, with texts between."""
    order = [(7 * n) % count + 1 for n in range(count)]
    lines = [f"invoice,INV{2 * n:08d},,2025-03-04,order {n}" for n in order]
    lines += [f"invoice,old-{n},,2025-03-04," for n in range(5)]
    return csv_of(*lines)


def _broken_off(desk: Desk, content: bytes, chunks: int, **options: Any) -> int:
    """Import until so many chunks are written; how far it came."""
    reached = [0, 0]

    def progress(stage: Stage, done: int, _total: int | None) -> None:
        if stage is Stage.IMPORTING:
            reached[:] = [reached[0] + 1, done]
            if reached[0] == chunks:
                raise Killed

    with pytest.raises(Killed):
        import_file(desk, content, progress=progress, **options)
    return reached[1]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("keep_free", [False, True])
@pytest.mark.parametrize("chunks", [1, 4, 7])
def test_import_broken_off_goes_on_where_it_was(desk: Desk, chunks: int, keep_free: bool) -> None:
    content = _scattered(16)
    whole = desk.another_entity()
    import_file(whole, content, keep_free=keep_free)
    reached = _broken_off(desk, content, chunks, keep_free=keep_free)
    assert len(texts(desk)) + len([1 for kind, *_ in book(desk, "INV") if kind == "imported"]) == (
        reached
    )
    assert is_sound(desk)
    outcome = import_file(desk, content, keep_free=keep_free)
    if reached == 21:
        assert outcome.state is ImportState.IMPORTED_BEFORE
    else:
        assert outcome.state is ImportState.IMPORTED
        assert (outcome.lines_before, outcome.lines_taken) == (reached, 21 - reached)
    assert (book(desk, "INV"), texts(desk)) == (book(whole, "INV"), texts(whole))
    assert is_sound(desk)


@pytest.mark.usefixtures("small_chunks")
def test_import_goes_on_when_a_series_was_born_and_numbers_issued_meanwhile(desk: Desk) -> None:
    from tests.samples import new_set

    content = _scattered(16)
    _broken_off(desk, content, 3, keep_free=True)
    desk.create(new_set("FR", invoice=("INV2", 1)))
    given = desk.texts(count=2) + desk.texts(sequence_set="FR", count=2)
    outcome = import_file(desk, content, keep_free=True)
    assert outcome.state is ImportState.IMPORTED
    assert given == ["INV00000001", "INV00000003", "INV200000001", "INV200000002"]
    assert is_sound(desk)


@pytest.mark.usefixtures("small_chunks")
def test_import_goes_on_as_it_was_begun(desk: Desk) -> None:
    content = _scattered(16)
    _broken_off(desk, content, 1, keep_free=True)
    outcome = import_file(desk, content)
    assert outcome.state is ImportState.REFUSED
    assert outcome.why_refused == "the same file was begun with --keep-free: go on with it"


@pytest.mark.usefixtures("small_chunks")
def test_number_issued_since_the_check_stops_the_import_before_it(desk: Desk) -> None:
    content = numbers(*(f"INV{n:08d}" for n in range(2, 12)))

    def issue_between(stage: Stage, done: int, _total: int | None) -> None:
        if stage is Stage.IMPORTING and done == 3:
            assert desk.texts(count=2) == ["INV00000001", "INV00000005"]

    stopped = import_file(desk, content, progress=issue_between, keep_free=True)
    assert (stopped.state, stopped.lines_taken) == (ImportState.STOPPED, 3)
    assert faults(stopped) == [(5, "INV00000005: was issued before")]
    again = import_file(desk, content, keep_free=True)
    assert (again.state, faults(again)) == (ImportState.REFUSED, faults(stopped))
    outcome = import_file(desk, content, keep_free=True, skip_bad=True)
    assert (outcome.state, outcome.lines_taken) == (ImportState.IMPORTED, 6)
    assert is_sound(desk)


@pytest.mark.usefixtures("small_chunks")
def test_number_issued_since_the_check_is_left_out_if_so_wished(desk: Desk) -> None:
    content = numbers(*(f"INV{n:08d}" for n in range(2, 12)))

    def issue_between(stage: Stage, done: int, _total: int | None) -> None:
        if stage is Stage.IMPORTING and done == 3:
            desk.issue(count=2)

    outcome = import_file(desk, content, progress=issue_between, keep_free=True, skip_bad=True)
    assert (outcome.state, outcome.lines_taken) == (ImportState.IMPORTED, 9)
    assert faults(outcome) == [(5, "INV00000005: was issued before")]
    assert is_sound(desk)


@pytest.mark.usefixtures("small_chunks")
def test_two_imports_of_one_file_at_once_write_nothing_twice(desk: Desk) -> None:
    content = _scattered(10)
    inner: list[ImportState] = []

    def second(stage: Stage, done: int, _total: int | None) -> None:
        if stage is Stage.IMPORTING and not inner:
            inner.append(ImportState.IMPORTED)
            assert import_file(desk, content).state is ImportState.IMPORTED

    with pytest.raises(Conflict):
        import_file(desk, content, progress=second)
    assert len([1 for kind, *_ in book(desk, "INV") if kind == "imported"]) == 10
    assert import_file(desk, content).state is ImportState.IMPORTED_BEFORE
    assert is_sound(desk)


def test_lines_are_sorted_whatever_fits_into_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_sorting, "_LINES_IN_MEMORY_MAX", 2)
    monkeypatch.setattr(import_sorting, "_RUNS_MERGED_AT_ONCE_MAX", 3)
    assert import_file(desk, _scattered(40)).state is ImportState.IMPORTED
    kinds = [kind for kind, *_ in book(desk, "INV")]
    assert kinds == ["skipped", "imported"] * 40


class _Endless(io.RawIOBase):
    """A file that is made as it is read, so that it takes no memory itself."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def readline(self, size: int | None = -1, /) -> bytes:
        return next(self._lines, b"")


def _long_file(count: int) -> Iterator[bytes]:
    yield f"{HEADER}\n".encode()
    for n in range(count):
        number = (n * 7919) % count + 1
        yield f"invoice,INV{number:08d},,2025-03-04,order {number // 100}\n".encode()


@pytest.mark.timeout(1800)
def test_memory_stays_flat_over_200_000_lines(sqlite_shared_store: SqlStore) -> None:
    """The peak of the process after a short file and after a long one."""
    desk = new_desk(sqlite_shared_store)
    peaks_kb = []
    for count in (20_000, 200_000):
        entity = desk.another_entity(f"Lines {count}")
        outcome = import_numbers(
            entity.store,
            entity.asking(),
            _Endless(_long_file(count)),  # type: ignore[arg-type] # only its lines are read
            ImportOptions(),
            clock=entity.clock,
        )
        peaks_kb.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        assert (outcome.state, outcome.lines_taken) == (ImportState.IMPORTED, count)
        assert entity.series("INV").next_number == count + 1
    assert peaks_kb[1] - peaks_kb[0] < 40_000
