"""Writing one chunk of checked used numbers, in one transaction.

The configuration of the entity is locked, so that no series is born meanwhile that could give a
text that is about to be kept; then every series concerned and its partners, all at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Conflict
from seriatim.domain.register import EntryContent
from seriatim.domain.sequence_set import Series
from seriatim.engine.imported import Foreign, Misplaced, Placed, take_in
from seriatim.engine.nearness import lock_near, near_ids
from seriatim.engine.orders import Stamp
from seriatim.service.audit import AuditTrail
from seriatim.service.import_checking import SortedOut, prefixes_of, taken_lines, taken_texts
from seriatim.service.import_lines import RankedNumbers
from seriatim.store.import_queries import ImportJob, NumberText
from seriatim.store.settings_queries import LockedEntity
from seriatim.store.sql_store import EntityBooks

BEGUN = "begun"
FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines to be written together.

    Shape: `job` stands as it shall stand afterwards; `lines_before` is how far it was before.
    """

    lines: Sequence[RankedNumbers]
    job: ImportJob
    lines_before: int


@dataclass(frozen=True, slots=True)
class Written:
    """What a chunk came to: for each series, where it stands and its new entries."""

    moved: list[tuple[Series, list[EntryContent]]]
    lines: int
    left_out: list[Misplaced]


class Overtaken(Exception):
    """Numbers of a checked file were taken by somebody else before they could be written."""

    def __init__(self, lines: list[Misplaced]) -> None:
        super().__init__(f"{len(lines)} lines")
        self.lines = lines


def write_chunk(
    books: EntityBooks,
    caller: Caller,
    chunk: Chunk,
    *,
    keep_free: bool,
    skip_bad: bool,
    clock: Clock,
) -> Written:
    """Take the lines into the books, and note how far the file has come.

    Errors: Overtaken (nothing was written) where a line cannot be taken in any more, unless
        `skip_bad` leaves it out; Conflict if somebody else takes in the same file.
    """
    stamp = Stamp(caller.actor, caller.request_id, str(uuid.uuid4()), clock.now())
    entity = books.lock_entity()
    _advance_job(books, caller, chunk, entity, stamp)
    zone = ZoneInfo(books.get_settings().time_zone)
    today = stamp.recorded_at.astimezone(zone).date()
    writing = _Writing(books, chunk.lines, stamp, keep_free=keep_free, today=today)
    writing.write()
    if writing.left_out and not skip_bad:
        raise Overtaken(writing.left_out)
    return Written(writing.moved, len(chunk.lines) - len(writing.left_out), writing.left_out)


def _advance_job(
    books: EntityBooks, caller: Caller, chunk: Chunk, entity: LockedEntity, stamp: Stamp
) -> None:
    if books.get_import_job(chunk.job.import_id) is None:
        if chunk.lines_before > 0:
            raise Conflict("the job of the import is gone")
        books.insert_import_job(replace(chunk.job, state=BEGUN, lines_applied=0))
        trail = AuditTrail(books, caller, entity.last_audit_number, stamp.recorded_at)
        trail.record(
            "import",
            ("import", chunk.job.import_id),
            after={
                "file_hash": chunk.job.file_hash.hex(),
                "lines": chunk.job.lines_total,
                "options": chunk.job.options,
            },
        )
    books.advance_import_job(chunk.job, lines_applied_before=chunk.lines_before)


class _Writing:
    """The writing of one chunk, series by series."""

    def __init__(
        self,
        books: EntityBooks,
        lines: Sequence[RankedNumbers],
        stamp: Stamp,
        *,
        keep_free: bool,
        today: date,
    ) -> None:
        self._books = books
        self._stamp = stamp
        self._keep_free = keep_free
        self._today = today
        self._sorted_out = SortedOut()
        prefixes = prefixes_of(books, (ranked.used for ranked in lines))
        for ranked in lines:
            self._sorted_out.add(prefixes.place(ranked.used))
        self.left_out = self._sorted_out.misplaced
        self.moved: list[tuple[Series, list[EntryContent]]] = []

    def write(self) -> None:
        groups = [self._sorted_out.by_series[one] for one in sorted(self._sorted_out.by_series)]
        self._lock(groups)
        for placed in groups:
            self._write_series(placed)
        self._write_texts(self._sorted_out.foreign)

    def _lock(self, groups: list[list[Placed]]) -> None:
        ids = {placed[0].series.key.series_id for placed in groups}
        for placed in groups:
            numbers = [one.numbers for one in placed]
            ids.update(near_ids(self._books, placed[0].series, beside=numbers))
        self._books.lock_series(sorted(ids))

    def _write_series(self, placed: list[Placed]) -> None:
        # Read anew: a partner of the same chunk may have changed what is near.
        numbers = [one.numbers for one in placed]
        series, near = lock_near(self._books, placed[0].series, numbers)
        free, taken = taken_lines(self._books, series, near.partners, placed)
        self.left_out += taken
        if free:
            moved = take_in(
                self._books,
                series,
                near,
                free,
                self._stamp,
                keep_free=self._keep_free,
                today=self._today,
            )
            self.moved.append(moved)

    def _write_texts(self, foreign: list[Foreign]) -> None:
        free, taken = taken_texts(self._books, foreign)
        self.left_out += taken
        stamp = self._stamp
        texts = [
            NumberText(
                text=one.used.number,
                document_type=one.used.document_type,
                document_date=one.used.document_date,
                reference=one.used.reference,
                actor=stamp.actor,
                request_id=stamp.request_id,
                recorded_at=stamp.recorded_at,
            )
            for one in free
        ]
        if texts:
            self._books.insert_number_texts(texts)
