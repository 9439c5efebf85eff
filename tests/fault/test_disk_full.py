"""A disk of eight megabytes that fills up under a running server: 503, no damage, and it heals."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.fault.deployment import Deployment, assert_sound
from tests.fault.insistent_clients import InsistentClients


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Errors: skipped where we may not mount one."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a file system of its own can be mounted on Linux by root alone")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_server_whose_disk_is_full_refuses_and_heals_when_there_is_room(
    small_disk: Path, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    url = f"sqlite:///{small_disk / 'seriatim.db'}"
    deployment = Deployment(url, tmp_path, stack)
    deployment.start(0)
    clients = deployment.clients(seed)
    asyncio.run(_ask(clients, "before"))
    ballast = small_disk / "ballast"
    _fill(ballast)
    refused = asyncio.run(_until_refused(clients))
    ballast.unlink()
    # The very server goes on, and tells what became of each.
    for key in ["before", *refused, "after"]:
        assert asyncio.run(clients.insist(key, _body(key))) == "ok"
    assert httpx.get(f"{deployment.urls[0]}/readyz").status_code == 200
    assert_sound(url, clients)


def _fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("wb", buffering=0) as opened, suppress(OSError):
        while True:
            opened.write(b"\0" * 4096)


async def _until_refused(clients: InsistentClients) -> list[str]:
    """The keys asked for, the last of which was refused; soon, as there is no room at all."""
    keys: list[str] = []
    while True:
        keys.append(f"key {len(keys)}")
        if await clients.ask_once(keys[-1], _body(keys[-1])) == "unknown":
            return keys


async def _ask(clients: InsistentClients, key: str) -> None:
    assert await clients.insist(key, _body(key)) == "ok"


def _body(key: str) -> bytes:
    """With so many references that the log of the database has to grow."""
    names = [f"{key} {n}" for n in range(100)]
    return json.dumps({"documentType": "invoice", "references": names}).encode()
