"""For commands that work on a database alone: its store, and who works on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from seriatim.cli.command_run import CommandRun
from seriatim.cli.database_files import refuse_missing_file
from seriatim.cli.entity_names import is_named
from seriatim.cli.faults import UsageFault
from seriatim.cli.operator import operator
from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import NotFound, StoreRefused

if TYPE_CHECKING:
    from seriatim.store.sql_store import SqlStore

ON_ENTITY: Final = ("database_url", "entity", "config_file", "output_format")


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """Shape: `caller` is an administrator of one entity."""

    store: SqlStore
    caller: Caller


@contextmanager
def own_database(run: CommandRun) -> Iterator[OwnDatabase]:
    """Errors: UsageFault where a server is to be worked on."""
    if run.is_on_server:
        raise UsageFault("this command works on a database, not on a server: give --database")
    from seriatim.store.open import open_store

    config = run.config
    refuse_missing_file(config.database_url)
    store = open_store(config.database_url, connections_max=config.connections_max)
    try:
        tenant_id, entity_id = place_in(store, run.entity)
        request_id = str(uuid.uuid4())
        yield OwnDatabase(store, Caller(tenant_id, entity_id, operator(), Role.ADMIN, request_id))
    finally:
        store.close()


def place_in(store: SqlStore, entity: str | None) -> tuple[str, str]:
    """The ids of the tenant and of the entity to work in; without a wish, the first."""
    with store.read() as transaction:
        tenants = transaction.access.list_tenants()
        if not tenants:
            raise StoreRefused("the database is empty: run 'seriatim init'")
        tenant_id = tenants[0].identifier
        entities = transaction.access.list_entities(tenant_id)
    for one in entities:
        if entity is None or is_named(one.identifier, one.name, entity):
            return tenant_id, one.identifier
    raise NotFound("entity", entity or "")
