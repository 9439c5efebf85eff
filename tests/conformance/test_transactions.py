"""A transaction is whole or nothing, and the database's own quarrels are settled in a bounded way."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import psycopg
import pytest

from seriatim.domain.errors import Conflict, InvariantBroken, StoreUnavailable
from seriatim.domain.limits import SERIALIZATION_RETRIES_MAX
from seriatim.domain.sequence_set import EntitySettings
from seriatim.store import sqlite
from seriatim.store.session import SerializationFailure
from seriatim.store.sql_store import SqlStore, Transaction
from tests.conformance.desk import Desk, error_of

TOKYO = EntitySettings(time_zone="Asia/Tokyo")


def _zone(desk: Desk) -> str:
    return desk.on_books(lambda books: books.get_settings()).time_zone


def _change(desk: Desk, transaction: Transaction) -> None:
    books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
    books.update_settings(TOKYO)


def test_block_that_ends_well_is_kept(desk: Desk) -> None:
    with desk.store.write() as transaction:
        _change(desk, transaction)
    assert _zone(desk) == "Asia/Tokyo"


@pytest.mark.parametrize(
    "error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Conflict("x")]
)
def test_block_that_raises_leaves_nothing_behind(
    desk: Desk, error: type[BaseException] | BaseException
) -> None:
    def change_and_raise() -> None:
        with desk.store.write() as transaction:
            _change(desk, transaction)
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        change_and_raise()
    assert _zone(desk) == "UTC"
    test_block_that_ends_well_is_kept(desk)  # and the store goes on


def test_block_is_not_seen_before_its_end(desk: Desk) -> None:
    with desk.store.write() as transaction:
        _change(desk, transaction)
        with desk.store.read() as reading:
            books = reading.books(desk.caller.tenant_id, desk.caller.entity_id)
            assert books.get_settings().time_zone == "UTC"
    assert _zone(desk) == "Asia/Tokyo"


def test_read_sees_what_was_committed_since_it_began(desk: Desk) -> None:
    with desk.store.read() as reading:
        books = reading.books(desk.caller.tenant_id, desk.caller.entity_id)
        assert books.get_settings().time_zone == "UTC"
        with desk.store.write() as transaction:
            _change(desk, transaction)
        assert books.get_settings().time_zone == "Asia/Tokyo"


def test_savepoint_takes_back_what_came_after_it(desk: Desk) -> None:
    with desk.store.write() as transaction:
        books = transaction.books(desk.caller.tenant_id, desk.caller.entity_id)
        books.set_last_set_position(7)
        transaction.session.savepoint()
        _change(desk, transaction)
        transaction.session.undo_to_savepoint()
    assert _zone(desk) == "UTC"
    assert desk.on_books(lambda books: books.lock_entity()).last_set_position == 7


@pytest.mark.parametrize("failures", [0, 1, SERIALIZATION_RETRIES_MAX])
def test_work_is_run_again_when_the_database_asks_for_it(desk: Desk, failures: int) -> None:
    tries: list[int] = []

    def work(transaction: Transaction) -> str:
        tries.append(len(tries))
        _change(desk, transaction)
        if len(tries) <= failures:
            raise SerializationFailure("40001")
        return "done"

    assert desk.store.run(work) == "done"
    assert len(tries) == failures + 1
    assert _zone(desk) == "Asia/Tokyo"


def test_work_that_never_gets_through_is_given_up(desk: Desk) -> None:
    tries: list[int] = []

    def work(transaction: Transaction) -> None:
        tries.append(1)
        _change(desk, transaction)
        raise SerializationFailure("40001 again")

    with pytest.raises(StoreUnavailable) as given_up:
        desk.store.run(work)
    assert given_up.value.detail == "40001 again"
    assert len(tries) == SERIALIZATION_RETRIES_MAX + 1
    assert _zone(desk) == "UTC"


def test_other_error_is_not_run_again(desk: Desk) -> None:
    tries: list[int] = []

    def work(_: Transaction) -> None:
        tries.append(1)
        raise Conflict("busy")

    assert error_of(lambda: desk.store.run(work)).__class__ is Conflict
    assert len(tries) == 1


def test_lock_held_by_another_is_waited_for_in_bounds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock holder that does not let go: refused in time, and nothing was changed."""
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.store.write() as transaction:
            transaction.books(desk.caller.tenant_id, desk.caller.entity_id).lock_entity()
            holds.set()
            assert may_end.wait(30)

    def change() -> None:
        with desk.store.write() as transaction:
            if desk.store.database.name == "postgres":
                transaction.session.run("SET LOCAL lock_timeout = 100")  # type: ignore[attr-defined] # PostgreSQL's
            transaction.books(desk.caller.tenant_id, desk.caller.entity_id).lock_entity()
            _change(desk, transaction)

    monkeypatch.setattr(sqlite, "LOCK_WAIT_MS_MAX", 100)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert holds.wait(30)
        began = time.monotonic()
        refused = error_of(change)
        assert isinstance(refused, Conflict | StoreUnavailable)
        assert "nothing was changed" in refused.message
        assert time.monotonic() - began < 3
    finally:
        may_end.set()
        holder.join(30)
    assert _zone(desk) == "UTC"
    change()
    assert _zone(desk) == "Asia/Tokyo"


def test_commit_of_a_transaction_that_the_database_gave_up_is_no_success(
    postgres_shared_store: SqlStore,
) -> None:
    """After an error PostgreSQL answers COMMIT with ROLLBACK, and no error."""

    def commit_after_a_swallowed_error() -> None:
        with postgres_shared_store.database.write() as session, suppress(psycopg.DataError):
            session.run("SELECT 1/0")

    refused = error_of(commit_after_a_swallowed_error)
    assert isinstance(refused, StoreUnavailable)
    assert refused.detail == "ROLLBACK"


def test_chain_that_moved_under_the_lock_is_not_written_over(desk: Desk) -> None:
    series = desk.series("INV")
    desk.issue()
    refused = error_of(lambda: desk.on_books(lambda books: books.advance_series([(series, 0)])))
    assert isinstance(refused, InvariantBroken)
    refused = error_of(lambda: desk.on_books(lambda books: books.start_series_at(series)))
    assert isinstance(refused, InvariantBroken)
    assert desk.series("INV").last_number == 1


def test_change_number_of_sqlite_moves_with_every_commit_and_with_nothing_else(
    desk: Desk,
) -> None:
    """Kept answers rest on it. PostgreSQL has none that is cheap enough."""
    version = desk.store.data_version
    if desk.store.database.name == "postgres":
        assert version() is None
        return
    before = version()
    desk.names()
    assert version() == before
    assert error_of(lambda: desk.issue(sequence_set="nobody")) is not None
    desk.issue()
    after = version()
    assert after != before
    assert version() == after
