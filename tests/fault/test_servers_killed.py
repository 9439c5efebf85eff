"""Servers that are killed under load: no number lost, doubled or unexplained.

Clients repeat what they are in doubt about with the same key; at the end everything they saw is
held against the register by the checker.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fault.deployment import Deployment, answers, assert_sound, lived_through
from tests.fault.insistent_clients import InsistentClients


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
    url = request.getfixturevalue(f"{database}_url")
    deployment = Deployment(url, tmp_path, stack)
    for place in range(servers):
        deployment.start(place)
    clients = deployment.clients(seed)

    async def kill_and_restart(clients: InsistentClients) -> None:
        for turn in range(kills):
            await answers(clients)
            await asyncio.to_thread(deployment.kill, turn % servers)
            await asyncio.to_thread(deployment.start, turn % servers)
        await answers(clients)

    lived_through(clients, kill_and_restart)
    assert_sound(url, clients)
