"""Texts taken outside every series, and the jobs that take in files of used numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from seriatim.domain.document_number import NumberRange, fold, parse_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Conflict
from seriatim.domain.limits import DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import dashed_id, hex_id

IMPORTED = "imported"
CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class NumberText:
    """A text that no series may give.

    Shape: `request_id` is a UUID with dashes; `document_id` is that of the document that bears
        the text, None for an imported one.
    """

    text: str
    document_type: DocumentType
    document_date: date | None
    reference: str | None
    actor: str
    request_id: str
    recorded_at: datetime
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """How far one file was taken in.

    Shape: `import_id` is made from the file's hash, so that a file has one job; `options` is JSON.
    """

    import_id: str
    file_hash: bytes
    state: str
    lines_total: int
    lines_applied: int
    options: str
    actor: str
    started_at: datetime
    finished_at: datetime | None = None


class ImportQueries(EntityQueries):
    def has_text_numbers(self, prefix: str) -> bool:
        """Whether any text taken outside every series could be a number of this prefix."""
        folded = fold(prefix)
        row = self._row(
            "has_text_numbers",
            lowest_text=folded + "0",
            beyond_text=folded + ":",  # the character after "9"
        )
        return row is not None

    def find_text_numbers(
        self, prefix: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[int]:
        """The numbers of a prefix whose text was taken outside every series. Order: ascending."""
        found: list[int] = []
        for digits in range(DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX + 1):
            lowest = 1 if digits == DOCUMENT_NUMBER_DIGITS_MIN else 10 ** (digits - 1)
            first, last = max(numbers.first, lowest), min(numbers.last, 10**digits - 1)
            after = f"{fold(prefix)}{first - 1:0{digits}d}"
            while first <= last and len(found) < row_count:
                rows = self._rows(
                    "find_text_numbers",
                    characters=len(after),
                    after_text=after,
                    last_text=f"{fold(prefix)}{last:0{digits}d}",
                    row_count=row_count,
                )
                for (text,) in rows:
                    number = parse_number(prefix, text)
                    if number is not None:
                        found.append(number)
                if len(rows) < row_count:
                    break
                after = rows[-1][0]
        return found[:row_count]

    def get_number_text(self, text: str) -> NumberText | None:
        """The text if it was taken outside every series, whatever its case."""
        row = self._row("get_number_text", text_folded=fold(text))
        if row is None:
            return None
        return NumberText(
            text=row[0],
            document_type=DocumentType(row[1]),
            document_date=None if row[2] is None else self._values.date_out(row[2]),
            reference=row[3],
            actor=row[4],
            request_id=dashed_id(row[5]),
            recorded_at=self._values.moment_out(row[6]),
            document_id=row[7],
        )

    def find_number_texts(self, texts: list[str]) -> set[str]:
        """Those of the texts that were taken outside every series, folded."""
        folded = self._values.list_in([fold(text) for text in texts])
        return {text for (text,) in self._rows("find_number_texts", texts_folded=folded)}

    def insert_number_texts(self, texts: list[NumberText]) -> None:
        """Take texts that are in no series, of a file or of documents."""
        self._session.execute_later(
            "insert_number_texts",
            [
                {
                    "tenant_id": self.tenant_id,
                    "entity_id": self.entity_id,
                    "text_folded": fold(one.text),
                    "number_text": one.text,
                    "document_type": one.document_type.value,
                    "kind": IMPORTED if one.document_id is None else CUSTOM,
                    "document_id": one.document_id,
                    "document_date": (
                        None
                        if one.document_date is None
                        else self._values.date_in(one.document_date)
                    ),
                    "reference": one.reference,
                    "actor": one.actor,
                    "request_id": hex_id(one.request_id),
                    "recorded_at": self._moment(one.recorded_at),
                }
                for one in texts
            ],
        )

    def get_import_job(self, import_id: str) -> ImportJob | None:
        row = self._row("get_import_job", import_id=import_id)
        if row is None:
            return None
        moment = self._values.moment_out
        return ImportJob(
            import_id=import_id,
            file_hash=row[0],
            state=row[1],
            lines_total=row[2],
            lines_applied=row[3],
            options=row[4],
            actor=row[5],
            started_at=moment(row[6]),
            finished_at=None if row[7] is None else moment(row[7]),
        )

    def insert_import_job(self, job: ImportJob) -> None:
        self._execute(
            "insert_import_job",
            import_id=job.import_id,
            file_hash=job.file_hash,
            state=job.state,
            lines_total=job.lines_total,
            lines_applied=job.lines_applied,
            options=job.options,
            actor=job.actor,
            started_at=self._moment(job.started_at),
        )

    def advance_import_job(self, job: ImportJob, *, lines_applied_before: int) -> None:
        """Errors: Conflict if somebody else takes in the same file."""
        finished_at = job.finished_at
        changed = self._execute(
            "advance_import_job",
            import_id=job.import_id,
            state=job.state,
            lines_applied=job.lines_applied,
            lines_applied_before=lines_applied_before,
            finished_at=None if finished_at is None else self._moment(finished_at),
        )
        if changed != 1:
            raise Conflict("the same file is being imported by somebody else")
