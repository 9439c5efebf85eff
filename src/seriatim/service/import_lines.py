"""The lines of a file of used numbers on their way: sorted, looked through for twins, reported."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from seriatim.domain.document_number import NumberRange, fold, parse_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import EntryContent, EntryKind
from seriatim.domain.sequence_set import Series
from seriatim.engine.imported import Foreign, Placed, UsedNumbers, split_digits
from seriatim.service.import_files import LineFault

LINES_SHOWN_MAX = 100
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class RankedNumbers:
    """Shape: `rank` counts the readable lines of a file from 1, in the order of `sorting_line`,
    which `sorted_line` is. It rests on the file alone, so that work can go on from a rank.
    """

    rank: int
    used: UsedNumbers
    sorted_line: str


def sorting_line(used: UsedNumbers) -> str:
    """The used numbers as text that sorts by number within each series.

    Order: by what stands before the digits at the end, then by the count of digits and by these:
        so numbers of one series rise, whatever series there are.
    """
    stem, digits = split_digits(fold(used.number))
    day = None if used.document_date is None else used.document_date.isoformat()
    rest = [
        used.line,
        used.document_type.value,
        used.number,
        used.last_number,
        day,
        used.reference,
    ]
    key = (stem, f"{len(digits):02d}{digits}", f"{used.line:012d}", json.dumps(rest))
    return _SEPARATOR.join(key)


def used_in(sorted_line: str) -> UsedNumbers:
    line, document_type, number, last_number, day, reference = json.loads(
        sorted_line.rsplit(_SEPARATOR, 1)[1]
    )
    return UsedNumbers(
        line,
        DocumentType(document_type),
        number,
        last_number,
        None if day is None else date.fromisoformat(day),
        reference,
    )


def ranked_numbers(rank: int, sorted_line: str) -> RankedNumbers:
    return RankedNumbers(rank, used_in(sorted_line), sorted_line)


class LineKeeper:
    """The lines that are to be taken in, put down in their order and read back in chunks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self.count = 0

    def close(self) -> None:
        self._file.close()

    def add(self, ranked: RankedNumbers) -> None:
        self._file.write(f"{ranked.rank}{_SEPARATOR}{ranked.sorted_line}\n")
        self.count += 1

    def chunks(self, size: int) -> Iterator[list[RankedNumbers]]:
        self._file.flush()
        chunk: list[RankedNumbers] = []
        with self._path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                rank, rest = line.rstrip("\n").split(_SEPARATOR, 1)
                chunk.append(ranked_numbers(int(rank), rest))
                if len(chunk) == size:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk


class TwinFinder:
    """Finds lines whose numbers an earlier line has, among lines that come in their order."""

    def __init__(self) -> None:
        self._stem = ""
        self._open: list[Placed] = []
        self._last: UsedNumbers | None = None

    def twin_of(self, found: Placed | Foreign) -> UsedNumbers | None:
        """The line that has a number of this one; None takes note of this one."""
        used = found.used
        text = fold(used.number)
        if self._last is not None and fold(self._last.number) == text:
            return self._last
        stem, _ = split_digits(text)
        if stem != self._stem:
            self._stem, self._open = stem, []
        self._open = [one for one in self._open if not _is_before(one, text)]
        for one in self._open:
            number = parse_number(one.series.prefix, used.number)
            if number is not None and one.numbers.first <= number <= one.numbers.last:
                return one.used
        self._last = used
        if isinstance(found, Placed) and found.numbers.count > 1:
            self._open.append(found)
        return None


def _is_before(one: Placed, text: str) -> bool:
    """Whether the whole of a range sorts before the text."""
    end = split_digits(fold(one.used.last_number or one.used.number))[1]
    digits = split_digits(text)[1]
    return (len(end), end) < (len(digits), digits)


@dataclass(slots=True)
class LineList:
    """Lines worth a word. Shape: all are counted, those that stand first are kept."""

    total: int = 0
    _first: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def add(self, line: int, message: str) -> None:
        self.total += 1
        if len(self._first) < LINES_SHOWN_MAX:
            heapq.heappush(self._first, (-line, message))
        elif line < -self._first[0][0]:
            heapq.heapreplace(self._first, (-line, message))

    @property
    def shown(self) -> list[LineFault]:
        """Order: by line."""
        return sorted(
            (LineFault(-line, message) for line, message in self._first), key=lambda one: one.line
        )


@dataclass(slots=True)
class SeriesTally:
    """What an import makes of one series. Units: counts in numbers."""

    series: Series
    imported: int = 0
    before_origin: int = 0
    skipped: int = 0
    imported_range: NumberRange | None = None

    def count(self, contents: Iterable[EntryContent], advanced: Series) -> None:
        self.series = advanced
        for content in contents:
            numbers = content.numbers
            if content.kind is EntryKind.SKIPPED:
                self.skipped += numbers.count
                continue
            self.imported += numbers.count
            self.before_origin += numbers.count if numbers.last < advanced.origin else 0
            whole = self.imported_range or numbers
            self.imported_range = NumberRange(
                min(whole.first, numbers.first), max(whole.last, numbers.last)
            )
