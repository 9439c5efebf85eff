"""Waiting for the issuer: no longer than the bound, and knowing then what can be known."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from seriatim.domain.clock import SystemClock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import OutcomeUnknown, StoreUnavailable
from seriatim.http.issuing import AsyncIssuing
from seriatim.service.idempotency import Answered, FinishedAnswer
from seriatim.service.numbers import IssueAsk
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import SqlStore
from tests.unit.http.pipeline_app import CALLER

ANSWER = FinishedAnswer(200, (), b"{}")
ASK = IssueAsk(CALLER, IssueRequest(DocumentType.INVOICE), (), lambda _: ANSWER, lambda _: ANSWER)


class HeldStore:
    """Carries out nothing until its gate opens. Shape: `batches` counts those that began."""

    def __init__(self) -> None:
        self.gate, self.begun = threading.Event(), threading.Event()
        self.batches = 0

    def run(self, _: Any) -> list[Answered]:
        self.batches += 1
        self.begun.set()
        self.gate.wait(10)
        return [Answered(ANSWER, is_replay=False)]


def issuing_over(store: HeldStore, *, seconds_max: float) -> AsyncIssuing:
    return AsyncIssuing(cast("SqlStore", store), SystemClock(), seconds_max=seconds_max)


def test_request_whose_batch_takes_too_long_is_in_doubt_and_one_behind_it_is_not_issued() -> None:
    store = HeldStore()

    async def wait_in_vain() -> None:
        issuing = issuing_over(store, seconds_max=0.2)
        first = asyncio.create_task(issuing.issue(ASK))
        await asyncio.to_thread(store.begun.wait, 10)
        behind = asyncio.create_task(issuing.issue(ASK))
        with pytest.raises(OutcomeUnknown, match="did not confirm the transaction in time"):
            await first
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            await behind
        store.gate.set()
        assert (await issuing.issue(ASK)).answer == ANSWER
        issuing.close()

    asyncio.run(wait_in_vain())
    assert store.batches == 2


def test_request_that_is_answered_in_time_outlives_the_bound_of_another() -> None:
    """One look-out serves all of them, one after the other."""
    store = HeldStore()
    store.gate.set()

    async def ask_for_long() -> None:
        issuing = issuing_over(store, seconds_max=0.05)
        loop = asyncio.get_running_loop()
        ends_at, answered = loop.time() + 0.2, 0
        while loop.time() < ends_at:
            answered += (await issuing.issue(ASK)).answer is ANSWER
        assert answered > 1
        store.gate.clear()
        with pytest.raises(OutcomeUnknown):
            await issuing.issue(ASK)
        store.gate.set()
        issuing.close()

    asyncio.run(ask_for_long())
