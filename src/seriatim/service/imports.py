"""Numbers used before the service took over: a file of them is checked whole, then taken in.

Source: contract/numbering.md, Import.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zoneinfo import ZoneInfo

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import fold
from seriatim.engine.orders import Stamp
from seriatim.service.import_checking import Check
from seriatim.service.import_chunks import BEGUN, FINISHED, Chunk, Overtaken, Written, write_chunk
from seriatim.service.import_files import ImportFile, LineFault
from seriatim.service.import_lines import (
    LineKeeper,
    LineList,
    RankedNumbers,
    SeriesTally,
    ranked_numbers,
    sorting_line,
)
from seriatim.service.import_sorting import LineSorter
from seriatim.service.permissions import Right, require
from seriatim.store.import_queries import ImportJob
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction

LINES_PER_CHUNK = 2000
_LINES_PER_REPORT = 5000
# Whoever else writes to an SQLite file asks again and again whether it is free.
_PAUSE_SHARE = 0.2
_PAUSE_S_MAX = 0.05


class Stage(StrEnum):
    READING = "reading"
    CHECKING = "checking"
    IMPORTING = "importing"


Progress = Callable[[Stage, int, int | None], None]
"""Called with how far a stage has come, and with how far it goes where that is known.

Units: bytes while reading, lines after that.
"""


class ImportState(StrEnum):
    CHECKED = "checked"  # nothing was to be written
    REFUSED = "refused"  # nothing was written
    IMPORTED = "imported"
    IMPORTED_BEFORE = "importedBefore"
    STOPPED = "stopped"  # numbers were taken meanwhile; what stands before them was written


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Shape: `keep_free` leaves the holes to be issued, `skip_bad` leaves faulty lines out."""

    keep_free: bool = False
    skip_bad: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a file.

    Shape: `lines_taken` counts the lines that this run took in, or would have; `lines_before`
        those that earlier runs had settled. `why_refused` is None where the faults say it.
    """

    state: ImportState
    lines_taken: int
    lines_before: int
    faults: LineList
    foreign: LineList
    tallies: list[SeriesTally]
    why_refused: str | None = None


def import_numbers(
    store: SqlStore,
    caller: Caller,
    source: BinaryIO,
    options: ImportOptions,
    *,
    clock: Clock,
    progress: Progress = lambda _stage, _done, _total: None,
    size_bytes: int | None = None,
) -> ImportOutcome:
    """Take the used numbers of a CSV file into the books, once, however often it is given.

    Order: the whole file is checked first; then it is taken in by number, in transactions of a
        bounded number of lines. Broken off, it goes on there when the same file comes again.
    Errors: Conflict if somebody else takes in the same file; OutcomeUnknown for one chunk,
        settled by giving the file again.
    Cost: memory is flat; the file is put down twice in the folder for temporary files.
    """
    require(caller, Right.CONFIGURE)
    with TemporaryDirectory(prefix="seriatim-import-") as folder:
        run = _Import(store, caller, options, clock, progress=progress, folder=Path(folder))
        run.read(source, size_bytes)
        return run.outcome()


@dataclass(slots=True)
class _Done:
    """What a run has written so far."""

    lines_taken: int = 0
    tallies: dict[str, SeriesTally] = field(default_factory=dict[str, SeriesTally])

    def add(self, written: Written) -> None:
        self.lines_taken += written.lines
        for series, contents in written.moved:
            tally = self.tallies.setdefault(series.key.series_id, SeriesTally(series))
            tally.count(contents, series)


class _Import:
    """One run over one file."""

    def __init__(
        self,
        store: SqlStore,
        caller: Caller,
        options: ImportOptions,
        clock: Clock,
        *,
        progress: Progress,
        folder: Path,
    ) -> None:
        self._store = store
        self._caller = caller
        self._options = options
        self._clock = clock
        self._progress = progress
        self._folder = folder
        self._sorter = LineSorter(folder)
        self._lines_total = 0
        self._file_hash = b""
        self._is_readable = True
        with store.read() as transaction:
            zone = ZoneInfo(self._books(transaction).get_settings().time_zone)
        now = clock.now()
        stamp = Stamp(caller.actor, caller.request_id, str(uuid.uuid4()), now)
        today = now.astimezone(zone).date()
        self._check = Check(today, stamp, keep_free=options.keep_free)

    def read(self, source: BinaryIO, size_bytes: int | None) -> None:
        """Look at each line by itself and put the sound ones down, sorted."""
        file = ImportFile(source)
        for number, found in enumerate(file.lines(), start=1):
            if isinstance(found, LineFault):
                self._check.faults.add(found.line, found.message)
            else:
                self._sorter.add(sorting_line(found))
                self._lines_total += 1
            if number % _LINES_PER_REPORT == 0:
                self._progress(Stage.READING, file.bytes_read, size_bytes)
        self._progress(Stage.READING, file.bytes_read, size_bytes)
        self._file_hash = file.hash
        self._is_readable = file.is_headed

    def outcome(self) -> ImportOutcome:
        with self._store.read() as transaction:
            job = self._books(transaction).get_import_job(self._import_id)
        before = 0 if job is None else job.lines_applied
        if job is not None and job.finished_at is not None:
            return self._ended(ImportState.IMPORTED_BEFORE, before, _Done())
        if job is not None and job.options != self._job_options:
            return self._ended(ImportState.REFUSED, before, _Done(), _begun_otherwise(job))
        with closing(LineKeeper(self._folder / "checked")) as checked:
            self._run_check(checked, before)
            would_be = _Done(checked.count, self._check.tallies)
            is_clean = self._check.faults.total == 0
            if not self._is_readable or not (is_clean or self._options.skip_bad):
                return self._ended(ImportState.REFUSED, before, would_be)
            if self._options.dry_run or (checked.count == 0 and job is None):
                return self._ended(ImportState.CHECKED, before, would_be)
            return self._apply(checked, job)

    @property
    def _import_id(self) -> str:
        """Made from the file, so that a file has one job, and nobody has to look for it."""
        return self._file_hash.hex()[:32]

    @property
    def _job_options(self) -> str:
        return json.dumps({"keep_free": self._options.keep_free})

    def _run_check(self, checked: LineKeeper, lines_before: int) -> None:
        lines_left = islice(enumerate(self._sorter, start=1), lines_before, None)
        for lines in _slices(ranked_numbers(rank, line) for rank, line in lines_left):
            with self._store.read() as transaction:
                for one in self._check.slice(self._books(transaction), lines):
                    checked.add(one)
            self._progress(Stage.CHECKING, lines[-1].rank, self._lines_total)

    def _apply(self, checked: LineKeeper, begun: ImportJob | None) -> ImportOutcome:
        before = 0 if begun is None else begun.lines_applied
        done, reached = _Done(), before
        for chunk in self._chunks(checked, begun, before):
            started = time.monotonic()
            try:
                written = self._store.run(partial(self._write, chunk))
            except Overtaken as overtaken:
                for line in overtaken.lines:
                    self._check.faults.add(line.used.line, f"{line.used.number}: {line.why}")
                return self._ended(ImportState.STOPPED, before, done, _OVERTAKEN)
            for line in written.left_out:
                self._check.faults.add(line.used.line, f"{line.used.number}: {line.why}")
            done.add(written)
            reached = chunk.job.lines_applied
            self._progress(Stage.IMPORTING, reached, self._lines_total)
            if self._store.reads_inline:
                time.sleep(min(_PAUSE_SHARE * (time.monotonic() - started), _PAUSE_S_MAX))
        return self._ended(ImportState.IMPORTED, before, done)

    def _write(self, chunk: Chunk, transaction: Transaction) -> Written:
        return write_chunk(
            self._books(transaction),
            self._caller,
            chunk,
            keep_free=self._options.keep_free,
            skip_bad=self._options.skip_bad,
            clock=self._clock,
        )

    def _chunks(
        self, checked: LineKeeper, begun: ImportJob | None, lines_before: int
    ) -> Iterator[Chunk]:
        """Order: by rank; the last one, which may be empty, finishes the job."""
        started_at = self._clock.now() if begun is None else begun.started_at
        waiting: list[RankedNumbers] = []
        for lines in checked.chunks(LINES_PER_CHUNK):
            if waiting:
                job = self._job(BEGUN, waiting[-1].rank, started_at)
                yield Chunk(waiting, job, lines_before)
                lines_before = waiting[-1].rank
            waiting = lines
        yield Chunk(waiting, self._job(FINISHED, self._lines_total, started_at), lines_before)

    def _job(self, state: str, lines_applied: int, started_at: datetime) -> ImportJob:
        return ImportJob(
            import_id=self._import_id,
            file_hash=self._file_hash,
            state=state,
            lines_total=self._lines_total,
            lines_applied=lines_applied,
            options=self._job_options,
            actor=self._caller.actor,
            started_at=started_at,
            finished_at=self._clock.now() if state == FINISHED else None,
        )

    def _ended(
        self, state: ImportState, lines_before: int, done: _Done, why_refused: str | None = None
    ) -> ImportOutcome:
        return ImportOutcome(
            state,
            done.lines_taken,
            lines_before,
            self._check.faults,
            self._check.foreign,
            sorted(done.tallies.values(), key=lambda one: fold(one.series.prefix)),
            why_refused,
        )

    def _books(self, transaction: Transaction) -> EntityBooks:
        return transaction.books(self._caller.tenant_id, self._caller.entity_id)


def _slices(ranked: Iterable[RankedNumbers]) -> Iterator[list[RankedNumbers]]:
    waiting = iter(ranked)
    while lines := list(islice(waiting, LINES_PER_CHUNK)):
        yield lines


def _begun_otherwise(job: ImportJob) -> str:
    kept_free = json.loads(job.options)["keep_free"]
    return (
        "the same file was begun with --keep-free: go on with it"
        if kept_free
        else "the same file was begun without --keep-free: go on without it"
    )


_OVERTAKEN = (
    "these numbers were taken since the file was checked; what stands before them is imported. "
    "Give the same file again with --skip-bad to take in the rest"
)
