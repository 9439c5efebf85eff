"""A server killed at every step of an issue: what was committed is told again, the rest was not.

The steps are not listed here: the server itself tells which ones an issue takes, so that none is
forgotten when one is added.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.fault.deployment import assert_sound, token_of
from tests.fault.failpoints import (
    AFTER_COMMIT,
    BEFORE_REPLY,
    COMMIT,
    FIRST_BYTE,
    REPLIED,
    SETTLED,
    DyingService,
)
from tests.fault.insistent_clients import InsistentClients

ENDS = [COMMIT, AFTER_COMMIT, SETTLED, BEFORE_REPLY, FIRST_BYTE, REPLIED]
WRITES = ["BEGIN", "claim_keys", "lock_series", "append_entries", "advance_series", "finish_keys"]


@pytest.mark.parametrize("wanted", [{}, {"holdSeconds": 3600, "references": ["a", "b"]}])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_server_killed_at_any_step_of_an_issue_settles_it_by_its_key(
    database: str, wanted: dict[str, object], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{database}_url")
    with DyingService(url, tmp_path / "server") as service:
        service.start()
        clients = InsistentClients(lambda: service.urls, token_of(service.url), seed=0)

        def body(step: str) -> bytes:
            named = {} if wanted else {"reference": step}
            return json.dumps({"documentType": "invoice", **named, **wanted}).encode()

        assert asyncio.run(clients.insist("whole", body("whole"))) == "ok"
        steps = service.steps
        assert [step for step in steps if step in WRITES] == WRITES
        assert list(steps[-len(ENDS) :]) == ENDS
        for step in steps:
            service.die_at(step)
            heard = asyncio.run(clients.ask_once(step, body(step)))
            assert heard == ("ok" if step == REPLIED else "unknown")
            service.wait_for_death()
            service.start()
            assert asyncio.run(clients.insist(step, body(step))) == "ok"
            is_committed = steps.index(step) > steps.index(COMMIT)
            assert clients.history.answers[-1]["replayed"] == is_committed, step
        assert service.kills == len(steps)
        assert_sound(url, clients)
        numbers = [json.loads(line["reply"])["firstNumber"] for line in clients.history.answers]
        assert len(set(numbers)) == len(steps) + 1
