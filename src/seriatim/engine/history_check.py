"""Holding what clients saw against the register: does every guarantee stand?

Pure: a history and the books of one entity in, the faults out. Used after every test with faults,
and by whoever wants to know what became of the requests of a bad night.

Source: contract/guarantees.md, The checker.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seriatim.domain.document_number import NumberRange, entanglement, fold, parse_number
from seriatim.domain.register import Entry, EntryKind, entry_id
from seriatim.domain.sequence_set import Series
from seriatim.engine.history import Ask, Attempt
from seriatim.engine.verify import SeriesVerifier

_GIVING = frozenset({EntryKind.ISSUED, EntryKind.RESERVED})


@dataclass(frozen=True, slots=True)
class HistoryFault:
    """A guarantee that does not hold. `guarantee` is its name in the contract, `G1` to `G7`."""

    guarantee: str
    message: str


@dataclass(frozen=True, slots=True)
class SeriesBook:
    """One series as it stands, with all of its entries in their order."""

    series: Series
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class _Given:
    """The numbers that one request got from one series."""

    book: SeriesBook
    entries: list[Entry]

    @property
    def ranges(self) -> list[NumberRange]:
        """Neighbours as one."""
        joined: list[NumberRange] = []
        for entry in self.entries:
            numbers = entry.content.numbers
            if joined and joined[-1].last + 1 == numbers.first:
                joined[-1] = NumberRange(joined[-1].first, numbers.last)
            else:
                joined.append(numbers)
        return joined


def check_history(
    asks: Sequence[Ask], books: Sequence[SeriesBook], *, is_whole: bool = True
) -> list[HistoryFault]:
    """Every fault, those of the register first.

    Shape: `asks` are all requests for numbers that were ever sent to the entity of `books`; if
        they are not, `is_whole` is false, and entries without a request are no fault.
    Cost: n log n in requests and entries; memory for both.
    """
    return [*_register_faults(books), *_ClientsView(asks, books).faults(is_whole=is_whole)]


def _register_faults(books: Sequence[SeriesBook]) -> Iterator[HistoryFault]:
    for book in books:
        verifier = SeriesVerifier(book.series)
        verifier.take(book.entries)
        fault = verifier.finish().first_fault
        if fault is not None:
            guarantee = "G7" if fault.invariant == 4 else "G2"
            yield HistoryFault(guarantee, f"series '{book.series.prefix}': {fault.message}")
    yield from _texts_given_by_two(books)


def _texts_given_by_two(books: Sequence[SeriesBook]) -> Iterator[HistoryFault]:
    """Two series can share a text only where one's prefix begins with the other's.

    Order: sorted by prefix, those that a prefix begins with stand before it, and no others open.
    """
    open_books: list[SeriesBook] = []
    for book in sorted(books, key=lambda one: fold(one.series.prefix)):
        prefix = fold(book.series.prefix)
        while open_books and not prefix.startswith(fold(open_books[-1].series.prefix)):
            open_books.pop()
        for other in open_books:
            yield from _texts_given_twice(other, book)
        open_books.append(book)


def _texts_given_twice(one: SeriesBook, other: SeriesBook) -> Iterator[HistoryFault]:
    prefix, other_prefix = one.series.prefix, other.series.prefix
    found = entanglement(prefix, other_prefix)
    if found is None and fold(prefix) != fold(other_prefix):
        return
    ours = _texts_taken(one)
    for numbers in _texts_taken(other):
        theirs = [numbers] if found is None else found.translate(other_prefix, numbers)
        for part in theirs:
            first = _first_shared(ours, part)
            if first is not None:
                message = f"the text of '{prefix}' {first} was given by '{other_prefix}' too"
                yield HistoryFault("G1", message)


def _texts_taken(book: SeriesBook) -> list[NumberRange]:
    taken = [one.content.numbers for one in book.entries if one.content.kind.takes_text]
    return sorted(taken, key=lambda numbers: numbers.first)


def _first_shared(ranges: Sequence[NumberRange], part: NumberRange) -> int | None:
    """The first number of `part` that is in one of the ranges, which rise and do not overlap."""
    place = bisect_left(ranges, part.first, key=lambda numbers: numbers.last)
    if place == len(ranges) or ranges[place].first > part.last:
        return None
    return max(ranges[place].first, part.first)


class _ClientsView:
    """The requests, and for each what the register holds of it."""

    def __init__(self, asks: Sequence[Ask], books: Sequence[SeriesBook]) -> None:
        self._asks = asks
        self._entries: dict[str, tuple[SeriesBook, Entry]] = {}
        self._by_request: dict[str, list[_Given]] = {}
        for book in books:
            self._take(book)
        self._accounted: dict[str, str] = {}

    def _take(self, book: SeriesBook) -> None:
        given: dict[str, _Given] = {}
        for entry in book.entries:
            self._entries[entry_id(entry.series.series_id, entry.entry_number)] = book, entry
            if entry.content.kind in _GIVING:
                request_id = entry.content.request_id
                given.setdefault(request_id, _Given(book, [])).entries.append(entry)
        for request_id, one in given.items():
            self._by_request.setdefault(request_id, []).append(one)

    def faults(self, *, is_whole: bool) -> Iterator[HistoryFault]:
        for ask in self._asks:
            yield from self._answers_of(ask)
        yield from self._refusals_that_issued()
        if is_whole:
            yield from self._entries_without_a_request()
        yield from self._numbers_out_of_order()

    def _answers_of(self, ask: Ask) -> Iterator[HistoryFault]:
        """Exactly once, with the same bytes, and as the register has it."""
        answered = ask.answered
        if len({one.reply for one in answered}) > 1:
            yield HistoryFault("G5", f"{ask.name} was answered in different bytes")
        if len({one.body_hash for one in answered}) > 1:
            yield HistoryFault("G5", f"{ask.name} was answered for different requests")
        for attempt in answered:
            yield from self._answer_in_register(ask, attempt)

    def _answer_in_register(self, ask: Ask, attempt: Attempt) -> Iterator[HistoryFault]:
        numbers = attempt.numbers
        found = self._entries.get(numbers.entry_id)
        if found is None:
            yield HistoryFault("G4", f"{ask.name}: entry {numbers.entry_id} is not in the register")
            return
        book, entry = found
        request_id = entry.content.request_id
        whose = self._accounted.setdefault(request_id, ask.name)
        if whose != ask.name:
            yield HistoryFault("G1", f"{ask.name} and {whose} were given the same numbers")
        if not attempt.is_replay and attempt.request_id != request_id:
            yield HistoryFault("G4", f"{ask.name}: its entry carries another request id")
        if fold(numbers.prefix) != fold(book.series.prefix) or numbers.state != entry.content.kind:
            yield HistoryFault("G4", f"{ask.name}: the register has another prefix or state")
        replied = [_parsed(numbers.prefix, one) for one in numbers.ranges]
        registered = [part for one in self._by_request.get(request_id, ()) for part in one.ranges]
        if replied != registered:
            yield HistoryFault("G6", f"{ask.name}: the register has {registered}, not {replied}")

    def _refusals_that_issued(self) -> Iterator[HistoryFault]:
        for ask in self._asks:
            for attempt in ask.attempts:
                is_there = attempt.request_id in self._by_request
                if attempt.end == "failed" and is_there:
                    yield HistoryFault("G6", f"{ask.name} failed and yet is in the register")

    def _entries_without_a_request(self) -> Iterator[HistoryFault]:
        """Each unknown request may have issued once; nothing else may stand in the register."""
        doubtful = [ask for ask in self._asks if ask.may_have_issued]
        by_reference = {one: ask for ask in doubtful for one in ask.references}
        nameless = sum(1 for ask in doubtful if not ask.references)
        for request_id, given in self._by_request.items():
            if request_id in self._accounted:
                continue
            references = {entry.content.reference for one in given for entry in one.entries}
            ask = next((by_reference.pop(one) for one in references if one in by_reference), None)
            if ask is None:
                nameless -= 1
            if nameless < 0:
                numbers = [part for one in given for part in one.ranges]
                yield HistoryFault("G5", f"request {request_id} of nobody was given {numbers}")
                nameless = 0

    def _numbers_out_of_order(self) -> Iterator[HistoryFault]:
        """Whoever asked after an answer had arrived gets a higher number than it told.

        Order: a sweep over the times; an answer counts from its arrival on, so that requests under
        way at the same time may come out either way.
        """
        answers = [
            (attempt.ended_at or 0, part)
            for ask in self._asks
            for attempt in ask.answered[:1]
            for part in self._parts(attempt)
        ]
        asked = [
            (ask.sent_at, ask, part)
            for ask in self._asks
            for attempt in ask.answered[:1]
            for part in self._parts(attempt)
        ]
        answers.sort(key=lambda one: one[0])
        highest: dict[str, int] = {}
        passed = 0
        for sent_at, ask, (series_id, numbers) in sorted(asked, key=lambda one: one[0]):
            while passed < len(answers) and answers[passed][0] < sent_at:
                known_id, known = answers[passed][1]
                highest[known_id] = max(highest.get(known_id, 0), known.last)
                passed += 1
            if numbers.first <= highest.get(series_id, 0):
                message = f"{ask.name} got {numbers.first} after {highest[series_id]} was answered"
                yield HistoryFault("G3", message)

    def _parts(self, attempt: Attempt) -> list[tuple[str, NumberRange]]:
        series_id = attempt.numbers.entry_id.rpartition("-")[0]
        parsed = [_parsed(attempt.numbers.prefix, one) for one in attempt.numbers.ranges]
        return [(series_id, part) for part in parsed if part is not None]


def _parsed(prefix: str, texts: tuple[str, str]) -> NumberRange | None:
    first, last = (parse_number(prefix, text) for text in texts)
    return None if first is None or last is None else NumberRange(first, last)
