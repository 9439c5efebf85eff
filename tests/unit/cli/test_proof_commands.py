"""`certificate`, `check-certificate` and `public-key`, on a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine


@pytest.fixture
def seriatim(tmp_path: Path) -> CommandLine:
    """A database of its own, with the key that init made, and five numbers."""
    command_line = CommandLine()
    command_line.done("init")
    command_line.done("issue", "invoice", "--count", "5", "--date", "2026-05-01")
    return command_line


def _key(seriatim: CommandLine) -> str:
    return str(seriatim.json("public-key")["publicKey"])


def test_certificate_is_written_and_checked_offline(seriatim: CommandLine, tmp_path: Path) -> None:
    said = seriatim.done("certificate", "INV", "--file", "inv.json")
    assert said.startswith("certified INV00000001 to INV00000005: 5 issued, 0 voided")
    (tmp_path / "seriatim.db").unlink()
    checked = seriatim.done(
        "check-certificate", "inv.json", "--public-key", "seriatim.signing-key.pem.pub"
    )
    assert "1 to 5: 5 numbers, all accounted for" in checked


def test_certificate_goes_into_a_pipe_to_the_last_byte(
    seriatim: CommandLine, tmp_path: Path
) -> None:
    text = seriatim.done("certificate", "inv", "--year", "2026")
    (tmp_path / "inv.json").write_text(text)
    found = seriatim.json("check-certificate", "inv.json", "--public-key", _key(seriatim))
    assert (found["verified"], found["keyIsTrusted"], found["lastNumber"]) == (True, True, "5")
    content = json.loads(text)["certificate"]
    assert content["period"] == {"from": "2026-01-01", "to": "2026-12-31"}


def test_answer_holds_the_certificate_as_text(seriatim: CommandLine) -> None:
    made = seriatim.json("certificate", "INV", "--from", "INV00000002", "--to", "INV00000003")
    assert json.loads(made["certificate"])["certificate"]["counts"]["issued"] == "2"


def test_changed_certificate_ends_with_1_and_the_fault(
    seriatim: CommandLine, tmp_path: Path
) -> None:
    text = seriatim.done("certificate", "INV")
    (tmp_path / "inv.json").write_text(text.replace('"issued":"5"', '"issued":"4"', 1))
    refused = seriatim.run("check-certificate", "inv.json")
    assert refused.exit_code == 1
    assert refused.stderr == "error: inv.json: the signature does not fit the content\n"
    refused = seriatim.run("check-certificate", "inv.json", "-o", "json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["verified"] is False


def test_certificate_of_somebody_else_ends_with_1(seriatim: CommandLine) -> None:
    seriatim.done("certificate", "INV", "--file", "inv.json")
    refused = seriatim.run("check-certificate", "inv.json", "--public-key", "ab" * 32)
    assert refused.exit_code == 1
    assert "is signed with another key" in refused.stderr
    unknown = seriatim.run("check-certificate", "inv.json")
    assert unknown.exit_code == 0
    assert "compare it, or give --public-key" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("certificate",), 2, "name one series"),
        (("certificate", "INV", "--series", "x"), 2, "name one series"),
        (("certificate", "NONE"), 3, "no series with the key 'NONE'"),
        (("certificate", "INV", "--year", "2026", "--end", "2026-02-01"), 2, "one or the other"),
        (("certificate", "INV", "--year", "2020"), 1, "periodStart: no number of the series"),
        (("certificate", "INV", "--start", "2026-13-01"), 1, "periodStart: must be a day"),
        (("certificate", "INV", "--to", "INV00000006"), 1, "lastNumber: must lie within"),
        (("certificate", "CM"), 1, "the series has given no number yet"),
        (("certificate", "INV", "--file", "absent/x"), 2, "cannot be written"),
        (("check-certificate", "absent"), 2, "absent: cannot be read"),
        (("check-certificate", "seriatim.db", "--public-key", "x"), 2, "x: cannot be read"),
    ],
)
def test_refusal_says_what_is_wrong(
    seriatim: CommandLine, words: tuple[str, ...], code: int, said: str
) -> None:
    refused = seriatim.run(*words)
    assert (refused.exit_code, said in refused.stderr) == (code, True), refused.output


def test_database_without_its_key_certifies_nothing(seriatim: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "seriatim.signing-key.pem").unlink()
    refused = seriatim.run("certificate", "INV")
    assert refused.exit_code == 1
    assert "this service has no signing key" in refused.stderr
    assert seriatim.run("public-key").exit_code == 3
    assert seriatim.run("verify").exit_code == 0
