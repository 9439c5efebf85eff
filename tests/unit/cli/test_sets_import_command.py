"""`seriatim sets import`: a file says what the sets shall be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cli.command_line import CommandLine

NewSet = Callable[..., dict[str, Any]]


def imported(seriatim: CommandLine, *sets: dict[str, Any], flags: tuple[str, ...] = ()) -> Any:
    given = {"sequenceSets": list(sets)}
    return [
        (row["name"], row["action"]) for row in seriatim.json("sets", "import", *flags, given=given)
    ]


def test_import_creates_changes_and_keeps(seriatim: CommandLine, new_set: NewSet) -> None:
    assert imported(seriatim, new_set("A")) == [("A", "create")]
    again = imported(seriatim, new_set("A", 9), new_set("B"))
    assert again == [("A", "change"), ("B", "create")]
    assert imported(seriatim, new_set("A", 9)) == [("A", "keep")]
    assert seriatim.json("sets", "get", "A")["invoice"]["startNumber"] == 9


def test_import_of_an_export_keeps_everything(seriatim: CommandLine, new_set: NewSet) -> None:
    imported(seriatim, new_set("A"))
    exported = seriatim.done("sets", "export")
    rows = seriatim.json("sets", "import", given=exported)
    assert [row["action"] for row in rows] == ["keep", "keep"]


def test_import_with_one_fault_changes_nothing_and_names_its_place_in_the_file(
    seriatim: CommandLine, new_set: NewSet
) -> None:
    imported(seriatim, new_set("A"))
    sets = [
        new_set("A", 5),
        {"name": "DEFAULT", "invoice": {"colour": 1}},
        new_set("B"),
        new_set("C", invoice={"prefix": "P-", "startNumber": 1}),
    ]
    said = seriatim.refused(1, "sets", "import", given={"sequenceSets": sets})
    assert "error: sequenceSets[1].invoice.colour: " in said
    assert "error: sequenceSets[3].invoice.prefix: " in said
    assert seriatim.json("sets", "get", "A")["invoice"]["startNumber"] == 1
    assert len(seriatim.json("sets", "list")) == 2


def test_import_that_keeps_numbers_leaves_a_series_where_it_stands(
    seriatim: CommandLine, new_set: NewSet
) -> None:
    imported(seriatim, new_set("A"))
    seriatim.done("issue", "invoice", "--set", "A", "--count", "3")
    stale = {"sequenceSets": [new_set("A")]}
    assert "invoice.startNumber" in seriatim.refused(1, "sets", "import", given=stale)
    assert imported(seriatim, new_set("A"), flags=("--keep-numbers",)) == [("A", "keep")]


def test_import_as_a_dry_run_changes_nothing(seriatim: CommandLine, new_set: NewSet) -> None:
    assert imported(seriatim, new_set("A"), flags=("--dry-run",)) == [("A", "create")]
    assert len(seriatim.json("sets", "list")) == 1


def test_import_of_more_sets_than_a_request_holds_goes_in_parts(
    seriatim: CommandLine, new_set: NewSet
) -> None:
    sets = [new_set(f"S{number}X") for number in range(105)]
    assert len(imported(seriatim, *sets)) == 105
    assert len(seriatim.json("sets", "list")) == 106


@pytest.mark.parametrize(
    "given",
    [
        [],
        {},
        {"sequenceSets": {}},
        {"sequenceSets": [], "more": 1},
        {"sequenceSets": [1]},
        {"sequenceSets": [{"invoice": {}}]},
        {"sequenceSets": [{"name": 1}]},
    ],
)
def test_import_of_a_file_of_another_shape_is_a_fault_of_usage(
    given: object, seriatim: CommandLine
) -> None:
    assert "sequenceSets" in seriatim.refused(2, "sets", "import", given=given)
