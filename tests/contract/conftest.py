"""Running services for the contract tests: one of each kind for a whole worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.api import Api, Entity
from tests.contract.console_books import Books
from tests.contract.console_browser import PASSWORD, Browser
from tests.running_service import RunningService, running_service

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

ServiceOf = Callable[..., RunningService]
EntityOf = Callable[[RunningService], Entity]
BrowserOf = Callable[..., Browser]
_databases = count(1)


@pytest.fixture(scope="session")
def service_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[ServiceOf]:
    """Gives the service over `sqlite` or `postgres` with some settings, started once for each.

    Shape: with `own`, one apart from those that other tests use: its clock or database is moved.
    """
    running: dict[str, RunningService] = {}
    with ExitStack() as stack:

        def service_of(database: str, *, own: str = "", **config: Any) -> RunningService:
            key = json.dumps([database, own, config], sort_keys=True)
            if key not in running:
                folder = tmp_path_factory.mktemp("service")
                url = f"sqlite:///{folder / 'seriatim.db'}"
                if database == "postgres":
                    server: PostgresServer = request.getfixturevalue("postgres_server")
                    name = f"service_{worker_id}_{next(_databases)}"
                    url = server.create_database(name)
                    stack.callback(server.drop_database, name)
                running[key] = stack.enter_context(running_service(url, folder, config))
            return running[key]

        yield service_of


@pytest.fixture(params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest, service_of: ServiceOf) -> RunningService:
    """The service as it is without any settings, once on each database."""
    return service_of(request.param)


@pytest.fixture
def sqlite_service(service_of: ServiceOf) -> RunningService:
    return service_of("sqlite")


@pytest.fixture
def entity_of() -> Iterator[EntityOf]:
    """Gives an entity of its own in a service that other tests use too."""
    with ExitStack() as stack:

        def entity_of(service: RunningService) -> Entity:
            entity = Entity(Api(service, service.client_id, service.client_secret))
            stack.callback(entity.close)
            return entity

        yield entity_of


@pytest.fixture
def entity(service: RunningService, entity_of: EntityOf) -> Entity:
    """An entity that no other test has touched, once on each database."""
    return entity_of(service)


@pytest.fixture
def api(entity: Entity) -> Api:
    """An admin of such an entity."""
    return entity.admin


@pytest.fixture
def sqlite_entity(sqlite_service: RunningService, entity_of: EntityOf) -> Entity:
    """Such an entity on SQLite alone, for what no database has a part in."""
    return entity_of(sqlite_service)


@pytest.fixture
def sqlite_api(sqlite_entity: Entity) -> Api:
    return sqlite_entity.admin


@pytest.fixture(params=["sqlite", "postgres"])
def console_service(request: pytest.FixtureRequest, service_of: ServiceOf) -> RunningService:
    return service_of(request.param, own="console", bootstrap_password=PASSWORD)


@pytest.fixture
def sqlite_console(service_of: ServiceOf) -> RunningService:
    return service_of("sqlite", own="console", bootstrap_password=PASSWORD)


@pytest.fixture
def browser_of() -> Iterator[BrowserOf]:
    """Gives browsers that are closed after the test."""
    with ExitStack() as stack:

        def browser_of(service: RunningService, **how: Any) -> Browser:
            made = Browser(service, **how)
            stack.callback(made.http.close)
            return made

        yield browser_of


@pytest.fixture
def browser(console_service: RunningService, browser_of: BrowserOf) -> Browser:
    return browser_of(console_service)


@pytest.fixture
def sqlite_browser(sqlite_console: RunningService, browser_of: BrowserOf) -> Browser:
    return browser_of(sqlite_console)


@pytest.fixture
def books(console_service: RunningService, entity_of: EntityOf, browser: Browser) -> Books:
    return Books(entity_of(console_service), browser)


@pytest.fixture
def sqlite_books(
    sqlite_console: RunningService, entity_of: EntityOf, sqlite_browser: Browser
) -> Books:
    return Books(entity_of(sqlite_console), sqlite_browser)
