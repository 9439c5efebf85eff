"""Real processes that are killed under load: no number lost, doubled or unexplained.

Clients repeat what they are in doubt about with the same key; at the end everything they saw is
held against the register by the checker.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from seriatim.engine.history import read_history
from seriatim.engine.history_check import SeriesBook, check_history
from seriatim.store.open import open_store
from tests.fault_proxy import Cut, fault_proxy
from tests.insistent_clients import InsistentClients
from tests.postgres_server import PostgresServer, temporary_server
from tests.running_service import RunningService, running_service

pytestmark = pytest.mark.xdist_group("own postgres")

CLIENTS = 12
WAIT_SECONDS_MAX = 60.0
HEAL_SECONDS_MAX = 5.0
ANSWERS_BETWEEN_FAULTS = 40


class Deployment:
    """Servers on one database, each of which can be killed and started again.

    Shape: one server more than are killed at a time keeps the tokens of the clients alive on
        disk; they outlive every restart.
    """

    def __init__(self, database_url: str, folder: Path, stack: ExitStack) -> None:
        self._database_url = database_url
        self._folder = folder
        self._stack = stack
        self._running: dict[int, tuple[RunningService, ExitStack]] = {}

    @property
    def urls(self) -> list[str]:
        return [service.url for service, _ in list(self._running.values())]

    def start(self, place: int) -> None:
        life = self._stack.enter_context(ExitStack())
        service = life.enter_context(
            running_service(self._database_url, self._folder / f"server {place}")
        )
        self._running[place] = service, life

    def kill(self, place: int) -> None:
        """As a power cut would end it: nothing of it gets to run."""
        service, life = self._running.pop(place)
        os.kill(service.pid, signal.SIGKILL)
        life.close()
        (service.folder / "url").unlink(missing_ok=True)

    def token(self) -> str:
        service, _ = next(iter(self._running.values()))
        form = {
            "client_id": service.client_id,
            "client_secret": service.client_secret,
            "grant_type": "client_credentials",
        }
        answer = httpx.post(f"{service.url}/oauth/token", data=form)
        return str(answer.json()["access_token"])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that only this file kills."""
    with temporary_server() as server:
        yield server


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Printed with a failed test; the timing of a kill is not the seed's to repeat."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    return seed


Faults = Callable[[InsistentClients], Awaitable[None]]


def lived_through(clients: InsistentClients, faults: Faults, *, count: int = CLIENTS) -> None:
    """Let clients work until the faults are over and every request of theirs is answered."""

    async def live() -> None:
        working = asyncio.create_task(clients.work(count))
        try:
            await faults(clients)
        finally:
            clients.end()
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await working

    asyncio.run(live())


async def answers(clients: InsistentClients, count: int = ANSWERS_BETWEEN_FAULTS) -> None:
    """Wait until so many more requests were answered."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        await clients.history.has_answers(clients.history.answered + count)


def assert_sound(database_url: str, clients: InsistentClients) -> None:
    """Every guarantee, by the checker; and the clients did get their numbers."""
    store = open_store(database_url)
    books: list[SeriesBook] = []
    with store.read() as transaction:
        for tenant in transaction.access.list_tenants():
            for entity in transaction.access.list_entities(tenant.identifier):
                found = transaction.books(tenant.identifier, entity.identifier)
                for one in found.list_series(
                    after_prefix="", after_document_type="", row_count=1000
                ):
                    entries = found.list_entries(
                        one.key.series_id, after_entry_number=0, row_count=10**6
                    )
                    books.append(SeriesBook(one, entries))
    store.close()
    assert check_history(read_history(clients.history.lines), books) == []
    assert clients.history.answered > 0


@pytest.mark.parametrize(
    ("database", "servers", "kills"), [("sqlite", 1, 2), ("postgres", 1, 1), ("postgres", 2, 2)]
)
def test_servers_killed_under_load_lose_and_double_no_number(
    database: str,
    servers: int,
    kills: int,
    tmp_path: Path,
    stack: ExitStack,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    url = f"sqlite:///{tmp_path / 'seriatim.db'}"
    if database == "postgres":
        url = request.getfixturevalue("own_postgres").create_database(f"killed_{servers}_{seed}")
    deployment = Deployment(url, tmp_path, stack)
    for place in range(servers):
        deployment.start(place)
    clients = InsistentClients(lambda: deployment.urls, deployment.token(), seed)

    async def kill_and_restart(clients: InsistentClients) -> None:
        for turn in range(kills):
            await answers(clients)
            await asyncio.to_thread(deployment.kill, turn % servers)
            await asyncio.to_thread(deployment.start, turn % servers)
        await answers(clients)

    lived_through(clients, kill_and_restart)
    assert_sound(url, clients)


def test_database_killed_under_load_is_back_in_use_within_seconds(
    own_postgres: PostgresServer, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    url = own_postgres.create_database(f"away_{seed}")
    deployment = Deployment(url, tmp_path, stack)
    deployment.start(0)
    clients = InsistentClients(lambda: deployment.urls, deployment.token(), seed)
    healed_after_s: list[float] = []

    async def kill_and_restart(clients: InsistentClients) -> None:
        for _ in range(2):
            await answers(clients)
            await asyncio.to_thread(own_postgres.kill)
            await asyncio.to_thread(own_postgres.start)
            started = time.monotonic()
            await answers(clients, 1)
            healed_after_s.append(time.monotonic() - started)
        await answers(clients)

    lived_through(clients, kill_and_restart)
    assert_sound(url, clients)
    assert max(healed_after_s) < HEAL_SECONDS_MAX


def test_connections_cut_around_commit_settle_without_a_lost_or_doubled_number(
    own_postgres: PostgresServer, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    url = own_postgres.create_database(f"cut_{seed}")
    proxy = stack.enter_context(fault_proxy("127.0.0.1", own_postgres.port))
    proxied = url.replace(f":{own_postgres.port}/", f":{proxy.port}/")
    deployment = Deployment(proxied, tmp_path, stack)
    deployment.start(0)
    clients = InsistentClients(lambda: deployment.urls, deployment.token(), seed)

    async def cut(clients: InsistentClients) -> None:
        for turn in range(12):
            await answers(clients, 20)
            await asyncio.to_thread(proxy.cut_next, list(Cut)[turn % 3], WAIT_SECONDS_MAX)
        await answers(clients)

    lived_through(clients, cut)
    assert proxy.done == 12
    assert_sound(url, clients)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_retry_storm_gives_each_key_one_number(
    database: str,
    tmp_path: Path,
    stack: ExitStack,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    """500 clients with 50 keys, 30 % of whose connections break before the answer."""
    url = f"sqlite:///{tmp_path / 'seriatim.db'}"
    if database == "postgres":
        url = request.getfixturevalue("own_postgres").create_database(f"storm_{seed}")
    deployment = Deployment(url, tmp_path, stack)
    deployment.start(0)
    clients = InsistentClients(lambda: deployment.urls, deployment.token(), seed)

    async def storm() -> None:
        def ask(client: int) -> Awaitable[None]:
            key = f"key {client % 50}"
            body = json.dumps({"documentType": "invoice", "reference": key}).encode()
            return clients.insist(key, body, drops=0.3)

        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await asyncio.gather(*(ask(client) for client in range(500)))

    asyncio.run(storm())
    assert clients.history.answered == 500
    assert_sound(url, clients)
    replies = {
        line["reply"] for line in map(json.loads, clients.history.lines) if line["event"] == "ok"
    }
    assert len(replies) == 50
