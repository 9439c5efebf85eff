"""A simulated life of the issuer and its service: one seed, one course of events, no threads.

The writer of the issuer is stepped by hand, so that which requests wait together, what the
database does to each commit, when the process dies and what the clock says all follow from the
seed. Clients repeat what they are in doubt about with the same key, and at the end everything they
were told is held against the register.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from seriatim.domain.document_number import format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import (
    KeyInUse,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.engine.history import read_history
from seriatim.engine.history_check import SeriesBook, check_history
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once, running_keys
from seriatim.service.issuing import IssueTicket, NumberIssuing
from seriatim.service.number_list import NumberFilter, NumberRow, list_numbers
from seriatim.service.number_moves import confirm_numbers, sweep_expired_holds, void_numbers
from seriatim.service.numbers import IssueAsk
from seriatim.service.set_choice import IssueRequest
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import new_desk
from tests.faulty_store import Crash, Fate, FaultyStore
from tests.samples import new_set, numbering, wanted_set
from tests.stepped_issuing import finish, refuse, stepped_issuing, write_batch
from tests.unit.simulation.simulated_clients import Clients, Holding, Operation

STEPS = 300
PREFIXES = {"DEFAULT": "INV", "Short": "TX", "Long": "TX2", "Days": "DAY-"}
HOURS_MOVED_MAX = 8
DIES = (Fate.CRASH_BEFORE, Fate.CRASH_AFTER)
LOSES = (Fate.LOST_AND_KEPT, Fate.LOST_AND_UNDONE)


class Simulation:
    def __init__(self, seed: int, store: FaultyStore) -> None:
        self.random = random.Random(seed)
        self.store = store
        self.clients = Clients()
        self.desk = new_desk(store)
        self.desk.create(
            new_set("Short", invoice=("TX", 199_999_980 + self.random.randrange(25))),
            new_set("Days", invoice=("DAY-", 1), chronological=True),
        )
        self.has_long = False
        self.noon = self.desk.clock.moment
        self.complaints: list[str] = []
        self.operations: dict[IssueTicket, Operation] = {}
        self.issuing = self._new_process()

    # --- the process ------------------------------------------------------------------------

    def _new_process(self) -> NumberIssuing:
        issuing = stepped_issuing(self.store, self.desk.clock, self._batch_done)
        issuing._issuer._batch_size_max = self.random.choice((1, 2, 4, 8))
        issuing._issuer._queue_size_max = 10
        return issuing

    def _die(self) -> None:
        """Whoever was waiting hears nothing any more."""
        for operation in self.operations.values():
            self.clients.left_in_doubt(operation)
        self.operations.clear()
        running_keys._places.clear()
        self.issuing = self._new_process()

    def _batch_done(self, tickets: list[IssueTicket]) -> None:
        for ticket in tickets:
            operation = self.operations.pop(ticket, None)
            if operation is not None:
                self._tell(operation, ticket)

    def _tell(self, operation: Operation, ticket: IssueTicket) -> None:
        if ticket.outcome is not None:
            answer = ticket.outcome.answer
            if answer.status == 200:
                reply, is_replay = answer.body.decode(), ticket.outcome.is_replay
                self.clients.answered(operation, reply, is_replay=is_replay)
            else:
                self.clients.refused(operation, is_kept=True)
        elif isinstance(ticket.error, OutcomeUnknown):
            self.clients.left_in_doubt(operation)
        elif isinstance(ticket.error, SeriatimError):
            self.clients.refused(operation, is_kept=False)
        else:
            self.complaints.append(f"an unforeseen error: {ticket.error!r}")

    # --- the steps -----------------------------------------------------------------------------

    def run(self, steps: int = STEPS) -> list[str]:
        """What went wrong, at the end of a life of so many steps."""
        choices, weights = zip(*self._steps(), strict=True)
        for step in self.random.choices(choices, weights, k=steps):
            try:
                step()
            except Crash:
                self._die()
        self._settle()
        return [*self.complaints, *self._faults()]

    def _steps(self) -> list[tuple[Callable[[], object], int]]:
        return [
            (self._ask, 38),
            (self._write, 24),
            (self._repeat, 8),
            (self._withdraw, 4),
            (self._move, 10),
            (self._raise_start, 2),
            (self._create_entangled_set, 1),
            (self._sweep, 2),
            (self._move_clock, 3),
            (self._die, 1),
            (self._bring_bad_luck, 7),
        ]

    def _bring_bad_luck(self) -> None:
        lost = self.random.choice(LOSES)
        fates = self.random.choice(
            [
                [lost],
                [lost],
                [lost, Fate.WELL, self.random.choice(LOSES)],
                [lost, self.random.choice(list(Fate))],
                [Fate.AWAY],
                [self.random.choice(DIES)],
            ]
        )
        self.store.fates[:] = fates

    def _move_clock(self) -> None:
        moved = self.random.choice((0.001, 5, 40, 3600, -5, -3600)) * self.random.random()
        wanted = self.desk.clock.moment + timedelta(seconds=moved)
        if abs(wanted - self.noon) < timedelta(hours=HOURS_MOVED_MAX):
            self.desk.clock.moment = wanted

    def _write(self) -> None:
        write_batch(self.issuing)

    def _ask(self) -> None:
        key = f"key {len(self.clients.keyed)}" if self.random.random() < 0.5 else None
        fields = self._fields()
        if key is not None:
            self.clients.keyed[key] = fields
        self._send(key, fields)

    def _repeat(self) -> None:
        """Mostly what is in doubt, sometimes what is known, and that now and then changed."""
        keys = list(self.clients.keyed)
        if not keys:
            return
        doubtful = [key for key in keys[-20:] if key not in self.clients.settled]
        key = self.random.choice(doubtful or keys)
        fields = self.clients.keyed[key]
        if key in self.clients.settled and self.random.random() < 0.3:
            fields = {**fields, "count": 4, "references": None}
        self._send(key, fields)

    def _send(self, key: str | None, fields: dict[str, Any]) -> None:
        caller = self.desk.asking()
        name = str(len(self.clients.lines))
        operation = Operation(name, key, fields, caller.request_id)
        fingerprint = hashlib.sha256(repr(sorted(fields.items())).encode()).digest()
        use = None if key is None else self._key_use(key, fingerprint)
        request = IssueRequest(DocumentType.INVOICE, **fields)
        self.clients.send(operation)
        try:
            ticket = self.issuing.submit(IssueAsk(caller, request, (), finish, refuse, use))
        except (Overloaded, KeyInUse):
            self.clients.refused(operation, is_kept=False)
        else:
            self.operations[ticket] = operation

    def _key_use(self, key: str, fingerprint: bytes) -> KeyUse:
        caller = self.desk.caller
        return KeyUse(caller.tenant_id, caller.entity_id, caller.client_id or "", key, fingerprint)

    def _fields(self) -> dict[str, Any]:
        draw = self.random.random
        names = list(PREFIXES) if self.has_long else ["DEFAULT", "Short", "Days"]
        fields: dict[str, Any] = {"sequence_set": self.random.choice(names)}
        if draw() < 0.5:
            fields["count"] = self.random.choice((1, 1, 2, 3, 5, 1001, 1_000_000, 0))
        elif draw() < 0.2:
            fields["references"] = tuple("abc"[: self.random.randint(1, 3)])
        if draw() < 0.3:
            fields["hold_seconds"] = self.random.choice((1, 20, 3600))
        if draw() < 0.2 and "references" not in fields:
            fields["reference"] = f"order {len(self.clients.lines)}"
        if draw() < 0.1:
            days = self.random.choice((-2, -1, 0, 1, 2, 500))
            fields["document_date"] = self.noon.date() + timedelta(days=days)
        return fields

    def _withdraw(self) -> None:
        if not self.operations:
            return
        ticket = self.random.choice(list(self.operations))
        operation = self.operations.pop(ticket)
        self.issuing.withdraw(ticket)
        if ticket.is_withdrawn:
            self.clients.refused(operation, is_kept=False)  # so the checker sees to it
        else:
            self.clients.left_in_doubt(operation)

    # --- what does not go through the issuer -----------------------------------------------------

    def _raise_start(self) -> None:
        name = self.random.choice(list(PREFIXES)[: 4 if self.has_long else 2])
        try:
            series = self.desk.series(PREFIXES[name])
            start = series.next_number + self.random.randint(1, 12)
            self.desk.update(name, wanted_set(invoice=numbering(start_number=start)))
        except (StoreUnavailable, OutcomeUnknown):
            pass

    def _create_entangled_set(self) -> None:
        """Its numbers read as those of `Short` from 200 000 001 on."""
        if self.has_long:
            return
        try:
            self.desk.create(new_set("Long", invoice=("TX2", 1)))
        except (StoreUnavailable, OutcomeUnknown, Crash):
            self.store.fates.clear()
            if "Long" not in self.desk.names():
                return
        self.has_long = True

    def _sweep(self) -> None:
        now = self.desk.clock.now()
        try:
            sweep_expired_holds(self.store, clock=self.desk.clock)
        except (StoreUnavailable, OutcomeUnknown, Crash):
            for holding in self.clients.holdings.values():
                if holding.state_at(now) != holding.state:
                    holding.is_doubtful = True
        else:
            for holding in self.clients.holdings.values():
                holding.state = holding.state_at(now)

    def _move(self) -> None:
        if not self.clients.holdings:
            return
        prefix, first = self.random.choice(list(self.clients.holdings)[-60:])
        last = first + self.random.choice((0, 0, 0, 1, 2))
        target = self.random.choice(("issued", "voided"))
        concerned = [self.clients.holdings.get((prefix, n)) for n in range(first, last + 1)]
        expected = self._expected(target, concerned)
        key = f"move {len(self.clients.lines)} {self.random.random()}"
        is_keyed = self.random.random() < 0.7
        attempt = partial(self._try_move, target, prefix, first, last, key if is_keyed else None)
        outcome = attempt()
        if outcome == "in doubt" and is_keyed:
            self.store.fates.clear()
            outcome = attempt()
            if outcome not in {"done", "refused"}:
                self.complaints.append(f"{key}: {outcome} without any fault")
        if expected != outcome and expected is not None and outcome in {"done", "refused"}:
            self.complaints.append(f"{target} {prefix} {first} to {last}: {outcome}")
        for holding in concerned:
            if holding is not None and outcome in {"done", "in doubt"}:
                holding.is_doubtful |= outcome == "in doubt"
                holding.state, holding.hold_until = target, None

    def _expected(self, target: str, concerned: list[Holding | None]) -> str | None:
        """What must become of the move; None where nobody can know."""
        states = set()
        for holding in concerned:
            if holding is None or holding.is_doubtful:
                return None
            states.add(holding.state_at(self.desk.clock.now()))
        allowed = {"reserved"} if target == "issued" else {"reserved", "issued"}
        return "done" if states <= allowed else "refused"

    def _try_move(self, target: str, prefix: str, first: int, last: int, key: str | None) -> str:
        """Shape: `done`, `refused`, `in doubt`, or `away`, which is not done either."""
        texts = format_number(prefix, first), format_number(prefix, last)

        def work(transaction: Transaction) -> FinishedAnswer:
            caller, clock = self.desk.asking(), self.desk.clock
            if target == "issued":
                confirm_numbers(transaction, caller, texts[0], last_number=texts[1], clock=clock)
            else:
                void_numbers(
                    transaction,
                    caller,
                    texts[0],
                    last_number=texts[1],
                    reason="of no use",
                    clock=clock,
                )
            return FinishedAnswer(200, (), b"")

        use = None if key is None else self._key_use(key, b"\0" * 32)
        try:
            answered = answer_once(self.store, use, work, refuse, clock=self.desk.clock)
        except (Rejected, NotFound):
            return "refused"
        except StoreUnavailable:
            return "away"
        except OutcomeUnknown:
            return "in doubt"
        except Crash:
            self._die()
            return "in doubt"
        return "done" if answered.answer.status == 200 else "refused"

    # --- the end -----------------------------------------------------------------------------

    def _settle(self) -> None:
        """The faults are over: what waits is carried out, and every doubt is settled by its key."""
        self.store.fates.clear()
        self._write_all()
        for key, fields in self.clients.keyed.items():
            if key not in self.clients.settled:
                self._send(key, fields)
                self._write_all()
                if key not in self.clients.settled:
                    self.complaints.append(f"{key} cannot be settled")

    def _write_all(self) -> None:
        while write_batch(self.issuing):
            pass

    def _faults(self) -> list[str]:
        books = [
            SeriesBook(one, self.desk.entries(one.prefix, one.document_type))
            for one in self.desk.all_series()
            if one.has_entries
        ]
        faults = check_history(read_history(self.clients.lines), books)
        told = self.clients.contradictions(self._rows(), self.desk.clock.now())
        return [*(f"{fault.guarantee}: {fault.message}" for fault in faults), *told]

    def _rows(self) -> list[NumberRow]:
        with self.store.read() as transaction:
            page = list_numbers(
                transaction,
                self.desk.caller,
                NumberFilter(),
                after=None,
                row_count=100_000,
                clock=self.desk.clock,
            )
        return page.rows
