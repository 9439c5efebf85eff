"""Checking used numbers against the books: what belongs where, and what is taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from seriatim.domain.document_number import fold
from seriatim.domain.rules.issuing import document_date_is_within_a_year
from seriatim.domain.sequence_set import Series
from seriatim.engine.clearance import past_imported
from seriatim.engine.imported import (
    Foreign,
    Misplaced,
    Placed,
    Prefixes,
    UsedNumbers,
    ahead_up_to,
    planned,
    prefixes_in,
)
from seriatim.engine.nearness import partners_meaning
from seriatim.engine.occupied import why_occupied
from seriatim.engine.orders import Stamp
from seriatim.service.import_lines import LineList, RankedNumbers, SeriesTally, TwinFinder
from seriatim.store.sql_store import EntityBooks

_FOREIGN = "no series of the type gives such numbers: kept as text"


@dataclass(slots=True)
class SortedOut:
    """A slice of lines by where they belong. Shape: each series' lines rise by number."""

    by_series: dict[str, list[Placed]] = field(default_factory=dict[str, list[Placed]])
    foreign: list[Foreign] = field(default_factory=list[Foreign])
    misplaced: list[Misplaced] = field(default_factory=list[Misplaced])

    def add(self, found: Placed | Foreign | Misplaced) -> None:
        match found:
            case Placed():
                self.by_series.setdefault(found.series.key.series_id, []).append(found)
            case Foreign():
                self.foreign.append(found)
            case Misplaced():
                self.misplaced.append(found)


def prefixes_of(books: EntityBooks, lines: Iterable[UsedNumbers]) -> Prefixes:
    """The series that could give one of the numbers.

    Cost: one statement, however many series the entity has.
    """
    prefixes = sorted({prefix for used in lines for prefix in prefixes_in(used.number)})
    return Prefixes(books.find_series_with_prefixes(prefixes) if prefixes else ())


def taken_lines(
    books: EntityBooks, series: Series, partners: list[Series], placed: Sequence[Placed]
) -> tuple[list[Placed], list[Misplaced]]:
    """The lines of one series that can be taken in, and those whose numbers are taken."""
    why = why_occupied(books, series, partners, placed)
    free = [one for one in placed if one.used.line not in why]
    return free, [Misplaced(one.used, why[one.used.line]) for one in placed if one.used.line in why]


def taken_texts(
    books: EntityBooks, foreign: Sequence[Foreign]
) -> tuple[list[Foreign], list[Misplaced]]:
    """The texts that can be kept, and those that were taken before."""
    taken = books.find_number_texts([one.used.number for one in foreign]) if foreign else set()
    free = [one for one in foreign if fold(one.used.number) not in taken]
    return free, [
        Misplaced(one.used, "the same text was taken before")
        for one in foreign
        if fold(one.used.number) in taken
    ]


class Check:
    """Goes through the lines of a file once, slice by slice, and changes nothing.

    Shape: `faults` are the lines that cannot be taken in, `foreign` those that are kept as text;
        `tallies` say what becomes of each series.
    """

    def __init__(self, today: date, stamp: Stamp, *, keep_free: bool) -> None:
        self.faults = LineList()
        self.foreign = LineList()
        self.tallies: dict[str, SeriesTally] = {}
        self._today = today
        self._stamp = stamp
        self._keep_free = keep_free
        self._twins = TwinFinder()

    def slice(self, books: EntityBooks, lines: Iterable[RankedNumbers]) -> list[RankedNumbers]:
        """The lines that can be taken in. Order: as given, which must be that of the ranks."""
        lines = list(lines)
        prefixes = prefixes_of(books, (ranked.used for ranked in lines))
        sorted_out = SortedOut()
        for ranked in lines:
            sorted_out.add(self._placed(prefixes, ranked.used))
        bad = sorted_out.misplaced
        for placed in sorted_out.by_series.values():
            bad += self._check_series(books, placed)
        texts, taken = taken_texts(books, sorted_out.foreign)
        bad += taken
        for one in bad:
            self.faults.add(one.used.line, f"{one.used.number}: {one.why}")
        for text in texts:
            self.foreign.add(text.used.line, f"{text.used.number}: {_FOREIGN}")
        bad_lines = {one.used.line for one in bad}
        return [ranked for ranked in lines if ranked.used.line not in bad_lines]

    def _placed(self, prefixes: Prefixes, used: UsedNumbers) -> Placed | Foreign | Misplaced:
        if used.document_date is not None:
            for violation in document_date_is_within_a_year(used.document_date, self._today):
                return Misplaced(used, f"documentDate: {violation.message}")
        found = prefixes.place(used)
        if isinstance(found, Misplaced):
            return found
        twin = self._twins.twin_of(found)
        if twin is not None:
            return Misplaced(used, f"stands in line {twin.line} too")
        return found

    def _check_series(self, books: EntityBooks, placed: list[Placed]) -> list[Misplaced]:
        series = placed[0].series
        partners = partners_meaning(books, series, [one.numbers for one in placed])
        free, taken = taken_lines(books, series, partners, placed)
        if free:
            self._count(books, free)
        return taken

    def _count(self, books: EntityBooks, placed: list[Placed]) -> None:
        tally = self.tallies.setdefault(
            placed[0].series.key.series_id, SeriesTally(placed[0].series)
        )
        series = tally.series
        covered = ahead_up_to(books, series, placed)
        plan = planned(series, placed, covered, self._stamp, keep_free=self._keep_free)
        moved = replace(series, last_number=plan.next_number - 1)
        tally.count(plan.contents, past_imported(books, moved))
