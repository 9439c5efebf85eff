"""What the books of an entity must hold, found by counting one by one. Knows nothing of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from seriatim.domain.document_number import fold, format_number, parse_number


@dataclass(slots=True)
class Counted:
    """One number. Shape: `state` as the register has it: a hold counts as one until it is swept."""

    state: str
    hold_until: datetime | None = None

    def state_at(self, now: datetime) -> str:
        is_over = self.hold_until is not None and self.hold_until <= now
        return "voided" if self.state == "reserved" and is_over else self.state


@dataclass
class CountedBooks:
    """Shape: `numbers` by prefix; `texts` says of each one taken, without case, by which number
    of which prefix; `given` holds each series' numbers in the order they went out; `requests` are
    the ids of those that got numbers.
    """

    numbers: dict[str, dict[int, Counted]] = field(default_factory=dict)
    next_numbers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    given: dict[str, list[int]] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)

    def found(self, prefix: str, origin: int) -> None:
        self.numbers[prefix] = {}
        self.given[prefix] = []
        self.next_numbers[prefix] = origin

    def give(
        self, prefix: str, count: int, request_id: str, hold_until: datetime | None
    ) -> list[int]:
        """The next numbers whose text is free; those whose text is not are skipped."""
        book = self.numbers[prefix]
        found: list[int] = []
        number = self.next_numbers[prefix]
        while len(found) < count:
            text = _text(prefix, number)
            if number not in book and text in self.texts:
                book[number] = Counted("skipped")
            elif number not in book:
                book[number] = Counted("reserved" if hold_until else "issued", hold_until)
                self.texts[text] = prefix, number
                found.append(number)
            number += 1
        self.next_numbers[prefix] = number
        self.given[prefix] += found
        self.requests.add(request_id)
        return found

    def whose(self, prefix: str, number: int) -> tuple[str, int]:
        """Which number of which series the text of a number names: its own, or another's."""
        return self.texts.get(_text(prefix, number), (prefix, number))

    def raise_start(self, prefix: str, start: int) -> None:
        """A series without an entry begins there; otherwise what is passed is skipped."""
        book = self.numbers[prefix]
        if not book:
            self.next_numbers[prefix] = start
            return
        for number in range(self.next_numbers[prefix], start):
            book.setdefault(number, Counted("skipped"))
        self.next_numbers[prefix] = max(start, self.next_numbers[prefix])

    def can_take_in(self, texts: list[str]) -> bool:
        places = [self.place_of(text) for text in texts]
        is_new = len(set(places)) == len(places)
        return is_new and not any(
            number in self.numbers[prefix] or fold(text) in self.texts
            for text, (prefix, number) in zip(texts, places, strict=True)
        )

    def take_in(self, texts: list[str], *, keep_free: bool) -> None:
        highest: dict[str, int] = {}
        for text in texts:
            prefix, number = self.place_of(text)
            self.numbers[prefix][number] = Counted("imported")
            self.texts[fold(text)] = prefix, number
            highest[prefix] = max(number, highest.get(prefix, 0))
        for prefix, number in highest.items():
            if not keep_free:
                self.raise_start(prefix, number + 1)

    def place_of(self, text: str) -> tuple[str, int]:
        """The series whose prefix explains most of a text that was used elsewhere."""
        read = {prefix: parse_number(prefix, text) for prefix in self.numbers}
        prefix = max((one for one in read if read[one] is not None), key=len)
        return prefix, read[prefix] or 0

    def can_move(self, prefix: str, numbers: Iterable[int], target: str, now: datetime) -> bool:
        allowed = {"reserved"} if target == "issued" else {"reserved", "issued"}
        found = [self.numbers[prefix].get(number) for number in numbers]
        return all(one is not None and one.state_at(now) in allowed for one in found)

    def move(self, prefix: str, numbers: Iterable[int], target: str) -> None:
        for number in numbers:
            self.numbers[prefix][number] = Counted(target)

    def sweep(self, now: datetime) -> None:
        """Whatever hold is over stays so, wherever the clock goes."""
        for book in self.numbers.values():
            for one in book.values():
                one.state = one.state_at(now)


def hold_until(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)


def _text(prefix: str, number: int) -> str:
    return fold(format_number(prefix, number))
