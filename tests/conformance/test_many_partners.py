"""What is done with a series costs the same, however many prefixes extend its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seriatim.service import set_series
from seriatim.service.imports import ImportState
from seriatim.service.overview import _collisions
from seriatim.service.set_review import describe_set, review_set
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, new_desk
from tests.conformance.document_desk import DocumentDesk
from tests.conformance.import_desk import import_file, numbers
from tests.samples import numbering, wanted_set

FEW, MANY = 12, 60  # both more than are looked at one by one
ZONE = 111 * 10**8  # where `INV` reads as numbers of `INV111`


def _imported(desk: Desk, *given: str, keep_free: bool) -> None:
    outcome = import_file(desk, numbers(*given), keep_free=keep_free)
    assert outcome.state is ImportState.IMPORTED


def _described(desk: Desk) -> None:
    with desk.store.read() as transaction:
        _, review = describe_set(transaction, desk.caller, "DEFAULT")
    assert len(review.warnings) == 3


def _warned(desk: Desk) -> None:
    desk.on_books(lambda books: list(_collisions(books)))


def _reviewed(desk: Desk) -> None:
    raised = wanted_set(invoice=numbering(start_number=ZONE + 500))
    review = review_set(desk.store, desk.asking(), "DEFAULT", raised, clock=desk.clock)
    assert review.effects[0].next_document_numbers[0] == "INV11100000500"


def _custom(desk: Desk) -> None:
    made = DocumentDesk(desk).invoice(number="INV99900000001")
    assert made.series_id == desk.series("INV").key.series_id


WORK: dict[str, Callable[[Desk], object]] = {
    "issue": lambda desk: desk.issue(count=3),
    "issue from a longer one": lambda desk: desk.issue(sequence_set="L11", count=3),
    "create a longer one": lambda desk: desk.create(wanted_set("NEW", invoice=("INV99", 1))),
    "create a shorter one": lambda desk: desk.create(wanted_set("NEW", invoice=("INV1", 1))),
    "raise": lambda desk: desk.update("DEFAULT", wanted_set(invoice=numbering("INV", ZONE + 90))),
    "rename": lambda desk: desk.update("L11", wanted_set("Other")),
    "describe": _described,
    "dry run": _reviewed,
    "warnings": _warned,
    "custom number": _custom,
    "import ahead": lambda desk: _imported(
        desk, "INV99900000001", "INV99800000005", keep_free=True
    ),
    "import and pass": lambda desk: _imported(
        desk, "INV99900000001..INV99900000009", keep_free=False
    ),
    "import of a longer one": lambda desk: _imported(desk, "INV11100000077", keep_free=True),
}


def _desk(store: SqlStore, partners: int) -> Desk:
    """`INV` stands among the numbers of `INV111`, the first of those that extend it."""
    desk = new_desk(store)
    desk.set_settings(invoice_settlement=False)  # memos need not be named then
    longer = [wanted_set(f"L{n}", invoice=(f"INV1{n}", 1)) for n in range(11, 11 + partners)]
    desk.create(*longer)
    desk.issue()
    desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=ZONE + 1)))
    return desk


def _counted(desk: Desk, monkeypatch: pytest.MonkeyPatch, work: Callable[[Desk], object]) -> object:
    """Every statement that it ran, in their order, and how many rows each of them told."""
    ran: list[tuple[str, int]] = []
    with desk.store.read() as transaction:
        session_type = type(transaction.session)

    def counted(name: str) -> Callable[..., object]:
        whole = getattr(session_type, name)

        def call(session: object, query: str, parameters: object) -> object:
            found = whole(session, query, parameters)
            ran.append((query, len(found) if isinstance(found, list) else 0))
            return found

        return call

    with monkeypatch.context() as patched:
        for name in ("rows", "execute", "execute_many", "rows_many"):
            patched.setattr(session_type, name, counted(name))
        work(desk)
    return ran


@pytest.mark.parametrize("what", list(WORK))
def test_statements_and_rows_do_not_depend_on_how_many_extend_a_prefix(
    shared_store: SqlStore, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(set_series, "_LONGER_READ_MAX", FEW)
    monkeypatch.setattr(set_series, "WARNINGS_OF_A_SERIES_MAX", 3)
    found = [
        _counted(_desk(shared_store, partners), monkeypatch, WORK[what]) for partners in (FEW, MANY)
    ]
    assert found[0]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("read_max", "told_max", "told"), [(FEW, 5, 5), (100, 5, 5), (FEW, 100, 13)]
)
def test_of_many_warnings_those_of_the_next_numbers_come_first(
    shared_store: SqlStore,
    monkeypatch: pytest.MonkeyPatch,
    read_max: int,
    told_max: int,
    told: int,
) -> None:
    """Whether all that extend the prefix are read, or only the first of them."""
    monkeypatch.setattr(set_series, "_LONGER_READ_MAX", read_max)
    monkeypatch.setattr(set_series, "WARNINGS_OF_A_SERIES_MAX", told_max)
    desk = _desk(shared_store, 20)
    saved = desk.update("DEFAULT", wanted_set(invoice=numbering(start_number=129 * 10**8 + 1)))
    assert len(saved.warnings) == told
    assert saved.warnings[0].first_collision == "INV12900000001"


def test_warnings_are_all_of_them_where_there_are_not_too_many(
    shared_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_series, "_LONGER_READ_MAX", FEW + 1)
    monkeypatch.setattr(set_series, "WARNINGS_OF_A_SERIES_MAX", FEW)
    saved = _desk(shared_store, FEW).update("DEFAULT", wanted_set())
    assert len({one.first_collision for one in saved.warnings}) == FEW
