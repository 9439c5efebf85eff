"""The command `init`, and what a first start shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.operator import operator
from seriatim.cli.options import ON_DATABASE, with_options
from seriatim.cli.output import Column, Format, Output, url_without_password

if TYPE_CHECKING:
    from seriatim.service.founding import Founded

COLUMNS: Final = (
    Column("created"),
    Column("tenantId", "Tenant id"),
    Column("entityId", "Entity id"),
    Column("entityName", "Entity"),
    Column("clientId", "Client id"),
    Column("clientSecret", "Client secret"),
    Column("userName", "Console user"),
    Column("password", "Password"),
)


@with_options(ON_DATABASE)
def initialise(
    run: CommandRun,
    as_json: Annotated[bool, typer.Option("--json", help="Print ids and secrets as JSON.")] = False,
) -> None:
    """Make or upgrade the database; an empty one gets a tenant, an entity, DEFAULT and a client.

    The secrets are shown this once. A database that is initialised already stays as it is.
    """
    from seriatim import bootstrap

    run.refuse_server()
    output = Output(Format.JSON) if as_json else run.output
    store = bootstrap.open_service_store(run.config, migrate=True)
    try:
        founded = bootstrap.initialise(store, run.config, actor=operator())
    finally:
        store.close()
    if founded is not None:
        output.remark(f"initialised {url_without_password(run.config.database_url)}")
        output.record(COLUMNS, founded_row(founded))
    elif output.form is Format.TABLE:
        output.remark("already initialised; nothing was changed")
    else:
        output.record(COLUMNS[:1], {"created": False})


def founded_row(founded: Founded) -> dict[str, Any]:
    from seriatim.service.founding import ENTITY_NAME

    return {
        "created": True,
        "tenantId": founded.tenant_id,
        "entityId": founded.entity_id,
        "entityName": ENTITY_NAME,
        "clientId": founded.client_id,
        "clientSecret": founded.client_secret,
        "userName": founded.user_name,
        "password": founded.password,
    }
