"""Two thousand lives of the issuer under faults; every guarantee holds at the end of each.

A failed seed is lived through again by `python -m tests.unit.simulation SEED`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from seriatim.domain.errors import SeriatimError
from seriatim.domain.number_states import present_states
from seriatim.engine import batch
from seriatim.engine.issuer import Issuer
from seriatim.service import idempotency, number_moves, numbers
from seriatim.service import issuing as issuing_module
from seriatim.service.idempotency import Answered, KeyUse
from seriatim.service.issuing import NumberIssuing
from seriatim.store.key_queries import StoredKey
from tests.unit.simulation.faulty_memory import FaultyMemory
from tests.unit.simulation.simulation import STEPS, Simulation

SEEDS = 2000
SEEDS_PER_TEST = 50


def complaints_of(seeds: Sequence[int], steps: int = STEPS) -> dict[int, list[str]]:
    found = {seed: Simulation(seed, FaultyMemory()).run(steps) for seed in seeds}
    return {seed: complaints for seed, complaints in found.items() if complaints}


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_PER_TEST))
def test_issuer_under_faults_keeps_every_guarantee(first: int) -> None:
    assert complaints_of(range(first, first + SEEDS_PER_TEST)) == {}


def test_same_seed_lives_the_same_life() -> None:
    def lived() -> list[tuple[str, int, int]]:
        simulation = Simulation(7, FaultyMemory())
        assert simulation.run() == []
        return [
            (entry.content.kind.value, entry.content.numbers.first, entry.content.numbers.last)
            for series in simulation.desk.all_series()
            for entry in simulation.desk.entries(series.prefix, series.document_type)
        ]

    assert lived() == lived()


def test_simulation_meets_everything_it_is_there_for() -> None:
    seen: Counter[str] = Counter()
    for seed in range(20):
        simulation = Simulation(seed, FaultyMemory())
        simulation.run()
        for line in simulation.clients.lines:
            seen[line.split('"')[3]] += 1
            seen["replayed"] += '"replayed": true' in line
        for series in simulation.desk.all_series():
            for entry in simulation.desk.entries(series.prefix, series.document_type):
                seen[entry.content.kind.value] += 1
                seen["stepped over"] += "the same text" in (entry.content.reason or "")
                seen["expired"] += entry.content.reason == "hold expired"
    wanted = ["ok", "failed", "unknown", "replayed", "issued", "reserved", "confirmed", "voided"]
    wanted += ["skipped", "stepped over", "expired"]
    assert {name for name in wanted if seen[name] < 20} == set()


# --- defects of the kind it must find ------------------------------------------------------------


def believes_every_lost_commit_undone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NumberIssuing, "_is_committed", lambda *_: False)


def believes_every_lost_commit_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NumberIssuing, "_is_committed", lambda *_: True)


def keeps_no_answer_with_its_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(numbers, "keep", lambda *_: None)


def replays_whatever_the_request_was(patch: pytest.MonkeyPatch) -> None:
    replay = idempotency.replay

    def careless(transaction: Any, use: KeyUse, stored: StoredKey) -> Answered:
        return replay(transaction, replace(use, fingerprint=stored.fingerprint), stored)

    patch.setattr(numbers, "replay", careless)


def forgets_its_keys(patch: pytest.MonkeyPatch) -> None:
    def claim(transaction: Any, uses: Sequence[KeyUse], clock: Any) -> list[None]:
        idempotency.claim(transaction, uses, clock)
        return [None for _ in uses]

    patch.setattr(numbers, "claim", claim)


def carries_out_what_was_withdrawn(patch: pytest.MonkeyPatch) -> None:
    next_batch = Issuer._next_batch

    def careless(issuer: Issuer[Any, Any]) -> Any:
        for ticket in issuer._waiting:
            ticket.is_withdrawn = False
        return next_batch(issuer)

    patch.setattr(Issuer, "_next_batch", careless)


def runs_again_what_may_be_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Issuer, "_parts", lambda _, batch, __: [[ticket] for ticket in batch])


def takes_no_deadline_seriously(patch: pytest.MonkeyPatch) -> None:
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    patch.setattr(
        number_moves,
        "present_states",
        lambda covering, referring, _: present_states(covering, referring, long_ago),
    )


def looks_at_no_other_series(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "is_clear", lambda *_: True)


def tells_a_number_before_its_commit(patch: pytest.MonkeyPatch) -> None:
    """What was issued is told though the database was away, or lost it."""
    run_once = NumberIssuing._run_once

    def careless(issuing: NumberIssuing, asks: Sequence[Any]) -> Any:
        done: list[Any] = []
        issue_together = numbers.issue_together

        def note(*args: Any, **rest: Any) -> Any:
            done.append(issue_together(*args, **rest))
            return done[-1]

        with pytest.MonkeyPatch.context() as inner:
            inner.setattr(issuing_module, "issue_together", note)
            try:
                return run_once(issuing, asks)
            except SeriatimError:
                if done:
                    return done[-1].outcomes
                raise

    patch.setattr(NumberIssuing, "_run_once", careless)


DEFECTS = [
    believes_every_lost_commit_undone,
    believes_every_lost_commit_kept,
    keeps_no_answer_with_its_key,
    replays_whatever_the_request_was,
    forgets_its_keys,
    carries_out_what_was_withdrawn,
    runs_again_what_may_be_done,
    takes_no_deadline_seriously,
    looks_at_no_other_series,
    tells_a_number_before_its_commit,
]


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_found_within_a_few_lives(
    defect: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    defect(monkeypatch)
    assert any(complaints_of([seed]) for seed in range(40))
