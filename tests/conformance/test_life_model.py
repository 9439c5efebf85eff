"""A whole life of an entity on both databases, against plain counting: after every step, the five
invariants of the register.

Sets are made and changed; numbers issued together, reserved, confirmed, voided and imported; holds
expire; commits are lost, the process dies before or after them and comes up again; keys are
repeated. Source: contract/numbering.md, Register.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seriatim.domain.document_number import fold, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound, OutcomeUnknown, Rejected, StoreUnavailable
from seriatim.domain.register import Entry, EntryKind
from seriatim.engine import nearness
from seriatim.service import imports
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once, running_keys
from seriatim.service.imports import ImportState
from seriatim.service.issuing import IssueTicket
from seriatim.service.number_moves import confirm_numbers, sweep_expired_holds, void_numbers
from seriatim.service.numbers import IssueAsk
from seriatim.service.set_choice import IssueRequest
from seriatim.store.open import open_database
from seriatim.store.sql_store import Transaction
from tests.conformance.counted_books import CountedBooks, hold_until
from tests.conformance.desk import Desk, new_desk
from tests.conformance.import_desk import import_file, numbers
from tests.faulty_store import Crash, Fate, FaultyStore
from tests.samples import new_set, numbering, wanted_set
from tests.stepped_issuing import finish, refuse, stepped_issuing, write_batch

NEAR = 10**8  # where A reads the numbers of A1
ORIGINS = {"A": ("A", NEAR - 1), "B": ("A1", 1), "DEFAULT": ("INV", 1)}
NAMES = st.sampled_from(sorted(ORIGINS))
# Half of all goes well.
FATES = st.sampled_from([*[Fate.WELL] * len(Fate), *Fate])
UNDONE = {Fate.AWAY, Fate.CRASH_BEFORE}
GIVING = {EntryKind.ISSUED, EntryKind.RESERVED}
MET = [f"issue {fate.name}" for fate in Fate]
MET += [
    f"{what} {is_so}"
    for what in ("replay", "issued", "voided", "import")
    for is_so in (True, False)
]
FURTHER_RUNS_MAX = 4
COVERING = GIVING | {EntryKind.SKIPPED, EntryKind.IMPORTED}


@dataclass(frozen=True)
class Order:
    """Shape: `times` references where `is_named`, otherwise a range of so many."""

    name: str
    times: int
    is_named: bool
    hold_seconds: int | None
    is_keyed: bool

    @property
    def request(self) -> IssueRequest:
        how: dict[str, Any] = {"count": self.times}
        if self.is_named:
            how = {"references": tuple(f"r{n}" for n in range(self.times))}
        return IssueRequest(DocumentType.INVOICE, self.name, hold_seconds=self.hold_seconds, **how)


ORDERS = st.builds(
    Order,
    name=NAMES,
    times=st.integers(1, 4),
    is_named=st.booleans(),
    hold_seconds=st.sampled_from([None, 20, 3600]),
    is_keyed=st.booleans(),
)


@dataclass
class Kept:
    """What a key stands for. Shape: `numbers` None until it is known what it was given."""

    order: Order
    numbers: list[int] | None = None
    reply: bytes | None = None


class Life(RuleBasedStateMachine):
    """Shape: `url` and `seen` are set by the test that runs it."""

    url: str
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.store = FaultyStore(open_database(self.url))
        self.desk: Desk = new_desk(self.store)
        self.noon = self.desk.clock.moment
        self.counted = CountedBooks()
        self.keys: dict[str, Kept] = {}
        self.files = 0
        for name, (prefix, origin) in ORIGINS.items():
            if name != "DEFAULT":
                self.desk.create(new_set(name, f"{name}-", invoice=(prefix, origin)))
            self.counted.found(prefix, origin)
        self.prefixes = {name: prefix for name, (prefix, _) in ORIGINS.items()}
        self.issuing = stepped_issuing(self.store, self.desk.clock, lambda _: None)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    # --- the process -------------------------------------------------------------------------

    @rule()
    def restart(self) -> None:
        """All that was in memory is gone."""
        self.store.close()
        running_keys._places.clear()
        self.store = self.desk.store = FaultyStore(open_database(self.url))
        self.issuing = stepped_issuing(self.store, self.desk.clock, lambda _: None)

    def _until_done(self, work: Callable[[], object], *fates: Fate) -> None:
        """Under these fates first, then as often as it takes."""
        self.store.fates[:] = fates
        while not self._attempt(work):
            self.store.fates.clear()

    def _attempt(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except Crash:
            self.restart()
            return False
        except (StoreUnavailable, OutcomeUnknown):
            return False
        finally:
            self.store.fates.clear()
        return True

    @rule(seconds=st.sampled_from([0.001, 15, 4000, -15, -4000]))
    def move_clock(self, seconds: float) -> None:
        moment = self.desk.clock.moment + timedelta(seconds=seconds)
        if abs(moment - self.noon) < timedelta(hours=8):  # days are another test's business
            self.desk.clock.moment = moment

    # --- issuing -----------------------------------------------------------------------------

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=4), fate=FATES)
    def issue(self, orders: list[Order], fate: Fate) -> None:
        asked = [(self._key_for(order), order, self.desk.asking()) for order in orders]
        tickets = [self._submit(key, order, caller) for key, order, caller in asked]
        self.store.fates[:] = [fate]
        is_dead = not self._attempt(lambda: _write_all(self))
        for (key, order, caller), ticket in zip(asked, tickets, strict=True):
            self.seen[f"issue {fate.name}"] += 1
            given = None if fate in UNDONE else self._count(order, caller.request_id)
            if key is not None:
                self.keys[key] = Kept(order, given)
            if fate is Fate.AWAY:
                assert isinstance(ticket.error, StoreUnavailable)
            elif not is_dead:
                assert given is not None
                self._check(ticket, given, key, is_replay=False)
        for key, order, _ in asked:
            if key is not None and (is_dead or fate is Fate.AWAY):
                self._repeat(key, order)

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def repeat_a_key(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        self._repeat(key, self.keys[key].order)

    def _repeat(self, key: str, order: Order) -> None:
        """The very answer, where it was given before; otherwise the numbers are given now."""
        kept, caller = self.keys[key], self.desk.asking()
        ticket = self._submit(key, order, caller)
        _write_all(self)
        is_replay = kept.numbers is not None
        self.seen[f"replay {is_replay}"] += 1
        if kept.numbers is None:
            kept.numbers = self._count(order, caller.request_id)
        self._check(ticket, kept.numbers, key, is_replay=is_replay)

    def _check(
        self, ticket: IssueTicket, given: list[int], key: str | None, *, is_replay: bool
    ) -> None:
        answered = ticket.result()
        body = json.loads(answered.answer.body)
        assert (answered.answer.status, answered.is_replay) == (200, is_replay)
        assert body["numbers"] == [format_number(body["prefix"], number) for number in given]
        if key is not None:
            kept = self.keys[key]
            kept.reply = kept.reply or answered.answer.body
            assert answered.answer.body == kept.reply

    def _submit(self, key: str | None, order: Order, caller: Any) -> IssueTicket:
        use = None if key is None else self._key_use(key, repr(order))
        return self.issuing.submit(IssueAsk(caller, order.request, (), finish, refuse, use))

    def _count(self, order: Order, request_id: str) -> list[int]:
        until = hold_until(self.desk.clock.now(), order.hold_seconds)
        return self.counted.give(self.prefixes[order.name], order.times, request_id, until)

    def _key_for(self, order: Order) -> str | None:
        self.files += 1
        return f"key {self.files}" if order.is_keyed else None

    def _key_use(self, key: str, request: str) -> KeyUse:
        caller = self.desk.caller
        fingerprint = hashlib.sha256(request.encode()).digest()
        return KeyUse(caller.tenant_id, caller.entity_id, caller.client_id or "", key, fingerprint)

    # --- what becomes of numbers -----------------------------------------------------------------

    @rule(
        name=NAMES,
        back=st.integers(-1, 6),
        more=st.sampled_from([0, 0, 0, 1, 2]),
        becomes=st.sampled_from(["issued", "voided"]),
        fate=FATES,
    )
    def move(self, name: str, back: int, more: int, becomes: str, fate: Fate) -> None:
        """Confirm or void some of the latest numbers, or one not given yet."""
        wished = max(1, self.counted.next_numbers[self.prefixes[name]] - 1 - back)
        prefix, first = self.counted.whose(self.prefixes[name], wished)
        wanted = range(first, first + more + 1)
        self.files += 1
        use = self._key_use(f"move {self.files}", f"{becomes} {wanted}")
        is_allowed = self.counted.can_move(prefix, wanted, becomes, self.desk.clock.now())
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(self._move_once(use, prefix, wanted, becomes))

        self._until_done(ask, fate)
        self.seen[f"{becomes} {is_allowed}"] += 1
        assert statuses == [200 if is_allowed else 422]
        if is_allowed:
            self.counted.move(prefix, wanted, becomes)

    def _move_once(self, use: KeyUse, prefix: str, wanted: range, becomes: str) -> int:
        first, last = (format_number(prefix, number) for number in (wanted[0], wanted[-1]))

        def work(transaction: Transaction) -> FinishedAnswer:
            caller, clock = self.desk.asking(), self.desk.clock
            if becomes == "issued":
                confirm_numbers(transaction, caller, first, last_number=last, clock=clock)
            else:
                reason = "of no use"
                void_numbers(
                    transaction, caller, first, last_number=last, reason=reason, clock=clock
                )
            return FinishedAnswer(200, (), b"")

        try:
            return answer_once(self.store, use, work, refuse, clock=self.desk.clock).answer.status
        except (Rejected, NotFound):
            return 422

    @rule(fate=FATES)
    def sweep(self, fate: Fate) -> None:
        def all_of_it() -> None:
            while sweep_expired_holds(self.store, clock=self.desk.clock):
                pass

        self._until_done(all_of_it, fate)
        self.counted.sweep(self.desk.clock.now())

    # --- what moves a series on --------------------------------------------------------------

    @rule(name=NAMES, ahead=st.integers(0, 5), fate=FATES)
    def raise_start(self, name: str, ahead: int, fate: Fate) -> None:
        prefix = self.prefixes[name]
        start = self.desk.series(prefix).next_number + ahead
        wanted = wanted_set(invoice=numbering(start_number=start))
        self._until_done(lambda: self.desk.update(name, wanted), fate)
        self.counted.raise_start(prefix, start)

    @precondition(lambda self: "SHARED" not in self.prefixes)
    @rule(prefix=st.sampled_from(["A1", "NEW-"]), fate=FATES)
    def create_set(self, prefix: str, fate: Fate) -> None:
        """One that shares the series of another, or has its own."""
        is_new = prefix not in self.counted.numbers
        start = 7 if is_new else self.desk.series(prefix).next_number

        def create() -> None:
            if "SHARED" not in self.desk.names():
                self.desk.create(new_set("SHARED", "SHARED-", invoice=(prefix, start)))

        self._until_done(create, fate)
        if is_new:
            self.counted.found(prefix, start)
        self.prefixes["SHARED"] = prefix

    @precondition(lambda self: "SHARED" in self.prefixes)
    @rule(times=st.integers(1, 3), is_keyed=st.booleans(), fate=FATES)
    def issue_from_the_new_set(self, times: int, is_keyed: bool, fate: Fate) -> None:
        self.issue([Order("SHARED", times, False, None, is_keyed)], fate)

    @rule(
        name=NAMES,
        offsets=st.lists(st.integers(-2, 6), min_size=1, max_size=4),
        keep_free=st.booleans(),
        fate=FATES,
        chunk=st.integers(0, 3),
    )
    def take_in(
        self, name: str, offsets: list[int], keep_free: bool, fate: Fate, chunk: int
    ) -> None:
        """Numbers around the next one, from a file that breaks off now and then."""
        prefix = self.prefixes[name]
        origin = ORIGINS[name][1]
        at = self.counted.next_numbers[prefix]
        wanted = [format_number(prefix, max(origin, at + offset)) for offset in offsets]
        self.files += 1
        day = (self.noon.date() - timedelta(days=self.files)).isoformat()
        content = numbers(*wanted, day=day)
        states: list[ImportState] = []

        def take_in() -> None:
            states.append(import_file(self.desk, content, keep_free=keep_free).state)

        is_clean = self.counted.can_take_in(wanted)
        self._until_done(take_in, *[Fate.WELL] * chunk, fate)
        self.seen[f"import {is_clean}"] += 1
        assert states[-1] in (
            {ImportState.IMPORTED, ImportState.IMPORTED_BEFORE}
            if is_clean
            else {ImportState.REFUSED}
        )
        if is_clean:
            self.counted.take_in(wanted, keep_free=keep_free)

    # --- the five invariants -----------------------------------------------------------------

    @invariant()
    def register_is_as_counted(self) -> None:
        if not hasattr(self, "desk"):
            return
        texts: list[str] = []
        requests: set[str] = set()
        for prefix, counted in self.counted.numbers.items():
            entries = self.desk.entries(prefix)
            covered = [n for entry in entries if entry.content.kind in COVERING for n in _of(entry)]
            # 1: every integer once, up to the last one
            assert sorted(covered) == sorted(counted)
            series = self.desk.series(prefix)
            assert set(range(series.origin, series.last_number + 1)) <= set(counted)
            assert _states(entries) == {n: one.state for n, one in counted.items()}
            # 2: in the order in which they went out
            giving = [entry for entry in entries if entry.content.kind in GIVING]
            assert [n for entry in giving for n in _of(entry)] == self.counted.given[prefix]
            assert self.counted.given[prefix] == sorted(self.counted.given[prefix])
            texts += _texts(prefix, entries)
            requests |= {entry.content.request_id for entry in giving}
        # 3: no text twice
        assert sorted(texts) == sorted(self.counted.texts)
        # 4: the chain
        for place, verification in self.desk.verify().items():
            assert verification.first_fault is None, place
        # 5: what was answered is there, and nothing else
        assert requests == self.counted.requests


def _write_all(life: Life) -> None:
    while write_batch(life.issuing):
        pass


def _of(entry: Entry) -> range:
    return range(entry.content.numbers.first, entry.content.numbers.last + 1)


def _states(entries: list[Entry]) -> dict[int, str]:
    """What the entries say of each number, the latest last."""
    said = {EntryKind.CONFIRMED: "issued"}
    return {
        number: said.get(entry.content.kind, entry.content.kind.value)
        for entry in entries
        for number in _of(entry)
    }


def _texts(prefix: str, entries: list[Entry]) -> list[str]:
    taking = [entry for entry in entries if entry.content.kind.takes_text]
    return [fold(format_number(prefix, number)) for entry in taking for number in _of(entry)]


@pytest.mark.parametrize(
    ("database", "examples", "partners_read_max"),
    [
        ("sqlite", 40, nearness.PARTNERS_READ_MAX),
        ("sqlite", 15, -1),  # only those that are near are looked at
        ("postgres", 12, nearness.PARTNERS_READ_MAX),
    ],
)
def test_register_is_whole_after_every_step_of_any_life(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
    examples: int,
    partners_read_max: int,
) -> None:
    monkeypatch.setattr(nearness, "PARTNERS_READ_MAX", partners_read_max)
    monkeypatch.setattr(imports, "LINES_PER_CHUNK", 2)
    url = request.getfixturevalue(f"{database}_url")
    seen: Counter[str] = Counter()
    machine: Any = type("LifeHere", (Life,), {"url": url, "seen": seen})
    lives = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink],
    )
    run_state_machine_as_test(machine, settings=lives)
    if (
        database == "sqlite" and partners_read_max > 0
    ):  # with many lives it meets everything it is there for
        for _ in range(FURTHER_RUNS_MAX):
            if any(not seen[one] for one in MET):
                run_state_machine_as_test(machine, settings=lives)
        assert [one for one in MET if not seen[one]] == []
