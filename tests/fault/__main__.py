"""The long run with faults: `make test-fault`, about 45 minutes, bounded.

    python -m tests.fault --minutes 45 --seed 7
    python -m tests.fault --minutes 1 --only servers_killed

Every scenario in turn, again and again until the time is up, then what was done and seen. Exit
code 1 where a guarantee did not hold, 2 where a whole run did not do all that must be done; a
shorter one, or one of some scenarios, says that it was.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from tests.fault import repeated_requests, scenarios
from tests.fault.patroni_cluster import PatroniCluster, patroni_cluster
from tests.fault.postgres_pair import PostgresPair, postgres_pair
from tests.fault.scenarios import Tally
from tests.postgres_server import PostgresServer, temporary_server

WHOLE_MINUTES = 45.0
MUST_REACH = {
    "server_kills": 200,
    "database_kills": 50,
    "failovers": 20,
    "patroni_failovers": 3,
    "numbers": 500_000,
}
HOLDS = {"holdSeconds": 3600, "references": ["a", "b"]}


@dataclass
class Place:
    """Where one scenario lives. Shape: each asks for a new folder and a new database."""

    postgres: PostgresServer
    pair: PostgresPair
    patroni: Callable[[], PatroniCluster]
    folder: Path
    seed: int

    @property
    def sqlite_url(self) -> str:
        return f"sqlite:///{self.folder / 'seriatim.db'}"

    @property
    def database(self) -> str:
        return f"run_{self.folder.name}"

    @property
    def postgres_url(self) -> str:
        return self.postgres.create_database(self.database)

    def drop_database(self) -> None:
        """A killed server syncs every file that it has before it starts again."""
        for server in (self.postgres, self.pair.primary):
            server.drop_database(self.database)


Scenario = Callable[[Place, Tally], None]


def _servers(kind: str, servers: int) -> Scenario:
    def scenario(at: Place, tally: Tally) -> None:
        url = getattr(at, kind)
        scenarios.servers_killed(url, at.folder, at.seed, tally, servers=servers, kills=8)

    return scenario


def _every_step(kind: str, wanted: dict[str, Any]) -> Scenario:
    def scenario(at: Place, tally: Tally) -> None:
        url = getattr(at, kind)
        scenarios.killed_at_every_step(url, at.folder, tally, wanted, lambda _: None)

    return scenario


def _on_postgres(run: Callable[..., None], **bounds: int) -> Scenario:
    def scenario(at: Place, tally: Tally) -> None:
        run(at.postgres, at.database, at.folder, at.seed, tally, **bounds)

    return scenario


def _anywhere(run: Callable[..., None], kind: str, **bounds: int) -> Scenario:
    def scenario(at: Place, tally: Tally) -> None:
        run(getattr(at, kind), at.folder, at.seed, tally, **bounds)

    return scenario


def _failovers(at: Place, tally: Tally) -> None:
    scenarios.failed_over(at.pair, at.database, at.folder, at.seed, tally, failovers=4)


def _patroni_failovers(at: Place, tally: Tally) -> None:
    scenarios.failed_over(at.patroni(), at.database, at.folder, at.seed, tally, failovers=2)


def _delivered_again(kind: str) -> Scenario:
    return _anywhere(repeated_requests.delivered_after_restart, kind, requests=400)


def _delivered_after_failover(at: Place, tally: Tally) -> None:
    repeated_requests.delivered_after_failover(
        at.pair, at.database, at.folder, at.seed, tally, requests=400
    )


SCENARIOS: dict[str, Scenario] = {
    "servers_killed sqlite": _servers("sqlite_url", 1),
    "servers_killed postgres": _servers("postgres_url", 1),
    "servers_killed postgres, two": _servers("postgres_url", 2),
    "killed_at_every_step sqlite": _every_step("sqlite_url", {}),
    "killed_at_every_step postgres": _every_step("postgres_url", HOLDS),
    "database_killed": _on_postgres(scenarios.database_killed, kills=6),
    "backends_ended": _on_postgres(scenarios.backends_ended, kills=8),
    "connections_cut": _on_postgres(scenarios.connections_cut, cuts=30),
    "failed_over": _failovers,
    "patroni_failed_over": _patroni_failovers,
    "disk_too_slow sqlite": _anywhere(scenarios.sqlite_disk_too_slow, "sqlite_url"),
    "retry_storm postgres": _anywhere(repeated_requests.retry_storm, "postgres_url"),
    "delivered_again sqlite": _delivered_again("sqlite_url"),
    "delivered_again postgres": _delivered_again("postgres_url"),
    "delivered_again after failover": _delivered_after_failover,
    "clock_moved postgres": _anywhere(scenarios.clock_moved, "postgres_url", moves=10),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=WHOLE_MINUTES)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", default="", help="scenarios whose name begins so")
    given = parser.parse_args()
    chosen = {name: one for name, one in SCENARIOS.items() if name.startswith(given.only)}
    tally, failed = Tally(), 0
    _say(f"seed {given.seed}, {given.minutes:g} minutes")
    deadline = time.monotonic() + 60 * given.minutes
    with ExitStack() as stack:
        postgres, pair = _servers_of_a_run(stack)
        patroni = cache(lambda: stack.enter_context(patroni_cluster()))
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seriatim-fault-")))
        for turn, (name, seed) in enumerate(_turns(list(chosen), random.Random(given.seed))):
            if time.monotonic() > deadline:
                break
            folder = root / str(turn)
            folder.mkdir()
            failed += not _lived(
                chosen[name], name, Place(postgres, pair, patroni, folder, seed), tally
            )
    is_whole = not given.only and given.minutes >= WHOLE_MINUTES
    return _summary(tally, failed, is_whole=is_whole)


def _servers_of_a_run(stack: ExitStack) -> tuple[PostgresServer, PostgresPair]:
    return stack.enter_context(temporary_server()), stack.enter_context(postgres_pair())


def _turns(names: list[str], chance: random.Random) -> Iterator[tuple[str, int]]:
    """All of them, in an order of its own each time round."""
    for _ in count():
        chance.shuffle(names)
        for name in names:
            yield name, chance.randrange(2**32)


def _lived(scenario: Scenario, name: str, at: Place, tally: Tally) -> bool:
    started = time.monotonic()
    try:
        scenario(at, tally)
        at.drop_database()
    except Exception:  # noqa: BLE001 - whatever it is, the run goes on and says so
        _say(f"FAILED {name}, seed {at.seed}\n{traceback.format_exc()}")
        return False
    _say(f"{time.monotonic() - started:5.0f} s  {name}: {tally.numbers} numbers so far")
    return True


def _summary(tally: Tally, failed: int, *, is_whole: bool) -> int:
    missed = [name for name, least in MUST_REACH.items() if getattr(tally, name) < least]
    _say("")
    for name in _COUNTED:
        _say(f"{name.replace('_', ' '):18} {getattr(tally, name):>9}  {_least(name)}")
    slowest = max(tally.healed_after_s, default=0.0)
    _say(f"{'slowest healing':18} {slowest:9.2f} s (at most {scenarios.HEAL_SECONDS_MAX:g})")
    _say(f"{'violations':18} {failed:>9}  (scenarios that failed)")
    if not is_whole:
        _say(
            f"a short run: the least numbers are those of {WHOLE_MINUTES:g} minutes and all scenarios"
        )
    elif missed:
        _say(f"NOT REACHED: {', '.join(missed)}")
    if failed:
        return 1
    return 2 if is_whole and missed else 0


_COUNTED = (
    *("server_kills", "database_kills", "failovers", "patroni_failovers"),
    *("cuts", "requests", "numbers"),
)


def _least(name: str) -> str:
    return f"(at least {MUST_REACH[name]})" if name in MUST_REACH else ""


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a program for the terminal


if __name__ == "__main__":
    sys.exit(main())
