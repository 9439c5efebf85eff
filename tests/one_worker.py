"""Tests that share what is costly to make: one worker runs all of them, one after another.

By their files: the marks of pytest-xdist stand in a node id, which pytest 9.2 lets nobody change.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

GROUPS = {
    # A database with ten million entries, which takes a minute and four gigabytes.
    "tests/integration/test_postgres_plans.py": "plans",
    # The original's client, which takes ten seconds and 400 MB to import.
    "tests/contract/test_zuora_sdk": "zuora_sdk",
}


# A Chromium for each file.
GROUPED_BY_FILE = "tests/browser/"


def group_of(nodeid: str) -> str | None:
    if nodeid.startswith(GROUPED_BY_FILE):
        return nodeid.partition("::")[0]
    return next((group for start, group in GROUPS.items() if nodeid.startswith(start)), None)


class OneWorkerScheduling(LoadScopeScheduling):  # type: ignore[misc] # has no types
    """Shape: what belongs to no group goes to whichever worker is free, test by test."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid
