"""A small disk that fills up under a running server: 503, no damage, and it heals."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.fault.deployment import Deployment, assert_sound
from tests.fault.insistent_clients import InsistentClients


def _memory(_: Path, place: Path) -> list[list[str]]:
    return [["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]]


def _ext4(image: Path, place: Path) -> list[list[str]]:
    """A real file system, in a file. Root may not take the last blocks either."""
    with image.open("wb") as file:
        file.truncate(16 * 1024 * 1024)
    return [
        ["mkfs.ext4", "-q", "-m", "0", str(image)],
        ["mount", "-o", "loop", str(image), str(place)],
    ]


@pytest.fixture(params=[_memory, _ext4], ids=["8 MB tmpfs", "16 MB ext4"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Errors: skipped where we may not mount one."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("a file system of its own can be mounted on Linux by root alone")
    disk = tmp_path / "disk"
    disk.mkdir()
    for command in request.param(tmp_path / "image", disk):
        _run_or_skip(command)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _run_or_skip(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no file system can be mounted here: there is no {command[0]}")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = ended.stderr.strip() or f"code {ended.returncode}"
        pytest.skip(f"no file system can be mounted here: {command[0]}: {said}")


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
