"""Commands on the settings of an entity; those of the process are `config`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seriatim.cli.backend import SETTINGS, Call, Json
from seriatim.cli.command_run import CommandRun
from seriatim.cli.faults import UsageFault
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column

app = typer.Typer(help="Settings of an entity, such as invoiceSettlement and timeZone.")

_NAMES: Final = (
    "invoiceSettlement",
    "flexibleBillingAttributes",
    "numberAssignment",
    "timeZone",
)
COLUMNS: Final = tuple(Column(name, name) for name in _NAMES)


@app.command("show")
@with_options(ON_SERVICE)
def show_settings(run: CommandRun) -> None:
    """Show the settings of the entity."""
    run.output.record(COLUMNS, run.backend.call(Call("GET", SETTINGS)).body)


@app.command("set")
@with_options(ON_SERVICE)
def change_settings(
    run: CommandRun, assignments: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...")]
) -> None:
    """Change settings of the entity, all of them or none."""
    body: Json = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise UsageFault(f"'{assignment}': is not of the form KEY=VALUE")
        if name in body:
            raise UsageFault(f"{name}: is given twice")
        body[name] = {"true": True, "false": False}.get(value, value)
    run.output.record(COLUMNS, run.backend.call(Call("PUT", SETTINGS, body=body)).body)
