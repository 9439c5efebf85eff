"""Rules of a request for document numbers. Source: contract/numbering.md, Issuing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import (
    DOCUMENT_DATE_DAYS_AHEAD_MAX,
    NUMBERS_PER_REQUEST_MAX,
    REFERENCE_CHARACTERS_MAX,
    REFERENCES_PER_REQUEST_MAX,
    SEQUENTIAL_NUMBER_MAX,
)
from seriatim.domain.rules.registry import rule
from seriatim.domain.sequence_set import Series

RESOURCE = "document_number"


def violation(category: Category, message: str, *path: str | int) -> Violation:
    return Violation(RESOURCE, path, category, message)


@rule("contract/numbering.md, Issuing: count")
def count_is_1_to_a_million(count: int) -> Iterator[Violation]:
    if not 1 <= count <= NUMBERS_PER_REQUEST_MAX:
        message = f"must be a whole number from 1 to {NUMBERS_PER_REQUEST_MAX}"
        yield violation(Category.INVALID_VALUE, message, "count")


@rule("contract/numbering.md, Issuing: references")
def references_are_1_to_1000(references: tuple[str, ...]) -> Iterator[Violation]:
    if not 1 <= len(references) <= REFERENCES_PER_REQUEST_MAX:
        message = f"must hold 1 to {REFERENCES_PER_REQUEST_MAX} references"
        yield violation(Category.INVALID_VALUE, message, "references")
    for index, reference in enumerate(references):
        if len(reference) > REFERENCE_CHARACTERS_MAX:
            message = f"may have at most {REFERENCE_CHARACTERS_MAX} characters"
            yield violation(Category.INVALID_VALUE, message, "references", index)


@rule("contract/numbering.md, Issuing: reference")
def reference_has_at_most_255_characters(reference: str) -> Iterator[Violation]:
    if len(reference) > REFERENCE_CHARACTERS_MAX:
        message = f"may have at most {REFERENCE_CHARACTERS_MAX} characters"
        yield violation(Category.INVALID_VALUE, message, "reference")


@rule("contract/numbering.md, Issuing: count together with references")
def count_and_references_exclude_each_other(
    *, has_count: bool, has_references: bool, has_reference: bool
) -> Iterator[Violation]:
    if has_count and has_references:
        message = "cannot stand beside references: each reference gets one number"
        yield violation(Category.INVALID_VALUE, message, "count")
    if has_reference and has_references:
        message = "cannot stand beside references: it names the whole range"
        yield violation(Category.INVALID_VALUE, message, "reference")


@rule("contract/numbering.md, Issuing: dates more than a year ahead")
def document_date_is_within_a_year(document_date: date, today: date) -> Iterator[Violation]:
    if document_date > today + timedelta(days=DOCUMENT_DATE_DAYS_AHEAD_MAX):
        message = f"{document_date.isoformat()} lies more than a year ahead"
        yield violation(Category.INVALID_VALUE, message, "document_date")


@rule("contract/numbering.md, Issuing: chronological series")
def chronological_date_does_not_go_back(
    series: Series, document_date: date | None
) -> Iterator[Violation]:
    last = series.last_document_date
    if document_date is not None and last is not None and document_date < last:
        message = (
            f"{document_date.isoformat()} lies before {last.isoformat()}, the last date of the "
            f"chronological series '{series.prefix}'"
        )
        yield violation(Category.RULE, message, "document_date")


@rule("contract/sequence-sets.md, Start number 5")
def series_has_numbers_left(
    series: Series, last_number: int, asked_by: str = "sequence_set"
) -> Iterator[Violation]:
    """Shape: `asked_by` is the field that asks for so many; where none are left, another set helps."""
    if last_number > SEQUENTIAL_NUMBER_MAX:
        left = SEQUENTIAL_NUMBER_MAX - series.last_number
        message = (
            f"the series '{series.prefix}' ends at {SEQUENTIAL_NUMBER_MAX} (20 digits); "
            f"its next number would be {series.next_number}, and {left} are left"
        )
        yield violation(Category.RULE, message, asked_by if left else "sequence_set")
