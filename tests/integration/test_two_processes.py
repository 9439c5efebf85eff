"""Several processes on one PostgreSQL: the row locks decide, and no process needs to know another."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from seriatim.domain.errors import KeyInUse, SeriatimError
from seriatim.service.idempotency import Answered, FinishedAnswer, KeyUse, answer_once
from seriatim.store.open import open_store
from tests.conformance.desk import Desk, error_of, new_desk
from tests.integration.racing_process import Racer
from tests.samples import new_set


@pytest.fixture
def desk(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("seriatim.store.postgres_options.LOCK_WAIT_MS_MAX", 300)
    store = open_store(postgres_url)
    yield new_desk(store)
    store.close()


def _race(url: str, desk: Desk, *tasks: tuple[str, ...]) -> list[object]:
    """All at once, each in a process of its own; what became of each."""
    with ExitStack() as racers:
        running = [racers.enter_context(Racer(url, desk.caller, *task)) for task in tasks]
        for racer in running:
            racer.go()
        return [racer.result() for racer in running]


def test_numbers_of_two_processes_are_consecutive_and_given_once(
    desk: Desk, postgres_url: str
) -> None:
    results = _race(postgres_url, desk, *[("issue", "DEFAULT", "500", "1")] * 2)
    texts: list[str] = []
    for result in results:
        assert isinstance(result, list)
        assert result == sorted(result)
        texts += result
    assert sorted(texts) == [f"INV{number:08d}" for number in range(1, 1001)]
    assert desk.verify()["INV invoice"].is_verified
    assert len(desk.entries("INV")) == 1000


def test_entangled_numbers_of_two_processes_are_never_the_same(
    desk: Desk, postgres_url: str
) -> None:
    desk.create(new_set("A", invoice=("2", 299_999_950)), new_set("B", invoice=("23", 1)))
    results = _race(postgres_url, desk, ("issue", "A", "60", "3"), ("issue", "B", "60", "2"))
    texts: list[str] = []
    for result in results:
        assert isinstance(result, list)
        texts += result
    assert len(texts) == len(set(texts)) == 300
    assert all(one.is_verified for one in desk.verify().values())


@pytest.mark.parametrize(
    ("tasks", "path"),
    [
        (
            [("create", "EU", "A", "invoice", "A-"), ("create", "eu", "B", "invoice", "B-")],
            {"sequence_sets.0.name"},
        ),
        (
            [("create", "A", "A", "invoice", "X-"), ("create", "B", "B", "credit_memo", "x-")],
            {"sequence_sets.0.invoice.prefix", "sequence_sets.0.credit_memo.prefix"},
        ),
    ],
)
def test_what_two_processes_create_at_once_has_one_winner(
    desk: Desk, postgres_url: str, tasks: list[tuple[str, ...]], path: set[str]
) -> None:
    results = _race(postgres_url, desk, *tasks)
    (loser,) = [one for one in results if isinstance(one, dict)]
    assert set(loser["refused"]) <= path
    assert sorted(one for one in results if isinstance(one, int)) == [1]
    assert len(desk.names()) == 2


def test_changes_of_two_processes_lose_nothing(desk: Desk, postgres_url: str) -> None:
    desk.create(new_set("EU"))
    assert _race(
        postgres_url, desk, ("change", "EU", "invoice", "NEW-"), ("change", "EU", "payment", "PAY-")
    ) == [1, 1]
    current = desk.get("EU").sequence_set
    assert current.revision == 3
    assert {one.prefix for one in current.series.values()} >= {"NEW-", "PAY-"}


def test_key_that_another_process_holds_is_in_use_and_then_replayed(
    desk: Desk, postgres_url: str
) -> None:
    """The map of running keys is this process's; between processes the row's lock decides."""
    client_id = str(uuid.uuid4())
    use = KeyUse(desk.caller.tenant_id, desk.caller.entity_id, client_id, "k", b"f" * 32)

    def ask() -> Answered:
        return answer_once(desk.store, use, _never, _refuse, clock=desk.clock)

    with Racer(postgres_url, desk.caller, "hold_key", client_id, "k") as holder:
        holder.go()
        holder.expect("holding")
        assert isinstance(error_of(ask), KeyInUse)
        holder.go()
        assert holder.result() == "held"
    answered = ask()
    assert (answered.answer.body, answered.is_replay) == (b"held", True)


def test_key_whose_process_is_killed_is_free_and_its_work_undone(
    desk: Desk, postgres_url: str
) -> None:
    client_id = str(uuid.uuid4())
    use = KeyUse(desk.caller.tenant_id, desk.caller.entity_id, client_id, "k", b"f" * 32)
    with Racer(postgres_url, desk.caller, "hold_key", client_id, "k") as holder:
        holder.go()
        holder.expect("holding")

    def ask() -> Answered:
        return answer_once(
            desk.store, use, lambda _: FinishedAnswer(200, (), b"mine"), _refuse, clock=desk.clock
        )

    assert ask().answer.body == b"mine"
    assert desk.on_books(lambda books: books.lock_entity()).last_set_position == 0


def _never(_: object) -> FinishedAnswer:
    raise AssertionError("the work was done already")


def _refuse(error: SeriatimError) -> FinishedAnswer:
    raise error
