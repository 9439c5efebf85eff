"""`seriatim verify --history`: what clients saw against the register, on a database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.command_line import CommandLine
from tests.unit.cli.test_verify_and_series_commands import tamper

Line = dict[str, Any]
FILE = Path("history.ndjson")


def written(lines: list[Line]) -> str:
    FILE.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(FILE)


@pytest.fixture
def lines(seriatim: CommandLine) -> list[Line]:
    """Three requests of clients, one after the other, as they stand in the register."""
    found: list[Line] = []
    for turn in range(3):
        reply = seriatim.json("issue", "invoice", "--reference", f"order {turn}")
        request_id = seriatim.json("explain", reply["firstNumber"])["requestId"]
        sent, ended = 100 * turn + 1, 100 * turn + 50
        about = {"operation": str(turn), "at": sent, "key": f"key {turn}", "bodyHash": "ab"}
        found.append({"event": "invoked", **about, "reference": f"order {turn}"})
        answer = {"requestId": request_id, "replayed": False, "reply": json.dumps(reply)}
        found.append({"event": "ok", "operation": str(turn), "at": ended, **answer})
    return found


def test_sound_history_is_verified(seriatim: CommandLine, lines: list[Line]) -> None:
    found = seriatim.json("verify", "--history", written(lines))
    assert (found["verified"], found["requests"], found["answered"]) == (True, 3, 3)
    assert (found["faults"], found["firstFault"]) == (0, None)
    assert {one["prefix"] for one in found["series"]} == {"INV", "CM", "DM", "P-", "R-"}
    shown = seriatim.done("verify", "--history", str(FILE))
    assert "History verified" in shown
    assert "INV" in shown


def test_history_comes_through_a_pipe(seriatim: CommandLine, lines: list[Line]) -> None:
    text = "\n".join(json.dumps(line) for line in lines)
    assert seriatim.json("verify", "--history", "-", given=text)["requests"] == 3


def _twin(lines: list[Line]) -> None:
    lines.append({**lines[0], "operation": "twin", "key": "twin"})
    lines.append({**lines[1], "operation": "twin"})


def _other_number(lines: list[Line]) -> None:
    lines[1]["reply"] = lines[1]["reply"].replace("INV00000001", "INV00000007")


def _other_request(lines: list[Line]) -> None:
    lines[3]["requestId"] = str(uuid.uuid4())


def _other_bytes(lines: list[Line]) -> None:
    lines.append({**lines[0], "operation": "again"})
    lines.append(
        {**lines[1], "operation": "again", "replayed": True, "reply": lines[1]["reply"] + " "}
    )


def _order_turned_round(lines: list[Line]) -> None:
    lines[0]["at"], lines[1]["at"] = 901, 950


def _request_left_out(lines: list[Line]) -> None:
    del lines[2:4]


def _refused_and_yet_there(lines: list[Line]) -> None:
    lines[5] = {**lines[5], "event": "failed", "reply": None}


@pytest.mark.parametrize(
    ("meddle", "guarantee"),
    [
        (_twin, "G1"),
        (_order_turned_round, "G3"),
        (_other_request, "G4"),
        (_other_bytes, "G5"),
        (_request_left_out, "G5"),
        (_other_number, "G6"),
        (_refused_and_yet_there, "G6"),
    ],
)
def test_meddled_history_ends_with_1_and_names_the_guarantee(
    seriatim: CommandLine,
    lines: list[Line],
    meddle: Callable[[list[Line]], None],
    guarantee: str,
) -> None:
    meddle(lines)
    said = seriatim.run("verify", "--history", written(lines), "-o", "json")
    assert said.exit_code == 1
    assert f"error: history: {guarantee}: " in said.stderr
    found = json.loads(said.stdout)
    assert (found["verified"], found["firstFault"]["guarantee"]) == (False, guarantee)


@pytest.mark.parametrize(
    ("change", "guarantee"),
    [
        ("UPDATE seriatim_register SET reference = 'x' WHERE entry_number = 2", "G7"),
        ("DELETE FROM seriatim_register WHERE entry_number = 2", "G7"),
        ("UPDATE seriatim_register SET hash = zeroblob(32) WHERE entry_number = 3", "G7"),
    ],
)
def test_meddled_register_ends_with_1(
    seriatim: CommandLine, lines: list[Line], change: str, guarantee: str
) -> None:
    tamper(Path("seriatim.db"), change)
    said = seriatim.refused(1, "verify", "--history", written(lines))
    assert f"error: history: {guarantee}: " in said
    assert "error: series INV: entry" in said


def test_partial_history_asks_for_no_request_of_an_entry(
    seriatim: CommandLine, lines: list[Line]
) -> None:
    _request_left_out(lines)
    seriatim.refused(1, "verify", "--history", written(lines))
    found = seriatim.json("verify", "--history", str(FILE), "--partial-history")
    assert (found["verified"], found["requests"]) == (True, 2)
    _other_number(lines)
    seriatim.refused(1, "verify", "--history", written(lines), "--partial-history")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "line 1: "),
        (b"\n[1]\n", "line 2: not an object"),
        (b"\xff\n", "is not UTF-8"),
        (b'{"event": "invoked", "operation": "1", "at": "soon"}', "line 1: 'at' must be"),
        (b'{"event": "invoked", "operation": "1", "at": 1, "key": 7}', "line 1: 'key' must be"),
        (b"[" * 100_000, "line 1: "),
    ],
)
def test_history_that_cannot_be_read_is_a_usage_fault(
    seriatim: CommandLine, content: bytes, message: str
) -> None:
    FILE.write_bytes(content)
    assert message in seriatim.refused(2, "verify", "--history", str(FILE))


def test_options_that_do_not_fit_are_usage_faults(seriatim: CommandLine, lines: list[Line]) -> None:
    file = written(lines)
    assert "cannot be read" in seriatim.refused(2, "verify", "--history", "none")
    assert "--prefix" in seriatim.refused(2, "verify", "--history", file, "--prefix", "INV")
    assert "--history" in seriatim.refused(2, "verify", "--partial-history")
