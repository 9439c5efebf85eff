"""Commands on OAuth clients. A secret is shown once, by the command that made it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seriatim.cli.backend import CLIENTS, ENTITIES, Call, pages
from seriatim.cli.command_run import CommandRun
from seriatim.cli.entity_names import is_entity_id, is_named
from seriatim.cli.options import ON_SERVICE, ON_SERVICE_ASKING, with_options
from seriatim.cli.output import Column
from seriatim.domain.caller import Role
from seriatim.domain.errors import NotFound

app = typer.Typer(help="OAuth clients: who may use the API, in which role.")

_Id = Annotated[str, typer.Argument(metavar="CLIENT_ID")]

COLUMNS: Final = (
    Column("clientId", "Client id"),
    Column("name", "Name"),
    Column("role", "Role"),
    Column("entityIds", "Entities"),
    Column("createdAt", "Created"),
    Column("lastUsedAt", "Last used"),
    Column("revokedAt", "Revoked"),
)
_WITH_SECRET: Final = (*COLUMNS[:2], Column("clientSecret", "Client secret"), *COLUMNS[2:])
_ONCE: Final = "The secret is shown this once."


@app.command("list")
@with_options(ON_SERVICE)
def list_clients(run: CommandRun) -> None:
    """List the OAuth clients, revoked ones included."""
    run.output.rows(COLUMNS, pages(run.backend, CLIENTS, "clients"))


@app.command("create")
@with_options(ON_SERVICE)
def create_client(
    run: CommandRun,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[Role, typer.Option(help="What the client may do.")],
    serves: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME-OR-ID",
            help="An entity it serves, the first one by default; may be given again.",
        ),
    ] = None,
) -> None:
    """Create an OAuth client; without --serves, for the entity worked in."""
    body: dict[str, object] = {"name": name, "role": role.value}
    if serves:
        body["entityIds"] = [_entity_id(run, wanted) for wanted in serves]
    run.output.record(_WITH_SECRET, run.backend.call(Call("POST", CLIENTS, body=body)).body)
    run.output.remark(_ONCE)


@app.command("rotate")
@with_options(ON_SERVICE_ASKING)
def rotate_client(run: CommandRun, chosen: _Id) -> None:
    """Give a client a new secret; the old one and every token end at once."""
    run.confirm(f"Replace the secret of {chosen}? The old one ends at once.")
    call = Call("POST", (*CLIENTS, chosen, "rotate"))
    run.output.record(_WITH_SECRET, run.backend.call(call).body)
    run.output.remark(_ONCE)


@app.command("revoke")
@with_options(ON_SERVICE_ASKING)
def revoke_client(run: CommandRun, chosen: _Id) -> None:
    """End a client for good; its tokens end with it."""
    run.confirm(f"Revoke {chosen} for good?")
    body = run.backend.call(Call("POST", (*CLIENTS, chosen, "revoke"))).body
    run.output.done(f"revoked {chosen}", body)


def _entity_id(run: CommandRun, wanted: str) -> str:
    if is_entity_id(wanted):
        return wanted
    for one in pages(run.backend, ENTITIES, "entities"):
        if is_named(one["id"], one["name"], wanted):
            return str(one["id"])
    raise NotFound("entity", wanted)
