"""A server killed at every step of an issue: what was committed is told again, the rest was not.

The steps are not listed here: the server itself tells which ones an issue takes, so that none is
forgotten when one is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fault.failpoints import (
    AFTER_COMMIT,
    BEFORE_REPLY,
    COMMIT,
    FIRST_BYTE,
    REPLIED,
    SETTLED,
)
from tests.fault.scenarios import Tally, killed_at_every_step

ENDS = [COMMIT, AFTER_COMMIT, SETTLED, BEFORE_REPLY, FIRST_BYTE, REPLIED]
WRITES = ["BEGIN", "claim_keys", "lock_series", "append_entries", "advance_series", "finish_keys"]

HOLDS = {"holdSeconds": 3600, "references": ["a", "b"]}


def assert_steps_of_an_issue(steps: Sequence[str]) -> None:
    assert [step for step in steps if step in WRITES] == WRITES
    assert list(steps[-len(ENDS) :]) == ENDS


@pytest.mark.parametrize(
    ("database", "wanted"), [("sqlite", {}), ("postgres", {}), ("postgres", HOLDS)]
)
def test_server_killed_at_any_step_of_an_issue_settles_it_by_its_key(
    database: str, wanted: dict[str, object], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url, tally = request.getfixturevalue(f"{database}_url"), Tally()
    killed_at_every_step(url, tmp_path, tally, wanted, assert_steps_of_an_issue)
    assert tally.server_kills >= len(WRITES) + len(ENDS)
