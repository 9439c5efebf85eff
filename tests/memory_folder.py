"""A folder in memory for a whole run's databases, where the machine has the room.

A test commits dozens of times, and on a disk waits for most of its time until it is written. The
databases sync as ever; what the fault tests end are processes, which a folder in memory outlives.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
# The database of the plans' tests takes four of them with its log, all else less than three; as
# many again are for the services and the workers themselves.
GIBIBYTES_MIN = 16
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_folder(
    folder: Path = SHARED_MEMORY,
    meminfo: Path = Path("/proc/meminfo"),
    limits: Iterable[Path] = tuple(map(Path, _LIMITS)),
) -> Path | None:
    """None where there is too little of it, no such folder, or none that runs programs."""
    try:
        room = shutil.disk_usage(folder).free
        runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
        available = _bytes_available(meminfo.read_text())
    except (AttributeError, OSError):
        return None
    allowed = [int(text) for limit in limits if (text := _read(limit)).isdigit()]
    is_roomy = min(room, available, *allowed) >= GIBIBYTES_MIN * 2**30
    return folder if is_roomy and runs_programs else None


def _read(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def _bytes_available(meminfo: str) -> int:
    fields = dict(line.split(":") for line in meminfo.splitlines() if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024
