"""A disk under SQLite that fails at a chosen call, or loses what was not yet synced.

    with failing_disk() as disk:
        store = open_store("sqlite:////some/folder/seriatim.db")
        disk.fail_at(7, Failure.SHORT_WRITE)

It is SQLite's own file layer with a door in it: every connection opened inside the block uses it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any

import apsw

_NAME = "failing-disk"


class Failure(Enum):
    """What becomes of the calls."""

    ERROR = auto()
    FULL = auto()  # of what would write; the others go well
    SHORT_WRITE = auto()  # half of it is written, and then an error
    POWER_CUT = auto()  # from that call on nothing is done any more


class FailingDisk(apsw.VFS):
    """Shape: `calls` counts those since `fail_at`, of all files together."""

    def __init__(self) -> None:
        self.calls = 0
        self._fails_at = 0
        self._failure = Failure.ERROR
        self._is_lasting = False
        self._files: dict[str, _Contents] = {}
        self.real = apsw.vfs_names()[0]
        super().__init__(_NAME, self.real, makedefault=True)

    def fail_at(self, call: int, failure: Failure, *, lasting: bool = False) -> None:
        """Let that call from now on fail, and with `lasting` all after it."""
        self.calls, self._fails_at, self._failure, self._is_lasting = 0, call, failure, lasting

    def mend(self) -> None:
        self._fails_at = 0

    @property
    def has_failed(self) -> bool:
        return 0 < self._fails_at <= self.calls

    def take(self, *, writes: bool = False) -> Failure | None:
        """Count a call; what shall become of it."""
        self.calls += 1
        lasts = self._is_lasting or self._failure is Failure.POWER_CUT
        is_hit = self.calls == self._fails_at or (lasts and self.has_failed)
        if not is_hit or (self._failure is Failure.FULL and not writes):
            return None
        return self._failure

    def contents(self, name: str) -> _Contents:
        if name not in self._files:
            self._files[name] = _Contents(Path(name))
        return self._files[name]

    def after_power_loss(self, folder: Path, found: Path, seed: int) -> None:
        """Write to `found` what a machine finds of `folder` when it comes up again.

        What was not synced is there or not, piece by piece, as the seed says.
        """
        chance = random.Random(seed)
        for name, contents in self._files.items():
            if Path(name).parent == folder:
                (found / Path(name).name).write_bytes(contents.survivors(chance))

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _File(self, name, flags)

    def xDelete(self, name: str, is_synced: bool) -> None:  # noqa: N802 - SQLite's name
        super().xDelete(name, is_synced)
        self._files.pop(name, None)


class _Contents:
    """A file as far as it is synced, and what was written since."""

    def __init__(self, path: Path) -> None:
        self._synced = bytearray(path.read_bytes() if path.exists() else b"")
        self._since: list[tuple[int, bytes | None]] = []

    def write(self, offset: int, data: bytes) -> None:
        self._since.append((offset, data))

    def truncate(self, size: int) -> None:
        self._since.append((size, None))

    def sync(self) -> None:
        for change in self._since:
            _change(self._synced, *change)
        self._since.clear()

    def survivors(self, chance: random.Random) -> bytes:
        found = bytearray(self._synced)
        for change in self._since:
            if chance.random() < 0.5:
                _change(found, *change)
        return bytes(found)


def _change(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(b"\0" * (offset - len(content)))
    content[offset : offset + len(data)] = data


class _File(apsw.VFSFile):
    def __init__(self, disk: FailingDisk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._contents = disk.contents(name.filename() if hasattr(name, "filename") else str(name))
        super().__init__(disk.real, name, flags)

    def _pass(self, *, writes: bool = False) -> None:
        failure = self._disk.take(writes=writes)
        if failure is not None:
            raise apsw.FullError("no room") if failure is Failure.FULL else apsw.IOError("broken")

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._pass()
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        failure = self._disk.take(writes=True)
        if failure is Failure.SHORT_WRITE:
            self._write(data[: len(data) // 2], offset)
        if failure is not None:
            raise apsw.FullError("no room") if failure is Failure.FULL else apsw.IOError("broken")
        self._write(data, offset)

    def _write(self, data: bytes, offset: int) -> None:
        self._contents.write(offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        self._pass(writes=True)
        self._contents.truncate(size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._pass(writes=True)
        super().xSync(flags)
        self._contents.sync()


@contextmanager
def failing_disk() -> Iterator[FailingDisk]:
    disk = FailingDisk()
    try:
        yield disk
    finally:
        disk.unregister()
