from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.command_line import CommandLine


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, profile or database of this machine reaches a test."""
    import os

    for name in list(os.environ):
        if name.startswith("SERIATIM_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def unfounded() -> CommandLine:
    """The command line where there is no database yet."""
    return CommandLine()


@pytest.fixture(scope="session")
def founded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised database file to copy."""
    file = tmp_path_factory.mktemp("founded") / "seriatim.db"
    CommandLine().done("init", "--database", f"sqlite:///{file}")
    return file


@pytest.fixture
def seriatim(founded_file: Path, tmp_path: Path) -> CommandLine:
    """The command line in a folder with an initialised database."""
    shutil.copyfile(founded_file, tmp_path / "seriatim.db")
    return CommandLine()


@pytest.fixture
def new_set() -> Callable[..., dict[str, Any]]:
    """A sequence set as a file holds it: its prefixes begin with its name."""

    def made(name: str, start_number: int = 1, **more: object) -> dict[str, Any]:
        return {
            "name": name,
            "invoice": {"prefix": f"{name}INV", "startNumber": start_number},
            "creditMemo": {"prefix": f"{name}CM", "startNumber": 1},
            "debitMemo": {"prefix": f"{name}DM", "startNumber": 1},
            **more,
        }

    return made
