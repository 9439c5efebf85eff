"""Whether a command works on a database or on a server, and with which credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seriatim.cli.command_run import CommandRun
from seriatim.cli.faults import UsageFault
from tests.unit.cli.command_line import CommandLine

DATABASE = {"database_url": "sqlite:///a.db"}
SERVER = {"server_url": "https://one.example.com"}
PROFILE = """
[one]
server_url = "https://one.example.com"
client_id = "c1"
client_secret = "geheim-1"
"""


@pytest.fixture
def profile(tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".config" / "seriatim"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    (folder / "profile.toml").chmod(0o600)


def written(tmp_path: Path, line: str) -> None:
    (tmp_path / "seriatim.toml").write_text(line, encoding="utf-8")


def test_command_works_on_a_database_by_default() -> None:
    assert not CommandRun({}).is_on_server


@pytest.mark.parametrize(("flags", "on_server"), [(DATABASE, False), (SERVER, True)])
def test_flag_decides(flags: dict[str, Any], on_server: bool) -> None:
    assert CommandRun(flags).is_on_server is on_server


def test_flag_for_a_database_goes_before_a_variable_for_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERIATIM_SERVER_URL", "https://one.example.com")
    assert CommandRun({}).is_on_server
    assert not CommandRun(DATABASE).is_on_server


def test_variable_for_a_server_goes_before_a_database_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 'database_url = "sqlite:///a.db"\n')
    assert not CommandRun({}).is_on_server
    monkeypatch.setenv("SERIATIM_PROFILE", "one")
    assert CommandRun({}).is_on_server


def test_both_named_equally_strongly_are_refused() -> None:
    with pytest.raises(UsageFault, match="give one of the two"):
        _ = CommandRun({**DATABASE, **SERVER}).is_on_server


def test_server_without_credentials_says_where_they_may_stand(seriatim: CommandLine) -> None:
    said = seriatim.refused(2, "sets", "list", "--server", "https://one.example.com")
    assert "SERIATIM_CLIENT_ID" in said
    assert "profile.toml" in said


def test_half_of_the_credentials_is_a_fault_of_usage(seriatim: CommandLine) -> None:
    words = ("sets", "list", "--server", "https://one.example.com", "--client-id", "x")
    assert "together" in seriatim.refused(2, *words)


@pytest.mark.usefixtures("profile")
def test_profile_gives_the_server_and_its_credentials() -> None:
    server_url, credentials = CommandRun({"profile": "one"})._server()
    assert (server_url, credentials.client_id) == ("https://one.example.com", "c1")


@pytest.mark.usefixtures("profile")
def test_server_finds_its_credentials_in_the_profile_file() -> None:
    _, credentials = CommandRun(SERVER)._server()
    assert credentials.client_secret == "geheim-1"


@pytest.mark.usefixtures("profile")
def test_credentials_of_a_profile_go_to_no_other_server() -> None:
    other = {"server_url": "https://other.example.com"}
    with pytest.raises(UsageFault, match="no credentials"):
        CommandRun(other)._server()
    with pytest.raises(UsageFault, match=r"is for https://one\.example\.com"):
        CommandRun({**other, "profile": "one"})._server()


@pytest.mark.usefixtures("profile")
def test_given_credentials_go_before_those_of_a_profile() -> None:
    given = {"profile": "one", "client_id": "c2", "client_secret": "geheim-2"}
    server_url, credentials = CommandRun(given)._server()
    assert (server_url, credentials.client_id) == ("https://one.example.com", "c2")
