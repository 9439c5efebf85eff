"""The very server that users run, on an SQLite disk whose syncs take as long as one likes.

    with running_service(url, folder, serve=serve_slowly):
        hold(folder)

It is SQLite's own file layer with a door in it, inside the process of the server.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import apsw

from tests.running_service import serve

_LOOK_SECONDS = 0.01


def hold(folder: Path) -> None:
    """From here on no sync ends, until `release`."""
    _door(folder).touch()


def release(folder: Path) -> None:
    _door(folder).unlink()


def _door(folder: Path) -> Path:
    return folder / "syncs-wait"


class _SlowDisk(apsw.VFS):
    def __init__(self, door: Path) -> None:
        self._door = door
        self._real = apsw.vfs_names()[0]
        super().__init__("slow-disk", self._real, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _SlowFile(self._door, self._real, name, flags)


class _SlowFile(apsw.VFSFile):
    def __init__(self, door: Path, real: str, name: Any, flags: list[int]) -> None:
        self._door = door
        super().__init__(real, name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        while self._door.exists():
            time.sleep(_LOOK_SECONDS)
        super().xSync(flags)


def serve_slowly(folder: Path) -> int:
    _disk = _SlowDisk(_door(folder))  # in use while it is held
    return serve(folder)
