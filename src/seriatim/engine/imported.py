"""Taking in numbers that were used before: where each belongs, and what is written of it.

Source: contract/numbering.md, Import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from seriatim.domain.document_number import NumberRange, fold, parse_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriesUnusable
from seriatim.domain.limits import PREFIX_CHARACTERS_MAX, SEQUENTIAL_NUMBER_DIGITS_MAX
from seriatim.domain.ports import SeriesBooks
from seriatim.domain.register import EntryContent, EntryKind
from seriatim.domain.rules.set_requests import RESERVED_PREFIXES
from seriatim.domain.sequence_set import Series
from seriatim.engine.chain import appended
from seriatim.engine.clearance import imported_ahead, past_imported, renew_clearance
from seriatim.engine.nearness import Near
from seriatim.engine.orders import Stamp, skipped_entry

NOT_USED = "not used before the service took over"


@dataclass(frozen=True, slots=True)
class UsedNumbers:
    """One line of a file of used numbers: a number, or a range of them."""

    line: int
    document_type: DocumentType
    number: str
    last_number: str | None = None
    document_date: date | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Used numbers that are numbers of a series."""

    used: UsedNumbers
    series: Series
    numbers: NumberRange


@dataclass(frozen=True, slots=True)
class Foreign:
    """A used number that no series could give: it is kept as text."""

    used: UsedNumbers


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A line that cannot be taken in, and why."""

    used: UsedNumbers
    why: str


def prefixes_in(text: str) -> list[str]:
    """Every prefix of which a used number could be read as a number, whatever its digits."""
    stem, digits = split_digits(fold(text))
    found = [stem + digits[:cut] for cut in range(len(digits))]
    return [prefix for prefix in found if 1 <= len(prefix) <= PREFIX_CHARACTERS_MAX]


class Prefixes:
    """Series in use of an entity, by their prefixes: tells what a used number is.

    Shape: at least those with one of the prefixes that are in the number.
    """

    def __init__(self, every_series: Iterable[Series]) -> None:
        self._series = {fold(one.prefix): one for one in every_series if not one.is_released}

    def place(self, used: UsedNumbers) -> Placed | Foreign | Misplaced:
        """Where the number belongs.

        Order: of several series of the type that could give it, the one with the longest prefix.
        """
        stem, digits = split_digits(fold(used.number))
        possible = [
            self._series[prefix]
            for cut in range(len(digits) - 1, -1, -1)
            if (prefix := stem + digits[:cut]) in self._series
        ]
        own = [one for one in possible if one.document_type is used.document_type]
        for series in own:
            numbers = _range_in(series, used)
            if numbers is not None and numbers.first <= numbers.last:
                return Placed(used, series, numbers)
        why = self._why_not(used, stem, possible, own)
        return Foreign(used) if why is None else Misplaced(used, why)

    def _why_not(
        self, used: UsedNumbers, stem: str, possible: list[Series], own: list[Series]
    ) -> str | None:
        given_by = [one for one in possible if parse_number(one.prefix, used.number) is not None]
        for series in given_by:
            if series.document_type is used.document_type:
                return _why_no_range(series, used)
        if given_by:
            return _belongs_to_another(given_by[0])
        if own and len(used.number) - len(own[0].prefix) > SEQUENTIAL_NUMBER_DIGITS_MAX:
            return f"has more than {SEQUENTIAL_NUMBER_DIGITS_MAX} digits behind '{own[0].prefix}'"
        named = self._series.get(stem)
        if named is not None and named.document_type is not used.document_type:
            return _belongs_to_another(named)
        if named is None and stem in RESERVED_PREFIXES:
            return f"begins with the reserved prefix '{used.number[: len(stem)]}'"
        if used.last_number is not None:
            return "a range needs a series: no series of the type could give the number"
        return None


def _belongs_to_another(series: Series) -> str:
    return f"the prefix '{series.prefix}' belongs to the document type {series.document_type.value}"


def _range_in(series: Series, used: UsedNumbers) -> NumberRange | None:
    first = parse_number(series.prefix, used.number)
    last = first if used.last_number is None else parse_number(series.prefix, used.last_number)
    return None if first is None or last is None else NumberRange(first, last)


def _why_no_range(series: Series, used: UsedNumbers) -> str:
    if _range_in(series, used) is not None:
        return f"lastNumber '{used.last_number}' lies before the number"
    return f"lastNumber '{used.last_number}' is no number of the series '{series.prefix}'"


def split_digits(text: str) -> tuple[str, str]:
    """The text without the digits at its end, and those digits."""
    stem = text.rstrip("0123456789")
    return stem, text[len(stem) :]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write of the used numbers of one series. `next_number` is its next one then."""

    contents: list[EntryContent]
    next_number: int


def planned(
    series: Series,
    placed: Iterable[Placed],
    covered: Iterable[NumberRange],
    stamp: Stamp,
    *,
    keep_free: bool,
) -> Plan:
    """The entries that take in used numbers, of which none is covered or passed.

    Shape: `placed` rise; neighbours with the same date and reference become one entry. `covered`
        are the numbers that were imported ahead before, rising too; they are asked for as far as
        they are needed. With `keep_free` the holes are left to be issued; without, they are skipped.
    """
    contents: list[EntryContent] = []
    way = _Way(series.next_number, covered)
    stands_before_hole = False
    for part in _split_at_origin(series.origin, _joined(placed)):
        if part.numbers.last >= series.origin and not stands_before_hole:
            holes = way.holes_before(part.numbers.first, one_is_enough=keep_free)
            stands_before_hole = keep_free and bool(holes)
            if not stands_before_hole:
                contents += [skipped_entry(hole, stamp, NOT_USED) for hole in holes]
                way.next_number = part.numbers.last + 1
        contents.append(_imported_entry(part, stamp))
    if not stands_before_hole:
        way.pass_covered()
    return Plan(contents, way.next_number)


class _Way:
    """How far a series has come among numbers that are covered already."""

    def __init__(self, next_number: int, covered: Iterable[NumberRange]) -> None:
        self.next_number = next_number
        self._covered = iter(covered)
        self._ahead = next(self._covered, None)

    def holes_before(self, number: int, *, one_is_enough: bool) -> list[NumberRange]:
        """What is not covered up to the number; the way goes on behind it, or before the one hole."""
        holes: list[NumberRange] = []
        while True:
            self.pass_covered()
            end = number if self._ahead is None else min(number, self._ahead.first)
            if self.next_number < end:
                holes.append(NumberRange(self.next_number, end - 1))
                if one_is_enough:
                    return holes
                self.next_number = end
            if self.next_number >= number:
                return holes

    def pass_covered(self) -> None:
        while self._ahead is not None and self._ahead.first <= self.next_number:
            self.next_number = max(self.next_number, self._ahead.last + 1)
            self._ahead = next(self._covered, None)


def _joined(placed: Iterable[Placed]) -> Iterator[Placed]:
    """Neighbours that are alike, as one."""
    current: Placed | None = None
    for one in placed:
        if current is not None and _is_continued(current, one):
            current = replace(current, numbers=NumberRange(current.numbers.first, one.numbers.last))
            continue
        if current is not None:
            yield current
        current = one
    if current is not None:
        yield current


def _is_continued(before: Placed, one: Placed) -> bool:
    return before.numbers.last + 1 == one.numbers.first and (
        before.used.document_date,
        before.used.reference,
    ) == (one.used.document_date, one.used.reference)


def _split_at_origin(origin: int, placed: Iterable[Placed]) -> Iterator[Placed]:
    """What lies before the origin is recorded outside the series' completeness."""
    for one in placed:
        if one.numbers.first < origin <= one.numbers.last:
            yield replace(one, numbers=NumberRange(one.numbers.first, origin - 1))
            yield replace(one, numbers=NumberRange(origin, one.numbers.last))
        else:
            yield one


def _imported_entry(part: Placed, stamp: Stamp) -> EntryContent:
    return EntryContent(
        kind=EntryKind.IMPORTED,
        numbers=part.numbers,
        actor=stamp.actor,
        request_id=stamp.request_id,
        batch_id=stamp.batch_id,
        recorded_at=stamp.recorded_at,
        document_date=part.used.document_date,
        reference=part.used.reference,
    )


def take_in(
    books: SeriesBooks,
    series: Series,
    near: Near,
    placed: Sequence[Placed],
    stamp: Stamp,
    *,
    keep_free: bool,
    today: date,
) -> tuple[Series, list[EntryContent]]:
    """Write used numbers into a series' books; series and partners must be locked.

    Shape: `near` are its partners, those that can meet the used numbers among them. `placed` rise and none of them is taken; what was written is returned. The dates of the
        numbers that the series has behind it then count as its own.
    Errors: SeriesUnusable for a series that is stopped.
    """
    if series.stopped_because is not None:
        message = f"the series '{series.prefix}' is stopped: {series.stopped_because}"
        raise SeriesUnusable(message)
    covered = [] if keep_free else list(ahead_up_to(books, series, placed))
    plan = planned(series, placed, covered, stamp, keep_free=keep_free)
    advanced, entries = appended(series, plan.contents, covered)
    books.append_entries(entries)
    advanced = past_imported(books, advanced)
    advanced = renew_clearance(books, advanced, near.partners, near.until)
    last_date = _last_date(advanced, placed, today)
    advanced = replace(advanced, last_document_date=last_date)
    books.advance_series([(advanced, series.last_entry_number)])
    return advanced, plan.contents


def _last_date(series: Series, placed: Sequence[Placed], today: date) -> date | None:
    """The last document date of a series that took in used numbers.

    Shape: those that lie ahead do not count; and a date in the future counts as today, for a slip
        of the pen in a file must not keep a chronological series from issuing until then.
    """
    dates = [
        min(one.used.document_date, today)
        for one in placed
        if one.used.document_date is not None and one.numbers.last < series.next_number
    ]
    if series.last_document_date is not None:
        dates.append(series.last_document_date)
    return max(dates, default=None)


def ahead_up_to(
    books: SeriesBooks, series: Series, placed: Sequence[Placed]
) -> Iterator[NumberRange]:
    """What was imported ahead before, as far as the last of the used numbers."""
    highest = max(one.numbers.last for one in placed)
    return imported_ahead(books, series, NumberRange(series.next_number, highest))
