"""The reference pages name every setting, command, option and exit code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.main import app
from seriatim.cli.options import SHARED
from seriatim.config import SETTINGS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
_MADE_BY_TYPER = {"help", "install_completion", "show_completion", "version"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its words."""
    waiting = [("seriatim", get_command(app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words, command
        else:
            waiting += [(f"{words} {name}", one) for name, one in inner.items()]


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_documented_with_its_default_and_unit(name: str) -> None:
    setting = SETTINGS[name]
    default = "none" if setting.default is None else f"`{setting.default}`"
    row = f"| `{name}` | {default} | {setting.unit} | {setting.description} |"
    assert row in (REFERENCE / "settings.md").read_text(encoding="utf-8").splitlines()


def test_no_setting_is_documented_that_does_not_exist() -> None:
    lines = (REFERENCE / "settings.md").read_text(encoding="utf-8").splitlines()
    named = {line.split("`")[1] for line in lines if line.startswith("| `")}
    assert named - SETTINGS.keys() == set()


def test_every_command_is_documented_with_its_own_options() -> None:
    lines = (REFERENCE / "cli.md").read_text(encoding="utf-8").splitlines()
    missing = []
    for words, command in commands():
        rows = [line for line in lines if line.startswith((f"| `{words}`", f"| `{words} "))]
        if len(rows) != 1:
            missing.append(words)
            continue
        for one in command.params:
            option = one.param_type_name == "option" and one.name not in {*SHARED, *_MADE_BY_TYPER}
            if option and max(one.opts, key=len) not in rows[0]:
                missing.append(f"{words} {one.opts}")
    assert missing == []


def test_every_shared_option_is_documented() -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    options = [one for one in get_command(app).params if one.name in SHARED]
    assert len(options) == len(SHARED)
    assert [one.opts for one in options if f"`{one.opts[0]}" not in text] == []


@pytest.mark.parametrize("code", ExitCode)
def test_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {code.value} | " in (REFERENCE / "cli.md").read_text(encoding="utf-8")
