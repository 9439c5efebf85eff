"""Issuing for whoever waits: the coalescing issuer over one store.

Source: contract/numbering.md, Speed by design; ADR 9.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Sequence

from seriatim.domain.clock import Clock
from seriatim.domain.errors import (
    KeyInUse,
    OutcomeUnknown,
    Overloaded,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.engine.issuer import QUEUE_FULL, Issuer, Ticket
from seriatim.service.document_batch import MustBeUndone
from seriatim.service.document_orders import DocumentAsk
from seriatim.service.entity_issuing import IssuedPlace
from seriatim.service.idempotency import Answered, running_keys
from seriatim.service.numbers import Ask, Together, issue_together
from seriatim.store.sql_store import SqlStore, Transaction

IssueTicket = Ticket[Ask, Answered]
Outcome = Answered | SeriatimError
BatchDone = Callable[[list[IssueTicket]], None]

COMMITS_TRIED_MAX = 3


class _NotCommitted(StoreUnavailable):
    """The answer to COMMIT was lost, but it is certain that nothing was written."""


class NumberIssuing:
    """One for each process and database.

    Shape: `batch_done` is called on the writer thread, once a batch, with all of its tickets.
    """

    def __init__(self, store: SqlStore, clock: Clock, batch_done: BatchDone) -> None:
        self._store = store
        self._clock = clock
        self._batch_done = batch_done
        self._issuer: Issuer[Ask, Answered] = Issuer(
            self._run_batch, self._settled, waits_for=_waits_for
        )

    def submit(self, ask: Ask) -> IssueTicket:
        """Errors: Overloaded, and KeyInUse while the key's first request is running here."""
        (queued,) = self.submit_all([ask])
        if isinstance(queued, SeriatimError):
            raise queued
        return queued

    def carry_out_alone(self, ask: Ask) -> IssueTicket | None:
        """Carry a request out on the calling thread; None where it has to queue.

        Errors: KeyInUse while the key's first request is running here.
        """
        if ask.key_use is not None:
            running_keys.take(ask.key_use)
        try:
            return self._issuer.carry_out_alone(ask)
        finally:
            self._leave_key(ask)

    def submit_all(self, asks: Sequence[Ask]) -> list[IssueTicket | SeriatimError]:
        """Queue requests that came together: the ticket of each, or why it has none."""
        refused: dict[int, SeriatimError] = {}
        for place, ask in enumerate(asks):
            if ask.key_use is not None:
                try:
                    running_keys.take(ask.key_use)
                except KeyInUse as in_use:
                    refused[place] = in_use
        wanted = [ask for place, ask in enumerate(asks) if place not in refused]
        tickets = self._issuer.submit_all(wanted)
        for ask in wanted[len(tickets) :]:
            self._leave_key(ask)
        queued = iter(tickets)
        return [
            refused.get(place) or next(queued, None) or Overloaded(QUEUE_FULL)
            for place in range(len(asks))
        ]

    def withdraw(self, ticket: IssueTicket) -> bool:
        """The caller gave up: its request is not issued at all, or is in the register.

        Shape: whether it is certain now that it will not be issued.
        """
        is_withdrawn = self._issuer.withdraw(ticket)
        if is_withdrawn:
            self._leave_key(ticket.order)
        return is_withdrawn

    def close(self) -> None:
        self._issuer.close()

    def _settled(self, tickets: list[IssueTicket]) -> None:
        for ticket in tickets:
            self._leave_key(ticket.order)
        self._batch_done(tickets)

    def _leave_key(self, ask: Ask) -> None:
        if ask.key_use is not None:
            running_keys.leave(ask.key_use)

    def _run_batch(self, asks: Sequence[Ask]) -> Sequence[Outcome]:
        """Errors: as `issue_together`; OutcomeUnknown where it cannot be found out what became of
        a COMMIT.
        """
        for _ in range(COMMITS_TRIED_MAX - 1):
            try:
                return self._run_once(asks)
            except _NotCommitted:
                continue
        return self._run_once(asks)

    def _run_once(self, asks: Sequence[Ask]) -> Sequence[Outcome]:
        """Errors: _NotCommitted where the answer to COMMIT was lost, and nothing was written."""
        batch_id = str(uuid.uuid4())
        done = Together([], [])

        def work(transaction: Transaction) -> list[Outcome]:
            nonlocal done
            done = issue_together(transaction, asks, clock=self._clock, batch_id=batch_id)
            return done.outcomes

        try:
            return self._store.run(work)
        except MustBeUndone as undone:
            raise undone.refusal from undone
        except OutcomeUnknown as unknown:
            if self._is_committed(done.places_issued, batch_id, unknown):
                return done.outcomes
            message = "the database lost the transaction; nothing was issued"
            raise _NotCommitted(message, detail=unknown.detail) from unknown

    def _is_committed(
        self, places: list[IssuedPlace], batch_id: str, unknown: OutcomeUnknown
    ) -> bool:
        """Whether the batch whose COMMIT was not confirmed is in the register.

        Order: the series' row lock waits for a commit that is still under way; a write of our own
            makes this commit wait behind that one, on a synchronous standby too.
        Errors: OutcomeUnknown when that cannot be found out, or nothing was issued.
        """
        if not places:
            raise unknown
        place = places[0]

        def look(transaction: Transaction) -> bool:
            series = place.series
            books = transaction.books(series.tenant_id, series.entity_id)
            locked = books.lock_series([series.series_id])[series.series_id]
            books.set_clear_until(series.series_id, locked.clear_until)
            entries = books.list_entries(
                series.series_id, after_entry_number=place.entry_number - 1, row_count=1
            )
            return bool(entries) and entries[0].content.batch_id == batch_id

        try:
            return self._store.run(look)
        except SeriatimError as error:
            raise unknown from error


def _waits_for(ask: Ask) -> Hashable:
    """Requests that read alike wait for the same series."""
    caller = ask.caller
    if isinstance(ask, DocumentAsk):
        return caller.tenant_id, caller.entity_id, "documents"
    request = ask.request
    if isinstance(request, SeriatimError):
        return None
    account = request.account_id, request.account_number
    place = caller.tenant_id, caller.entity_id, request.document_type
    return *place, request.sequence_set, *account
