"""Servers on one database that a test kills and starts again, and clients that outlive them.

Free of pytest, so that the long run uses it too.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx

from seriatim.engine.history import read_history
from seriatim.engine.history_check import HistoryFault, SeriesBook, check_history
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from tests.fault.insistent_clients import InsistentClients
from tests.running_service import CLIENT_ID, CLIENT_SECRET, RunningService, running_service

CLIENTS = 12
WAIT_SECONDS_MAX = 60.0
ANSWERS_BETWEEN_FAULTS = 40
_ENTRIES_READ_MAX = 10**7

Faults = Callable[[InsistentClients], Awaitable[None]]


class Deployment:
    """Servers on one database, each of which can be killed and started again.

    Shape: `kills` counts those that were killed. The tokens of the clients outlive every restart.
    """

    def __init__(self, database_url: str, folder: Path, stack: ExitStack) -> None:
        self.database_url = database_url
        self.kills = 0
        self._folder = folder
        self._stack = stack
        self._running: dict[int, tuple[RunningService, ExitStack]] = {}

    @property
    def urls(self) -> list[str]:
        return [service.url for service, _ in list(self._running.values())]

    def start(self, place: int) -> None:
        life = self._stack.enter_context(ExitStack())
        service = life.enter_context(
            running_service(self.database_url, self._folder / f"server {place}")
        )
        self._running[place] = service, life

    def kill(self, place: int) -> None:
        """As a power cut would end it: nothing of it gets to run."""
        service, life = self._running.pop(place)
        os.kill(service.pid, signal.SIGKILL)
        life.close()
        (service.folder / "url").unlink(missing_ok=True)
        self.kills += 1

    def move_clock(self, place: int, by: timedelta) -> None:
        """Let a server live that much later than we do (earlier, where negative)."""
        service, _ = self._running[place]
        service.move_clock(by)

    def clients(self, seed: int) -> InsistentClients:
        return InsistentClients(lambda: self.urls, token_of(self.urls[0]), seed)


def token_of(url: str) -> str:
    form = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "grant_type": "client_credentials",
    }
    return str(httpx.post(f"{url}/oauth/token", data=form).json()["access_token"])


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


def books_of(store: SqlStore) -> list[SeriesBook]:
    """Every series of every entity, whole."""
    books: list[SeriesBook] = []
    with store.read() as transaction:
        for tenant in transaction.access.list_tenants():
            for entity in transaction.access.list_entities(tenant.identifier):
                found = transaction.books(tenant.identifier, entity.identifier)
                for one in found.list_series(
                    after_prefix="", after_document_type="", row_count=1000
                ):
                    entries = found.list_entries(
                        one.key.series_id, after_entry_number=0, row_count=_ENTRIES_READ_MAX
                    )
                    books.append(SeriesBook(one, entries))
    return books


def violations(database_url: str, clients: InsistentClients) -> list[HistoryFault]:
    """Every guarantee that does not hold, by the checker."""
    store = open_store(database_url)
    try:
        return check_history(read_history(clients.history.lines), books_of(store))
    finally:
        store.close()


def assert_sound(database_url: str, clients: InsistentClients) -> None:
    """Every guarantee, by the checker; and the clients did get their numbers."""
    assert violations(database_url, clients) == []
    assert clients.history.answered > 0
