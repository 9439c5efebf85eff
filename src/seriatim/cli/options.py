"""The options that many commands share, before the command or after it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from inspect import Parameter
from typing import Annotated, Any, Concatenate, Final, ParamSpec

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.output import Format
from seriatim.cli.reporting import nobody_reads

_WHERE: Final = "Where to work"

SHARED: Final[Mapping[str, Any]] = {
    "database_url": Annotated[
        str | None,
        typer.Option(
            "--database",
            metavar="URL",
            help="Work on this database: sqlite:///FILE or postgresql://…",
            rich_help_panel=_WHERE,
        ),
    ],
    "server_url": Annotated[
        str | None,
        typer.Option(
            "--server", metavar="URL", help="Work on this server.", rich_help_panel=_WHERE
        ),
    ],
    "client_id": Annotated[
        str | None,
        typer.Option("--client-id", metavar="UUID", help="OAuth client.", rich_help_panel=_WHERE),
    ],
    "client_secret": Annotated[
        str | None,
        typer.Option(
            "--client-secret", metavar="SECRET", help="Its secret.", rich_help_panel=_WHERE
        ),
    ],
    "profile": Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="Server and client of this section of the profile file.",
            rich_help_panel=_WHERE,
        ),
    ],
    "entity": Annotated[
        str | None,
        typer.Option(
            "--entity", metavar="NAME-OR-ID", help="Work in this entity.", rich_help_panel=_WHERE
        ),
    ],
    "config_file": Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Read settings from here, not from seriatim.toml.",
            rich_help_panel=_WHERE,
        ),
    ],
    "output_format": Annotated[
        Format | None, typer.Option("--output", "-o", help="How to print the result.")
    ],
    "is_yes": Annotated[
        bool | None, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
    ],
}

ON_DATABASE: Final = ("database_url", "config_file", "output_format")
ON_SERVICE: Final = (
    "database_url",
    "server_url",
    "client_id",
    "client_secret",
    "profile",
    "entity",
    "config_file",
    "output_format",
)
ON_SERVICE_ASKING: Final = (*ON_SERVICE, "is_yes")

_P = ParamSpec("_P")
Command = Callable[Concatenate[CommandRun, _P], None]


def with_options(names: Sequence[str]) -> Callable[[Command[_P]], Callable[..., None]]:
    """Give a command shared options and, for its first parameter, its run.

    Order: an option after the command goes before the same one in front of it.
    """

    def decorated(command: Command[_P]) -> Callable[..., None]:
        def run_command(context: typer.Context, **values: Any) -> None:
            here = {name: values.pop(name) for name in names}
            given = {name: value for name, value in here.items() if value is not None}
            try:
                with CommandRun({**(context.obj or {}), **given}) as run:
                    command(run, **values)  # type: ignore[call-arg]  # Typer fills in by name
            except BrokenPipeError:
                raise typer.Exit(nobody_reads()) from None

        _, *own = inspect.signature(command, eval_str=True).parameters.values()
        return _shown_as(command, run_command, [_CONTEXT, *own, *_shared(names)])

    return decorated


def remembered_for_commands() -> Callable[..., None]:
    """What takes the shared options in front of any command and keeps them for it."""

    def remember(context: typer.Context, **values: Any) -> None:
        values.pop("version")
        context.obj = {name: value for name, value in values.items() if value is not None}

    version_option = Parameter(
        "version", Parameter.KEYWORD_ONLY, default=False, annotation=_VERSION
    )
    return _shown_as(remember, remember, [_CONTEXT, *_shared(tuple(SHARED)), version_option])


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("seriatim"))
        raise typer.Exit


_VERSION: Final = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
]


_CONTEXT: Final = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


def _shared(names: Sequence[str]) -> list[Parameter]:
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=SHARED[name])
        for name in names
    ]


def _shown_as(
    command: Callable[..., Any], taking: Callable[..., None], parameters: list[Parameter]
) -> Callable[..., None]:
    """`taking` under the command's name and help, with these parameters for Typer to read."""
    taking.__name__, taking.__doc__ = command.__name__, command.__doc__
    taking.__annotations__ = {one.name: one.annotation for one in parameters}
    vars(taking)["__signature__"] = inspect.Signature(parameters)
    return taking
