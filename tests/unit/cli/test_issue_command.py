"""`seriatim issue`: numbers from the command line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_issue_gives_the_next_number_of_default(seriatim: CommandLine) -> None:
    assert seriatim.json("issue", "invoice")["numbers"] == ["INV00000001"]
    assert seriatim.json("issue", "invoice")["numbers"] == ["INV00000002"]
    assert seriatim.json("issue", "creditMemo")["numbers"] == ["CM00000001"]


def test_issue_gives_a_range_with_its_reference_and_date(seriatim: CommandLine) -> None:
    words = ("issue", "invoice", "--count", "3", "--reference", "Q1", "--date", "2026-01-31")
    [row] = rows_of(seriatim.done(*words, "-o", "csv"))
    assert (row["firstNumber"], row["lastNumber"], row["count"]) == (
        "INV00000001",
        "INV00000003",
        "3",
    )
    assert row["documentDate"] == "2026-01-31"


def test_issue_gives_a_number_for_each_line(seriatim: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "references"
    file.write_text("order 1\norder 2\n", encoding="utf-8")
    rows = rows_of(seriatim.done("issue", "invoice", "--references", str(file), "-o", "csv"))
    assert [(row["number"], row["reference"]) for row in rows] == [
        ("INV00000001", "order 1"),
        ("INV00000002", "order 2"),
    ]


def test_issue_reads_references_from_a_pipe(seriatim: CommandLine) -> None:
    shown = seriatim.done("issue", "invoice", "--references", "-", given="a\nb\n")
    assert "INV00000002" in shown


def test_issue_with_the_same_key_gives_the_same_number(seriatim: CommandLine) -> None:
    words = ("issue", "invoice", "--idempotency-key", "a-key")
    assert seriatim.json(*words) == seriatim.json(*words)
    assert seriatim.json("issue", "invoice")["numbers"] == ["INV00000002"]


def test_key_of_another_request_is_refused(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--idempotency-key", "a-key")
    said = seriatim.refused(1, "issue", "payment", "--idempotency-key", "a-key")
    assert "Idempotency-Key" in said


def test_refusal_is_kept_under_its_key_too(seriatim: CommandLine) -> None:
    words = ("issue", "invoice", "--set", "LATER", "--idempotency-key", "a-key")
    assert seriatim.refused(1, *words) == seriatim.refused(1, *words)


def test_every_fault_of_a_request_is_reported(seriatim: CommandLine) -> None:
    words = ("issue", "invoice", "--count", "0", "--date", "2026-02-30", "--set", "NONE")
    said = seriatim.refused(1, *words)
    for path in ("count", "documentDate", "sequenceSet"):
        assert f"error: {path}: " in said


def test_unknown_document_type_is_a_fault_of_usage(seriatim: CommandLine) -> None:
    assert "creditMemo" in seriatim.refused(2, "issue", "receipt")


@pytest.mark.parametrize("words", [("--count", "x"), ("--references", "no-such-file")])
def test_faulty_option_is_a_fault_of_usage(words: tuple[str, ...], seriatim: CommandLine) -> None:
    seriatim.refused(2, "issue", "invoice", *words)


def test_number_in_the_register_names_the_login(seriatim: CommandLine, tmp_path: Path) -> None:
    import apsw

    seriatim.done("issue", "invoice")
    connection = apsw.Connection(str(tmp_path / "seriatim.db"))
    [(actor,)] = connection.execute("SELECT actor FROM seriatim_register").fetchall()
    connection.close()
    assert str(actor).startswith("command:")
