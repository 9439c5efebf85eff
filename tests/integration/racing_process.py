"""One of several processes on one database: it says `ready`, waits for a line, then works.

    python -m tests.integration.racing_process URL TENANT ENTITY TASK ARGUMENTS...

Its last line is what became of the task, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import Rejected, SeriatimError
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once
from seriatim.store.open import open_store
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk, FixedClock
from tests.samples import new_set, wanted_set

ROOT = Path(__file__).resolve().parents[2]


class Racer:
    """A process of its own. Use: `with Racer(...) as racer: racer.go(); racer.result()`."""

    def __init__(self, url: str, caller: Caller, task: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", __name__),
                *(url, caller.tenant_id, caller.entity_id),
                *(task, *arguments),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.expect("ready")

    def __enter__(self) -> Racer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(30)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def go(self) -> None:
        stdin = _there(self._process.stdin)
        stdin.write("go\n")
        stdin.flush()

    def expect(self, line: str) -> None:
        assert _there(self._process.stdout).readline().strip() == line

    def result(self) -> object:
        return json.loads(_there(self._process.stdout).readline())


def _there(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait() -> None:
    assert sys.stdin.readline() == "go\n"


def issue(desk: Desk, sequence_set: str, times: str, count: str) -> object:
    return [
        text
        for _ in range(int(times))
        for text in desk.texts(sequence_set=sequence_set, count=int(count))
    ]


def create(desk: Desk, name: str, letters: str, document_type: str, prefix: str) -> object:
    return len(desk.create(new_set(name, letters, **{document_type: (prefix, 1)})).sets)


def change(desk: Desk, name: str, document_type: str, prefix: str) -> object:
    wanted = (
        wanted_set(invoice=prefix) if document_type == "invoice" else wanted_set(payment=prefix)
    )
    return len(desk.update(name, wanted).sets)


def hold_key(desk: Desk, client_id: str, key: str) -> object:
    """Claim a key, issue, say so, and commit only when told."""
    use = KeyUse(desk.caller.tenant_id, desk.caller.entity_id, client_id, key, b"f" * 32)

    def work(transaction: Transaction) -> FinishedAnswer:
        books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
        books.set_last_set_position(77)
        _say("holding")
        _wait()
        return FinishedAnswer(200, (), b"held")

    def refuse(error: SeriatimError) -> FinishedAnswer:
        raise error

    return answer_once(desk.store, use, work, refuse, clock=desk.clock).answer.body.decode()


TASKS: dict[str, Callable[..., object]] = {
    "issue": issue,
    "create": create,
    "change": change,
    "hold_key": hold_key,
}


def main() -> None:
    url, tenant_id, entity_id, task, *arguments = sys.argv[1:]
    caller = Caller(tenant_id, entity_id, "command:racer", Role.ADMIN, str(uuid.uuid4()))
    store = open_store(url)
    _say("ready")
    _wait()
    try:
        result = TASKS[task](Desk(store, caller, FixedClock()), *arguments)
    except Rejected as refused:
        result = {"refused": sorted({".".join(map(str, v.full_path)) for v in refused.violations})}
    _say(json.dumps(result))
    store.close()


if __name__ == "__main__":
    main()
