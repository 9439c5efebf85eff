"""`seriatim register`: searching the numbers, and following them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seriatim import Numbering
from tests.unit.cli.command_line import CommandLine

FIRST, SECOND, THIRD = "INV00000001", "INV00000002", "INV00000003"


@pytest.fixture
def numbering(seriatim: CommandLine, tmp_path: Path) -> Iterator[Numbering]:
    """Somebody else, at work on the same database."""
    with Numbering(f"sqlite:///{tmp_path / 'seriatim.db'}") as opened:
        yield opened


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens in each pause of `--follow`; after the last one comes Ctrl-C."""

    def happening(*events: Callable[[], object]) -> None:
        waiting = iter(events)

        def pause(seconds: float) -> None:
            event = next(waiting, None)
            if event is None:
                raise KeyboardInterrupt
            event()

        monkeypatch.setattr("seriatim.cli.register_following.sleep", pause)

    return happening


def followed(seriatim: CommandLine, *words: str) -> list[dict[str, Any]]:
    result = seriatim.run("register", "--follow", "-o", "ndjson", *words)
    assert result.exit_code == 130, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def firsts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["firstNumber"] for row in rows]


def test_search_narrows_by_each_filter(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--reference", "a", "--date", "2026-01-31")
    seriatim.done("issue", "invoice", "--reference", "b", "--date", "2026-02-28")
    seriatim.done("issue", "refund", "--date", "2026-03-31")
    seriatim.done("void", FIRST, "--reason", "lost", "--yes")
    for words, expected in (
        ((), {FIRST, SECOND, "R-00000001"}),
        (("--reference", "b"), {SECOND}),
        (("--type", "refund"), {"R-00000001"}),
        (("--prefix", "inv"), {FIRST, SECOND}),
        (("--set", "DEFAULT", "--state", "voided"), {FIRST}),
        (("--state", "reserved"), set()),
        (("--from", "2026-02-01", "--to", "2026-02-28"), {SECOND}),
        (("--number", SECOND), {SECOND}),
    ):
        assert set(firsts(seriatim.json("register", *words))) == expected, words


def test_row_of_one_number_has_the_fields_of_a_search(seriatim: CommandLine) -> None:
    seriatim.done("issue", "invoice", "--reference", "a")
    assert seriatim.json("register", "--number", FIRST) == seriatim.json("register")
    [row] = csv.DictReader(io.StringIO(seriatim.done("register", "-o", "csv")))
    assert (row["firstNumber"], row["reference"], row["state"]) == (FIRST, "a", "issued")
    assert FIRST in seriatim.done("register")


def test_search_goes_on_behind_a_page_and_ends_at_its_limit(
    seriatim: CommandLine, numbering: Numbering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.cli.register.PAGE_SIZE_MAX", 2)
    for _ in range(5):
        numbering.issue("invoice")
    assert len(seriatim.json("register")) == 5
    assert firsts(seriatim.json("register", "--limit", "3")) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "words",
    [
        ("--number", FIRST, "--prefix", "INV"),
        ("--number", FIRST, "--follow"),
        ("--follow", "-o", "json"),
        ("--follow", "--state", "voided"),
        ("--limit", "0"),
        ("--state", "lost"),
        ("--type", "receipt"),
    ],
)
def test_what_cannot_be_searched_is_a_fault_of_usage(
    words: tuple[str, ...], seriatim: CommandLine
) -> None:
    seriatim.refused(2, "register", *words)


def test_faulty_filters_are_refused_by_the_service(seriatim: CommandLine) -> None:
    seriatim.refused(1, "register", "--from", "2026-02-30")
    seriatim.refused(1, "register", "--set", "NONE")
    seriatim.refused(3, "register", "--number", FIRST)


def test_follow_shows_what_is_there_and_then_each_number_once(
    seriatim: CommandLine, numbering: Numbering, meanwhile: Callable[..., None]
) -> None:
    numbering.issue("payment")
    meanwhile(
        lambda: numbering.issue("invoice", count=3),
        lambda: numbering.reserve("payment", hold_seconds=60),
        lambda: numbering.void(SECOND, reason="lost"),
        lambda: numbering.issue("invoice", reference="last"),
    )
    rows = followed(seriatim)
    assert firsts(rows) == ["P-00000001", FIRST, "P-00000002", "INV00000004"]
    assert [row["state"] for row in rows] == ["issued", "issued", "reserved", "issued"]
    assert (rows[1]["lastNumber"], rows[1]["count"]) == (THIRD, 3)


def test_followed_row_is_the_row_of_a_search(
    seriatim: CommandLine, numbering: Numbering, meanwhile: Callable[..., None]
) -> None:
    meanwhile(lambda: numbering.issue("invoice", count=3, reference="r"))
    assert followed(seriatim) == seriatim.json("register")


def test_follow_keeps_to_its_filters(
    seriatim: CommandLine, numbering: Numbering, meanwhile: Callable[..., None]
) -> None:
    def much() -> None:
        numbering.issue("invoice", reference="a")
        numbering.issue("invoice", reference="b")
        numbering.reserve("invoice", hold_seconds=60, reference="a")
        numbering.issue("payment", reference="a")

    meanwhile(much)
    words = ("--reference", "a", "--prefix", "inv", "--state", "issued", "--set", "DEFAULT")
    assert firsts(followed(seriatim, *words, "--from", "2020-01-01")) == [FIRST]
    meanwhile(much)
    assert followed(seriatim, "--from", "2000-01-01", "--to", "2000-12-31") == []


def test_follow_sees_a_series_that_is_new_or_starts_elsewhere(
    seriatim: CommandLine, meanwhile: Callable[..., None], new_set: Callable[..., dict[str, Any]]
) -> None:
    meanwhile(
        lambda: seriatim.done("sets", "create", given={"sequenceSets": [new_set("A")]}),
        lambda: seriatim.done("sets", "update", "A", given={"invoice": {"startNumber": 50}}),
        lambda: seriatim.done("issue", "invoice", "--set", "A"),
        lambda: seriatim.done("sets", "update", "A", given={"invoice": {"startNumber": 90}}),
        lambda: seriatim.done("issue", "invoice", "--set", "A"),
    )
    rows = followed(seriatim)
    assert firsts(rows) == ["AINV00000050", "AINV00000051", "AINV00000090"]
    assert [row["state"] for row in rows] == ["issued", "skipped", "issued"]


def test_follow_ends_at_its_limit_and_prints_lines_for_people(
    seriatim: CommandLine, numbering: Numbering, meanwhile: Callable[..., None]
) -> None:
    numbering.issue("invoice")
    meanwhile(lambda: numbering.issue("invoice", references=["a", "b", "c"]))
    heading, *lines = seriatim.done("register", "--follow", "--limit", "3").splitlines()
    assert heading.split()[:2] == ["When", "First"]
    assert [line.split()[1] for line in lines] == [FIRST, SECOND, THIRD]
