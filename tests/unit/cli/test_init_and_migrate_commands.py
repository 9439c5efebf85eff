"""`seriatim init` and `seriatim migrate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import pytest

from tests.unit.cli.command_line import CommandLine

CLIENT_ID = "12345678-1234-4234-8234-123456789012"


def test_init_gives_an_empty_database_its_first_contents(unfounded: CommandLine) -> None:
    made = json.loads(unfounded.done("init", "--json"))
    assert made["created"] is True
    assert len(made["clientId"]) == 36
    assert len(made["clientSecret"]) <= 42
    assert made["userName"] == "admin"
    assert [one["name"] for one in unfounded.json("sets", "list")] == ["DEFAULT"]
    assert unfounded.json("entities", "list")[0]["id"] == made["entityId"]


def test_init_a_second_time_changes_nothing_and_shows_no_secret(seriatim: CommandLine) -> None:
    result = seriatim.run("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "already initialised" in result.stderr
    assert json.loads(seriatim.done("init", "--json")) == {"created": False}


def test_init_takes_the_secrets_it_is_given(
    unfounded: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIATIM_BOOTSTRAP_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SERIATIM_BOOTSTRAP_CLIENT_SECRET", "s" * 42)
    made = json.loads(unfounded.done("init", "--json"))
    assert (made["clientId"], made["clientSecret"]) == (CLIENT_ID, "s" * 42)


def test_init_with_a_bad_secret_is_refused_and_does_not_tell_it(
    unfounded: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIATIM_BOOTSTRAP_CLIENT_SECRET", "geheim")
    said = unfounded.refused(1, "init")
    assert "bootstrapClientSecret" in said
    assert "geheim" not in said
    monkeypatch.delenv("SERIATIM_BOOTSTRAP_CLIENT_SECRET")
    assert json.loads(unfounded.done("init", "--json"))["created"] is True


@pytest.mark.parametrize(
    "words",
    [
        ("sets", "list"),
        ("issue", "invoice"),
        ("verify",),
        ("migrate", "status"),
        ("migrate", "plan"),
        ("migrate", "apply"),
    ],
)
def test_command_on_a_missing_file_is_refused_and_makes_none(
    words: tuple[str, ...], unfounded: CommandLine, tmp_path: Path
) -> None:
    assert "seriatim init" in unfounded.refused(1, *words)
    assert list(tmp_path.glob("seriatim.db*")) == []


def test_command_on_an_empty_database_names_init(unfounded: CommandLine, sqlite_url: str) -> None:
    assert "seriatim init" in unfounded.refused(1, "sets", "list", "--database", sqlite_url)


def test_migrations_are_planned_applied_and_listed(unfounded: CommandLine, tmp_path: Path) -> None:
    apsw.Connection(str(tmp_path / "seriatim.db")).close()
    (tmp_path / "seriatim.db").touch()
    planned = unfounded.json("migrate", "plan")
    assert planned
    assert not any(one["applied"] for one in unfounded.json("migrate", "status"))
    applied = unfounded.json("migrate", "apply")
    assert [one["version"] for one in applied] == [one["version"] for one in planned]
    assert unfounded.json("migrate", "plan") == []
    assert all(one["applied"] for one in unfounded.json("migrate", "status"))


def test_migrations_work_on_a_database_and_not_on_a_server(seriatim: CommandLine) -> None:
    for words in (("migrate", "status"), ("init",), ("serve",)):
        said = seriatim.refused(2, "--server", "http://127.0.0.1:1", *words)
        assert "works on a database" in said


def test_database_of_a_newer_version_is_refused(
    unfounded: CommandLine, founded_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(founded_file, tmp_path / "seriatim.db")
    connection = apsw.Connection(str(tmp_path / "seriatim.db"))
    connection.execute("INSERT INTO seriatim_schema_migration VALUES (999, 'later', 'x')")
    connection.close()
    assert "newer version" in unfounded.refused(1, "sets", "list")
