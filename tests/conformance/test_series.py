"""Series: listed, read, and verified against every kind of tampering behind the service's back."""

from __future__ import annotations

import pytest

from seriatim.domain.caller import Role
from seriatim.domain.document_type import DocumentType
from seriatim.engine.verify import Verification
from seriatim.service.series import get_series, list_series, verify_series
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, execute, new_desk
from tests.samples import new_set, numbering, wanted_set


def _listed(desk: Desk, row_count: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    after: tuple[str, str] | None = None
    while True:
        with desk.store.read() as transaction:
            page = list_series(transaction, desk.caller, after=after, row_count=row_count)
        found += [(series.prefix, series.document_type.value) for series in page.series]
        if not page.has_more:
            return found
        after = found[-1]


@pytest.mark.parametrize("row_count", [1, 2, 7, 8, 9, 100])
def test_pages_of_series_are_the_whole_list_by_prefix_without_case(
    desk: Desk, row_count: int
) -> None:
    desk.create(new_set("A", invoice=("b", 1), credit_memo=("A-", 1), debit_memo=("a_", 1)))
    assert [prefix for prefix, _ in _listed(desk, row_count)] == [
        "A-",
        "a_",
        "b",
        "CM",
        "DM",
        "INV",
        "P-",
        "R-",
    ]


def test_one_prefix_of_two_types_is_listed_twice(desk: Desk) -> None:
    """After a release each type has its own series."""
    desk.create(new_set("A", invoice=("MO", 1)))
    desk.delete("A")
    desk.release("MO")
    desk.create(new_set("B", credit_memo=("mo", 1)))
    assert [row for row in _listed(desk, 1) if row[0].lower() == "mo"] == [
        ("mo", "creditMemo"),
        ("MO", "invoice"),
    ]


@pytest.mark.parametrize("role", Role)
def test_every_role_may_read_and_verify(desk: Desk, role: Role) -> None:
    desk.caller = desk.asking(role)
    series = desk.series("INV")
    with desk.store.read() as transaction:
        assert get_series(transaction, desk.caller, series.key.series_id.upper()) == series
    assert verify_series(desk.store, desk.caller, series.key.series_id).is_verified


def test_released_series_says_so(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("MO", 1)))
    desk.delete("A")
    assert desk.release("MO") == desk.series("MO")
    assert desk.series("MO").is_released


def test_long_series_is_verified_over_its_slices(desk: Desk) -> None:
    for _ in range(5):
        desk.issue(references=("x",) * 1000)
    found = desk.verify()["INV invoice"]
    assert found == Verification(5000, 5000, desk.series("INV").head_hash, None)


# Each with the entry at which it is found; None where only the sum shows it.
TAMPERING = {
    "edit a reference": ("UPDATE seriatim_register SET reference = 'other' WHERE {entry} = 2", 2),
    "edit a date": (
        "UPDATE seriatim_register SET document_date = '2020-01-01' WHERE {entry} = 3",
        3,
    ),
    "edit an actor": ("UPDATE seriatim_register SET actor = 'me' WHERE {entry} = 1", 1),
    "edit a kind": ("UPDATE seriatim_register SET kind = 'skipped' WHERE {entry} = 1", 1),
    "edit a hash": ("UPDATE seriatim_register SET hash = {zeros} WHERE {entry} = 2", 2),
    "move a number": ("UPDATE seriatim_register SET last_number = {nine} WHERE {entry} = 5", 5),
    "remove the first": ("DELETE FROM seriatim_register WHERE {entry} = 1", 2),
    "remove one between": ("DELETE FROM seriatim_register WHERE {entry} = 3", 4),
    "cut the tail": ("DELETE FROM seriatim_register WHERE {entry} = 5", None),
    "cut all": ("DELETE FROM seriatim_register WHERE {entry} > 0", None),
    "turn the counter back": (
        "UPDATE seriatim_series SET last_number = {four} WHERE {series}",
        None,
    ),
    "forget an entry": ("UPDATE seriatim_series SET last_entry_number = 4 WHERE {series}", None),
    "edit the head": ("UPDATE seriatim_series SET head_hash = {zeros} WHERE {series}", None),
    "move the origin": ("UPDATE seriatim_series SET origin = {four} WHERE {series}", 1),
    "rename the prefix": ("UPDATE seriatim_series SET prefix = 'INW' WHERE {series}", 1),
    "change the type": ("UPDATE seriatim_series SET document_type = 'refund' WHERE {series}", 1),
}


@pytest.fixture
def open_books(store: SqlStore) -> Desk:
    """Books whose guards somebody with the right to do so has taken away."""
    desk = new_desk(store)
    desk.issue(count=2)
    desk.issue(references=("a", "b"))
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=6)))
    desk.issue()
    if store.database.name == "postgres":
        execute(store, "ALTER TABLE seriatim_register DISABLE TRIGGER ALL")
    else:
        for trigger in ("update", "delete"):
            execute(store, f"DROP TRIGGER seriatim_register_refuses_{trigger}")
    assert desk.verify()["INV invoice"] == Verification(5, 6, desk.series("INV").head_hash, None)
    return desk


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_behind_the_service_is_found(open_books: Desk, how: str) -> None:
    statement, entry = TAMPERING[how]
    store, series_id = open_books.store, open_books.series("INV").key.series_id
    is_sqlite = store.database.name == "sqlite"
    execute(
        store,
        statement.format(
            entry="series_id = :series_id AND entry_number",
            series="series_id = :series_id",
            zeros="zeroblob(32)" if is_sqlite else "decode(repeat('00', 32), 'hex')",
            four="'00000000000000000004'" if is_sqlite else "4",
            nine="'00000000000000000009'" if is_sqlite else "9",
        ),
        {"series_id": series_id},
    )
    found = verify_series(store, open_books.caller, series_id)
    assert not found.is_verified
    assert found.first_fault is not None
    assert found.first_fault.entry_number == entry


def test_inserted_and_reordered_entries_are_found(open_books: Desk) -> None:
    store, series_id = open_books.store, open_books.series("INV").key.series_id
    for old, new in ((2, 99), (3, 2), (99, 3)):  # entries 2 and 3 change places
        execute(
            store,
            "UPDATE seriatim_register SET entry_number = :new WHERE series_id = :series_id "
            "AND entry_number = :old",
            {"series_id": series_id, "old": old, "new": new},
        )
    fault = verify_series(store, open_books.caller, series_id).first_fault
    assert fault is not None
    assert (fault.entry_number, fault.invariant) == (2, 4)


def test_other_series_of_tampered_books_are_sound(open_books: Desk) -> None:
    open_books.issue(DocumentType.REFUND)
    execute(open_books.store, "UPDATE seriatim_register SET actor = 'me' WHERE reference = 'a'")
    found = open_books.verify()
    assert not found.pop("INV invoice").is_verified
    assert all(verification.is_verified for verification in found.values())
