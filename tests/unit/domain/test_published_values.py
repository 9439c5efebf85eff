"""Callers rely on these: they are as the reference says, and the reference leaves none out."""

from __future__ import annotations

import re
from pathlib import Path

from seriatim.domain import limits
from seriatim.domain.errors import Category

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference"


def test_limits_are_those_of_the_reference() -> None:
    page = (REFERENCE / "limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|[^|]+\| ([\d ]+)[^|]*\|[^|]*\| `(\w+)` \|$", page, re.MULTILINE)
    published = {name: int(value.replace(" ", "")) for value, name in rows}
    assert published == {name: value for name, value in vars(limits).items() if name.isupper()}
    assert len(rows) == len(published)


def test_categories_are_those_of_the_reference() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| ([^|]+) \|.*\|$", page, re.MULTILINE)
    published = {int(number): words.split(",")[0].split(";")[0] for number, words in rows}
    assert {category.value: _MEANINGS[category] for category in Category} == published


_MEANINGS = {
    Category.NOT_PERMITTED: "role or entity does not allow it",
    Category.NOT_AUTHENTICATED: "authentication",
    Category.INVALID_VALUE: "invalid format or value",
    Category.UNKNOWN_FIELD: "unknown field",
    Category.MISSING_FIELD: "missing required field",
    Category.MISSING_PARAMETER: "missing parameter",
    Category.INVALID_PARAMETER: "invalid query parameter",
    Category.RULE: "a rule forbids it",
    Category.NOT_FOUND: "not found",
    Category.METHOD_NOT_SUPPORTED: "method not supported",
    Category.LOCKED: "locked",
    Category.INTERNAL: "internal error",
    Category.TEMPORARY: "temporary",
    Category.TOO_MANY_REQUESTS: "too many requests",
    Category.MALFORMED: "malformed JSON",
}
