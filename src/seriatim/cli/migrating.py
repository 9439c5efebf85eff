"""Commands on the tables of a database; PostgreSQL is migrated by its operator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from seriatim.cli.command_run import CommandRun
from seriatim.cli.database_files import refuse_missing_file
from seriatim.cli.options import ON_DATABASE, with_options
from seriatim.cli.output import Column

if TYPE_CHECKING:
    from seriatim.store.migrate import Migration
    from seriatim.store.sql_store import Database

app = typer.Typer(help="Tables of the database: what is pending, and applying it.")

COLUMNS: Final = (
    Column("version", "Version"),
    Column("name", "Name"),
    Column("applied", "Applied"),
    Column("checksum"),
)


@app.command("plan")
@with_options(ON_DATABASE)
def plan_migrations(run: CommandRun) -> None:
    """List the migrations that apply would carry out."""
    from seriatim.store.migrate import pending_migrations

    with _database(run) as database:
        run.output.rows(COLUMNS, _rows(pending_migrations(database), applied=False))


@app.command("apply")
@with_options(ON_DATABASE)
def apply_migrations(run: CommandRun) -> None:
    """Carry out what is pending, each migration in a transaction of its own."""
    from seriatim.store.migrate import migrate

    with _database(run) as database:
        run.output.rows(COLUMNS, _rows(migrate(database), applied=True))


@app.command("status")
@with_options(ON_DATABASE)
def show_migrations(run: CommandRun) -> None:
    """List every migration of this version, and whether the database has it."""
    from seriatim.store.migrate import migration_status

    with _database(run) as database:
        rows = [
            row
            for status in migration_status(database)
            for row in _rows([status.migration], applied=status.is_applied)
        ]
    run.output.rows(COLUMNS, rows)


@contextmanager
def _database(run: CommandRun) -> Iterator[Database]:
    from seriatim.store.open import open_database

    run.refuse_server()
    refuse_missing_file(run.config.database_url)
    database = open_database(run.config.database_url, connections_max=2)
    try:
        yield database
    finally:
        database.close()


def _rows(migrations: Iterable[Migration], *, applied: bool) -> list[dict[str, object]]:
    return [
        {"version": one.version, "name": one.name, "applied": applied, "checksum": one.checksum}
        for one in migrations
    ]
