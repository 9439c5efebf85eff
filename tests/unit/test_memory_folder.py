"""A run's folder lies in memory only where that leaves enough of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.memory_folder import GIBIBYTES_MIN, memory_folder

KIBIBYTES_MIN = GIBIBYTES_MIN * 2**20


@pytest.mark.parametrize(
    ("available", "allowed", "is_taken"),
    [
        (KIBIBYTES_MIN, "max", True),
        (KIBIBYTES_MIN, str(KIBIBYTES_MIN * 1024), True),
        (KIBIBYTES_MIN - 1, "max", False),
        (KIBIBYTES_MIN, str(KIBIBYTES_MIN * 1024 - 1), False),
    ],
)
def test_memory_is_taken_where_it_is_there_and_allowed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    available: int,
    allowed: str,
    is_taken: bool,
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2**40}))
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable:   {available} kB\n")
    (tmp_path / "limit").write_text(f"{allowed}\n")
    limits = [tmp_path / "limit", tmp_path / "absent"]
    taken = memory_folder(tmp_path, tmp_path / "meminfo", limits)
    assert taken == (tmp_path if is_taken else None)


def test_without_shared_memory_none_is_taken(tmp_path: Path) -> None:
    assert memory_folder(tmp_path / "absent") is None
    assert memory_folder(tmp_path, tmp_path / "absent") is None
