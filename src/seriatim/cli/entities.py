"""Commands on entities."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seriatim.cli.backend import ENTITIES, Call, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.options import ON_SERVICE, with_options
from seriatim.cli.output import Column

app = typer.Typer(help="Entities: the legal entities of the tenant, each with its own books.")

COLUMNS: Final = (Column("id", "Id"), Column("name", "Name"))


@app.command("list")
@with_options(ON_SERVICE)
def list_entities(run: CommandRun) -> None:
    """List the entities of the tenant, by creation."""
    run.output.rows(COLUMNS, pages(run.backend, ENTITIES, "entities"))


@app.command("create")
@with_options(ON_SERVICE)
def create_entity(run: CommandRun, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Create an entity; it is born with its set DEFAULT."""
    call = Call("POST", ENTITIES, body={"name": name})
    run.output.record(COLUMNS, run.backend.call(call).body)
