"""Credit and debit memos: made, numbered, applied, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from seriatim.domain.billing import DocumentState, Move, NumberOrigin
from seriatim.domain.document_requests import Settlement
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import ChosenBy
from seriatim.service.document_orders import DocumentOrder
from seriatim.service.invoice_settling import SettleInvoice
from seriatim.service.memos import MakeMemoFromInvoice
from tests.conformance.desk import Desk
from tests.conformance.money_desk import CREDIT, DEBIT, MoneyDesk
from tests.conformance.number_desk import assert_sound, explain
from tests.samples import new_set

INVALID, RULE, MISSING, FORBIDDEN = 20, 30, 40, 10
DRAFT, POSTED, CANCELED = DocumentState.DRAFT, DocumentState.POSTED, DocumentState.CANCELED
PREFIXES = {CREDIT: "CM", DEBIT: "DM"}
ENDINGS = {CREDIT: "C", DEBIT: "D"}


@pytest.fixture
def office(desk: Desk) -> MoneyDesk:
    return MoneyDesk(desk)


both = pytest.mark.parametrize("document_type", [CREDIT, DEBIT])


@both
def test_standalone_memo_is_read_as_it_was_made(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    made = office.memo(
        document_type, "70.5", "30", memo_date=date(2026, 11, 1), details={"comment": "c"}
    )
    assert office.read(made) == made
    assert (made.number, made.state) == (f"{PREFIXES[document_type]}00000001", DRAFT)
    assert (str(made.amount), str(made.balance)) == ("100.50", "100.50")
    assert (made.document_date, made.referred_document_id) == (date(2026, 11, 1), None)
    items = office.desk.on_books(lambda books: books.list_items(made.document_id))
    assert [str(item.amount) for item in items] == ["70.50", "30.00"]


@both
def test_standalone_memo_takes_the_accounts_set(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    office.desk.create(new_set("FR"))
    made = office.memo(document_type, account=office.new_account("FR"))
    assert made.number == f"FR-{ENDINGS[document_type]}-00000001"
    assert made.chosen_by is ChosenBy.ACCOUNT


@both
def test_memo_from_an_invoice_takes_the_invoices_set(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    office.desk.create(new_set("FR"), new_set("EU"))
    invoice = office.posted("60", "40", account=office.new_account("EU"), sequence_set="FR")
    made = office.from_invoice(document_type, invoice, "60", "15.5", is_posted=True)
    assert made.number == f"FR-{ENDINGS[document_type]}-00000001"
    assert (made.chosen_by, made.state) == (ChosenBy.INVOICE, POSTED)
    assert (made.referred_document_id, str(made.amount)) == (invoice.document_id, "75.50")
    why = explain(office.desk, made.number).covering.content
    assert (why.chosen_by, why.sequence_set_id) == (ChosenBy.INVOICE, invoice.sequence_set_id)
    assert office.left(invoice) == ["100.00"]


@both
def test_memo_of_an_invoice_whose_set_was_deleted_takes_the_accounts_and_says_so(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    office.desk.create(new_set("FR"), new_set("EU"))
    invoice = office.posted(account=office.new_account("EU"), sequence_set="FR")
    office.desk.delete("FR")
    made = office.from_invoice(document_type, invoice)
    assert made.number == f"EU-{ENDINGS[document_type]}-00000001"
    assert made.chosen_by is ChosenBy.ACCOUNT_FOR_INVOICE


@both
def test_memo_gets_its_number_when_posted_where_the_setting_says_so(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    office.desk.create(new_set("FR"))
    office.desk.set_settings(number_assignment="posting")
    prefix = PREFIXES[document_type]
    invoice = office.posted(sequence_set="FR")
    assert office.invoice().number == "TMP-INV-00000001"
    drafts = [office.memo(document_type), office.from_invoice(document_type, invoice)]
    assert [one.number for one in drafts] == [f"TMP-{prefix}-00000001", f"TMP-{prefix}-00000002"]
    assert drafts[0].number_origin is NumberOrigin.TEMPORARY
    posted = [office.post(one) for one in reversed(drafts)]
    assert [one.number for one in posted] == [
        f"FR-{ENDINGS[document_type]}-00000001",
        f"{prefix}00000001",
    ]
    assert posted[0].chosen_by is ChosenBy.INVOICE
    assert_sound(office.desk)


@both
def test_life_of_a_memo(office: MoneyDesk, document_type: DocumentType) -> None:
    back = office.unpost(office.post(office.memo(document_type)))
    with pytest.raises(Rejected, match="in the state Canceled can be"):
        office.delete(back)
    canceled = office.cancel(back)
    with pytest.raises(Rejected, match="in the state Draft can be"):
        office.post(canceled)
    office.delete(canceled)
    with pytest.raises(NotFound):
        office.read(canceled)
    assert explain(office.desk, canceled.number).state is NumberState.VOIDED
    assert_sound(office.desk)


@both
def test_custom_number_of_a_memo_overrides_the_set(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    made = office.memo(document_type, number="MINE-1A")
    assert (made.number, made.number_origin) == ("MINE-1A", NumberOrigin.CUSTOM)
    again = office.memo_order(document_type, number="mine-1a")
    assert office.refusal(lambda: office.do(again)) == {("number", RULE)}
    series = PREFIXES[document_type]
    ahead = office.memo(document_type, number=f"{series}00000002")
    assert ahead.series_id is not None
    made_next = [office.memo(document_type).number for _ in range(2)]
    assert made_next == [f"{series}00000001", f"{series}00000003"]
    assert_sound(office.desk)


@both
def test_faults_of_a_standalone_memo_are_told_at_once_and_leave_no_number(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    order = office.memo_order(
        document_type, "0", "-1", "0.001", currency="USD", number="?", memo_date=date(2028, 1, 1)
    )
    assert office.refusal(lambda: office.do(order)) == {
        ("charges.0.amount", INVALID),
        ("charges.1.amount", INVALID),
        ("charges.2.amount", INVALID),
        ("currency", RULE),
        ("number", INVALID),
        ("effective_date", INVALID),
    }
    nobody = replace(office.account, account_id="f" * 32)
    lost = office.memo_order(document_type, account=nobody)
    assert office.refusal(lambda: office.do(lost)) == {("account_id", MISSING)}
    assert office.memo(document_type).number == f"{PREFIXES[document_type]}00000001"


@both
def test_memo_is_made_from_posted_invoices_alone(
    office: MoneyDesk, document_type: DocumentType
) -> None:
    order = office.from_invoice_order(document_type, office.invoice())
    with pytest.raises(Rejected, match="only an invoice in the state Posted can be"):
        office.do(order)


def test_items_of_a_memo_are_those_of_the_invoice_and_credit_no_more(office: MoneyDesk) -> None:
    invoice = office.posted("60", "40")
    order = office.from_invoice_order(CREDIT, invoice, "60.01", "40")
    assert office.refusal(lambda: office.do(order)) == {("items.0.amount", RULE)}
    strange = replace(
        order.asked,
        items=tuple(replace(one, source_item_id="f" * 32) for one in order.asked.items),
    )
    refused = office.refusal(lambda: office.do(replace(order, asked=strange)))
    assert refused == {("items.0.invoice_item_id", MISSING), ("items.1.invoice_item_id", MISSING)}
    assert str(office.from_invoice(DEBIT, invoice, "60.01").amount) == "60.01"


def test_credit_memos_of_an_invoice_do_not_exceed_its_items_together(office: MoneyDesk) -> None:
    invoice = office.posted("60", "40")
    first = office.from_invoice(CREDIT, invoice, "50", is_posted=True)
    office.from_invoice(DEBIT, invoice, "60", "40")
    beyond = office.from_invoice_order(CREDIT, invoice, "10.01", "40")
    with pytest.raises(
        Rejected, match=r"10\.01 is more than the 10\.00 left of the invoice's item"
    ):
        office.do(beyond)
    office.from_invoice(CREDIT, invoice, "10", "40")
    nothing_left = office.from_invoice_order(CREDIT, invoice, "0.01", "0.01")
    assert office.refusal(lambda: office.do(nothing_left)) == {
        ("items.0.amount", RULE),
        ("items.1.amount", RULE),
    }
    office.cancel(office.unpost(first))
    beyond = office.from_invoice_order(CREDIT, invoice, "50.01")
    assert office.refusal(lambda: office.do(beyond)) == {("items.0.amount", RULE)}
    assert str(office.from_invoice(CREDIT, invoice, "50").amount) == "50.00"


def test_credit_memos_of_an_invoice_do_not_exceed_the_whole_of_it_together(
    office: MoneyDesk,
) -> None:
    """A negative item makes the whole less than the items that can be credited."""
    invoice = office.posted("100", "-20")
    office.from_invoice(CREDIT, invoice, "79")
    order = office.from_invoice_order(CREDIT, invoice, "1.01")
    with pytest.raises(Rejected, match=r"1\.01 is more than the 1\.00 left of 'INV00000001'"):
        office.do(order)
    assert office.refusal(lambda: office.do(order)) == {("items", RULE)}
    office.from_invoice(CREDIT, invoice, "1")


def test_one_item_credited_twice_in_a_memo_counts_twice(office: MoneyDesk) -> None:
    order = office.from_invoice_order(CREDIT, office.posted("100"), "60")
    twice = replace(order, asked=replace(order.asked, items=order.asked.items * 2))
    assert office.refusal(lambda: office.do(twice)) == {("items.1.amount", RULE)}


def test_memos_of_one_transaction_know_of_each_other(office: MoneyDesk) -> None:
    invoice, other = office.posted("100"), office.posted("100")
    outcomes = office.together(
        office.ask(office.from_invoice_order(CREDIT, invoice, "60")),
        office.ask(office.from_invoice_order(CREDIT, invoice, "40.01")),
        office.ask(office.from_invoice_order(CREDIT, invoice, "40")),
        office.ask(office.from_invoice_order(DEBIT, other, "1")),
        office.ask(SettleInvoice(other.document_id, Move.REVERSE, Settlement())),
    )
    assert [isinstance(one, Rejected) for one in outcomes] == [False, True, False, False, True]
    assert office.refusal(lambda: office.settle(other, Move.REVERSE)) == {("", RULE)}
    assert office.memo(CREDIT).number == "CM00000003"
    assert_sound(office.desk)


def test_invoice_named_in_the_body_must_be_that_of_the_path(office: MoneyDesk) -> None:
    one, other = office.posted(), office.posted()
    order = office.from_invoice_order(CREDIT, one, "50", invoice_key=one.number)
    in_body = replace(order, invoice_key=None)
    assert office.do(in_body).referred_document_id == one.document_id
    unknown = replace(in_body, asked=replace(order.asked, invoice_key="NOWHERE"))
    assert office.refusal(lambda: office.do(unknown)) == {("invoice_id", MISSING)}
    crossed = replace(order, asked=replace(order.asked, invoice_key=other.document_id))
    assert office.refusal(lambda: office.do(crossed)) == {("invoice_id", INVALID)}
    with pytest.raises(NotFound):
        office.do(MakeMemoFromInvoice(CREDIT, "NOWHERE", order.asked))


def test_memos_need_invoice_settlement(office: MoneyDesk) -> None:
    invoice = office.posted()
    memo = office.memo(CREDIT, is_posted=True)
    office.desk.set_settings(invoice_settlement=False)
    attempts = [
        lambda: office.memo(DEBIT),
        lambda: office.do(office.from_invoice_order(CREDIT, invoice)),
        lambda: office.unpost(memo),
        lambda: office.apply(memo, (invoice, "1")),
        lambda: office.refund(memo, "1"),
        lambda: office.read(memo),
    ]
    for attempt in attempts:
        assert office.refusal(attempt) == {("", FORBIDDEN)}
    office.desk.set_settings(invoice_settlement=True)
    assert office.read(memo) == memo


def test_credit_memo_is_applied_and_unapplied(office: MoneyDesk) -> None:
    invoice, debit = office.posted("100"), office.memo(DEBIT, "50", is_posted=True)
    memo = office.memo(CREDIT, "120", is_posted=True)
    after = office.apply(memo, (invoice, "70"), (debit, "20.5"), (invoice, "5"))
    assert (str(after.balance), str(after.applied)) == ("24.50", "95.50")
    assert office.read(memo) == after
    assert office.left(invoice, debit) == ["25.00", "29.50"]
    assert office.applied(memo) == {invoice.number: "75.00", debit.number: "20.50"}
    office.apply(memo, (invoice, "4.50"))
    assert office.applied(memo)[invoice.number] == "79.50"
    back = office.unapply(memo, (invoice, "79.5"), (debit, "0.5"))
    assert office.applied(memo) == {debit.number: "20.00"}
    assert office.left(memo, invoice, debit) == ["100.00", "100.00", "30.00"]
    assert str(back.balance) == "100.00"


def test_over_application_is_refused_and_changes_nothing(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    memo = office.memo(CREDIT, "90", is_posted=True)
    refusals = {
        ("", RULE): [(invoice, "90.01")],
        ("invoices.1.amount", RULE): [(invoice, "80"), (invoice, "20.01")],
        ("invoices.0.amount", INVALID): [(invoice, "-1")],
    }
    for fault, applied in refusals.items():
        assert fault in office.refusal(lambda applied=applied: office.apply(memo, *applied))  # type: ignore[misc] # bound early
    for amount in ("0", "0.001"):
        assert office.refusal(lambda amount=amount: office.apply(memo, (invoice, amount))) == {  # type: ignore[misc] # bound early
            ("invoices.0.amount", INVALID)
        }
    assert office.left(memo, invoice) == ["90.00", "100.00"]
    assert office.applied(memo) == {}
    office.apply(memo, (invoice, "50"))
    assert office.refusal(lambda: office.unapply(memo, (invoice, "50.01"))) == {
        ("invoices.0.amount", RULE)
    }


def test_memo_is_applied_within_its_account_to_what_is_posted(office: MoneyDesk) -> None:
    memo = office.memo(CREDIT, is_posted=True)
    foreign = office.posted(account=office.new_account())
    draft = office.invoice()
    assert office.refusal(lambda: office.apply(memo, (foreign, "1"), (draft, "1"))) == {
        ("invoices.0.invoice_id", RULE),
        ("invoices.1.invoice_id", RULE),
    }
    gone = replace(foreign, document_id="f" * 32)
    assert office.refusal(lambda: office.apply(memo, (gone, "1"))) == {
        ("invoices.0.invoice_id", MISSING)
    }
    with pytest.raises(Rejected, match="in the state Posted can be"):
        office.apply(office.memo(CREDIT), (office.posted(), "1"))


def test_what_is_applied_stays_posted(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    memo = office.memo(CREDIT, "10", is_posted=True)
    office.apply(memo, (invoice, "10"))
    for document in (invoice, memo):
        with pytest.raises(Rejected, match=r"10\.00 of it is applied"):
            office.unpost(document)
    office.unapply(memo, (invoice, "10"))
    assert office.unpost(memo).state is DRAFT
    assert office.unpost(invoice).state is DRAFT


@pytest.mark.parametrize("is_posted", [True, False])
@pytest.mark.parametrize(
    ("paid", "credited", "left"),
    [("0.01", "60", ("0.00", "39.99")), ("80", "40", ("20.00", "0.00"))],
)
def test_memo_is_applied_to_its_invoice_upon_posting_as_far_as_that_is_open(
    office: MoneyDesk, paid: str, credited: str, left: tuple[str, str], *, is_posted: bool
) -> None:
    invoice = office.posted("100")
    office.payment(paid, (invoice, paid))
    memo = office.from_invoice(CREDIT, invoice, credited, is_applied=True, is_posted=is_posted)
    if not is_posted:
        assert office.left(memo) == [str(memo.amount)]
        memo = office.post(memo)
    assert (str(memo.balance), *office.left(invoice)) == left
    assert office.read(memo) == memo
    assert office.applied(memo) == {invoice.number: str(memo.applied)}


def test_memos_share_a_transaction_and_fail_alone(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    orders: list[DocumentOrder] = [
        office.memo_order(CREDIT, "1"),
        office.memo_order(CREDIT, "-1"),
        office.from_invoice_order(CREDIT, invoice, "5", is_posted=True, is_applied=True),
        office.from_invoice_order(CREDIT, invoice, "7", is_posted=True, is_applied=True),
    ]
    office.together(*(office.ask(order) for order in orders))
    assert office.left(invoice) == ["88.00"]
    assert office.memo(CREDIT).number == "CM00000004"
    assert_sound(office.desk)


def test_amount_of_a_yen_memo_has_no_places(office: MoneyDesk) -> None:
    tokyo = office.new_account(currency="JPY")
    made = office.memo(DEBIT, "1000", account=tokyo)
    assert str(made.amount) == "1000"
    order = office.memo_order(DEBIT, "1000.5", account=tokyo)
    assert office.refusal(lambda: office.do(order)) == {("charges.0.amount", INVALID)}
    assert made.amount == Decimal(1000)
