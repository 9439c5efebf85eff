"""The library asked again, by many threads at once, and in another process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from seriatim import (
    DocumentNumbers,
    DocumentType,
    IssuedNumbers,
    KeyReused,
    Numbering,
    NumberState,
    Rejected,
    StoreRefused,
    StoreUnavailable,
)
from seriatim.domain.errors import Category, NotPermitted, Violation
from seriatim.library.kept_answers import kept_numbers, kept_refusal, numbers_of
from seriatim.service import issuing
from seriatim.service.idempotency import Answered
from seriatim.service.numbers import issue_together
from tests.conformance.desk import FixedClock

CALLERS = 64


@pytest.fixture
def numbering(tmp_path: Path) -> Iterator[Numbering]:
    with Numbering(f"sqlite:///{tmp_path / 'numbers.db'}", clock=FixedClock()) as opened:
        yield opened


def faults(attempt: Any) -> dict[str, str]:
    with pytest.raises(Rejected) as rejected:
        attempt()
    return {".".join(map(str, one.path)): one.message for one in rejected.value.violations}


def test_same_request_with_a_key_gets_the_same_numbers(numbering: Numbering) -> None:
    first = numbering.issue("invoice", count=2, idempotency_key="order 1")
    again = numbering.issue("invoice", count=2, idempotency_key="order 1")
    assert not first.is_replay
    assert again.is_replay
    assert (again.ranges, again.entry_id, again.issued_at, again.document_date) == (
        first.ranges,
        first.entry_id,
        first.issued_at,
        first.document_date,
    )
    with pytest.raises(KeyReused):
        numbering.issue("invoice", count=3, idempotency_key="order 1")
    with pytest.raises(KeyReused):
        numbering.reserve("invoice", count=2, hold_seconds=5, idempotency_key="order 1")
    assert numbering.issue("invoice").number == "INV00000003"


def test_refusal_is_kept_with_its_key(numbering: Numbering) -> None:
    def attempt() -> object:
        return numbering.issue("invoice", sequence_set="FR", idempotency_key="order 1")

    first = faults(attempt)
    numbering.create_set("FR", invoice="FI", credit_memo="FC", debit_memo="FD")
    assert faults(attempt) == first


def test_kept_answer_comes_back_whole() -> None:
    held = IssuedNumbers(
        document_type=DocumentType.CREDIT_MEMO,
        sequence_set_id="5" * 32,
        prefix="CM",
        ranges=(
            DocumentNumbers("CM00000001", "CM00000002", 2),
            DocumentNumbers("CM00000004", "CM00000004", 1),
        ),
        state=NumberState.RESERVED,
        document_date=date(2026, 11, 23),
        entry_id="1-1",
        issued_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        hold_until=datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC),
    )
    assert numbers_of(Answered(kept_numbers(held), is_replay=False)) == held


def test_kept_refusal_comes_back_whole_and_only_a_rejection_is_kept() -> None:
    fault = Violation("document_number", ("references", 3), Category.RULE, "no", base=("a",))
    with pytest.raises(Rejected) as rejected:
        numbers_of(Answered(kept_refusal(Rejected([fault])), is_replay=True))
    assert rejected.value.violations == (fault,)
    with pytest.raises(NotPermitted):
        kept_refusal(NotPermitted("no"))


def test_threads_that_ask_together_share_transactions(
    numbering: Numbering, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions: list[int] = []

    def counted(transaction: Any, asks: Any, **rest: Any) -> Any:
        transactions.append(len(asks))
        return issue_together(transaction, asks, **rest)

    monkeypatch.setattr(issuing, "issue_together", counted)
    numbering.initialise()
    given: list[str] = []
    start = threading.Barrier(CALLERS)

    def ask() -> None:
        start.wait()
        given.extend(numbering.issue("invoice").number for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [f"INV{number:08d}" for number in range(1, 5 * CALLERS + 1)]
    assert sum(transactions) == 5 * CALLERS
    assert len(transactions) < 5 * CALLERS
    assert numbering.verify().is_verified


def test_one_threads_fault_is_not_the_others(numbering: Numbering) -> None:
    numbering.initialise()
    given: list[str] = []
    refused: list[Rejected] = []
    start = threading.Barrier(8)

    def ask(place: int) -> None:
        start.wait()
        try:
            given.append(numbering.issue("invoice", count=place % 2).number)
        except Rejected as rejected:
            refused.append(rejected)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(refused) == 4


def test_lone_thread_interrupted_before_its_commit_is_not_issued(
    numbering: Numbering, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbering.issue("invoice")

    def interrupted(*given: Any, **rest: Any) -> Any:
        issue_together(*given, **rest)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("seriatim.service.issuing.issue_together", interrupted)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                numbering.issue("invoice", idempotency_key="once")
    assert numbering.issue("invoice", idempotency_key="once").number == "INV00000002"
    assert numbering.verify().is_verified


def test_waiting_thread_that_is_interrupted_is_not_issued_or_is_in_the_register(
    numbering: Numbering, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbering.initialise()
    real_lock = threading.Lock

    class InterruptedLock:
        """Its second `acquire`, the one that waits, is interrupted as by Ctrl-C."""

        def __init__(self) -> None:
            self._times = 0

        def acquire(self) -> bool:
            self._times += 1
            if self._times == 2:
                raise KeyboardInterrupt
            return True

        def release(self) -> None: ...

    numbering.issue("invoice")
    with monkeypatch.context() as patched:
        patched.setattr("seriatim.library.waiting.threading.Lock", InterruptedLock)
        patched.setattr(issuing.NumberIssuing, "carry_out_alone", lambda issuing, ask: None)
        with pytest.raises(KeyboardInterrupt):
            numbering.issue("invoice")
    assert threading.Lock is real_lock
    assert numbering.issue("invoice").number in {"INV00000002", "INV00000003"}
    assert numbering.verify().is_verified


def test_closed_numbering_gives_nothing_more(tmp_path: Path) -> None:
    numbering = Numbering(f"sqlite:///{tmp_path / 'numbers.db'}")
    numbering.issue("invoice")
    numbering.close()
    numbering.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        numbering.issue("invoice")


def test_numbering_of_the_parent_process_is_refused(
    numbering: Numbering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork has neither the thread that writes nor the right to the parent's connections."""
    numbering.issue("invoice")
    parent = os.getpid()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: parent + 1)
        with pytest.raises(StoreRefused, match="forked"):
            numbering.issue("invoice")
        numbering.close()  # leaves the parent's connections alone
    assert numbering.issue("invoice").number == "INV00000002"


def test_numbers_are_text_that_a_caller_can_not_change(numbering: Numbering) -> None:
    issued = cast("Any", numbering.issue("invoice"))
    with pytest.raises(AttributeError):
        issued.prefix = "X"
