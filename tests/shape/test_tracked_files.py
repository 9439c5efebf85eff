"""The project installs and reads the same on every machine: no addresses, no local paths."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from tests.shape.tree import ROOT, project_files, shown, text_of

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)((?: ;[^\\\n]*)?)", re.MULTILINE)
DOWNLOAD_ADDRESS = re.compile(r"https?://[^\s\"']+(?:/simple/|\.whl|\.tar\.gz|\.tgz)")
HOME_FOLDER = re.compile(r"(?<![\w.])/(?:root|home/[a-z]\w*|Users/\w+)/")
# Folders in which a clone may lie and which are rightly named in texts.
COMMON_FOLDERS = {Path("/"), Path("/tmp"), Path("/opt"), Path("/srv"), Path(tempfile.gettempdir())}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_file_pins_and_hashes_everything_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE)
    assert len(requirements) == len(PINNED.findall(text)) > 10
    assert all(line.endswith("\\") for line in requirements), "a requirement without a hash"


def test_dev_lock_holds_all_of_the_server_lock() -> None:
    """So that `make test` tests what `make serve` runs, in one virtual environment."""
    server, dev = (
        set(PINNED.findall((ROOT / "requirements" / name).read_text()))
        for name in ("server.lock", "dev.lock")
    )
    assert server - dev == set()


def test_no_file_names_a_download_address() -> None:
    found = [shown(path) for path in project_files() if DOWNLOAD_ADDRESS.search(text_of(path))]
    assert found == []


def test_no_file_names_a_folder_of_this_machine() -> None:
    here = {f"{folder}/" for folder in (ROOT, ROOT.parent) if folder not in COMMON_FOLDERS}
    found = [
        shown(path)
        for path in project_files()
        if HOME_FOLDER.search(text_of(path)) or any(name in text_of(path) for name in here)
    ]
    assert found == []


def test_text_files_end_with_a_newline_and_lines_without_spaces() -> None:
    texts = {shown(path): text_of(path) for path in project_files() if path.name != "LICENSE"}
    found = [
        place
        for place, text in texts.items()
        if text and (not text.endswith("\n") or re.search(r"[ \t]+$", text, re.MULTILINE))
    ]
    assert found == []
