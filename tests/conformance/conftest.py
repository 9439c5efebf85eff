"""An entity for each test, on a database that the tests of one process share.

A test that damages its database, or counts what is in it, takes `store` instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def sqlite_shared_store(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SqlStore]:
    file = tmp_path_factory.mktemp("shared") / "shared.db"
    shutil.copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_shared_store(
    postgres_server: PostgresServer, postgres_template: str, worker_id: str
) -> Iterator[SqlStore]:
    name = f"shared_{worker_id}"
    store = open_store(postgres_server.create_database(name, template=postgres_template))
    yield store
    store.close()
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def shared_store(request: pytest.FixtureRequest) -> SqlStore:
    store: SqlStore = request.getfixturevalue(f"{request.param}_shared_store")
    return store


@pytest.fixture
def desk(shared_store: SqlStore) -> Desk:
    return new_desk(shared_store)
