"""Documents that share a transaction: each with its own outcome, or all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

import pytest

from seriatim.domain.billing import Document, NumberOrigin
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected
from seriatim.domain.number_states import NumberState
from seriatim.service.document_moves import PostDocument
from seriatim.service.document_orders import Outcome
from seriatim.service.idempotency import Answered
from tests.conformance.desk import Desk, execute
from tests.conformance.document_desk import DocumentDesk
from tests.conformance.number_desk import assert_sound, explain
from tests.samples import new_set

RULE, NOT_FOUND = 30, 40


@pytest.fixture
def office(desk: Desk) -> DocumentDesk:
    return DocumentDesk(desk)


def _numbers(outcomes: Sequence[Outcome]) -> list[str]:
    return [one.number if isinstance(one, Document) else type(one).__name__ for one in outcomes]


def test_each_order_of_a_batch_has_its_own_outcome_and_no_gap_is_left(
    office: DocumentDesk,
) -> None:
    bad = replace(office.invoice_order("0.001"), place=("invoices", 1))
    seen: list[Sequence[Outcome]] = []
    orders = [office.invoice_order(), bad, office.invoice_order()]
    office.together(office.ask(*orders, is_atomic=False, into=seen))
    assert _numbers(seen[0]) == ["INV00000001", "Rejected", "INV00000002"]
    refused = seen[0][1]
    assert isinstance(refused, Rejected)
    assert refused.violations[0].full_path == ("invoices", 1, "invoice_items", 0, "amount")
    assert_sound(office.desk)


def test_one_refusal_refuses_all_that_belong_together_with_every_fault(
    office: DocumentDesk,
) -> None:
    bad = [
        replace(office.invoice_order("0.001"), place=("invoices", 1)),
        replace(office.invoice_order(sequence_set="NOWHERE"), place=("invoices", 2)),
    ]
    (outcome,) = office.together(office.ask(office.invoice_order(), *bad))
    assert isinstance(outcome, Rejected)
    assert {one.full_path for one in outcome.violations} == {
        ("invoices", 1, "invoice_items", 0, "amount"),
        ("invoices", 2, "sequence_set"),
    }
    assert office.desk.series("INV").last_number == 0
    assert office.invoice().number == "INV00000001"


@pytest.mark.parametrize("before", [0, 1])
def test_refusal_under_the_lock_takes_back_what_belongs_together(
    office: DocumentDesk, before: int
) -> None:
    """A chronological series refuses the second date only after the first number was taken."""
    office.desk.create(new_set("FR", chronological=True))
    late, early = date(2026, 11, 23), date(2026, 11, 22)
    orders = [
        office.invoice_order(sequence_set="FR", invoice_date=late),
        office.invoice_order(invoice_date=early),
        office.invoice_order(sequence_set="FR", invoice_date=early),
    ]
    bare = [office.ask(office.invoice_order(sequence_set="FR"))] * before
    after = office.ask(office.invoice_order())
    *_, refused, last = office.together(*bare, office.ask(*orders), after)
    assert isinstance(refused, Rejected)
    assert isinstance(last, Answered)
    assert office.desk.series("FR-I-").last_number == before
    assert office.desk.series("INV").last_number == 1
    owner: dict[str, object] = {"entity_id": office.desk.caller.entity_id}
    statement = "SELECT count(*) FROM seriatim_document WHERE entity_id = :entity_id"
    assert execute(office.desk.store, statement, owner) == [(before + 1,)]
    assert_sound(office.desk)


def test_order_sees_what_the_one_before_it_did(office: DocumentDesk) -> None:
    draft = office.invoice()
    seen: list[Sequence[Outcome]] = []
    post = PostDocument(DocumentType.INVOICE, draft.document_id)
    again = PostDocument(DocumentType.INVOICE, draft.number)
    office.together(office.ask(post, again, is_atomic=False, into=seen))
    assert _numbers(seen[0]) == [draft.number, "Rejected"]


def test_bare_numbers_and_documents_go_out_in_the_order_of_the_asks(office: DocumentDesk) -> None:
    office.desk.issue(count=1)
    seen: list[Sequence[Outcome]] = []
    office.together(
        office.ask(office.invoice_order(), into=seen),
        office.ask(office.invoice_order(), office.invoice_order(), into=seen),
    )
    assert [_numbers(outcomes) for outcomes in seen] == [
        ["INV00000002"],
        ["INV00000003", "INV00000004"],
    ]


def test_fifty_invoices_take_as_many_statements_as_two(
    office: DocumentDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [_statements_of(office, monkeypatch, size) for size in (2, 50)]
    assert found[0] == found[1]
    # A statement for many is counted with the one that it runs.
    assert len([one for one, _ in groupby(found[1])]) <= 16


def _statements_of(office: DocumentDesk, monkeypatch: pytest.MonkeyPatch, size: int) -> list[str]:
    ran: list[str] = []
    with office.desk.store.read() as transaction:
        session_type = type(transaction.session)

    def counted(name: str) -> Callable[..., object]:
        whole = getattr(session_type, name)

        def call(session: object, query: str, parameters: object) -> object:
            ran.append(query)
            return whole(session, query, parameters)

        return call

    with monkeypatch.context() as patched:
        for name in ("rows", "execute", "execute_many", "rows_many"):
            patched.setattr(session_type, name, counted(name))
        office.together(office.ask(*[office.invoice_order() for _ in range(size)]))
    return ran


def test_custom_number_outside_every_series_is_a_text_that_comes_once(
    office: DocumentDesk,
) -> None:
    made = office.invoice(number="Re-2026_7")
    assert (made.number, made.number_origin, made.series_id) == (
        "Re-2026_7",
        NumberOrigin.CUSTOM,
        None,
    )
    again = office.invoice_order(number="RE-2026_7")
    assert office.refusal(lambda: office.do(again)) == {("invoice_number", RULE)}
    office.delete(made)
    assert office.invoice(number="RE-2026_7").number == "RE-2026_7"
    owner: dict[str, object] = {"entity_id": office.desk.caller.entity_id}
    rows = execute(
        office.desk.store,
        "SELECT text_folded FROM seriatim_number_text WHERE entity_id = :entity_id",
        owner,
    )
    texts = sorted(text for (text,) in rows)
    assert texts[0] == "re-2026_7"
    mark = texts[1].removeprefix("re-2026_7_")
    assert len(mark) == 11
    assert set(mark) <= set("0123456789abcdef")


def test_series_steps_over_a_custom_number_of_its_own(office: DocumentDesk) -> None:
    made = office.invoice(number="INV00000002")
    assert made.series_id == office.desk.series("INV").key.series_id
    assert [office.invoice().number for _ in range(2)] == ["INV00000001", "INV00000003"]
    assert explain(office.desk, 2).state is NumberState.IMPORTED
    office.delete(made)
    assert explain(office.desk, 2).state is NumberState.VOIDED
    again = office.invoice_order(number="INV00000002")
    assert office.refusal(lambda: office.do(again)) == {("invoice_number", RULE)}
    assert_sound(office.desk)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("INV00000001", "has passed it"),
        ("inv00000001", "has passed it"),
        ("CM00000009", "belongs to the document type creditMemo"),
        ("P-00000009", "belongs to the document type payment"),
        ("TMP-INV-00000009", "reserved prefix"),
        ("PREVIEW-1", "reserved"),
        ("P-1", "belongs to the document type payment"),
    ],
)
def test_custom_number_that_is_taken_passed_or_reserved_is_refused(
    office: DocumentDesk, number: str, why: str
) -> None:
    office.desk.issue(count=2)
    with pytest.raises(Rejected, match=why):
        office.invoice(number=number)
    assert_sound(office.desk)


def test_custom_numbers_of_one_request_are_told_apart(office: DocumentDesk) -> None:
    seen: list[Sequence[Outcome]] = []
    orders = [office.invoice_order(number=text) for text in ("X1", "x1", "INV00000001", "Y")]
    orders.insert(3, office.invoice_order())
    office.together(office.ask(*orders, is_atomic=False, into=seen))
    assert _numbers(seen[0]) == ["X1", "Rejected", "INV00000001", "INV00000002", "Y"]
    assert_sound(office.desk)


def test_set_born_later_steps_over_a_custom_number(office: DocumentDesk) -> None:
    office.invoice(number="NEW00000002")
    office.desk.create(new_set("NEW", invoice=("NEW", 1)))
    numbers = [office.invoice(sequence_set="NEW").number for _ in range(2)]
    assert numbers == ["NEW00000001", "NEW00000003"]
    assert_sound(office.desk)


def test_all_or_none_with_a_custom_number_of_a_series_leaves_nothing(
    office: DocumentDesk,
) -> None:
    """The imported entry is in the books already when the last order is refused."""
    orders = [
        office.invoice_order(number="INV00000005"),
        office.invoice_order(number="INV00000005"),
    ]
    assert office.refusal(lambda: office.do(*orders)) == {("invoice_number", RULE)}
    assert office.desk.entries("INV") == []
    assert office.invoice(number="INV00000005").number == "INV00000005"


def test_key_that_looks_like_an_id_may_be_a_number(office: DocumentDesk) -> None:
    number = "a" * 32
    office.invoice(number=number)
    assert office.do(PostDocument(DocumentType.INVOICE, number)).number == number
    missing = PostDocument(DocumentType.INVOICE, "b" * 32, place=("invoices", 0))
    assert office.refusal(lambda: office.do(missing)) == {("invoices.0.id", NOT_FOUND)}
