"""Giving documents their numbers: of a series, the caller's own, or temporary ones.

Source: contract/documents.md, Custom numbers and When the number is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from seriatim.domain.billing import TEMPORARY_PREFIXES, NumberOrigin
from seriatim.domain.document_number import fold, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import InvariantBroken, Rejected
from seriatim.domain.register import Entry
from seriatim.domain.rules.documents import custom_number_is_free
from seriatim.domain.rules.set_requests import RESERVED_PREFIXES
from seriatim.domain.sequence_set import Series
from seriatim.engine.batch import Batch
from seriatim.engine.imported import (
    Misplaced,
    Placed,
    UsedNumbers,
    split_digits,
    take_in,
)
from seriatim.engine.nearness import lock_near, near_ids
from seriatim.engine.occupied import why_occupied
from seriatim.engine.orders import IssueOrder, Stamp
from seriatim.service.document_desk import DocumentDesk
from seriatim.service.document_orders import GivenNumber, NumberWish
from seriatim.service.import_checking import prefixes_of
from seriatim.store.import_queries import NumberText


class NumberGiver:
    """Gives the numbers of one transaction's documents in one entity.

    Shape: `write` must be called before the commit.
    """

    def __init__(self, desk: DocumentDesk, batch: Batch) -> None:
        self._desk = desk
        self._books = desk.books
        self._batch = batch
        self._texts: list[NumberText] = []
        self._temporary: dict[DocumentType, list[int]] = {}
        self.first_entries: list[Entry] = []

    def series_for(self, wish: NumberWish) -> Series | None:
        """The series as it stands before it is locked; None for a number outside every series."""
        if wish.is_temporary:
            return None
        if wish.custom is None:
            return self._desk.choice.series_of(wish.chosen.sequence_set, wish.document_type)
        found = self._place(wish.custom, wish.document_type)
        return found.series if isinstance(found, Placed) else None

    def beside(self, wish: NumberWish) -> list[str]:
        """The series to lock with it, where a caller's own number is one of a series."""
        if wish.custom is None:
            return []
        found = self._place(wish.custom, wish.document_type)
        if not isinstance(found, Placed):
            return []
        return near_ids(self._books, found.series, beside=[found.numbers])

    def take_temporary(self, wishes: Iterable[NumberWish]) -> None:
        """Take all the temporary numbers that are wished for, a statement a type."""
        counts: dict[DocumentType, int] = {}
        for wish in wishes:
            if wish.is_temporary:
                counts[wish.document_type] = counts.get(wish.document_type, 0) + 1
        for document_type in sorted(counts):
            taken = self._books.take_draft_numbers(document_type, counts[document_type])
            # Taken from the end, so that the first comes first.
            self._temporary[document_type] = list(range(taken.last, taken.first - 1, -1))

    def give(self, wish: NumberWish, document_id: str, stamp: Stamp) -> GivenNumber:
        """Errors: Rejected (nothing left, a date that goes back, a number that is taken),
        SeriesUnusable; no number was given then.
        """
        if wish.is_temporary:
            number = self._temporary[wish.document_type].pop()
            text = format_number(TEMPORARY_PREFIXES[wish.document_type], number)
            return GivenNumber(text, NumberOrigin.TEMPORARY, None)
        if wish.custom is not None:
            return self._give_custom(wish, wish.custom, document_id, stamp)
        series = self._desk.choice.series_of(wish.chosen.sequence_set, wish.document_type)
        order = IssueOrder(
            count=1,
            sequence_set_id=wish.chosen.sequence_set.sequence_set_id,
            chosen_by=wish.chosen.chosen_by,
            document_date=wish.document_date,
            today=self._desk.today,
        )
        issued = self._batch.issue(series.key.series_id, order, stamp)
        self.first_entries.append(issued.first_entry)
        text = format_number(issued.series.prefix, issued.ranges[0].first)
        return GivenNumber(text, NumberOrigin.SERIES, series.key.series_id)

    def _give_custom(
        self, wish: NumberWish, text: str, document_id: str, stamp: Stamp
    ) -> GivenNumber:
        found = self._place(text, wish.document_type)
        if isinstance(found, Placed):
            self._take_in(found, wish, stamp)
            return GivenNumber(text, NumberOrigin.CUSTOM, found.series.key.series_id)
        _refuse(wish, found.why if isinstance(found, Misplaced) else self._why_taken(text))
        self._texts.append(
            NumberText(
                text=text,
                document_type=wish.document_type,
                document_date=wish.document_date,
                reference=None,
                actor=stamp.actor,
                request_id=stamp.request_id,
                recorded_at=stamp.recorded_at,
                document_id=document_id,
            )
        )
        return GivenNumber(text, NumberOrigin.CUSTOM, None)

    def _place(self, text: str, document_type: DocumentType) -> Placed | Misplaced | None:
        """Where a number of the caller's own belongs; None for outside every series."""
        used = UsedNumbers(0, document_type, text)
        found = prefixes_of(self._books, [used]).place(used)
        if isinstance(found, Placed | Misplaced):
            return found
        stem, _ = split_digits(fold(text))
        if stem in RESERVED_PREFIXES:
            return Misplaced(used, f"the prefix '{text[: len(stem)]}' is reserved")
        return None

    def _take_in(self, placed: Placed, wish: NumberWish, stamp: Stamp) -> None:
        """The series steps over the number when it gets there."""
        self._batch.write()
        series, near = lock_near(self._books, placed.series, [placed.numbers])
        if placed.numbers.first < series.next_number:
            _refuse(wish, f"the series '{series.prefix}' has passed it")
        taken = why_occupied(self._books, series, near.partners, [placed])
        _refuse(wish, taken.get(placed.used.line))
        dated = replace(placed, used=replace(placed.used, document_date=wish.document_date))
        take_in(
            self._books,
            series,
            near,
            [dated],
            stamp,
            today=self._desk.today,
            keep_free=True,
        )
        self._batch.note_written()

    def _why_taken(self, text: str) -> str | None:
        is_taken = any(fold(one.text) == fold(text) for one in self._texts)
        if is_taken or self._books.find_number_texts([text]):
            return "it was given or imported before"
        return None

    def mark(self) -> tuple[int, int]:
        return len(self._texts), len(self.first_entries)

    def undo_to(self, mark: tuple[int, int]) -> None:
        del self._texts[mark[0] :]
        del self.first_entries[mark[1] :]

    def write(self) -> None:
        if self._texts:
            self._books.insert_number_texts(self._texts)


def _refuse(wish: NumberWish, why_not: str | None) -> None:
    if wish.custom is None:
        raise InvariantBroken("a number that nobody gave is refused")
    violations = list(custom_number_is_free(wish.custom, why_not, wish.custom_field))
    if violations:
        raise Rejected(violations)
