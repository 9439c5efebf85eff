"""A disk whose syncs do not end: 503 before the deadline, not ready, alive, and nothing lost."""

from __future__ import annotations

from pathlib import Path

from tests.fault.database_proxy import fault_proxy
from tests.fault.scenarios import SLOW_DISK, Tally, disk_too_slow, sqlite_disk_too_slow
from tests.postgres_server import PostgresServer
from tests.running_service import running_service


def test_server_whose_disk_does_not_sync_puts_off_and_loses_nothing(
    sqlite_url: str, tmp_path: Path, seed: int
) -> None:
    sqlite_disk_too_slow(sqlite_url, tmp_path, seed, Tally())


def test_server_whose_database_does_not_confirm_puts_off_and_loses_nothing(
    postgres_url: str, postgres_server: PostgresServer, tmp_path: Path, seed: int
) -> None:
    with fault_proxy("127.0.0.1", postgres_server.port) as proxy:
        proxied = postgres_url.replace(f":{postgres_server.port}/", f":{proxy.port}/")

        def hold(is_holding: bool) -> None:
            proxy.is_holding = is_holding

        with running_service(proxied, tmp_path, SLOW_DISK) as service:
            disk_too_slow(
                service, seed, Tally(), hold=lambda: hold(True), release=lambda: hold(False)
            )
