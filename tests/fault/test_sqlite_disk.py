"""SQLite on a disk that fails, fills up or loses power, at every single call that it gets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seriatim.engine.history import read_history
from seriatim.engine.history_check import HistoryFault, check_history
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import new_desk
from tests.fault.deployment import books_of
from tests.fault.failing_disk import FailingDisk, Failure, failing_disk
from tests.fault.keyed_client import KeyedClient

# What is raised on purpose inside SQLite's file layer is reported beside being an error there.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

REQUESTS = 2


@pytest.fixture
def disk() -> Iterator[FailingDisk]:
    with failing_disk() as disk:
        yield disk


class Life:
    """One database on the disk, and a client of it."""

    def __init__(self, template: Path, folder: Path) -> None:
        folder.mkdir()
        shutil.copyfile(template, folder / "seriatim.db")
        self.folder = folder
        self.store = _store(folder)
        self.client = KeyedClient(new_desk(self.store))
        self.client.ask("before")

    def ask_for_more(self) -> list[str]:
        return [self.client.ask(f"key {number}") for number in range(REQUESTS)]

    def go_on_in(self, folder: Path) -> None:
        self.store.close()
        self.store = _store(folder)
        self.client.use(self.store)

    def settled(self) -> list[HistoryFault]:
        """Every doubt settled by its key; what the checker has to say."""
        heard = [self.client.ask(key) for key in self.client.asked]
        assert heard == ["ok"] * len(heard)
        return check_history(read_history(self.client.history.lines), books_of(self.store))


def _store(folder: Path) -> SqlStore:
    return open_store(f"sqlite:///{folder / 'seriatim.db'}")


def _calls_of_a_life(life: Life, disk: FailingDisk) -> int:
    disk.fail_at(10**9, Failure.ERROR)
    assert life.ask_for_more() == ["ok"] * REQUESTS
    return disk.calls


@pytest.mark.parametrize(
    ("failure", "is_lasting"),
    [
        (Failure.ERROR, False),
        (Failure.ERROR, True),
        (Failure.FULL, True),
        (Failure.SHORT_WRITE, False),
    ],
)
def test_failure_of_any_call_loses_nothing_and_heals(
    disk: FailingDisk, sqlite_template: Path, tmp_path: Path, failure: Failure, is_lasting: bool
) -> None:
    calls = _calls_of_a_life(Life(sqlite_template, tmp_path / "whole"), disk)
    refused = 0
    for call in range(1, calls + 1):
        life = Life(sqlite_template, tmp_path / f"fails at {call}")
        disk.fail_at(call, failure, lasting=is_lasting)
        refused += life.ask_for_more().count("unknown")
        assert disk.has_failed
        disk.mend()
        assert life.settled() == [], call  # the very process goes on
        life.go_on_in(life.folder)
        assert life.settled() == [], call
        life.store.close()
    # One failure alone is made good before anybody hears of it.
    assert bool(refused) == is_lasting


def _lost_by_power_cuts(
    disk: FailingDisk, template: Path, folder: Path, prepare: Callable[[Life], None]
) -> list[HistoryFault]:
    """What is missing after a power cut at every call in turn."""

    def life(name: str) -> Life:
        begun = Life(template, folder / name)
        prepare(begun)
        return begun

    calls = _calls_of_a_life(life("whole"), disk)
    lost: list[HistoryFault] = []
    for call in range(1, calls + 2):  # the last one: after all was answered
        cut = life(f"cut at {call}")
        disk.fail_at(call, Failure.POWER_CUT)
        cut.ask_for_more()
        found = folder / f"found after {call}"
        found.mkdir()
        disk.after_power_loss(cut.folder, found, seed=call)
        disk.mend()
        cut.go_on_in(found)
        lost += cut.settled()
        cut.store.close()
    return lost


def test_power_loss_at_any_call_loses_no_acknowledged_number(
    disk: FailingDisk, sqlite_template: Path, tmp_path: Path
) -> None:
    assert _lost_by_power_cuts(disk, sqlite_template, tmp_path, lambda _: None) == []


def test_power_loss_loses_numbers_where_commits_are_not_synced(
    disk: FailingDisk, sqlite_template: Path, tmp_path: Path
) -> None:
    """So the test above can fail, and NORMAL is not enough."""

    def be_careless(life: Life) -> None:
        connection = life.store.database._writer.connection  # type: ignore[attr-defined] # fault injection
        connection.pragma("synchronous", "normal")

    assert _lost_by_power_cuts(disk, sqlite_template, tmp_path, be_careless) != []
