"""What the service says when it starts."""

from __future__ import annotations

import pytest

from seriatim.cli.welcome import Welcome
from seriatim.config import Config
from seriatim.service.founding import Founded

FOUNDED = Founded("t" * 32, "e" * 32, "the-client", "the-secret", "admin", "the-password")


def said_by(welcome: Welcome, capsys: pytest.CaptureFixture[str], bound: str) -> str:
    welcome.show_secrets()
    welcome.show_addresses(bound)
    return capsys.readouterr().out


def test_first_start_shows_the_secrets_and_lines_that_use_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = said_by(Welcome(Config(), FOUNDED), capsys, "http://127.0.0.1:8080")
    assert "admin / the-password" in said
    assert "-d client_id=the-client -d client_secret=the-secret" in said
    assert "http://127.0.0.1:8080/docs" in said


def test_later_start_shows_placeholders(capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(Welcome(Config(), None), capsys, "http://127.0.0.1:8080")
    assert "client_secret=<client secret>" in said
    assert "the-" not in said


def test_secrets_that_were_given_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(bootstrap_client_secret="the-secret", bootstrap_password="the-password")
    said = said_by(Welcome(config, FOUNDED), capsys, "http://127.0.0.1:8080")
    assert "the-secret" not in said
    assert "the-password" not in said
    assert "the-client" in said


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080/v1"),
        ("http://[::]:8080", "http://[::1]:8080/v1"),
        ("http://10.0.0.7:80", "http://10.0.0.7:80/v1"),
    ],
)
def test_address_can_be_used_as_it_is_shown(
    bound: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{shown}\n" in said_by(Welcome(Config(), None), capsys, bound)


def test_public_address_is_shown_where_it_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(public_base_url="https://numbers.example.com")
    said = said_by(Welcome(config, None), capsys, "http://127.0.0.1:8080")
    assert "https://numbers.example.com/v1" in said


def test_password_of_the_database_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(database_url="postgresql://me:geheim@host/numbers")
    assert "geheim" not in said_by(Welcome(config, None), capsys, "http://127.0.0.1:8080")
