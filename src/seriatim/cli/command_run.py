"""One run of a command: its settings, where it works, how it prints."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import typer

from seriatim.cli.backend import Backend
from seriatim.cli.exit_codes import ExitCode
from seriatim.cli.faults import UsageFault
from seriatim.cli.output import Format, Output, url_without_password
from seriatim.cli.server_choice import ServerWishes, chosen_server
from seriatim.cli.server_client import Credentials
from seriatim.config import SETTINGS, Config, LoadedConfig, load_config


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


class CommandRun:
    """Shape: `flags` are those of the command line, by the names of the settings where they set
    one; None was not given. What a command does not need is never opened.
    """

    def __init__(self, flags: Mapping[str, Any]) -> None:
        self._flags = flags
        self._backend: Backend | None = None

    def __enter__(self) -> CommandRun:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._backend is not None:
            self._backend.close()

    def load(self, **own_flags: object) -> LoadedConfig:
        """The settings, with flags of this command's own. Errors: ConfigRefused."""
        given = {name: value for name, value in self._flags.items() if name in SETTINGS}
        file = self._flags.get("config_file")
        return load_config({**given, **own_flags}, file=None if file is None else Path(file))

    @cached_property
    def loaded(self) -> LoadedConfig:
        return self.load()

    @property
    def config(self) -> Config:
        return self.loaded.config

    @cached_property
    def output(self) -> Output:
        return Output(self._flags.get("output_format") or Format.TABLE)

    @property
    def is_format_chosen(self) -> bool:
        return self._flags.get("output_format") is not None

    @property
    def entity(self) -> str | None:
        """The name or id of the entity to work in, where one is wished for."""
        entity: str | None = self._flags.get("entity")
        return entity

    @property
    def backend(self) -> Backend:
        """The database or the server that the command works on."""
        if self._backend is None:
            self._backend = self._open()
        return self._backend

    @property
    def is_on_server(self) -> bool:
        """Order: the place that says where to work goes before one that says it more weakly.

        Errors: UsageFault if the same place names both.
        """
        ranks, origins = self.loaded.ranks, self.loaded.origins
        server = max(("server_url", "profile"), key=lambda name: ranks[name])
        if ranks[server] == ranks["database_url"] > 0:
            message = (
                f"{origins['database_url']} and {origins[server]} say to work on a database "
                "and on a server: give one of the two"
            )
            raise UsageFault(message)
        return ranks[server] > ranks["database_url"]

    @property
    def place(self) -> str:
        """Where the command works, as it may be shown."""
        if self.is_on_server:
            return self._server()[0]
        return url_without_password(self.config.database_url)

    def refuse_server(self) -> None:
        """For commands that work on a database alone. Errors: UsageFault."""
        for flag, name in (("server_url", "--server"), ("profile", "--profile")):
            if self._flags.get(flag) is not None:
                raise UsageFault(f"{name}: this command works on a database, not on a server")

    @property
    def is_agreed(self) -> bool:
        """Whether --yes was given."""
        return bool(self._flags.get("is_yes"))

    def confirm(self, question: str) -> None:
        """Errors: UsageFault where nobody can be asked and --yes is not given; Exit for a no."""
        if self.is_agreed:
            return
        if not is_terminal():
            raise UsageFault(f"{question} Give --yes: there is no terminal to ask on")
        if not typer.confirm(question, err=True):
            self.output.remark("nothing was changed")
            raise typer.Exit(ExitCode.REFUSED)

    def _open(self) -> Backend:
        if not self.is_on_server:
            from seriatim.cli.database_backend import DatabaseBackend

            return DatabaseBackend(self.config, self.entity)
        from seriatim.cli.server_backend import ServerBackend

        server_url, credentials = self._server()
        return ServerBackend(server_url, credentials, self.entity)

    def _server(self) -> tuple[str, Credentials]:
        config = self.config
        return chosen_server(
            ServerWishes(config.server_url, config.client_id, config.client_secret, config.profile)
        )
