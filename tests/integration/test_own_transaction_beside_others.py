"""Own transactions on one series follow one another, beside other programs that issue from it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from seriatim import Conflict, Numbering
from tests.integration.own_callers import Caller, caller_on, make_table, numbering_on

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS_MAX = 20.0

ANOTHER_PROGRAM = """
import sys, threading
from seriatim import Conflict, Numbering, StoreUnavailable

def issue(numbering, numbers):
    while len(numbers) < 25:
        try:
            numbers.append(numbering.issue("invoice", reference="theirs").number)
        except (Conflict, StoreUnavailable):
            pass

with Numbering(sys.argv[1]) as numbering:
    print("ready", flush=True)
    sys.stdin.readline()
    kept = [[] for _ in range(8)]
    threads = [threading.Thread(target=issue, args=(numbering, one)) for one in kept]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(*(number for one in kept for number in one))
"""


class Beside:
    """A call on a thread of its own."""

    def __init__(self, call: Any) -> None:
        self.result: Any = None
        self._call = call
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.result = self._call()

    def end(self) -> Any:
        self._thread.join(WAIT_SECONDS_MAX)
        assert not self._thread.is_alive()
        return self.result


def wait_until_blocked(url: str, pid: int) -> None:
    """By what the server says, not by the clock."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    with psycopg.connect(url, autocommit=True) as watching:
        while time.monotonic() < deadline:
            (row,) = watching.execute("SELECT pg_blocking_pids(%s)", (pid,)).fetchall()
            if row[0]:
                return
    raise TimeoutError("the second transaction does not wait for the first")


@pytest.mark.parametrize("ending", ["commit", "rollback"])
@pytest.mark.parametrize("kind", ["psycopg", "sqlalchemy-psycopg"])
def test_second_transaction_waits_for_the_first_and_gets_the_next_number(
    kind: str, ending: str, postgres_url: str
) -> None:
    with (
        numbering_on(postgres_url) as numbering,
        caller_on(kind, postgres_url) as one,
        caller_on(kind, postgres_url) as other,
    ):
        numbering.initialise()
        first = numbering.issue("invoice", connection=one.connection)
        second = Beside(lambda: numbering.issue("invoice", connection=other.connection))
        wait_until_blocked(postgres_url, other.driver.info.backend_pid)
        getattr(one, ending)()
        found = second.end()
        other.commit()
        assert first.number == "INV00000001"
        assert found.number == ("INV00000002" if ending == "commit" else "INV00000001")
        assert numbering.verify().is_verified


def test_transactions_on_different_series_do_not_wait_for_each_other(postgres_url: str) -> None:
    with (
        numbering_on(postgres_url) as numbering,
        caller_on("psycopg", postgres_url) as one,
        caller_on("psycopg", postgres_url) as other,
    ):
        numbering.issue("invoice", connection=one.connection)
        assert numbering.issue("payment", connection=other.connection).number == "P-00000001"
        one.commit()
        other.commit()


def test_deadlock_between_two_callers_is_told_as_one_to_repeat(postgres_url: str) -> None:
    with (
        numbering_on(postgres_url) as numbering,
        caller_on("psycopg", postgres_url) as one,
        caller_on("psycopg", postgres_url) as other,
    ):
        numbering.initialise()
        for caller in (one, other):
            caller.run("SET deadlock_timeout = '10ms'")
            caller.commit()
        numbering.issue("invoice", connection=one.connection)
        numbering.issue("payment", connection=other.connection)
        outcomes: list[str] = []

        def issue(document_type: str, caller: Caller) -> None:
            try:
                number = numbering.issue(document_type, connection=caller.connection).number
                outcomes.append(number)
            except Conflict:
                outcomes.append("repeat")
                caller.rollback()  # until then it holds its first series

        crossing = Beside(lambda: issue("payment", one))
        wait_until_blocked(postgres_url, one.driver.info.backend_pid)
        issue("invoice", other)
        crossing.end()
        assert outcomes[0] == "repeat"
        assert outcomes[1] in {"INV00000001", "P-00000001"}
        one.rollback()
        other.rollback()
        assert numbering.verify().is_verified


@pytest.mark.parametrize("kind", ["apsw", "psycopg"])
def test_numbers_stay_whole_beside_another_program_that_issues_the_same_series(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("empty_sqlite_url" if kind == "apsw" else "postgres_url")
    with numbering_on(url) as numbering, caller_on(kind, url) as caller:
        numbering.initialise()
        make_table(caller)
        if isinstance(caller.driver, apsw.Connection):
            caller.driver.set_busy_timeout(10_000)
        theirs = subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROGRAM, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        )
        assert theirs.stdout is not None
        assert theirs.stdin is not None
        assert theirs.stdout.readline() == "ready\n"
        theirs.stdin.write("go\n")
        theirs.stdin.flush()
        kept = []
        for turn in range(60):
            caller.begin("BEGIN IMMEDIATE")
            number = numbering.issue("invoice", reference="ours", connection=caller.connection)
            caller.insert(number.number)
            if turn % 3:
                caller.commit()
                kept.append(number.number)
            else:
                caller.rollback()
        given = theirs.communicate(timeout=60)[0].split()
        assert theirs.returncode == 0
        assert caller.numbers() == kept
        verified = numbering.verify()
        (invoices,) = [one for one in verified.series if one.prefix == "INV"]
    assert verified.is_verified
    assert invoices.numbers == len(kept) + len(given) == 240
    assert sorted(kept + given) == [f"INV{number:08d}" for number in range(1, 241)]


def test_own_issue_beside_an_open_transaction_of_the_same_thread_ends(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for a lock that this very thread holds: bounded, and nothing is issued."""
    monkeypatch.setattr("seriatim.store.postgres_options.LOCK_WAIT_MS_MAX", 50)
    with (
        Numbering(postgres_url, initialise=True) as numbering,
        caller_on("psycopg", postgres_url) as caller,
    ):
        numbering.issue("invoice", connection=caller.connection)
        with pytest.raises(Conflict):
            numbering.issue("invoice")
        caller.commit()
        assert numbering.issue("invoice").number == "INV00000002"
