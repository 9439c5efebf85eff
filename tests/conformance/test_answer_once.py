"""A key, its effect and its answer: together or not at all."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from seriatim.domain.errors import (
    Category,
    Conflict,
    EditedSince,
    InvariantBroken,
    KeyInUse,
    KeyReused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
    Violation,
)
from seriatim.service.idempotency import Answered, FinishedAnswer, KeyUse, answer_once
from seriatim.service.upkeep import sweep
from seriatim.store.key_queries import KeyPlace, KeyQueries, StoredKey
from seriatim.store.session import SerializationFailure
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk, error_of, execute

BOOM = Rejected([Violation("x", (), Category.RULE, "no")])


@dataclass
class Asking:
    """One client that asks for the next position under a key."""

    desk: Desk
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    works: int = 0

    def use(self, key: str = "k", fingerprint: bytes = b"f" * 32) -> KeyUse:
        caller = self.desk.caller
        return KeyUse(caller.tenant_id, caller.entity_id, self.client_id, key, fingerprint)

    def __call__(
        self,
        use: KeyUse | None,
        *,
        raising: BaseException | None = None,
        keeps_effect: bool = True,
        during: Callable[[], object] = lambda: None,
    ) -> Answered:
        def work(transaction: Transaction) -> FinishedAnswer:
            self.works += 1
            books = transaction.books(self.desk.caller.tenant_id, self.desk.caller.entity_id)
            position = books.lock_entity().last_set_position + 1
            books.set_last_set_position(position)
            during()
            if raising is not None:
                raise raising
            return FinishedAnswer(200, (("ETag", '"e"'),), b'{"position":%d}' % position)

        return answer_once(
            self.desk.store, use, work, _refused, clock=self.desk.clock, keeps_effect=keeps_effect
        )

    @property
    def position(self) -> int:
        return self.desk.on_books(lambda books: books.lock_entity()).last_set_position


def _refused(error: SeriatimError) -> FinishedAnswer:
    return FinishedAnswer(409, (), error.message.encode())


@pytest.fixture
def ask(desk: Desk) -> Asking:
    return Asking(desk)


def test_first_request_does_its_work(ask: Asking) -> None:
    answered = ask(ask.use())
    assert not answered.is_replay
    assert answered.answer == FinishedAnswer(200, (("ETag", '"e"'),), b'{"position":1}')
    assert (ask.works, ask.position) == (1, 1)


def test_repeated_request_gets_the_same_answer_and_does_nothing(ask: Asking) -> None:
    first = ask(ask.use())
    for _ in range(3):
        again = ask(ask.use())
        assert again.is_replay
        assert again.answer == first.answer
    assert (ask.works, ask.position) == (1, 1)


def test_replay_is_itself_a_write(ask: Asking) -> None:
    """Its commit waits behind that of the original, on a synchronous standby too."""
    for _ in range(3):
        ask(ask.use())
    (row,) = execute(
        ask.desk.store,
        "SELECT replay_count FROM seriatim_idempotency_key WHERE client_id = :client_id",
        {"client_id": uuid.UUID(ask.client_id).hex},
    )
    assert row[0] == 2


def test_request_without_a_key_is_done_each_time(ask: Asking) -> None:
    for position in (1, 2):
        assert ask(None).answer.body == b'{"position":%d}' % position


def test_keys_are_told_apart_by_their_text_and_their_client(ask: Asking) -> None:
    other = Asking(ask.desk)
    for one in (ask.use(), ask.use("K"), ask.use("k "), ask.use("\N{GRINNING FACE}" * 255)):
        assert not ask(one).is_replay
    assert not other(other.use()).is_replay
    assert ask.position == 5


@pytest.mark.parametrize(
    "error", [BOOM, NotFound("sequence_set", "x"), NotPermitted("no"), EditedSince("no")]
)
def test_refusal_is_kept_and_its_work_undone(ask: Asking, error: SeriatimError) -> None:
    first = ask(ask.use(), raising=error)
    assert first.answer == _refused(error)
    again = ask(ask.use())
    assert again.is_replay
    assert again.answer == first.answer
    assert (ask.works, ask.position) == (1, 0)


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("away"),
        OutcomeUnknown("perhaps"),
        Overloaded("full"),
        Conflict("busy"),
        KeyInUse("busy"),
        InvariantBroken("defect"),
        ValueError("defect"),
        KeyboardInterrupt(),
    ],
)
def test_failure_of_the_service_is_not_kept(ask: Asking, error: BaseException) -> None:
    with pytest.raises(type(error)):
        ask(ask.use(), raising=error)
    assert ask.position == 0
    again = ask(ask.use())
    assert not again.is_replay
    assert again.answer.status == 200


def test_refusal_without_a_key_is_raised(ask: Asking) -> None:
    assert error_of(lambda: ask(None, raising=BOOM)) is BOOM
    assert ask.position == 0


def test_key_reused_with_another_request_is_refused(ask: Asking) -> None:
    first = ask(ask.use())
    refused = error_of(lambda: ask(ask.use(fingerprint=b"g" * 32)))
    assert isinstance(refused, KeyReused)
    assert ask.position == 1
    assert ask(ask.use()).answer == first.answer


def test_key_reused_in_another_entity_is_refused(ask: Asking) -> None:
    """The fingerprint covers the entity; the key belongs to the client, whatever the entity."""
    ask(ask.use())
    twin = Asking(ask.desk.another_entity(), ask.client_id)
    refused = error_of(lambda: twin(replace(twin.use(), fingerprint=b"e" * 32)))
    assert isinstance(refused, KeyReused)


@pytest.mark.parametrize("with_key", [True, False])
def test_dry_run_keeps_its_answer_and_not_its_work(ask: Asking, *, with_key: bool) -> None:
    use = ask.use() if with_key else None
    for repeated in (False, True):
        answered = ask(use, keeps_effect=False)
        assert answered.answer.body == b'{"position":1}'
        assert answered.is_replay is (repeated and with_key)
    assert ask.position == 0


def test_key_is_replayed_for_a_day_and_then_free(ask: Asking) -> None:
    ask(ask.use())
    ask.desk.clock.forward(hours=23, minutes=59)
    assert ask(ask.use()).is_replay
    ask.desk.clock.forward(minutes=1)
    again = ask(ask.use(fingerprint=b"g" * 32))
    assert not again.is_replay
    assert again.answer.body == b'{"position":2}'
    ask.desk.clock.forward(hours=23)
    assert ask(ask.use(fingerprint=b"g" * 32)).is_replay


def test_failure_after_an_expired_key_leaves_it_free(ask: Asking) -> None:
    ask(ask.use())
    ask.desk.clock.forward(hours=25)
    with pytest.raises(StoreUnavailable):
        ask(ask.use(), raising=StoreUnavailable("away"))
    assert not ask(ask.use()).is_replay


def test_expired_key_that_is_swept_away_just_now_is_claimed_anew(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the claim that found it and the look that did not."""
    ask(ask.use())
    ask.desk.clock.forward(hours=25)
    find, tries = KeyQueries.find_key, []

    def swept(queries: KeyQueries, place: KeyPlace) -> StoredKey | None:
        tries.append(place)
        return None if len(tries) == 1 else find(queries, place)

    monkeypatch.setattr(KeyQueries, "find_key", swept)
    assert ask(ask.use()).answer.body == b'{"position":2}'
    assert len(tries) == 2
    assert ask(ask.use()).is_replay


def test_key_that_vanishes_under_the_work_takes_the_work_with_it(ask: Asking) -> None:
    """An answer without a key to keep it would be given a second time."""
    use = ask.use()

    def work(transaction: Transaction) -> FinishedAnswer:
        books = transaction.books(ask.desk.caller.tenant_id, ask.desk.caller.entity_id)
        books.set_last_set_position(9)
        transaction.keys.release_key(use.place)
        return FinishedAnswer(200, (), b"")

    refused = error_of(
        lambda: answer_once(ask.desk.store, use, work, _refused, clock=ask.desk.clock)
    )
    assert isinstance(refused, InvariantBroken)
    assert ask.position == 0


def test_transaction_that_is_run_again_keeps_one_answer(ask: Asking) -> None:
    tries: list[int] = []

    def fail_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise SerializationFailure("40001")

    answered = ask(ask.use(), during=fail_once)
    assert answered.answer.body == b'{"position":1}'
    assert (ask.works, ask.position) == (2, 1)
    assert ask(ask.use()).is_replay


def test_request_repeated_while_the_first_runs_is_told_so(ask: Asking) -> None:
    works, may_end = threading.Event(), threading.Event()
    answers: list[Answered] = []

    def wait() -> None:
        works.set()
        assert may_end.wait(30)

    first = threading.Thread(target=lambda: answers.append(ask(ask.use(), during=wait)))
    first.start()
    try:
        assert works.wait(30)
        assert isinstance(error_of(lambda: ask(ask.use())), KeyInUse)
        # whatever it asks for
        assert isinstance(error_of(lambda: ask(ask.use(fingerprint=b"g" * 32))), KeyInUse)
    finally:
        may_end.set()
        first.join(30)
    assert ask(ask.use()).answer == answers[0].answer
    assert ask.position == 1


def test_request_that_fails_gives_its_key_back_to_this_process(ask: Asking) -> None:
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            ask(ask.use(), raising=StoreUnavailable("away"))
    assert ask(ask.use()).answer.status == 200


def test_sweeping_forgets_what_has_expired_and_nothing_else(desk: Desk) -> None:
    old, new = Asking(desk), Asking(desk)
    old(old.use())
    desk.clock.forward(hours=12)
    new(new.use())
    desk.clock.forward(hours=12, microseconds=1)
    sweep(desk.store, clock=desk.clock)
    assert new(new.use()).is_replay
    (row,) = execute(
        desk.store,
        "SELECT count(*) FROM seriatim_idempotency_key WHERE client_id = :client_id",
        {"client_id": uuid.UUID(old.client_id).hex},
    )
    assert row[0] == 0


def test_sweeping_goes_on_until_nothing_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.service.upkeep._ROWS_AT_ONCE_MAX", 3)
    ask = Asking(desk)
    for number in range(10):
        ask(ask.use(str(number)))
    desk.clock.forward(days=2)
    assert sweep(desk.store, clock=desk.clock).keys >= 10
    assert sweep(desk.store, clock=desk.clock).keys == 0
