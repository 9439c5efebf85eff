"""Many callers in one transaction: each with its key, each failing alone, at the price of one."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import (
    Category,
    Conflict,
    KeyReused,
    NotPermitted,
    OutcomeUnknown,
    Rejected,
    SeriatimError,
    SeriesUnusable,
    StoreUnavailable,
)
from seriatim.domain.rules.issuing import violation
from seriatim.service.idempotency import Answered, FinishedAnswer, KeyUse
from seriatim.service.issuing import COMMITS_TRIED_MAX, IssueTicket, NumberIssuing
from seriatim.service.numbers import IssueAsk, NumbersIssued, issue_together
from seriatim.service.set_choice import IssueRequest
from seriatim.store import postgres_options
from seriatim.store.open import open_store
from seriatim.store.session import Row
from seriatim.store.sql_store import SqlStore, Transaction
from tests.conformance.desk import Desk, execute, new_desk
from tests.conformance.number_desk import assert_sound, books, states
from tests.samples import new_set

INVOICE = DocumentType.INVOICE
Outcome = Answered | SeriatimError


def ask(desk: Desk, key: str | None = None, *, role: Role | None = None, **fields: Any) -> IssueAsk:
    """One caller; its answer is the texts of its numbers, a refusal the message."""
    caller = desk.asking(role)
    fields.setdefault("document_type", INVOICE)
    fingerprint = hashlib.sha256(repr(sorted(fields.items())).encode()).digest()
    use = None
    if key is not None and caller.client_id is not None:
        use = KeyUse(caller.tenant_id, caller.entity_id, caller.client_id, key, fingerprint)
    return IssueAsk(caller, IssueRequest(**fields), (), _finish, _refuse, use)


def _finish(issued: NumbersIssued) -> FinishedAnswer:
    prefix = issued.series.prefix
    texts = [
        format_number(prefix, value)
        for part in issued.ranges
        for value in range(part.first, part.last + 1)
    ]
    return FinishedAnswer(200, (("Content-Type", "text/plain"),), " ".join(texts).encode())


def _refuse(error: SeriatimError) -> FinishedAnswer:
    return FinishedAnswer(422, (), error.message.encode())


def together(desk: Desk, *asks: IssueAsk) -> list[Outcome]:
    return desk.run(
        lambda transaction: (
            issue_together(transaction, asks, clock=desk.clock, batch_id=str(uuid.uuid4())).outcomes
        )
    )


def shown(outcomes: Sequence[Outcome]) -> list[str]:
    """Each outcome in a word: the texts, `again` before a replay, or the name of the error."""
    return [_in_a_word(outcome) for outcome in outcomes]


def _in_a_word(outcome: Outcome) -> str:
    if isinstance(outcome, SeriatimError):
        return type(outcome).__name__
    body = outcome.answer.body.decode()
    if outcome.answer.status != 200:
        body = f"refused: {body}"
    return f"again {body}" if outcome.is_replay else body


def number_texts(first: int, last: int, prefix: str = "INV") -> str:
    return " ".join(format_number(prefix, value) for value in range(first, last + 1))


# --- order, and failing alone -------------------------------------------------------------------


def test_numbers_go_out_in_the_order_of_the_asks(desk: Desk) -> None:
    asks = [ask(desk, count=count) for count in (1, 3, 2)]
    assert shown(together(desk, *asks)) == [
        number_texts(1, 1),
        number_texts(2, 4),
        number_texts(5, 6),
    ]
    entries = desk.entries("INV")
    assert [e.content.request_id for e in entries] == [one.caller.request_id for one in asks]
    assert len({e.content.batch_id for e in entries}) == 1
    assert_sound(desk)


def test_asks_of_several_series_and_kinds_share_the_transaction(desk: Desk) -> None:
    desk.create(new_set("EU"))
    outcomes = together(
        desk,
        ask(desk, sequence_set="EU"),
        ask(desk, references=("a", "b")),
        ask(desk, document_type=DocumentType.REFUND),
        ask(desk, hold_seconds=60, count=2),
        ask(desk, sequence_set="EU", count=2),
    )
    assert shown(outcomes) == [
        "EU-I-00000001",
        number_texts(1, 2),
        "R-00000001",
        number_texts(3, 4),
        "EU-I-00000002 EU-I-00000003",
    ]
    assert states(desk) == [(1, 1, "issued"), (2, 2, "issued"), (3, 4, "reserved")]
    assert [e.content.reference for e in desk.entries("INV")] == ["a", "b", None]
    assert_sound(desk)


def test_asks_of_several_tenants_share_the_transaction(store: SqlStore) -> None:
    desks = [new_desk(store) for _ in range(3)]
    asks = [ask(desk, f"key {turn}") for turn in range(2) for desk in desks]
    outcomes = together(desks[0], *asks)
    assert shown(outcomes) == [number_texts(1, 1)] * 3 + [number_texts(2, 2)] * 3
    for desk in desks:
        assert_sound(desk)


def test_each_ask_fails_alone(desk: Desk) -> None:
    desk.create(new_set("Chrono", chronological=True, invoice=("CHR-", 1)))
    desk.create(new_set("End", invoice=("END-", 10**20 - 1)))
    today = desk.clock.now().date()
    bad = violation(Category.MALFORMED, "a fault of the body", "count")
    outcomes = together(
        desk,
        ask(desk, count=0),
        ask(desk),
        ask(desk, sequence_set="nobody"),
        ask(desk, role=Role.AUDITOR),
        ask(desk, sequence_set="Chrono", document_date=today),
        ask(desk, sequence_set="Chrono", document_date=today - timedelta(days=1)),
        ask(desk, sequence_set="End", count=2),
        ask(desk, sequence_set="End"),
        ask(desk)._replace(shape_faults=(bad,)),
        ask(desk)._replace(request=NotPermitted("unreadable")),
        ask(desk),
    )
    assert shown(outcomes) == [
        "Rejected",
        number_texts(1, 1),
        "Rejected",
        "NotPermitted",
        "CHR-00000001",
        "Rejected",
        "Rejected",
        f"END-{10**20 - 1}",
        "Rejected",
        "NotPermitted",
        number_texts(2, 2),
    ]
    assert_sound(desk)


def test_asks_that_all_fail_leave_the_books_as_they_were(desk: Desk) -> None:
    before = books(desk)
    assert shown(together(desk, ask(desk, count=0), ask(desk, account_id="x"))) == ["Rejected"] * 2
    assert books(desk) == before


def test_dates_of_a_chronological_series_rise_within_the_batch(desk: Desk) -> None:
    desk.create(new_set("Chrono", chronological=True, invoice=("CHR-", 1)))
    today = desk.clock.now().date()
    days = [today, today + timedelta(days=2), today + timedelta(days=1), None]
    outcomes = together(
        desk, *(ask(desk, sequence_set="Chrono", document_date=day) for day in days)
    )
    assert [_in_a_word(one) for one in outcomes][2] == "Rejected"
    dates = [e.content.document_date for e in desk.entries("CHR-")]
    assert dates == [today, today + timedelta(days=2), today + timedelta(days=2)]


def test_entangled_series_of_one_batch_never_give_one_text_twice(desk: Desk) -> None:
    """`INV2` 1 … 5 read as 200 000 001 … of `INV`, and the batch issues from both by turns."""
    desk.create(new_set("Short", invoice=("TX", 199_999_999)), new_set("Long", invoice=("TX2", 1)))
    asks = [ask(desk, sequence_set=name, count=2) for name in ("Short", "Long") * 4]
    texts = " ".join(shown(together(desk, *asks))).split()
    assert len(texts) == len({text.casefold() for text in texts}) == 16
    assert_sound(desk)
    for prefix in ("TX", "TX2"):
        assert [e.entry_number for e in desk.entries(prefix)] == list(
            range(1, len(desk.entries(prefix)) + 1)
        )


# --- keys -------------------------------------------------------------------------------------


def test_same_key_replays_the_same_bytes_and_issues_nothing(desk: Desk) -> None:
    (first,) = together(desk, ask(desk, "key 1", count=2))
    (again, other) = together(desk, ask(desk, "key 1", count=2), ask(desk, "key 2"))
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert again.answer == first.answer
    assert shown([again, other]) == [f"again {number_texts(1, 2)}", number_texts(3, 3)]
    assert len(desk.entries("INV")) == 2


def test_key_with_another_request_is_refused_and_keeps_its_answer(desk: Desk) -> None:
    together(desk, ask(desk, "key"))
    outcomes = together(desk, ask(desk, "key", count=2), ask(desk))
    assert isinstance(outcomes[0], KeyReused)
    assert shown(outcomes[1:]) == [number_texts(2, 2)]
    assert shown(together(desk, ask(desk, "key"))) == [f"again {number_texts(1, 1)}"]


def test_keys_of_two_clients_are_two(desk: Desk) -> None:
    other = Desk(desk.store, replace(desk.caller, client_id=str(uuid.uuid4())), desk.clock)
    assert shown(together(desk, ask(desk, "key"), ask(other, "key"))) == [
        number_texts(1, 1),
        number_texts(2, 2),
    ]


@pytest.mark.parametrize(
    "fields", [{"count": 0}, {"sequence_set": "nobody"}, {"role": Role.AUDITOR}]
)
def test_refusal_is_kept_with_its_key_though_it_would_succeed_later(
    desk: Desk, fields: dict[str, Any]
) -> None:
    before = desk.entries("INV")
    (first,) = together(desk, ask(desk, "key", **fields))
    assert shown([first])[0].startswith("refused: ")
    if "sequence_set" in fields:
        desk.create(new_set("nobody"))
    (again,) = together(desk, ask(desk, "key", **fields))
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert (again.answer, again.is_replay) == (first.answer, True)
    assert desk.entries("INV") == before


def test_key_of_a_stopped_series_is_free_again(store: SqlStore) -> None:
    desk = new_desk(store)
    stop = "UPDATE seriatim_series SET stopped_because = :why WHERE prefix = 'INV'"
    execute(store, stop, {"why": "a test"})
    outcomes = together(desk, ask(desk, "key"), ask(desk, document_type=DocumentType.REFUND))
    assert isinstance(outcomes[0], SeriesUnusable)
    assert shown(outcomes[1:]) == ["R-00000001"]
    assert books(desk)["seriatim_idempotency_key"] == []
    execute(store, stop, {"why": None})
    assert shown(together(desk, ask(desk, "key"))) == [number_texts(1, 1)]


def test_failure_of_the_transaction_leaves_every_key_unused(desk: Desk) -> None:
    before = books(desk)

    def fail(transaction: Transaction) -> None:
        asks = [ask(desk, "a"), ask(desk, "b", count=0), ask(desk)]
        issue_together(transaction, asks, clock=desk.clock, batch_id=str(uuid.uuid4()))
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        desk.run(fail)
    assert books(desk) == before


def test_key_is_free_again_after_a_day(desk: Desk) -> None:
    together(desk, ask(desk, "key"))
    desk.clock.forward(hours=24, microseconds=-1)
    assert shown(together(desk, ask(desk, "key"))) == [f"again {number_texts(1, 1)}"]
    desk.clock.forward(microseconds=1)
    assert shown(together(desk, ask(desk, "key"))) == [number_texts(2, 2)]


# --- the price ----------------------------------------------------------------------------------


class CountingSession:
    """Notes every statement that goes to the database."""

    def __init__(self, session: Any, seen: Counter[str]) -> None:
        self._session = session
        self._seen = seen
        self.values = session.values

    def rows(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        self._seen[query] += 1
        found: list[Row] = self._session.rows(query, parameters)
        return found

    def execute(self, query: str, parameters: dict[str, Any]) -> int:
        self._seen[query] += 1
        return int(self._session.execute(query, parameters))

    def execute_many(self, query: str, parameters: list[dict[str, Any]]) -> int:
        self._seen[query] += 1
        return int(self._session.execute_many(query, parameters))

    def execute_later(self, query: str, parameters: list[dict[str, Any]]) -> None:
        self._seen[query] += 1
        self._session.execute_later(query, parameters)

    def rows_many(self, query: str, parameters: list[dict[str, Any]]) -> list[Row]:
        self._seen[query] += 1
        found: list[Row] = self._session.rows_many(query, parameters)
        return found

    def savepoint(self) -> None:
        self._seen["SAVEPOINT"] += 1

    def undo_to_savepoint(self) -> None:
        self._seen["ROLLBACK TO"] += 1


def statements_of(desk: Desk, asks: Sequence[IssueAsk]) -> Counter[str]:
    seen: Counter[str] = Counter()
    with desk.store.write() as transaction:
        transaction.session = CountingSession(transaction.session, seen)
        issue_together(transaction, asks, clock=desk.clock, batch_id=str(uuid.uuid4()))
    return seen


def test_statements_of_a_batch_are_as_many_for_64_callers_as_for_one(desk: Desk) -> None:
    one = statements_of(desk, [ask(desk, "first", count=3, hold_seconds=60)])
    asks = [ask(desk, f"key {n}", count=n, hold_seconds=60) for n in range(1, 65)]
    assert statements_of(desk, asks) == one
    assert sum(one.values()) <= 12
    assert_sound(desk)


def test_statements_of_a_batch_depend_on_its_series_and_not_on_its_callers(desk: Desk) -> None:
    desk.create(*(new_set(f"S{n}") for n in range(8)))
    few = [ask(desk, sequence_set=f"S{n}") for n in range(8)]
    many = [ask(desk, sequence_set=f"S{n % 8}") for n in range(64)]
    assert statements_of(desk, few) == statements_of(desk, many)


# --- commits whose answer is lost ----------------------------------------------------------------


class LossyStore(SqlStore):
    """A store that loses the answer to some of its commits.

    Shape: each of `fates` is `kept` (done, answer lost), `undone` (lost, answer lost) or `well`.
    """

    def __init__(self, store: SqlStore, *fates: str) -> None:
        super().__init__(store.database)
        self.fates = list(fates)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        fate = self.fates.pop(0) if self.fates else "well"
        try:
            with super().write() as transaction:
                yield transaction
                if fate == "undone":
                    raise _UndoneError
        except _UndoneError:
            raise OutcomeUnknown("the answer was lost") from None
        if fate == "kept":
            raise OutcomeUnknown("the answer was lost")


class _UndoneError(Exception):
    pass


@contextmanager
def issuing_over(store: SqlStore, desk: Desk) -> Iterator[Callable[[list[IssueAsk]], list[str]]]:
    """Gives a way to have asks carried out by the coalescing issuer, and to see what became of them."""
    settled = threading.Condition()
    done: list[IssueTicket] = []

    def note(tickets: list[IssueTicket]) -> None:
        with settled:
            done.extend(tickets)
            settled.notify_all()

    issuing = NumberIssuing(store, desk.clock, note)

    def carry_out(asks: list[IssueAsk]) -> list[str]:
        tickets = [issuing.submit(one) for one in asks]
        with settled:
            assert settled.wait_for(lambda: all(ticket in done for ticket in tickets), 60)
        return [
            _in_a_word(ticket.outcome) if ticket.outcome else type(ticket.error).__name__
            for ticket in tickets
        ]

    try:
        yield carry_out
    finally:
        issuing.close()


@pytest.mark.parametrize(
    ("commits", "told"),
    [
        (["kept"], "INV00000001"),
        (["undone"], "INV00000001"),
        (["undone", "well", "undone", "well", "well"], "INV00000001"),
        (["undone", "well", "kept"], "INV00000001"),
        (["kept", "undone"], "OutcomeUnknown"),
        (["undone", "kept"], "OutcomeUnknown"),
        (["undone", "well"] * COMMITS_TRIED_MAX, "_NotCommitted"),
    ],
)
def test_lost_answer_to_commit_never_issues_twice_and_is_settled_by_the_key(
    desk: Desk, commits: list[str], told: str
) -> None:
    lossy = LossyStore(desk.store, *commits)
    with issuing_over(lossy, desk) as carry_out:
        (first,) = carry_out([ask(desk, "key")])
        assert first == told
        lossy.fates.clear()
        (again,) = carry_out([ask(desk, "key")])
    assert again.removeprefix("again ") == "INV00000001"
    assert len(desk.entries("INV")) == 1
    assert_sound(desk)


def test_lost_answer_of_a_batch_that_issued_nothing_is_unknown(desk: Desk) -> None:
    lossy = LossyStore(desk.store, "kept")
    with issuing_over(lossy, desk) as carry_out:
        assert carry_out([ask(desk, "key", count=0)]) == ["OutcomeUnknown"]
        assert carry_out([ask(desk, "key", count=0)])[0].startswith("again refused: ")


def test_series_held_by_somebody_else_holds_up_the_others_for_a_bounded_moment(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_options, "LOCK_WAIT_MS_MAX", 200)
    store = open_store(postgres_url)
    desk = new_desk(store)
    desk.create(new_set("Held"))
    with store.write() as transaction:
        held = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
        held.lock_series([desk.series("HELD-I-").key.series_id])
        with issuing_over(store, desk) as carry_out:
            outcomes = carry_out(
                [ask(desk, sequence_set="Held" if n % 2 else None) for n in range(40)]
            )
    assert [one for one in outcomes if one.startswith("INV")] == [
        number_texts(n, n) for n in range(1, 21)
    ]
    assert {one for one in outcomes if not one.startswith("INV")} == {Conflict.__name__}
    assert_sound(desk)
    store.close()


def test_rejected_is_never_unknown(desk: Desk) -> None:
    """A refusal within a batch whose other callers succeed is a refusal, not a doubt."""
    with issuing_over(desk.store, desk) as carry_out:
        assert carry_out([ask(desk), ask(desk, document_date=date(2099, 1, 1))]) == [
            "INV00000001",
            Rejected.__name__,
        ]
