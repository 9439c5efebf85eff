"""Rules of confirming and voiding numbers. Source: contract/numbering.md, Register and Issuing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from seriatim.domain.document_number import NumberRange, format_number, without
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import (
    HOLD_SECONDS_MAX,
    NUMBERS_PER_REQUEST_MAX,
    REASON_CHARACTERS_MAX,
)
from seriatim.domain.number_states import NumberState, StateRange
from seriatim.domain.rules.issuing import violation
from seriatim.domain.rules.registry import rule
from seriatim.domain.wording import told


@rule("contract/numbering.md, Issuing: holdSeconds")
def hold_lasts_1_to_86400_seconds(hold_seconds: int) -> Iterator[Violation]:
    if not 1 <= hold_seconds <= HOLD_SECONDS_MAX:
        message = f"must be a whole number of seconds from 1 to {HOLD_SECONDS_MAX}"
        yield violation(Category.INVALID_VALUE, message, "hold_seconds")


@rule("contract/numbering.md, Register: voided, a reason of 1 to 255 characters")
def void_gives_its_reason(reason: str | None) -> Iterator[Violation]:
    if reason is None:
        yield violation(Category.MISSING_FIELD, told("is required"), "reason")
    elif not reason.strip() or len(reason) > REASON_CHARACTERS_MAX:
        message = told("must have 1 to %(most)s characters", most=REASON_CHARACTERS_MAX)
        yield violation(Category.INVALID_VALUE, message, "reason")


@rule("contract/numbering.md, Issuing: lastNumber extends to a range")
def range_does_not_run_backwards(prefix: str, numbers: NumberRange) -> Iterator[Violation]:
    if numbers.last < numbers.first:
        message = told("lies before %(number)s", number=format_number(prefix, numbers.first))
        yield violation(Category.INVALID_VALUE, message, "last_number")


@rule("contract/numbering.md, Issuing: up to a million numbers, as they were issued")
def range_holds_at_most_a_million_numbers(numbers: NumberRange) -> Iterator[Violation]:
    if numbers.count > NUMBERS_PER_REQUEST_MAX:
        message = told(
            "makes a range of %(count)s; at most %(most)s are allowed",
            count=numbers.count,
            most=NUMBERS_PER_REQUEST_MAX,
        )
        yield violation(Category.INVALID_VALUE, message, "last_number")


@rule("contract/numbering.md, Register: confirmed turns reserved into issued")
def confirmed_numbers_are_on_hold(prefix: str, part: StateRange) -> Iterator[Violation]:
    if part.state is not NumberState.RESERVED:
        message = told(
            "%(numbers)s %(state)s; only a reserved number can be confirmed",
            numbers=_named(prefix, part),
            state=_state(part),
        )
        yield violation(Category.RULE, message)


@rule("contract/numbering.md, Register: voided refers to issued or reserved numbers")
def voided_numbers_are_in_use(prefix: str, part: StateRange) -> Iterator[Violation]:
    if part.state not in {NumberState.ISSUED, NumberState.RESERVED}:
        message = told(
            "%(numbers)s %(state)s; only an issued or reserved number can be voided",
            numbers=_named(prefix, part),
            state=_state(part),
        )
        yield violation(Category.RULE, message)


@rule("contract/numbering.md, Register: the number of a living document cannot be voided")
def voided_numbers_are_no_documents(borne: Sequence[str]) -> Iterator[Violation]:
    if borne:
        message = told(
            "'%(number)s' is the number of a document; cancel or delete the document",
            number=borne[0],
        )
        yield violation(Category.RULE, message)


@rule("contract/numbering.md, Import: numbers in another format are kept as plain text")
def moved_number_is_of_a_series(text: str, *, is_of_a_series: bool) -> Iterator[Violation]:
    """Shape: `text` is taken, by a series or outside every one."""
    if not is_of_a_series:
        message = told(
            "'%(number)s' was imported as a text of no series; only a number of a series can be "
            "confirmed or voided",
            number=text,
        )
        yield violation(Category.RULE, message, "number")


@rule("contract/numbering.md, Issuing: lastNumber extends to a range")
def range_holds_only_numbers_given(
    prefix: str, numbers: NumberRange, given: list[NumberRange]
) -> Iterator[Violation]:
    """Shape: `given` rise; they are the parts of the range that the register accounts for."""
    for never_given in islice(without(numbers, given), 1):
        message = told(
            "makes a range with %(number)s in it, which was never given",
            number=format_number(prefix, never_given.first),
        )
        yield violation(Category.INVALID_VALUE, message, "last_number")


@rule("contract/documents.md, Custom numbers: a number of a series is voided, never reused")
def voided_number_was_a_documents(prefix: str, part: StateRange) -> Iterator[Violation]:
    if part.state not in {NumberState.ISSUED, NumberState.IMPORTED}:
        message = f"{_named(prefix, part)} {_state(part)} and cannot be a document's"
        yield violation(Category.RULE, message)


def _named(prefix: str, part: StateRange) -> str:
    first = format_number(prefix, part.numbers.first)
    if part.numbers.count == 1:
        return first
    last = format_number(prefix, part.numbers.last)
    return told("%(first)s to %(last)s", first=first, last=last)


def _state(part: StateRange) -> str:
    state = told(part.state.value)
    if part.numbers.count == 1:
        if part.reason:
            return told("is %(state)s (%(reason)s)", state=state, reason=part.reason)
        return told("is %(state)s", state=state)
    if part.reason:
        return told("are %(state)s (%(reason)s)", state=state, reason=part.reason)
    return told("are %(state)s", state=state)
