"""`seriatim verify` and `seriatim series`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from tests.unit.cli.command_line import CommandLine


def tamper(file: Path, statement: str) -> None:
    """Change the books behind the service's back."""
    connection = apsw.Connection(str(file))
    triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(statement)
    connection.close()


def test_verify_of_sound_books_is_done(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "5")
    found = {one["prefix"]: one for one in seriatim.json("verify")}
    assert set(found) == {"INV", "CM", "DM", "P-", "R-"}
    assert (found["INV"]["entries"], found["INV"]["numbers"]) == (1, 5)
    assert all(one["verified"] for one in found.values())


def test_verify_of_changed_books_ends_with_1_and_names_the_first_fault(
    seriatim: CommandLine, tmp_path: Path
) -> None:
    for _ in range(3):
        seriatim.done("issue", "invoice", "--reference", "paid")
    change = "UPDATE seriatim_register SET reference = 'void' WHERE entry_number = 2"
    tamper(tmp_path / "seriatim.db", change)
    result = seriatim.run("verify", "-o", "csv")
    assert result.exit_code == 1
    assert "error: series INV: entry 2, invariant 4: " in result.stderr
    assert result.stdout.count("true") == 4


def test_verify_looks_at_the_chosen_series_alone(seriatim: CommandLine) -> None:
    [by_prefix] = seriatim.json("verify", "--prefix", "inv")
    [by_id] = seriatim.json("verify", "--series", by_prefix["seriesId"])
    assert by_prefix == by_id


def test_verify_of_an_absent_series_ends_with_3(seriatim: CommandLine) -> None:
    seriatim.refused(3, "verify", "--prefix", "NONE")
    seriatim.refused(3, "verify", "--series", "0" * 32)


def test_series_are_listed_and_shown(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "2")
    listed = {one["prefix"]: one for one in seriatim.json("series", "list")}
    shown = seriatim.json("series", "get", listed["INV"]["id"])
    assert (shown["nextDocumentNumber"], shown["issued"]) == ("INV00000003", 2)
    assert "INV00000003" in seriatim.done("series", "list")


def test_prefix_that_never_gave_a_number_is_released(
    seriatim: CommandLine, new_set: Callable[..., dict[str, Any]]
) -> None:
    seriatim.done("sets", "create", given={"sequenceSets": [new_set("A")]})
    listed = {one["prefix"]: one for one in seriatim.json("series", "list")}
    seriatim.refused(1, "series", "release", listed["AINV"]["id"])
    seriatim.done("sets", "delete", "A", "--yes")
    assert "AINV" in seriatim.done("series", "release", listed["AINV"]["id"])


def test_absent_series_ends_with_3(seriatim: CommandLine) -> None:
    seriatim.refused(3, "series", "get", "0" * 32)
    seriatim.refused(3, "series", "release", "0" * 32)
