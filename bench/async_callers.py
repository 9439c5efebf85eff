"""Ours: callers of one process that ask the coalescing issuer, as the service's requests do.

Coroutines on one event loop (uvloop), in a process that collects garbage as the service does; each asks for one number, waits for it, and asks for the
next. An answer is the document number as text.
"""

from __future__ import annotations

import asyncio
from itertools import cycle, islice
from time import perf_counter
from typing import Final
from uuid import uuid4

import uvloop

from bench.side import Turn, plan, take_turns
from seriatim.bootstrap import calm_garbage_collection
from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriatimError
from seriatim.http.issuing import AsyncIssuing
from seriatim.http.settings import HttpSettings
from seriatim.service.idempotency import FinishedAnswer
from seriatim.service.numbers import IssueAsk, NumbersIssued
from seriatim.service.set_choice import IssueRequest
from seriatim.store.open import open_store

_ACTOR: Final = "client:bench"


class Callers:
    """Shape: `sets` are asked in turn, each caller beginning with another; none: DEFAULT."""

    def __init__(self, issuing: AsyncIssuing, founded: dict[str, str], sets: list[str]) -> None:
        self._issuing = issuing
        self._founded = founded
        self._requests = [IssueRequest(DocumentType.INVOICE, one) for one in sets or [None]]

    async def turn(self, callers: int, seconds: float) -> Turn:
        given: list[str] = []
        began = perf_counter()
        await asyncio.gather(
            *(self._call(caller, given, began + seconds) for caller in range(callers))
        )
        took = perf_counter() - began
        if len(set(given)) != len(given):
            raise AssertionError("a number was given twice")
        return Turn(len(given), took)

    async def _call(self, caller: int, given: list[str], until: float) -> None:
        requests = islice(cycle(self._requests), caller % len(self._requests), None)
        for request in requests:
            if perf_counter() >= until:
                return
            answered = await self._issuing.issue(self._ask(request))
            given.append(answered.answer.body.decode())

    def _ask(self, request: IssueRequest) -> IssueAsk:
        caller = Caller(
            self._founded["tenant_id"],
            self._founded["entity_id"],
            _ACTOR,
            Role.ISSUER,
            str(uuid4()),
        )
        return IssueAsk(caller, request, (), _number, _refused)


def _number(issued: NumbersIssued) -> FinishedAnswer:
    text = format_number(issued.series.prefix, issued.ranges[0].first)
    return FinishedAnswer(200, (), text.encode())


def _refused(refusal: SeriatimError) -> FinishedAnswer:
    raise refusal


def _main() -> None:
    wanted = plan()
    calm_garbage_collection()
    store = open_store(wanted["url"])
    issuing = AsyncIssuing(store, SystemClock(), seconds_max=HttpSettings().answer_seconds_max)
    callers = Callers(issuing, wanted["founded"], wanted["sets"])
    loop = uvloop.new_event_loop()
    take_turns(lambda seconds: loop.run_until_complete(callers.turn(wanted["callers"], seconds)))
    issuing.close()
    store.close()
    loop.close()


if __name__ == "__main__":
    _main()
