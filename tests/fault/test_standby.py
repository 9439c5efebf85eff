"""A synchronous standby takes over, or is away: what was acknowledged is on both, or was not."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

from seriatim.store.open import open_store
from tests.fault.deployment import Deployment, assert_sound, books_of
from tests.fault.postgres_pair import PostgresPair
from tests.fault.scenarios import Tally, failed_over

BODY = json.dumps({"documentType": "invoice", "reference": "order"}).encode()


def _entries(url: str) -> int:
    store = open_store(url)
    try:
        return sum(len(book.entries) for book in books_of(store))
    finally:
        store.close()


def test_failover_to_the_standby_and_back_loses_no_acknowledged_number(
    pair: PostgresPair, tmp_path: Path, seed: int
) -> None:
    tally = Tally()
    failed_over(pair, "failovers", tmp_path, seed, tally, failovers=2)
    assert tally.failovers == 2


def test_commit_kept_from_waiting_for_a_stopped_standby_is_no_success(
    pair: PostgresPair, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    """It is on the primary alone, though PostgreSQL says COMMIT; the key tells it once it is safe."""
    pair.create_database("numbers")
    deployment = Deployment(pair.url("numbers"), tmp_path, stack)
    deployment.start(0)
    clients = deployment.clients(seed)

    async def ask() -> None:
        assert await clients.insist("before", BODY) == "ok"
        await asyncio.to_thread(pair.standby.stop)
        asking = asyncio.create_task(clients.ask_once("doubtful", BODY))
        # Whoever looks what became of the commit has to wait for the standby as well.
        while not asking.done():
            await asyncio.to_thread(pair.cancel_waiting_commits)
            await asyncio.wait([asking], timeout=0.5)
        assert asking.result() == "unknown"
        repeated = asyncio.create_task(clients.insist("doubtful", BODY))
        await asyncio.to_thread(pair.standby.start)
        assert await repeated == "ok"

    asyncio.run(ask())
    assert_sound(pair.primary.url("numbers"), clients)
    replies = [json.loads(line["reply"])["firstNumber"] for line in clients.history.answers]
    assert replies == ["INV00000001", "INV00000002"]
    assert clients.history.answers[-1]["replayed"]
    assert _entries(pair.standby.url("numbers")) == _entries(pair.primary.url("numbers")) == 2
