"""The profile file: credentials for servers, for their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from seriatim.cli.faults import UsageFault
from seriatim.cli.profile import find_profile_of, read_profile

CONTENT = """
[first]
server_url = "https://one.example.com/"
client_id = "c1"
client_secret = "geheim-1"

[second]
server_url = "https://two.example.com"
client_id = "c2"
client_secret = "geheim-2"
"""


def written(tmp_path: Path, content: str = CONTENT, mode: int = 0o600) -> Path:
    file = tmp_path / "profile.toml"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return file


def test_profile_is_read_by_its_name(tmp_path: Path) -> None:
    profile = read_profile("second", written(tmp_path))
    assert profile.server_url == "https://two.example.com"
    assert profile.credentials.client_secret == "geheim-2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_profile_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="chmod 600"):
        read_profile("first", written(tmp_path, mode=mode))


def test_credentials_go_to_exactly_their_server(tmp_path: Path) -> None:
    file = written(tmp_path)
    found = find_profile_of("https://one.example.com", file)
    assert found is not None
    assert found.credentials.client_id == "c1"
    assert find_profile_of("https://one.example.com.evil.test", file) is None
    assert find_profile_of("http://one.example.com", file) is None


def test_missing_profile_file_gives_no_profile(tmp_path: Path) -> None:
    assert find_profile_of("https://one.example.com", tmp_path / "none") is None
    with pytest.raises(UsageFault, match="no such file"):
        read_profile("first", tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[other]\n", r"no section \[first\]"),
        ('[first]\nserver_url = "https://a"\nclient_id = "c"\n', "client_secret: is required"),
        ('[first]\nserver = "https://a"\n', "server: no such field"),
        (
            '[first]\nserver_url = "file:///etc/passwd"\nclient_id = "c"\nclient_secret = "s"\n',
            "must begin with http",
        ),
        ("[first", "is no TOML"),
    ],
)
def test_faulty_profile_is_refused_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=said):
        read_profile("first", written(tmp_path, content))


def test_credentials_are_not_shown_by_accident(tmp_path: Path) -> None:
    assert "geheim" not in repr(read_profile("first", written(tmp_path)))
