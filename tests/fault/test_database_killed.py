"""The database is killed, whole or one backend of it, or loses its connections at their COMMIT."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.fault.database_proxy import Cut, fault_proxy
from tests.fault.deployment import (
    WAIT_SECONDS_MAX,
    Deployment,
    answers,
    assert_sound,
    lived_through,
)
from tests.fault.insistent_clients import InsistentClients
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.xdist_group("own postgres")

HEAL_SECONDS_MAX = 5.0


def terminate_backends(server: PostgresServer, database: str) -> None:
    """The way an operator ends a connection: it is told, and closes."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (database,),
        )


def kill_a_backend(server: PostgresServer, database: str) -> None:
    """PostgreSQL ends all other backends with it, and recovers from its log."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY state_change DESC",
            (database,),
        ).fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGKILL)


def test_database_killed_under_load_is_back_in_use_within_seconds(
    own_postgres: PostgresServer, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    url = own_postgres.create_database(f"away_{seed}")
    deployment = Deployment(url, tmp_path, stack)
    deployment.start(0)
    clients = deployment.clients(seed)
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


def test_backends_ended_under_load_are_replaced_within_seconds(
    own_postgres: PostgresServer, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    name = f"backends_{seed}"
    deployment = Deployment(own_postgres.create_database(name), tmp_path, stack)
    deployment.start(0)
    clients = deployment.clients(seed)
    healed_after_s: list[float] = []

    async def end_backends(clients: InsistentClients) -> None:
        for end in (terminate_backends, kill_a_backend) * 2:
            await answers(clients)
            await asyncio.to_thread(end, own_postgres, name)
            started = time.monotonic()
            await answers(clients, 1)
            healed_after_s.append(time.monotonic() - started)
        await answers(clients)

    lived_through(clients, end_backends)
    assert_sound(deployment.database_url, clients)
    assert max(healed_after_s) < HEAL_SECONDS_MAX


def test_connections_cut_around_commit_settle_without_a_lost_or_doubled_number(
    own_postgres: PostgresServer, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    url = own_postgres.create_database(f"cut_{seed}")
    proxy = stack.enter_context(fault_proxy("127.0.0.1", own_postgres.port))
    proxied = url.replace(f":{own_postgres.port}/", f":{proxy.port}/")
    deployment = Deployment(proxied, tmp_path, stack)
    deployment.start(0)
    clients = deployment.clients(seed)

    async def cut(clients: InsistentClients) -> None:
        for turn in range(12):
            await answers(clients, 20)
            await asyncio.to_thread(proxy.cut_next, list(Cut)[turn % 3], WAIT_SECONDS_MAX)
        await answers(clients)

    lived_through(clients, cut)
    assert proxy.done == 12
    assert_sound(url, clients)
