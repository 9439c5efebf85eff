"""A PostgreSQL and its synchronous standby, which take over from each other.

    with postgres_pair() as pair:
        url = pair.url("numbers")
        pair.fail_over()

Free of pytest, so that the long run uses it too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from tests.postgres_server import PostgresServer, owned_folder, temporary_server

WAIT_SECONDS_MAX = 30.0


class PostgresPair:
    """Shape: `primary` and `standby` change places with each `fail_over`, which `failovers`
    counts.
    """

    counted_as = "failovers"

    def __init__(self, primary: PostgresServer, standby: PostgresServer) -> None:
        self.primary = primary
        self.standby = standby
        self.failovers = 0
        self._hosts = [primary, standby]

    def url(self, database: str) -> str:
        """For a service: whichever of the two is the primary."""
        account = self.primary.url(database).partition("@127")[0]
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self._hosts)
        return f"{account}@{hosts}/{database}?target_session_attrs=read-write"

    def create_database(self, name: str) -> None:
        self.primary.create_database(name)

    def leading_url(self, database: str) -> str:
        """Of the one that is the primary now."""
        return self.primary.url(database)

    def make_synchronous(self) -> None:
        """From here on a commit waits for the standby."""
        _run(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        _run(self.primary, "SELECT pg_reload_conf()")
        _wait_for(
            self.primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        )

    def fail_over(self) -> None:
        """The primary dies, and the standby takes over: alone, until `mend`."""
        self.primary.kill()
        _run(self.standby, "SELECT pg_promote()")
        self.primary, self.standby = self.standby, self.primary
        self.failovers += 1

    def mend(self) -> None:
        """The old primary forgets what it did not share, and follows the new one."""
        self.standby.run(
            "pg_rewind",
            *("--target-pgdata", str(self.standby.data)),
            *("--source-server", self.primary.url("postgres")),
            *("--write-recovery-conf", "--no-sync"),
        )
        self.standby.start()
        self.make_synchronous()
        # The next rewind goes back to here; what lies further back may be gone by then.
        _run(self.primary, "CHECKPOINT")

    def cancel_waiting_commits(self) -> None:
        """End the wait of whoever waits for the standby; wait until somebody does."""
        _wait_for(
            self.primary,
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity "
            "WHERE wait_event = 'SyncRep'",
        )


def _run(server: PostgresServer, statement: LiteralString) -> int:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        # What is done here must not wait for a standby itself.
        connection.execute("SET synchronous_commit = local")
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return 0 if row is None else int(row[0])


def _wait_for(server: PostgresServer, counting: LiteralString) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while _run(server, counting) == 0:
        if time.monotonic() > deadline:
            raise TimeoutError(counting)
        time.sleep(0.02)


@contextmanager
def postgres_pair() -> Iterator[PostgresPair]:
    # So much is kept that a server that was away finds where its log and the other's part.
    with temporary_server({"wal_keep_size": "512MB"}) as primary, owned_folder() as folder:
        standby = PostgresServer(folder)
        standby.copy_of(primary)
        standby.start()
        pair = PostgresPair(primary, standby)
        pair.make_synchronous()
        yield pair
