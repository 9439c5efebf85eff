"""Rules of a request for numbers: what each refuses, and what it must let pass."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from seriatim.domain.errors import Category, Violation
from seriatim.domain.rules import issuing as rules
from seriatim.domain.sequence_set import Series
from tests.samples import TODAY, sample_series


def only(violations: Iterable[Violation], *path: str | int, category: Category) -> str:
    (found,) = violations
    assert found.resource == "document_number"
    assert (found.path, found.category) == (path, category)
    return found.message


@pytest.mark.parametrize("count", [0, -1, 1_000_001, 10**30])
def test_count_is_1_to_a_million_broken_is_refused(count: int) -> None:
    violations = rules.count_is_1_to_a_million(count)
    message = only(violations, "count", category=Category.INVALID_VALUE)
    assert message == "must be a whole number from 1 to 1000000"


@pytest.mark.parametrize("count", [1, 1_000_000])
def test_count_is_1_to_a_million_kept_is_accepted(count: int) -> None:
    assert not list(rules.count_is_1_to_a_million(count))


@pytest.mark.parametrize("count", [0, 1001])
def test_references_are_1_to_1000_broken_is_refused(count: int) -> None:
    violations = rules.references_are_1_to_1000(("x",) * count)
    message = only(violations, "references", category=Category.INVALID_VALUE)
    assert message == "must hold 1 to 1000 references"


def test_references_are_1_to_1000_too_long_is_refused_with_its_index() -> None:
    violations = rules.references_are_1_to_1000(("x", "y" * 256))
    message = only(violations, "references", 1, category=Category.INVALID_VALUE)
    assert "at most 255 characters" in message


def test_references_are_1_to_1000_kept_is_accepted() -> None:
    for references in (("x",), ("x",) * 1000, ("", "ü" * 255)):
        assert not list(rules.references_are_1_to_1000(references))


def test_reference_has_at_most_255_characters_broken_is_refused() -> None:
    violations = rules.reference_has_at_most_255_characters("x" * 256)
    message = only(violations, "reference", category=Category.INVALID_VALUE)
    assert "at most 255 characters" in message


@pytest.mark.parametrize("reference", ["", "x", "x" * 255, "\N{GRINNING FACE}" * 255])
def test_reference_has_at_most_255_characters_kept_is_accepted(reference: str) -> None:
    assert not list(rules.reference_has_at_most_255_characters(reference))


@pytest.mark.parametrize(
    ("has_count", "has_reference", "paths"),
    [
        (True, False, [("count",)]),
        (False, True, [("reference",)]),
        (True, True, [("count",), ("reference",)]),
    ],
)
def test_count_and_references_exclude_each_other_broken_is_refused(
    *, has_count: bool, has_reference: bool, paths: list[tuple[str]]
) -> None:
    violations = list(
        rules.count_and_references_exclude_each_other(
            has_count=has_count, has_references=True, has_reference=has_reference
        )
    )
    assert [one.path for one in violations] == paths
    assert {one.category for one in violations} == {Category.INVALID_VALUE}
    assert all("cannot stand beside references" in one.message for one in violations)


@pytest.mark.parametrize(
    ("has_count", "has_references", "has_reference"),
    [(False, False, False), (True, False, True), (False, True, False)],
)
def test_count_and_references_exclude_each_other_kept_is_accepted(
    *, has_count: bool, has_references: bool, has_reference: bool
) -> None:
    assert not list(
        rules.count_and_references_exclude_each_other(
            has_count=has_count, has_references=has_references, has_reference=has_reference
        )
    )


def test_document_date_is_within_a_year_broken_is_refused() -> None:
    violations = rules.document_date_is_within_a_year(TODAY + timedelta(days=367), TODAY)
    message = only(violations, "document_date", category=Category.INVALID_VALUE)
    assert message == "2027-11-25 lies more than a year ahead"


@pytest.mark.parametrize(
    "document_date", [TODAY, TODAY.replace(year=2027), date(1970, 1, 1), date(1, 1, 1)]
)
def test_document_date_is_within_a_year_kept_is_accepted(document_date: date) -> None:
    assert not list(rules.document_date_is_within_a_year(document_date, TODAY))


def test_document_date_is_within_a_year_on_a_leap_day_is_accepted() -> None:
    leap_day = date(2028, 2, 29)
    assert not list(rules.document_date_is_within_a_year(date(2029, 3, 1), leap_day))


def test_chronological_date_does_not_go_back_broken_is_refused() -> None:
    series = sample_series(last_number=5, last_document_date=TODAY)
    violations = rules.chronological_date_does_not_go_back(series, TODAY - timedelta(days=1))
    message = only(violations, "document_date", category=Category.RULE)
    assert message == (
        "2026-11-22 lies before 2026-11-23, the last date of the chronological series 'INV'"
    )


@pytest.mark.parametrize(
    ("last", "document_date"),
    [(TODAY, TODAY), (TODAY, TODAY + timedelta(days=1)), (TODAY, None), (None, date(1970, 1, 1))],
)
def test_chronological_date_does_not_go_back_kept_is_accepted(
    last: date | None, document_date: date | None
) -> None:
    series = sample_series(last_document_date=last)
    assert not list(rules.chronological_date_does_not_go_back(series, document_date))


@pytest.mark.parametrize(
    ("series", "last_number", "field", "left"),
    [
        (sample_series(last_number=10**20 - 1), 10**20, "sequence_set", 0),
        (sample_series(last_number=10**20 - 3), 10**20 + 7, "references", 2),
    ],
)
def test_series_has_numbers_left_broken_is_refused(
    series: Series, last_number: int, field: str, left: int
) -> None:
    violations = rules.series_has_numbers_left(series, last_number, "references")
    message = only(violations, field, category=Category.RULE)
    assert "the series 'INV' ends at 99999999999999999999 (20 digits)" in message
    assert f"its next number would be {series.next_number}, and {left} are left" in message


@pytest.mark.parametrize("last_number", [1, 10**20 - 1])
def test_series_has_numbers_left_kept_is_accepted(last_number: int) -> None:
    assert not list(rules.series_has_numbers_left(sample_series(), last_number))
