"""Which connections may carry numbers inside the caller's own transaction. Pure.

An answer means that the number is on disk once the caller has committed. So a connection whose
commits can be lost, or that can damage the file, is refused, with the reason and a way out.
Source: contract/guarantees.md, G4 and Facts 3 and 4; ADR 11.
"""

from __future__ import annotations

Version = tuple[int, ...]

# Two connections that write or checkpoint a WAL at once could corrupt it.
WAL_BROKEN_FROM: Version = (3, 7, 0)
WAL_MENDED_IN: Version = (3, 51, 3)

_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
_FULL = 2
_EXTRA = 3
# How much of a commit must be written through, by the way SQLite undoes a transaction: in WAL
# NORMAL does not sync a commit; in DELETE mode FULL does not sync the folder from which the
# journal was deleted, so that the journal can come back and undo the commit.
_SYNCHRONOUS_MIN = {"wal": _FULL, "truncate": _FULL, "persist": _FULL, "delete": _EXTRA}


def why_sqlite_may_lose_commits(
    version: Version, *, journal_mode: str, synchronous: int
) -> str | None:
    """What is wrong with a connection to an SQLite file, and what to do; None if it is safe.

    Shape: `synchronous` is the number that the pragma answers.
    """
    least = _SYNCHRONOUS_MIN.get(journal_mode)
    if least is None:
        return (
            f"journal_mode={journal_mode.upper()} can damage the file when a program ends in the "
            "middle of a transaction: run PRAGMA journal_mode=TRUNCATE on the connection"
        )
    if journal_mode == "wal" and WAL_BROKEN_FROM <= version < WAL_MENDED_IN:
        return (
            f"SQLite {_dotted(version)} can corrupt a file in WAL mode when two connections write "
            f"at once (mended in {_dotted(WAL_MENDED_IN)}): use an apsw connection, or take the "
            "file out of WAL with PRAGMA journal_mode=TRUNCATE"
        )
    if synchronous < least:
        return (
            f"synchronous={_SYNCHRONOUS[max(synchronous, 0)]} with "
            f"journal_mode={journal_mode.upper()} can lose a commit when the power fails: run "
            f"PRAGMA synchronous={_SYNCHRONOUS[least]} on the connection before its transaction"
        )
    return None


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
