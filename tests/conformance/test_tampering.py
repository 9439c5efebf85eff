"""What is done behind the service's back is found, and located, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from seriatim.domain.errors import Rejected
from seriatim.domain.register import canonical_bytes, chained_hash, genesis_hash
from seriatim.engine.verify import Fault
from seriatim.service.proofs import (
    sign_moved_series,
)
from seriatim.store.sql_store import SqlStore
from seriatim.verifier.seriatim_verifier import FaultFound, check_certificate, check_register
from tests.conformance.desk import Desk, execute, new_desk
from tests.conformance.proof_desk import (
    KEYS,
    PREFIX,
    certificate_of,
    checkpoints_of,
    exported,
    filled_desk,
    verify,
)


@contextmanager
def _unguarded(desk: Desk) -> Iterator[None]:
    """As somebody with every right on the database works."""
    store = desk.store
    if store.database.name == "sqlite":
        for trigger in (
            "seriatim_register_refuses_update",
            "seriatim_register_refuses_delete",
            "seriatim_checkpoint_refuses_delete",
        ):
            execute(store, f"DROP TRIGGER {trigger}")
    else:
        execute(store, "ALTER TABLE seriatim_register DISABLE TRIGGER USER")
        execute(store, "ALTER TABLE seriatim_checkpoint DISABLE TRIGGER USER")
    yield


def _on_series(desk: Desk, statement: str, **values: object) -> None:
    series_id = desk.series(PREFIX).key.series_id
    execute(desk.store, statement, {"series_id": series_id, **values})


def _cut(desk: Desk, last_entry: int) -> None:
    """Cut the end off, and turn the series' own counters back to it."""
    entries = desk.entries(PREFIX)
    head = entries[last_entry - 1]
    covering = [one for one in entries[:last_entry] if one.content.kind.is_covering]
    last_number = covering[-1].content.numbers.last
    _on_series(
        desk,
        "DELETE FROM seriatim_register WHERE series_id = :series_id AND entry_number > :last",
        last=last_entry,
    )
    _on_series(
        desk,
        "UPDATE seriatim_series SET last_entry_number = :last, head_hash = :head, last_number = :number "
        "WHERE series_id = :series_id",
        last=last_entry,
        head=head.hash,
        number=f"{last_number:020d}",
    )


def _recompute(desk: Desk) -> None:
    """Change the actor of every entry and compute all hashes anew."""
    series = desk.series(PREFIX)
    previous = genesis_hash(series.key, series.document_type.value, series.prefix)
    for entry in desk.entries(PREFIX):
        content = entry.content._replace(actor="client:nobody")
        canonical = canonical_bytes(series.key, entry.entry_number, content)
        previous = chained_hash(previous, canonical)
        _on_series(
            desk,
            "UPDATE seriatim_register SET actor = :actor, hash = :hash "
            "WHERE series_id = :series_id AND entry_number = :number",
            actor=content.actor,
            hash=previous,
            number=entry.entry_number,
        )
    _on_series(
        desk,
        "UPDATE seriatim_series SET head_hash = :head WHERE series_id = :series_id",
        head=previous,
    )


def _fault_of(desk: Desk) -> Fault:
    found = verify(desk).first_fault
    assert found is not None
    return found


def test_cut_tail_shows_against_the_signed_head(store: SqlStore) -> None:
    desk = filled_desk(new_desk(store))
    certificate = certificate_of(desk)
    with _unguarded(desk):
        _cut(desk, 3)
    fault = _fault_of(desk)
    assert (fault.entry_number, fault.invariant) == (4, 4)
    assert "9 entries were signed" in fault.message
    assert "3 are there: the end was cut off" in fault.message
    desk.issue(sequence_set="PR", count=50)
    assert sign_moved_series(desk.store, keys=KEYS, clock=desk.clock, every=timedelta(0)) == 0
    with pytest.raises(Rejected, match="4 are there: the end was cut off"):
        certificate_of(desk)
    assert check_certificate(certificate.text.encode()).as_of_entry == 9


def test_recomputed_chain_shows_against_the_signed_head(store: SqlStore) -> None:
    desk = filled_desk(new_desk(store))
    assert verify(desk).is_verified
    desk.issue(sequence_set="PR")
    with _unguarded(desk):
        _recompute(desk)
    fault = _fault_of(desk)
    assert (fault.entry_number, fault.invariant) == (9, 4)
    assert "the chain was computed anew behind entry 0" in fault.message
    assert sign_moved_series(desk.store, keys=KEYS, clock=desk.clock, every=timedelta(0)) == 0
    with pytest.raises(Rejected, match="computed anew"):
        certificate_of(desk)


def test_cut_and_recomputed_registers_do_not_fit_what_was_certified(
    store: SqlStore, tmp_path: Path
) -> None:
    """Without any checkpoint left in the database: the file outside of it shows it."""
    desk = filled_desk(new_desk(store))
    certificate = check_certificate(certificate_of(desk).text.encode(), KEYS.public_key)
    with _unguarded(desk):
        execute(desk.store, "DELETE FROM seriatim_checkpoint")
        _recompute(desk)
        assert verify(desk).is_verified
        with pytest.raises(FaultFound, match="another hash was certified"):
            check_register(exported(desk, tmp_path / "r"), None, certificate)
        with pytest.raises(FaultFound, match="has another hash than the one that was signed"):
            check_register(exported(desk, tmp_path / "r", None), None, certificate)
        execute(desk.store, "DELETE FROM seriatim_checkpoint")
        _cut(desk, 4)
        with pytest.raises(FaultFound, match="its end is gone"):
            check_register(exported(desk, tmp_path / "r"), None, certificate)


@pytest.mark.parametrize(
    ("statement", "entry", "invariant"),
    [
        ("UPDATE seriatim_register SET reason = 'x' WHERE entry_number = 6", 6, 4),
        ("DELETE FROM seriatim_register WHERE entry_number = 6", 7, 4),
        ("UPDATE seriatim_register SET entry_number = 99 WHERE entry_number = 6", 7, 4),
        ("UPDATE seriatim_series SET origin = :two", 1, 1),
        ("UPDATE seriatim_series SET last_number = :two", None, 1),
        ("UPDATE seriatim_series SET last_entry_number = 8", None, 4),
    ],
)
def test_edit_is_found_and_nothing_is_certified(
    store: SqlStore, statement: str, entry: int | None, invariant: int
) -> None:
    desk = filled_desk(new_desk(store))
    clause = " AND" if "WHERE" in statement else " WHERE"
    with _unguarded(desk):
        values = {"two": f"{2:020d}"} if ":two" in statement else {}
        _on_series(desk, f"{statement}{clause} series_id = :series_id", **values)
    found = _fault_of(desk)
    assert (found.entry_number, found.invariant) == (entry, invariant)
    with pytest.raises(Rejected, match="so nothing is certified"):
        certificate_of(desk)
    assert checkpoints_of(desk) == []


def test_entry_behind_the_last_one_that_the_series_knows_is_found(store: SqlStore) -> None:
    desk = filled_desk(new_desk(store))
    head = desk.entries(PREFIX)[7].hash
    with _unguarded(desk):
        _on_series(
            desk,
            "UPDATE seriatim_series SET last_entry_number = 8, head_hash = :head "
            "WHERE series_id = :series_id",
            head=head,
        )
    assert _fault_of(desk).message == "entry 9 stands behind the last one that the series knows"
