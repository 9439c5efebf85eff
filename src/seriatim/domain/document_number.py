"""Document numbers: a prefix, then the sequential number; and when two prefixes can meet.

Source: contract/numbering.md, Number format; contract/sequence-sets.md, Prefix 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seriatim.domain.limits import (
    DOCUMENT_NUMBER_DIGITS_MIN,
    SEQUENTIAL_NUMBER_DIGITS_MAX,
    SEQUENTIAL_NUMBER_MAX,
)


def fold(text: str) -> str:
    """The form in which names, prefixes and numbers are compared: without case."""
    return text.casefold()


def format_number(prefix: str, sequential_number: int) -> str:
    """`INV`, 18 -> `INV00000018`; longer numbers stand unpadded."""
    return f"{prefix}{sequential_number:0{DOCUMENT_NUMBER_DIGITS_MIN}d}"


def parse_number(prefix: str, text: str) -> int | None:
    """The sequential number if `text` is a number of the series of `prefix`, else None.

    Only the exact format counts: `INV000123` (six digits) is text outside the series.
    """
    if not fold(text).startswith(fold(prefix)):
        return None
    digits = fold(text)[len(fold(prefix)) :]
    if not (digits.isascii() and digits.isdigit()):
        return None
    sequential_number = int(digits) if len(digits) <= SEQUENTIAL_NUMBER_DIGITS_MAX else 0
    well_formed = (
        1 <= sequential_number <= SEQUENTIAL_NUMBER_MAX
        and format_number("", sequential_number) == digits
    )
    return sequential_number if well_formed else None


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A run of consecutive sequential numbers, both ends included."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def without(whole: NumberRange, taken: list[NumberRange]) -> Iterator[NumberRange]:
    """The parts of `whole` outside `taken`. Order: ascending; `taken` is sorted and disjoint."""
    start = whole.first
    for part in taken:
        if part.last < start or part.first > whole.last:
            continue
        if start < part.first:
            yield NumberRange(start, part.first - 1)
        start = part.last + 1
    if start <= whole.last:
        yield NumberRange(start, whole.last)


@dataclass(frozen=True, slots=True)
class Entanglement:
    """Two prefixes whose numbers can come out as the same text.

    `longer` is `shorter` plus digits of which the first is not 0. Number n of the longer
    series, written with k digits, reads as number `infix`*10^k + n of the shorter one;
    k is at least eight, so that for each k the shorter series has one *zone* of such numbers.
    """

    shorter: str
    longer: str

    @property
    def infix(self) -> int:
        return int(self.longer[len(self.shorter) :])

    def zones(self) -> Iterator[tuple[NumberRange, int]]:
        """Each zone of the shorter series and what to subtract to get the longer one's number.

        Order: ascending. Zones beyond 20 digits cannot be reached and are left out: there is at
            least one digit more in the shorter one's number.
        """
        for digits in range(DOCUMENT_NUMBER_DIGITS_MIN, SEQUENTIAL_NUMBER_DIGITS_MAX):
            offset = self.infix * 10**digits
            first = 1 if digits == DOCUMENT_NUMBER_DIGITS_MIN else 10 ** (digits - 1)
            last = min(10**digits - 1, SEQUENTIAL_NUMBER_MAX - offset)
            if last < first:
                return
            yield NumberRange(offset + first, offset + last), offset

    @property
    def can_meet(self) -> bool:
        return next(self.zones(), None) is not None

    def translate(self, prefix: str, numbers: NumberRange) -> Iterator[NumberRange]:
        """What `numbers` of the series of `prefix` are called in the other of the two.

        Order: ascending. Numbers that no text of the other series equals are left out.
        """
        from_shorter = fold(prefix) == fold(self.shorter)
        for zone, offset in self.zones():
            shift = 0 if from_shorter else offset
            first = max(numbers.first + shift, zone.first)
            last = min(numbers.last + shift, zone.last)
            if first <= last:
                back = offset if from_shorter else 0
                yield NumberRange(first - back, last - back)


def entanglement(one_prefix: str, other_prefix: str) -> Entanglement | None:
    """How the two prefixes are entangled; None where their numbers can never be the same text.

    Source: contract/sequence-sets.md, Prefix 6.
    """
    shorter, longer = sorted((one_prefix, other_prefix), key=len)
    infix = longer[len(shorter) :]
    is_entangled = (
        fold(longer).startswith(fold(shorter))
        and infix.isascii()
        and infix.isdigit()
        and not infix.startswith("0")
    )
    if not is_entangled:
        return None
    found = Entanglement(shorter, longer)
    return found if found.can_meet else None


def possible_shorter_prefixes(prefix: str) -> list[str]:
    """Every prefix that could be entangled with `prefix` as the shorter one.

    `A12` -> `A1`, `A`: an exact look-up for each finds the partners without a scan.
    """
    found = []
    for cut in range(len(prefix) - 1, 0, -1):
        infix = prefix[cut:]
        if not (infix.isascii() and infix.isdigit()):
            break
        if not infix.startswith("0"):
            found.append(prefix[:cut])
    return found
