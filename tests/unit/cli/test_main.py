"""The command line as a whole."""

from __future__ import annotations

import json
import re
from importlib.metadata import version

import pytest

from tests.unit.cli.command_line import CommandLine


def test_version_is_shown(unfounded: CommandLine) -> None:
    assert unfounded.done("--version").strip() == version("seriatim")


def test_command_without_arguments_shows_its_help(unfounded: CommandLine) -> None:
    for words in ((), ("sets",)):
        result = unfounded.run(*words)
        assert result.exit_code == 2
        assert "Usage" in result.output
        assert "error" not in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set",), "No such command 'set'"),
        (("sets", "list", "--nam"), "--nam"),
        (("sets", "get"), "Missing argument 'KEY'"),
        (("sets", "list", "-o", "xml"), "xml"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_where_the_help_is(
    words: tuple[str, ...], said: str, unfounded: CommandLine
) -> None:
    errors = unfounded.refused(2, *words)
    assert errors.startswith("error: ")
    assert said in errors
    assert "--help" in errors


def test_fault_of_the_settings_ends_with_2(
    seriatim: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIATIM_PROT", "1")
    assert "SERIATIM_PORT" in seriatim.refused(2, "sets", "list")


def test_config_shows_values_with_their_origins(
    unfounded: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIATIM_PORT", "9000")
    shown = {one["name"]: one for one in unfounded.json("--database", "sqlite:///x.db", "config")}
    assert (shown["port"]["value"], shown["port"]["origin"]) == (9000, "SERIATIM_PORT")
    assert (shown["port"]["default"], shown["host"]["origin"]) == (8080, "default")
    assert shown["database_url"]["origin"] == "--database"


@pytest.mark.parametrize("form", ["table", "json", "csv", "ndjson"])
def test_config_never_shows_a_secret(
    form: str, unfounded: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_SECRET", "BOOTSTRAP_CLIENT_SECRET", "BOOTSTRAP_PASSWORD"):
        monkeypatch.setenv(f"SERIATIM_{name}", f"geheim-{name}")
    monkeypatch.setenv("SERIATIM_DATABASE_URL", "postgresql://me:geheim@host/numbers")
    shown = unfounded.done("config", "-o", form)
    assert "geheim" not in shown
    assert shown.count("(set)") == 3
    assert "postgresql://me:***@host/numbers" in shown


def test_openapi_prints_the_document_without_a_database(unfounded: CommandLine) -> None:
    document = json.loads(unfounded.done("openapi"))
    assert document["openapi"].startswith("3.1")
    assert "/v1/sequence-sets/{key}" in document["paths"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script_of_a_shell(shell: str, unfounded: CommandLine) -> None:
    assert "_SERIATIM_COMPLETE" in unfounded.done("completion", shell)


def test_more_than_one_worker_on_sqlite_is_a_fault_of_usage(unfounded: CommandLine) -> None:
    assert "needs PostgreSQL" in unfounded.refused(2, "serve", "--workers", "2")


def test_interruption_ends_with_130(seriatim: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seriatim.cli.sets.pages", interrupted)
    result = seriatim.run("sets", "list")
    assert (result.exit_code, result.output) == (130, "")


def test_error_lines_are_uncoloured_where_no_colour_is_wished(seriatim: CommandLine) -> None:
    assert re.search("\x1b", seriatim.refused(3, "sets", "get", "NONE")) is None
