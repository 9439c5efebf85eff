"""What a process is set to so that it need not do the same work again and again."""

from __future__ import annotations

import subprocess
import sys

import apsw

from seriatim.store.sqlite import SqliteDatabase

CALM = """
import gc, weakref
from seriatim import bootstrap

class Node:
    pass

def cycle():
    node = Node()
    node.itself = node
    return weakref.ref(node)

bootstrap.calm_garbage_collection()
assert gc.isenabled() and gc.get_freeze_count() > 10_000
left_behind = cycle()
kept = [[number] for number in range(2 * bootstrap.OBJECTS_PER_COLLECTION)]
assert left_behind() is None, "a cycle stays for ever"
"""


def test_service_passes_over_what_lives_long_and_still_collects_cycles() -> None:
    """In a process of its own, for it changes the whole process."""
    subprocess.run([sys.executable, "-c", CALM], check=True, timeout=60)


def test_sqlite_does_not_plan_a_statement_anew_for_each_value(sqlite_url: str) -> None:
    database = SqliteDatabase(sqlite_url.removeprefix("sqlite:///"))
    try:
        with database.read() as reading, database.write() as writing:
            for session in (reading, writing):
                assert session.connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1
    finally:
        database.close()
