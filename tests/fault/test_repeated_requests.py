"""Requests that arrive more than once: a storm of retries, a proxy that delivers all twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fault.deployment import (
    WAIT_SECONDS_MAX,
    Deployment,
    answers,
    assert_sound,
    lived_through,
    token_of,
)
from tests.fault.insistent_clients import InsistentClients
from tests.fault.request_proxy import doubling_proxy


@pytest.fixture
def deployment(store_url: str, tmp_path: Path, stack: ExitStack) -> Deployment:
    deployment = Deployment(store_url, tmp_path, stack)
    deployment.start(0)
    return deployment


def test_retry_storm_gives_each_key_one_number(deployment: Deployment, seed: int) -> None:
    """500 clients with 50 keys, 30 % of whose connections break before the answer."""
    clients = deployment.clients(seed)

    async def storm() -> None:
        def ask(client: int) -> Awaitable[str]:
            key = f"key {client % 50}"
            body = json.dumps({"documentType": "invoice", "reference": key}).encode()
            return clients.insist(key, body, drops=0.3)

        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await asyncio.gather(*(ask(client) for client in range(500)))

    asyncio.run(storm())
    assert clients.history.answered == 500
    assert_sound(deployment.database_url, clients)
    assert len({line["reply"] for line in clients.history.answers}) == 50


def test_request_delivered_twice_and_again_after_a_restart_gives_one_number(
    deployment: Deployment, stack: ExitStack, seed: int
) -> None:
    def port() -> int:
        (url,) = deployment.urls
        return int(url.rpartition(":")[2])

    proxy = stack.enter_context(doubling_proxy(port, seed))
    clients = InsistentClients(lambda: [proxy.url], token_of(deployment.urls[0]), seed)

    async def ask(clients: InsistentClients) -> None:
        await answers(clients, 100)

    lived_through(clients, ask)
    asked = dict(clients.asked)
    deployment.kill(0)
    deployment.start(0)

    async def deliver_again() -> None:
        async with asyncio.timeout(WAIT_SECONDS_MAX):
            await asyncio.gather(*(clients.insist(*one) for one in asked.items()))

    asyncio.run(deliver_again())
    assert_sound(deployment.database_url, clients)
    assert {key.decode() for key in proxy.bodies} == asked.keys()
    assert [key for key, bodies in proxy.bodies.items() if len(bodies) != 1] == []
    assert proxy.twice > 20
