"""`seriatim void`, `confirm`, `explain`, `gaps` and `issue --hold`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine
from tests.unit.cli.test_verify_and_series_commands import tamper

FIRST, SECOND, THIRD = "INV00000001", "INV00000002", "INV00000003"


def state_of(seriatim: CommandLine, number: str) -> str:
    return str(seriatim.json("explain", number)["state"])


def test_void_says_why_in_the_register(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "3")
    body = seriatim.json("void", FIRST, "--to", SECOND, "--reason", "printed twice", "--yes")
    assert (body["firstNumber"], body["lastNumber"], body["count"]) == (FIRST, SECOND, 2)
    assert seriatim.json("explain", SECOND)["reason"] == "printed twice"
    assert state_of(seriatim, THIRD) == "issued"


def test_void_asks_on_a_terminal(seriatim: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.cli.command_run.is_terminal", lambda: True)
    seriatim.done("issue", "invoice")
    said = seriatim.refused(1, "void", FIRST, "--reason", "lost", given="n\n")
    assert FIRST in said
    assert state_of(seriatim, FIRST) == "issued"
    assert "voided INV00000001" in seriatim.done("void", FIRST, "--reason", "lost", given="y\n")


def test_void_without_a_terminal_needs_yes(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice")
    assert "--yes" in seriatim.refused(2, "void", FIRST, "--reason", "lost")
    assert state_of(seriatim, FIRST) == "issued"


def test_void_needs_a_reason(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice")
    assert "--reason" in seriatim.refused(2, "void", FIRST, "--yes")
    assert "error: reason: " in seriatim.refused(1, "void", FIRST, "--reason", "", "--yes")


def test_void_twice_is_refused_unless_the_key_is_the_same(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice")
    words = ("void", FIRST, "--reason", "lost", "--yes")
    keyed = (*words, "--idempotency-key", "a-key")
    assert seriatim.json(*keyed) == seriatim.json(*keyed)
    assert FIRST in seriatim.refused(1, *words)


def test_number_never_given_ends_with_3(seriatim: CommandLine) -> None:
    seriatim.refused(3, "void", FIRST, "--reason", "lost", "--yes")
    seriatim.refused(3, "confirm", FIRST)
    seriatim.refused(3, "explain", FIRST)
    seriatim.refused(3, "explain", "../series")


def test_held_numbers_are_confirmed(seriatim: CommandLine) -> None:
    held = seriatim.json("issue", "invoice", "--count", "3", "--hold", "600")
    assert held["state"] == "reserved"
    assert seriatim.json("confirm", FIRST, "--to", SECOND)["state"] == "issued"
    assert (state_of(seriatim, SECOND), state_of(seriatim, THIRD)) == ("issued", "reserved")
    assert "confirmed INV00000003" in seriatim.done("confirm", THIRD)
    assert THIRD in seriatim.refused(1, "confirm", THIRD)


def test_faulty_hold_is_refused_by_the_field(seriatim: CommandLine) -> None:
    assert "error: holdSeconds: " in seriatim.refused(1, "issue", "invoice", "--hold", "0")
    seriatim.refused(2, "issue", "invoice", "--hold", "soon")


def test_explain_tells_the_whole_story(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--count", "2", "--reference", "order 7")
    seriatim.done("void", SECOND, "--reason", "printed twice", "--yes")
    told = seriatim.done("explain", SECOND)
    for text in (
        SECOND,
        "voided",
        "printed twice",
        "order 7",
        "DEFAULT (",
        "neither the request nor an account",
        "command:",
        f"{FIRST} (issued)",
        "none",
    ):
        assert text in told
    assert told.index("issued  ") < told.index("voided  ", told.index("issued  "))


def test_explain_tells_of_a_set_that_is_gone(seriatim: CommandLine) -> None:
    types = ("invoice", "creditMemo", "debitMemo")
    fields = {name: {"prefix": f"G{name[0]}", "startNumber": 1} for name in types}
    seriatim.done("sets", "create", given={"sequenceSets": [{"name": "GONE", **fields}]})
    seriatim.done("issue", "invoice", "--set", "GONE")
    assert "the request named it" in seriatim.done("explain", "Gi00000001")
    seriatim.done("sets", "delete", "GONE", "--yes")
    assert "(deleted since)" in seriatim.done("explain", "Gi00000001")


def test_explain_gives_programs_the_answer_of_the_api(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice")
    body = seriatim.json("explain", FIRST)
    assert (body["success"], body["chosenBy"], len(body["history"])) == (True, "default", 1)
    heading, row = seriatim.done("explain", FIRST, "-o", "csv").splitlines()
    assert heading.startswith("documentNumber,state,")
    assert row.startswith(f"{FIRST},issued,")


def test_gaps_are_listed_of_every_series_or_of_one(seriatim: CommandLine) -> None:
    for document_type, number in (("invoice", FIRST), ("payment", "P-00000001")):
        seriatim.done("issue", document_type)
        seriatim.done("void", number, "--reason", "lost", "--yes")
    found = seriatim.json("gaps")
    assert {one["firstNumber"] for one in found} == {FIRST, "P-00000001"}
    [by_prefix] = seriatim.json("gaps", "--prefix", "inv")
    [by_id] = seriatim.json("gaps", "--series", by_prefix["seriesId"])
    assert by_prefix == by_id
    assert (by_id["kind"], by_id["reason"], by_id["count"]) == ("voided", "lost", 1)
    seriatim.refused(3, "gaps", "--prefix", "NONE")


def test_every_gap_is_listed_beyond_a_page(seriatim: CommandLine, tmp_path: Path) -> None:
    from seriatim import Numbering

    with Numbering(f"sqlite:///{tmp_path / 'seriatim.db'}") as numbering:
        numbering.issue("invoice", count=2100)
        for number in range(2, 2100, 2):
            numbering.void(f"INV{number:08d}", reason="every other one")
    found = seriatim.done("gaps", "-o", "ndjson").splitlines()
    assert len(found) == len(set(found)) == 1049


def test_gap_that_nothing_explains_is_told_loudly(seriatim: CommandLine, tmp_path: Path) -> None:
    for _ in range(3):
        seriatim.done("issue", "invoice")
    tamper(tmp_path / "seriatim.db", "DELETE FROM seriatim_register WHERE entry_number = 2")
    result = seriatim.run("gaps", "-o", "csv")
    assert result.exit_code == 1
    assert f"error: series INV: UNEXPLAINED: nothing accounts for {SECOND}" in result.stderr
    assert result.stdout.count("unexplained") == 1
