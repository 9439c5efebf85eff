"""Requests that arrive more than once, until the checker has found nothing.

Shape: scenarios as those of `scenarios`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from tests.fault.deployment import (
    WAIT_SECONDS_MAX,
    Deployment,
    answers,
    assert_sound,
    lived_through,
    token_of,
)
from tests.fault.insistent_clients import InsistentClients
from tests.fault.request_proxy import DoublingProxy, doubling_proxy
from tests.fault.scenarios import FailingOver, Tally

STORM_KEYS, STORM_CLIENTS, STORM_DROPS = 50, 500, 0.3
LOST = 0.2
"""The share of answers that the proxy keeps to itself."""


def retry_storm(url: str, folder: Path, seed: int, tally: Tally) -> None:
    """Many clients with few keys, whose connections break before the answer now and then."""
    with ExitStack() as stack:
        deployment = Deployment(url, folder, stack)
        deployment.start(0)
        clients = deployment.clients(seed)

        def ask(client: int) -> Awaitable[str]:
            key = f"key {client % STORM_KEYS}"
            body = json.dumps({"documentType": "invoice", "reference": key}).encode()
            return clients.insist(key, body, drops=STORM_DROPS)

        async def storm() -> None:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await asyncio.gather(*(ask(client) for client in range(STORM_CLIENTS)))

        asyncio.run(storm())
        assert_sound(url, clients)
    assert clients.history.answered == STORM_CLIENTS
    assert len({line["reply"] for line in clients.history.answers}) == STORM_KEYS
    tally.add_clients(clients)


def delivered_after_restart(
    url: str, folder: Path, seed: int, tally: Tally, *, requests: int
) -> None:
    """Every request twice, and all of them once more after the server was killed."""
    with ExitStack() as stack:
        deployment = Deployment(url, folder, stack)

        def restart() -> None:
            deployment.kill(0)
            deployment.start(0)

        clients = _delivered_after(restart, deployment, stack, seed, requests)
        assert_sound(url, clients)
    tally.server_kills += deployment.kills
    tally.add_clients(clients)


def delivered_after_failover(
    servers: FailingOver, database: str, folder: Path, seed: int, tally: Tally, *, requests: int
) -> None:
    """Every request twice, and all of them once more to the standby that took over."""
    servers.create_database(database)
    with ExitStack() as stack:
        deployment = Deployment(servers.url(database), folder, stack)
        clients = _delivered_after(servers.fail_over, deployment, stack, seed, requests)
        assert_sound(servers.leading_url(database), clients)
    servers.mend()
    setattr(tally, servers.counted_as, getattr(tally, servers.counted_as) + 1)
    tally.database_kills += 1
    tally.add_clients(clients)


def _delivered_after(
    fault: Callable[[], None], deployment: Deployment, stack: ExitStack, seed: int, requests: int
) -> InsistentClients:
    """The fault comes while clients are at work, who do not hear of all that was answered."""
    deployment.start(0)
    proxy = stack.enter_context(doubling_proxy(lambda: _port(deployment), seed, lost=LOST))
    clients = InsistentClients(lambda: [proxy.url], token_of(deployment.urls[0]), seed)

    async def strike(clients: InsistentClients) -> None:
        await answers(clients, requests)
        await asyncio.to_thread(fault)
        await answers(clients, requests // 5)

    async def deliver_all_again() -> None:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await proxy.deliver_all_again()

    lived_through(clients, strike)
    told_before = {key: set(bodies) for key, bodies in proxy.bodies.items()}
    _assert_told_once(proxy, clients, requests)
    asyncio.run(deliver_all_again())
    assert proxy.bodies == told_before
    assert proxy.again == clients.asked.keys()
    _assert_told_once(proxy, clients, requests)
    return clients


def _port(deployment: Deployment) -> int:
    """Of the one server. Errors: ConnectionError while there is none."""
    for url in deployment.urls:
        return int(url.rpartition(":")[2])
    raise ConnectionRefusedError


def _assert_told_once(proxy: DoublingProxy, clients: InsistentClients, requests: int) -> None:
    """The same bytes each time, and at most once as something new."""
    assert {key.decode() for key in proxy.bodies} == clients.asked.keys()
    assert [key for key, bodies in proxy.bodies.items() if len(bodies) != 1] == []
    assert [key for key, times in proxy.as_new.items() if times > 1] == []
    assert proxy.twice > requests // 5
    assert proxy.lost > 0
