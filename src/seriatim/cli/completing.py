"""The command `completion`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import shell_complete
from typer.main import get_command


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def add_completion_to(app: typer.Typer, command_name: str) -> None:
    """Give an app the command that prints the completion script for itself."""

    @app.command("completion")
    def completion(shell: Annotated[Shell, typer.Argument()]) -> None:
        """Print the script that completes commands and options in a shell.

        For example: seriatim completion bash > ~/.local/share/bash-completion/completions/seriatim
        """
        variable = f"_{command_name.upper()}_COMPLETE"
        shell_complete(get_command(app), {}, command_name, variable, f"source_{shell.value}")
