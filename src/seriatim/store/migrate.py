"""Forward-only migrations: numbered files, each applied once, in one transaction each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from seriatim.domain.errors import StoreRefused
from seriatim.store.sql_store import Database

_TABLE = """
CREATE TABLE IF NOT EXISTS seriatim_schema_migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    migration: Migration
    is_applied: bool


def migrations(database_name: str) -> list[Migration]:
    """Every migration of this version of Seriatim. Order: as they are applied."""
    folder = files("seriatim.store") / "migrations" / database_name
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            version, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(version), name, file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.version)


def migration_status(database: Database) -> list[MigrationStatus]:
    """Errors: StoreRefused if the database was migrated by a newer or different version."""
    known = migrations(database.name)
    with database.read() as session:
        applied = (
            dict(session.rows("list_migrations", {}))
            if database.has_table(session, "seriatim_schema_migration")
            else {}
        )
    for version in sorted(applied):
        match = [migration for migration in known if migration.version == version]
        if not match:
            message = (
                f"the database has migration {version}, which this version of Seriatim does not "
                "know: run the newer version"
            )
            raise StoreRefused(message)
        if match[0].checksum != applied[version]:
            raise StoreRefused(f"migration {version} of the database differs from the one known")
    return [MigrationStatus(migration, migration.version in applied) for migration in known]


def pending_migrations(database: Database) -> list[Migration]:
    return [status.migration for status in migration_status(database) if not status.is_applied]


def migrate(database: Database) -> list[Migration]:
    """Apply what is pending; what was applied. Restartable: each file is one transaction."""
    if not pending_migrations(database):
        return []
    with database.migration_lock():
        pending = pending_migrations(database)
        for migration in pending:
            with database.write() as session:
                database.run_script(session, _TABLE)
                database.run_script(session, migration.script)
                session.execute(
                    "insert_migration",
                    {
                        "version": migration.version,
                        "name": migration.name,
                        "checksum": migration.checksum,
                    },
                )
        return pending
