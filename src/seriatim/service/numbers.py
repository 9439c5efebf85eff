"""Document numbers: issue them for one caller, or for many in one transaction.

Source: contract/numbering.md, Issuing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import (
    InvariantBroken,
    NotFound,
    NotPermitted,
    Rejected,
    SeriatimError,
    SeriesUnusable,
    Violation,
)
from seriatim.domain.register import Entry
from seriatim.domain.sequence_set import Series
from seriatim.engine.orders import Issued, IssueOrder
from seriatim.service.document_batch import MustBeUndone
from seriatim.service.document_orders import DocumentAsk, DocumentOrder, Outcome
from seriatim.service.entity_issuing import EntityIssuing, IssuedPlace
from seriatim.service.idempotency import (
    NOT_KEPT,
    Answered,
    FinishedAnswer,
    KeyUse,
    claim,
    keep,
    release,
    replay,
)
from seriatim.service.permissions import Right, require
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import Transaction


class NumbersIssued(NamedTuple):
    """Shape: `ranges` rise; more than one where taken numbers were stepped over."""

    series: Series
    sequence_set_id: str
    ranges: list[NumberRange]
    document_date: date
    first_entry: Entry
    issued_at: datetime


class IssueAsk(NamedTuple):
    """One caller's request for numbers, with all that its answer needs.

    Shape: `finish` and `refuse` are pure; they make the answer's bytes. `request` is an error
        where it could not be read at all: it is refused in its turn, so that its key keeps the
        refusal.
    """

    caller: Caller
    request: IssueRequest | SeriatimError
    shape_faults: tuple[Violation, ...]
    finish: Callable[[NumbersIssued], FinishedAnswer]
    refuse: Callable[[SeriatimError], FinishedAnswer]
    key_use: KeyUse | None = None


Ask = IssueAsk | DocumentAsk


@dataclass(frozen=True, slots=True)
class Together:
    """What one shared transaction did, before its commit."""

    outcomes: list[Answered | SeriatimError]
    places_issued: list[IssuedPlace]


def issue_numbers(
    transaction: Transaction,
    caller: Caller,
    request: IssueRequest,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> NumbersIssued:
    """Give out the next numbers of the series that the request leads to.

    Errors: Rejected with every fault; nothing is issued then.
    """
    require(caller, Right.ISSUE)
    now = clock.now()
    issuing = EntityIssuing(transaction.books(caller.tenant_id, caller.entity_id), now)
    series, order = issuing.choice.resolve(request, shape_faults)
    issuing.ask(series, order)
    issuing.lock()
    issued = issuing.issue(caller, series, order, str(uuid.uuid4()))
    issuing.write()
    return _numbers(issued, order, now)


def carry_out_documents(
    transaction: Transaction,
    caller: Caller,
    orders: Sequence[DocumentOrder],
    *,
    clock: Clock,
    is_atomic: bool = True,
) -> list[Outcome]:
    """Carry out orders in the caller's transaction: all of them, or each by itself.

    Errors: where they belong together, the refusal of any, with every fault of all of them; the
        transaction must be undone then.
    """
    require(caller, Right.ISSUE)
    issuing = EntityIssuing(transaction.books(caller.tenant_id, caller.entity_id), clock.now())
    issuing.ask_documents(orders)
    issuing.lock()
    try:
        outcomes = issuing.carry_out(caller, orders, str(uuid.uuid4()), is_atomic=is_atomic)
    except MustBeUndone as undone:
        raise undone.refusal from undone
    issuing.write()
    return outcomes


def issue_together(
    transaction: Transaction, asks: Sequence[Ask], *, clock: Clock, batch_id: str
) -> Together:
    """Carry out the requests of many callers, each with its key, in one transaction.

    Shape: for bare numbers, and for documents that are written together with theirs.

    Order: numbers go out in the order of the asks. Each ask fails alone: its refusal is its
        answer, or, where a key must not keep it, its error. No key stands twice among them.
    Cost: a fixed number of statements, however many ask, where no two series are entangled.
    """
    together = _Together(transaction, asks, clock, batch_id)
    together.take_keys()
    together.resolve()
    together.issue()
    return Together(together.finished(), together.places_issued)


class _Together:
    """One shared transaction: its asks, and what has become of each so far."""

    def __init__(
        self, transaction: Transaction, asks: Sequence[Ask], clock: Clock, batch_id: str
    ) -> None:
        self._transaction = transaction
        self._asks = asks
        self._clock = clock
        self._now = clock.now()
        self._batch_id = batch_id
        self._outcomes: list[Answered | SeriatimError | None] = [None] * len(asks)
        self._kept: list[tuple[KeyUse, FinishedAnswer]] = []
        self._released: list[KeyUse] = []
        self.places_issued: list[IssuedPlace] = []
        self._issuing: dict[tuple[str, str], EntityIssuing] = {}
        self._wanted: list[tuple[int, tuple[Series, IssueOrder] | None]] = []

    def take_keys(self) -> None:
        keyed = [
            (place, ask.key_use) for place, ask in enumerate(self._asks) if ask.key_use is not None
        ]
        if not keyed:
            return
        found = claim(self._transaction, [use for _, use in keyed], self._clock)
        for (place, use), stored in zip(keyed, found, strict=True):
            if stored is not None:
                try:
                    self._outcomes[place] = replay(self._transaction, use, stored)
                except SeriatimError as reused:
                    self._outcomes[place] = reused

    def resolve(self) -> None:
        self._read_sets()
        for place, ask in enumerate(self._asks):
            if self._outcomes[place] is not None:
                continue
            asked = ask.orders if isinstance(ask, DocumentAsk) else ask.request
            if isinstance(asked, SeriatimError):
                self._refuse(place, asked)
                continue
            try:
                require(ask.caller, Right.ISSUE)
                self._resolve(place, ask)
            except (NotPermitted, Rejected) as refusal:
                self._refuse(place, refusal)

    def _read_sets(self) -> None:
        """All of an entity in one statement, however many sets the requests name."""
        waiting: dict[tuple[str, str], list[IssueRequest]] = {}
        for ask, outcome in zip(self._asks, self._outcomes, strict=True):
            if outcome is None and isinstance(ask, IssueAsk):
                request = ask.request
                if not isinstance(request, SeriatimError):
                    waiting.setdefault(_entity_of(ask.caller), []).append(request)
        for entity, requests in waiting.items():
            self._issuing_of(entity).choice.read_sets_of(requests)

    def _resolve(self, place: int, ask: Ask) -> None:
        """Errors: Rejected."""
        issuing = self._issuing_for(ask.caller)
        if isinstance(ask, DocumentAsk):
            issuing.ask_documents(ask.readable)
            self._wanted.append((place, None))
        elif not isinstance(ask.request, SeriatimError):
            wanted = issuing.choice.resolve(ask.request, ask.shape_faults)
            issuing.ask(*wanted)
            self._wanted.append((place, wanted))

    def issue(self) -> None:
        for entity in sorted(self._issuing):
            self._issuing[entity].lock()
        for place, wanted in self._wanted:
            try:
                self._answer(place, self._carried_out(self._asks[place], wanted))
            except (Rejected, NotFound, SeriesUnusable) as refusal:
                self._refuse(place, refusal)
        for issuing in self._issuing.values():
            self.places_issued += issuing.write()

    def _carried_out(self, ask: Ask, wanted: tuple[Series, IssueOrder] | None) -> FinishedAnswer:
        """Errors: Rejected, NotFound, SeriesUnusable: this ask alone fails."""
        issuing, batch_id = self._issuing_for(ask.caller), self._batch_id
        if isinstance(ask, DocumentAsk):
            orders, is_atomic = ask.readable, ask.is_atomic
            return ask.finish(issuing.carry_out(ask.caller, orders, batch_id, is_atomic=is_atomic))
        if wanted is None:
            raise InvariantBroken("numbers are issued of which nobody knows the series")
        issued = issuing.issue(ask.caller, *wanted, batch_id)
        return ask.finish(_numbers(issued, wanted[1], self._now))

    def finished(self) -> list[Answered | SeriatimError]:
        keep(self._transaction, self._kept)
        release(self._transaction, self._released)
        outcomes = [outcome for outcome in self._outcomes if outcome is not None]
        if len(outcomes) != len(self._asks):
            raise InvariantBroken("a request of the batch was left without an answer")
        return outcomes

    def _issuing_for(self, caller: Caller) -> EntityIssuing:
        return self._issuing_of(_entity_of(caller))

    def _issuing_of(self, entity: tuple[str, str]) -> EntityIssuing:
        if entity not in self._issuing:
            self._issuing[entity] = EntityIssuing(self._transaction.books(*entity), self._now)
        return self._issuing[entity]

    def _refuse(self, place: int, refusal: SeriatimError) -> None:
        ask = self._asks[place]
        if ask.key_use is not None and not isinstance(refusal, NOT_KEPT):
            self._answer(place, ask.refuse(refusal))
            return
        if ask.key_use is not None:
            self._released.append(ask.key_use)
        self._outcomes[place] = refusal

    def _answer(self, place: int, answer: FinishedAnswer) -> None:
        key_use = self._asks[place].key_use
        if key_use is not None:
            self._kept.append((key_use, answer))
        self._outcomes[place] = Answered(answer, is_replay=False)


def _entity_of(caller: Caller) -> tuple[str, str]:
    return caller.tenant_id, caller.entity_id


def _numbers(issued: Issued, order: IssueOrder, now: datetime) -> NumbersIssued:
    return NumbersIssued(
        series=issued.series,
        sequence_set_id=order.sequence_set_id,
        ranges=issued.ranges,
        document_date=issued.document_date,
        first_entry=issued.first_entry,
        issued_at=now,
    )
