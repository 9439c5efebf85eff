"""What can happen to a deployment under load, each until the checker has found nothing.

Shape: each scenario takes its database and a folder of its own, adds to a tally what it did, and
    raises AssertionError where a guarantee does not hold. The tests live through each for
    seconds, the long run for as long as it is told to.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg

from tests.fault import slow_disk
from tests.fault.database_proxy import Cut, fault_proxy
from tests.fault.deployment import (
    WAIT_SECONDS_MAX,
    Deployment,
    answers,
    assert_sound,
    lived_through,
    token_of,
)
from tests.fault.failpoints import COMMIT, REPLIED, DyingService
from tests.fault.insistent_clients import InsistentClients
from tests.postgres_server import PostgresServer
from tests.running_service import RunningService, running_service

HEAL_SECONDS_MAX = 5.0
SLOW_DISK = {"answer_seconds_max": 4.0}


@dataclass
class Tally:
    """What was done and seen so far. Shape: `healed_after_s` holds the times from a database that
    takes connections again to the next answer.
    """

    server_kills: int = 0
    database_kills: int = 0
    failovers: int = 0
    patroni_failovers: int = 0
    cuts: int = 0
    requests: int = 0
    numbers: int = 0
    healed_after_s: list[float] = field(default_factory=list)

    def add_clients(self, clients: InsistentClients) -> None:
        """Each answer once, however often it was told."""
        replies = {line["reply"] for line in clients.history.answers}
        self.requests += len(clients.asked)
        self.numbers += sum(json.loads(reply)["count"] for reply in replies)


def servers_killed(
    url: str, folder: Path, seed: int, tally: Tally, *, servers: int, kills: int
) -> None:
    """One server after the other, while the others, if there are any, go on."""
    with ExitStack() as stack:
        deployment = Deployment(url, folder, stack)
        for place in range(servers):
            deployment.start(place)
        clients = deployment.clients(seed)

        async def kill_and_restart(clients: InsistentClients) -> None:
            for place in islice(cycle(range(servers)), kills):
                await answers(clients)
                await asyncio.to_thread(deployment.kill, place)
                await asyncio.to_thread(deployment.start, place)
            await answers(clients)

        lived_through(clients, kill_and_restart)
        assert_sound(url, clients)
    tally.server_kills += deployment.kills
    tally.add_clients(clients)


def killed_at_every_step(
    url: str, folder: Path, tally: Tally, wanted: dict[str, Any], must_pass: Callable[..., None]
) -> None:
    """What was committed is told again to whoever repeats the key, the rest was not.

    Shape: `must_pass` is asked whether these are the steps of an issue.
    """
    with DyingService(url, folder / "server") as service:
        service.start()
        clients = InsistentClients(lambda: service.urls, token_of(service.url), seed=0)

        def body(step: str) -> bytes:
            named = {} if "references" in wanted else {"reference": step}
            return json.dumps({"documentType": "invoice", **named, **wanted}).encode()

        assert asyncio.run(clients.insist("whole", body("whole"))) == "ok"
        steps = service.steps
        must_pass(steps)
        for step in steps:
            service.die_at(step)
            heard = asyncio.run(clients.ask_once(step, body(step)))
            assert heard == ("ok" if step == REPLIED else "unknown"), step
            service.wait_for_death()
            service.start()
            assert asyncio.run(clients.insist(step, body(step))) == "ok", step
            is_committed = steps.index(step) > steps.index(COMMIT)
            assert clients.history.answers[-1]["replayed"] == is_committed, step
        assert_sound(url, clients)
    assert service.kills == len(steps)
    numbers = [json.loads(line["reply"])["firstNumber"] for line in clients.history.answers]
    assert len(set(numbers)) == len(steps) + 1
    tally.server_kills += service.kills
    tally.add_clients(clients)


def database_killed(
    postgres: PostgresServer, database: str, folder: Path, seed: int, tally: Tally, *, kills: int
) -> None:
    """The postmaster, killed and started again."""

    def kill() -> None:
        postgres.kill()
        postgres.start()

    _database_faults(postgres, database, folder, seed, tally, [kill] * kills)


def backends_ended(
    postgres: PostgresServer, database: str, folder: Path, seed: int, tally: Tally, *, kills: int
) -> None:
    """Connections ended by an operator, and single backends killed, in turn."""

    def terminate_all() -> None:
        """Each is told, and closes."""
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (database,),
            )

    def kill_one() -> None:
        """PostgreSQL ends all the others with it, and recovers from its log; return then."""
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY state_change DESC",
                (database,),
            ).fetchone()
            assert row is not None
            os.kill(row[0], signal.SIGKILL)
            _until(lambda: not _answers(connection))
        _until(lambda: _is_open(postgres))

    faults = islice(cycle((terminate_all, kill_one)), kills)
    _database_faults(postgres, database, folder, seed, tally, list(faults))


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _is_open(postgres: PostgresServer) -> bool:
    try:
        psycopg.connect(postgres.url("postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline, "PostgreSQL does not come back"
        time.sleep(0.01)


def _database_faults(
    postgres: PostgresServer,
    database: str,
    folder: Path,
    seed: int,
    tally: Tally,
    faults: list[Callable[[], None]],
) -> None:
    with ExitStack() as stack:
        deployment = Deployment(postgres.create_database(database), folder, stack)
        deployment.start(0)
        clients = deployment.clients(seed)
        healed_after_s: list[float] = []

        async def strike(clients: InsistentClients) -> None:
            for fault in faults:
                await answers(clients)
                await asyncio.to_thread(fault)
                struck = time.monotonic()
                await answers(clients, 1)
                healed_after_s.append(time.monotonic() - struck)
                tally.database_kills += 1
            await answers(clients)

        lived_through(clients, strike)
        assert_sound(deployment.database_url, clients)
    tally.healed_after_s += healed_after_s
    assert max(healed_after_s) < HEAL_SECONDS_MAX, healed_after_s
    tally.add_clients(clients)


def connections_cut(
    postgres: PostgresServer, database: str, folder: Path, seed: int, tally: Tally, *, cuts: int
) -> None:
    """Before, during and after their COMMIT, in turn."""
    url = postgres.create_database(database)
    with ExitStack() as stack:
        proxy = stack.enter_context(fault_proxy("127.0.0.1", postgres.port))
        proxied = url.replace(f":{postgres.port}/", f":{proxy.port}/")
        deployment = Deployment(proxied, folder, stack)
        deployment.start(0)
        clients = deployment.clients(seed)

        async def cut(clients: InsistentClients) -> None:
            for moment in islice(cycle(Cut), cuts):
                await answers(clients, 20)
                await asyncio.to_thread(proxy.cut_next, moment, WAIT_SECONDS_MAX)
            await answers(clients)

        lived_through(clients, cut)
        assert proxy.done == cuts
        assert_sound(url, clients)
    tally.cuts += cuts
    tally.add_clients(clients)


class FailingOver(Protocol):
    """Servers one of which takes over from the other. Shape: `counted_as` is a field of Tally."""

    counted_as: str

    def url(self, database: str) -> str: ...
    def leading_url(self, database: str) -> str: ...
    def create_database(self, name: str) -> None: ...
    def fail_over(self) -> None: ...
    def mend(self) -> None: ...


def failed_over(
    servers: FailingOver, database: str, folder: Path, seed: int, tally: Tally, *, failovers: int
) -> None:
    """The standby takes over, and the old primary is rewound and follows, again and again."""
    servers.create_database(database)
    with ExitStack() as stack:
        deployment = Deployment(servers.url(database), folder, stack)
        deployment.start(0)
        clients = deployment.clients(seed)

        async def fail_over(clients: InsistentClients) -> None:
            for _ in range(failovers):
                await answers(clients)
                await asyncio.to_thread(servers.fail_over)
                await answers(clients)
                await asyncio.to_thread(servers.mend)
            await answers(clients)

        lived_through(clients, fail_over)
        assert_sound(servers.leading_url(database), clients)
    setattr(tally, servers.counted_as, getattr(tally, servers.counted_as) + failovers)
    tally.database_kills += failovers
    tally.add_clients(clients)


def clock_moved(url: str, folder: Path, seed: int, tally: Tally, *, moves: int) -> None:
    """Forwards and backwards under load: order comes from the series, not from a clock."""
    with ExitStack() as stack:
        deployment = Deployment(url, folder, stack)
        deployment.start(0)
        clients = deployment.clients(seed)

        async def move(clients: InsistentClients) -> None:
            # Not so far forwards that the clients' tokens end.
            for minutes in islice(cycle((45, -45, 0, -1200, 20)), moves):
                await answers(clients)
                deployment.move_clock(0, timedelta(minutes=minutes))
            await answers(clients)

        lived_through(clients, move)
        assert_sound(url, clients)
    tally.add_clients(clients)


def sqlite_disk_too_slow(url: str, folder: Path, seed: int, tally: Tally) -> None:
    own = folder / "server"
    with running_service(url, own, SLOW_DISK, serve=slow_disk.serve_slowly) as service:
        disk_too_slow(
            service,
            seed,
            tally,
            hold=lambda: slow_disk.hold(own),
            release=lambda: slow_disk.release(own),
        )


def disk_too_slow(
    service: RunningService,
    seed: int,
    tally: Tally,
    *,
    hold: Callable[[], None],
    release: Callable[[], None],
) -> None:
    """No commit ends for a while: whoever waits is told to come again, and is told then."""
    token = token_of(service.url)
    clients = InsistentClients(lambda: [service.url], token, seed)

    def body(key: str) -> bytes:
        return json.dumps({"documentType": "invoice", "reference": key}).encode()

    async def wait_while_held() -> None:
        """The second waits behind the first, which has the database in doubt."""
        asking = []
        for key in ("doubtful", "behind"):
            asking.append(asyncio.create_task(clients.ask_once(key, body(key))))
            await _until_not_ready(service)
        assert await asyncio.gather(*asking) == ["unknown", "unknown"]

    assert asyncio.run(clients.insist("before", body("before"))) == "ok"
    hold()
    try:
        asyncio.run(wait_while_held())
        assert clients.history.put_off == {503: 2}
        saved = _save_a_set(service, token)
        assert (saved.status_code, saved.json()["reasons"][0]["code"]) == (503, 50000161)
        assert httpx.get(f"{service.url}/healthz").status_code == 200
    finally:
        release()
    for key in ("doubtful", "behind"):
        assert asyncio.run(clients.insist(key, body(key))) == "ok"
    assert httpx.get(f"{service.url}/readyz").status_code == 200
    replies = {line["reply"]: line["replayed"] for line in clients.history.answers}
    numbers = {json.loads(reply)["firstNumber"]: replayed for reply, replayed in replies.items()}
    assert numbers == {"INV00000001": False, "INV00000002": True, "INV00000003": False}
    assert_sound(service.database_url, clients)
    tally.add_clients(clients)


async def _until_not_ready(service: RunningService) -> None:
    """The process is alive all the while."""
    async with asyncio.timeout(WAIT_SECONDS_MAX), httpx.AsyncClient() as http:
        while (await http.get(f"{service.url}/readyz")).status_code != 503:
            assert (await http.get(f"{service.url}/healthz")).status_code == 200
            await asyncio.sleep(0.05)


def _save_a_set(service: RunningService, token: str) -> httpx.Response:
    """What goes to the database beside the issuer."""
    numbering = {
        kind: {"prefix": f"SLOW{kind[0].upper()}", "startNumber": 1}
        for kind in ("invoice", "creditMemo", "debitMemo")
    }
    return httpx.post(
        f"{service.url}/v1/sequence-sets",
        headers={"Authorization": f"Bearer {token}"},
        json={"sequenceSets": [{"name": "Slow", **numbering}]},
        timeout=WAIT_SECONDS_MAX,
    )
