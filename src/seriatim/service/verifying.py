"""Verifying a series over all of its entries, and signing its head where nothing is wrong.

Source: contract/numbering.md, Register: invariants; contract/guarantees.md, G7.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

from seriatim import telemetry
from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.errors import Conflict, NotFound, OutcomeUnknown, StoreUnavailable
from seriatim.domain.register import SeriesKey
from seriatim.domain.sequence_set import Series
from seriatim.engine.checkpoint import Keys, signed_checkpoint
from seriatim.engine.verify import Fault, Move, SeriesVerifier, Verification
from seriatim.store.proof_queries import StoredMove
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction
from seriatim.store.verification_queries import KeptVerification
from seriatim.verifier.seriatim_verifier import Line

_ENTRIES_PER_SLICE = 2000
_AT_ANY_ENTRY = 2**63 - 1
_log = telemetry.logger("proofs")


class Progress(NamedTuple):
    """How many entries of a series were looked at, and how many there are."""

    entries: int
    of_entries: int


class Verified(NamedTuple):
    """A series as it was found, and what a walk over its entries came to."""

    series: Series
    verification: Verification


Outcome = TypeVar("Outcome")


def verify(store: SqlStore, key: SeriesKey, keys: Keys | None) -> Verified:
    """All of `verify_in_steps`."""
    return outcome_of(verify_in_steps(store, key, keys))


def outcome_of(steps: Generator[Progress, None, Outcome]) -> Outcome:
    """What a verification comes to, for whoever does not ask how far it is."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome


def verify_in_steps(
    store: SqlStore, key: SeriesKey, keys: Keys | None
) -> Generator[Progress, None, Verified]:
    """Walk over a series' entries, telling how far it is; ends with what it came to.

    Cost: reads every entry once, in slices, so that memory stays flat and no transaction
        is held open for long; entries that arrive meanwhile are not looked at.
    """
    with store.read() as transaction:
        latest, series = read_with_latest_checkpoint(transaction, key)
    verifier = SeriesVerifier(series, keys)
    is_sound = yield from _walk_entries(store, verifier, series)
    if is_sound and latest is not None and latest.entry_number > series.last_entry_number:
        is_sound = verifier.expect([latest])
    if is_sound and verifier.moves:
        verifier.take_moves(_moves(store, series))
    found = verifier.finish()
    surplus = _surplus(store, series) if found.is_verified else None
    if surplus is not None:
        found = Verification(found.entries, found.numbers, found.head_hash, surplus)
    return Verified(series, found)


def read_with_latest_checkpoint(
    transaction: Transaction, key: SeriesKey
) -> tuple[Checkpoint | None, Series]:
    """Order: the checkpoint first: what was signed before the series is read, it must know.

    Errors: NotFound.
    """
    books = _books(transaction, key)
    latest = books.find_latest_checkpoint(key.series_id, up_to_entry_number=_AT_ANY_ENTRY)
    series = books.get_series(key.series_id)
    if series is None:
        raise NotFound("series", key.series_id)
    return latest, series


def keep_checkpoint(store: SqlStore, series: Series, keys: Keys, now: datetime) -> Checkpoint:
    """Sign the head of the series, as it was read, and keep that if it is the entry's first."""
    checkpoint = signed_checkpoint(series, keys, now)
    if series.has_entries and store.run(lambda transaction: insert(transaction, checkpoint)):
        # A line of the log is a copy that whoever changes the database cannot reach.
        _log.info(
            "checkpoint_signed",
            tenant=series.key.tenant_id,
            entity=series.key.entity_id,
            series=series.key.series_id,
            entry=checkpoint.entry_number,
            head_hash=checkpoint.head_hash.hex(),
            key_id=checkpoint.key_id,
            signature=checkpoint.signature.hex(),
        )
    return checkpoint


def keep_checkpoint_if_possible(store: SqlStore, series: Series, keys: Keys, now: datetime) -> None:
    """What was found out by reading stays true where nothing can be written."""
    try:
        keep_checkpoint(store, series, keys, now)
    except (StoreUnavailable, OutcomeUnknown, Conflict) as error:
        _log.warning("checkpoint_not_kept", message=error.message, detail=error.detail)


def keep_result_if_possible(
    store: SqlStore, verified: Verified, *, actor: str, now: datetime
) -> None:
    """Write down what a verification came to, where anything can be written."""
    series, found = verified
    fault = found.first_fault
    kept = KeptVerification(
        series_id=series.key.series_id,
        verified_at=now,
        actor=actor,
        sound_at=now if fault is None else None,
        entries=found.entries,
        numbers=found.numbers,
        fault_entry=None if fault is None else fault.entry_number,
        fault_invariant=None if fault is None else fault.invariant,
        fault_message=None if fault is None else fault.message,
    )
    try:
        store.run(lambda transaction: _books(transaction, series.key).keep_verification(kept))
    except (StoreUnavailable, OutcomeUnknown, Conflict) as error:
        _log.warning("verification_not_kept", message=error.message, detail=error.detail)


def insert(transaction: Transaction, checkpoint: Checkpoint) -> bool:
    """Whether the checkpoint was kept: the first of an entry is."""
    books = _books(transaction, checkpoint.series)
    books.lock_series([checkpoint.series.series_id])  # two processes may sign at once
    return books.insert_checkpoint(checkpoint)


def _walk_entries(
    store: SqlStore, verifier: SeriesVerifier, series: Series
) -> Generator[Progress, None, bool]:
    series_id, checked = series.key.series_id, 0
    while checked < series.last_entry_number:
        wanted = min(_ENTRIES_PER_SLICE, series.last_entry_number - checked)
        with store.read() as transaction:
            books = _books(transaction, series.key)
            checkpoints = books.list_checkpoints(
                series_id, after_entry_number=checked, up_to_entry_number=checked + wanted
            )
            entries = books.list_entries(series_id, after_entry_number=checked, row_count=wanted)
        if not (verifier.expect(checkpoints) and verifier.take(entries)):
            return False
        if not entries:
            break
        checked = entries[-1].entry_number
        yield Progress(checked, series.last_entry_number)
    return True


def _moves(store: SqlStore, series: Series) -> Iterator[Move]:
    after = (0, 0)
    while True:
        with store.read() as transaction:
            slice_ = _books(transaction, series.key).list_moves(
                series.key.series_id,
                after=after,
                up_to_entry_number=series.last_entry_number,
                row_count=_ENTRIES_PER_SLICE,
            )
        for stored in slice_:
            yield _move(stored)
        if len(slice_) < _ENTRIES_PER_SLICE:
            return
        after = (slice_[-1].refers_to, slice_[-1].entry_number)


def _move(stored: StoredMove) -> Move:
    target = None
    if stored.target_kind is not None and stored.target_numbers is not None:
        numbers = stored.target_numbers
        target = _line(stored.refers_to, stored.target_kind, numbers.first, numbers.last, None)
    numbers = stored.numbers
    return target, _line(
        stored.entry_number, stored.kind, numbers.first, numbers.last, stored.refers_to
    )


def _line(entry_number: int, kind: str, first: int, last: int, refers_to: int | None) -> Line:
    return Line(entry_number, kind, first, last, refers_to, None, None, b"", b"")


def _surplus(store: SqlStore, series: Series) -> Fault | None:
    """An entry behind the last one that the series knows, if it still does not know it."""
    number, series_id = series.last_entry_number, series.key.series_id
    with store.read() as transaction:
        books = _books(transaction, series.key)
        behind = books.list_entries(series_id, after_entry_number=number, row_count=1)
        now = books.get_series(series_id)
    if not behind or now is None or now.last_entry_number > number:
        return None
    message = f"entry {behind[0].entry_number} stands behind the last one that the series knows"
    return Fault(behind[0].entry_number, 4, message)


def _books(transaction: Transaction, key: SeriesKey) -> EntityBooks:
    return transaction.books(key.tenant_id, key.entity_id)
