"""The command `serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.database_files import is_sqlite
from seriatim.cli.faults import UsageFault
from seriatim.cli.operator import operator
from seriatim.cli.options import with_options
from seriatim.cli.welcome import Welcome
from seriatim.config import Config
from seriatim.domain.errors import SeriatimError, StoreRefused

if TYPE_CHECKING:
    from seriatim.service.founding import Founded
    from seriatim.store.sql_store import SqlStore


@with_options(("database_url", "config_file"))
def serve(
    run: CommandRun,
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Listen here.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen on this port; 0 takes a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Server processes; more than one needs PostgreSQL.")
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", help="Migrate and initialise the database first.")
    ] = False,
) -> None:
    """Start the service. An empty SQLite file is initialised by itself."""
    from seriatim import bootstrap, telemetry

    run.refuse_server()
    config = run.load(host=host, port=port, workers=workers).config
    if config.workers > 1 and is_sqlite(config.database_url):
        raise UsageFault("--workers: SQLite serves one process; more than one needs PostgreSQL")
    telemetry.configure_logging(level=config.log_level, form=config.log_format)
    store = bootstrap.open_service_store(config, migrate=init)
    try:
        founded = _first_contents(store, config, init=init or is_sqlite(config.database_url))
    except BaseException:
        store.close()
        raise
    welcome = Welcome(config, founded)
    try:
        welcome.show_secrets()
        ended = bootstrap.serve(config, store, on_bound=welcome.show_addresses)
    except OSError as error:
        if welcome.is_bound:
            raise
        message = f"cannot listen on {config.host}, port {config.port}: {error.strerror}"
        raise SeriatimError(message) from error
    finally:
        store.close()
    raise typer.Exit(ended)


def _first_contents(store: SqlStore, config: Config, *, init: bool) -> Founded | None:
    """None if the database has its first contents already. Errors: StoreRefused."""
    from seriatim import bootstrap
    from seriatim.service.founding import is_founded

    if init:
        return bootstrap.initialise(store, config, actor=operator())
    with store.read() as transaction:
        if is_founded(transaction):
            return None
    raise StoreRefused("the database is empty: run 'seriatim init', or 'seriatim serve --init'")
