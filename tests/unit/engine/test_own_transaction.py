"""Which SQLite connections may carry numbers."""

from __future__ import annotations

import pytest

from seriatim.engine.own_transaction import why_sqlite_may_lose_commits

OFF, NORMAL, FULL, EXTRA = range(4)
MENDED = (3, 51, 3)
BROKEN = (3, 51, 2)


@pytest.mark.parametrize(
    ("version", "journal_mode", "synchronous"),
    [
        (MENDED, "wal", FULL),
        (MENDED, "wal", EXTRA),
        ((3, 52, 0), "wal", FULL),
        (BROKEN, "truncate", FULL),
        (BROKEN, "persist", FULL),
        (BROKEN, "delete", EXTRA),
        ((3, 6, 23, 1), "wal", FULL),
    ],
)
def test_connection_that_keeps_its_commits_is_accepted(
    version: tuple[int, ...], journal_mode: str, synchronous: int
) -> None:
    assert (
        why_sqlite_may_lose_commits(version, journal_mode=journal_mode, synchronous=synchronous)
        is None
    )


@pytest.mark.parametrize(
    ("version", "journal_mode", "synchronous", "reason"),
    [
        (MENDED, "wal", NORMAL, "run PRAGMA synchronous=FULL"),
        (MENDED, "wal", OFF, "synchronous=OFF with journal_mode=WAL"),
        (MENDED, "delete", FULL, "run PRAGMA synchronous=EXTRA"),
        (MENDED, "truncate", NORMAL, "run PRAGMA synchronous=FULL"),
        (MENDED, "persist", OFF, "can lose a commit when the power fails"),
        (MENDED, "memory", EXTRA, "journal_mode=MEMORY can damage the file"),
        (MENDED, "off", EXTRA, "run PRAGMA journal_mode=TRUNCATE"),
        (BROKEN, "wal", FULL, "SQLite 3.51.2 can corrupt a file in WAL mode"),
        ((3, 40, 1), "wal", EXTRA, "use an apsw connection"),
        ((3, 7, 0), "wal", FULL, "mended in 3.51.3"),
    ],
)
def test_connection_that_can_lose_a_commit_is_refused_with_the_way_out(
    version: tuple[int, ...], journal_mode: str, synchronous: int, reason: str
) -> None:
    found = why_sqlite_may_lose_commits(version, journal_mode=journal_mode, synchronous=synchronous)
    assert found is not None
    assert reason in found
