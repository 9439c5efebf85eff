"""Payments and refunds: made, numbered, applied, paid back, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from seriatim.domain.billing import DocumentState, NumberOrigin
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import ChosenBy
from seriatim.service.payments import MakeRefund
from tests.conformance.desk import Desk
from tests.conformance.money_desk import CREDIT, DEBIT, MoneyDesk
from tests.conformance.number_desk import assert_sound, explain
from tests.samples import new_set, wanted_set

INVALID, RULE, MISSING = 20, 30, 40
PROCESSED, CANCELED = DocumentState.PROCESSED, DocumentState.CANCELED


@pytest.fixture
def office(desk: Desk) -> MoneyDesk:
    return MoneyDesk(desk)


def test_payment_is_read_as_it_was_made(office: MoneyDesk) -> None:
    made = office.payment("100.5", effective_date=date(2026, 11, 1))
    assert office.read(made) == made
    assert (made.number, made.state) == ("P-00000001", PROCESSED)
    assert (str(made.amount), str(made.balance)) == ("100.50", "100.50")
    assert (made.document_date, made.details) == (date(2026, 11, 1), {"type": "External"})


def test_payment_takes_the_accounts_set_even_when_it_pays_another(office: MoneyDesk) -> None:
    french = new_set("FR", payment=("FR-P-", 1), refund=("FR-R-", 1))
    office.desk.create(french, new_set("EU"))
    account = office.new_account("FR")
    invoice = office.posted("100", account=account, sequence_set="EU")
    made = office.payment("100", (invoice, "100"), account=account)
    assert (made.number, made.chosen_by) == ("FR-P-00000001", ChosenBy.ACCOUNT)
    refund = office.refund(office.payment("5", account=account), "5")
    assert (refund.number, refund.chosen_by) == ("FR-R-00000001", ChosenBy.ACCOUNT)


def test_payment_of_a_set_without_payments_takes_the_series_of_default(office: MoneyDesk) -> None:
    office.desk.create(new_set("FR"))
    payment = office.payment("5", account=office.new_account("FR"))
    assert (payment.number, payment.chosen_by) == ("P-00000001", ChosenBy.ACCOUNT)
    assert office.refund(payment, "5").number == "R-00000001"


def test_payment_of_a_set_without_payments_follows_a_change_of_default(office: MoneyDesk) -> None:
    office.desk.create(new_set("FR"))
    account = office.new_account("FR")
    office.desk.update("DEFAULT", wanted_set(payment=("PAY-", 1), refund=("BACK-", 1)))
    paid = office.payment("5", account=account)
    assert (paid.number, office.refund(paid, "5").number) == ("PAY-00000001", "BACK-00000001")
    office.desk.update("DEFAULT", wanted_set(payment=None, refund=None))
    paid = office.payment("5", account=account)
    assert (paid.number, office.refund(paid, "5").number) == ("P-00000001", "R-00000001")


def test_custom_number_of_a_payment_overrides_the_set(office: MoneyDesk) -> None:
    made = office.payment("5", number="MINE-1A")
    assert (made.number, made.number_origin) == ("MINE-1A", NumberOrigin.CUSTOM)
    ahead = office.payment("5", number="P-00000002")
    assert ahead.series_id is not None
    assert [office.payment("5").number for _ in range(2)] == ["P-00000001", "P-00000003"]
    for taken, why in (
        ("mine-1a", "was given or imported before"),
        ("P-00000003", "has passed it"),
        ("P-7", "is reserved"),
    ):
        with pytest.raises(Rejected, match=why):
            office.payment("5", number=taken)
    assert_sound(office.desk)


def test_payment_is_numbered_at_once_whatever_the_setting(office: MoneyDesk) -> None:
    office.desk.set_settings(number_assignment="posting")
    payment = office.payment("10")
    assert payment.number == "P-00000001"
    assert office.refund(payment, "10").number == "R-00000001"


def test_payment_is_applied_as_it_is_made(office: MoneyDesk) -> None:
    invoice, debit = office.posted("100"), office.memo(DEBIT, "50", is_posted=True)
    made = office.payment("120", (invoice, "100"), (debit, "15"))
    assert (str(made.balance), str(made.applied)) == ("5.00", "115.00")
    assert office.left(invoice, debit) == ["0.00", "35.00"]
    assert office.applied(made) == {invoice.number: "100.00", debit.number: "15.00"}


def test_refused_payment_leaves_neither_number_nor_application(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    foreign = office.posted(account=office.new_account())
    attempts = {
        ("", RULE): office.payment_order("50", (invoice, "50.01")),
        ("invoices.0.amount", RULE): office.payment_order("200", (invoice, "100.01")),
        ("invoices.0.invoice_id", RULE): office.payment_order("50", (foreign, "5")),
        ("amount", INVALID): office.payment_order("-1"),
        ("currency", RULE): office.payment_order("1", currency="USD"),
        ("number", INVALID): office.payment_order("1", number="?"),
        ("effective_date", INVALID): office.payment_order("1", effective_date=date(2028, 1, 1)),
    }
    for fault, order in attempts.items():
        assert office.refusal(lambda order=order: office.do(order)) == {fault}  # type: ignore[misc] # bound early
    for amount in ("0", "0.001", "1" + "0" * 16):
        order = office.payment_order(amount)
        assert office.refusal(lambda order=order: office.do(order)) == {("amount", INVALID)}  # type: ignore[misc] # bound early
    assert office.left(invoice) == ["100.00"]
    assert office.payment("1").number == "P-00000001"


def test_payment_is_applied_and_unapplied_later(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    payment = office.payment("60")
    assert str(office.apply(payment, (invoice, "60")).balance) == "0.00"
    assert office.refusal(lambda: office.apply(payment, (invoice, "0.01"))) == {("", RULE)}
    assert str(office.unapply(payment, (invoice, "25")).balance) == "25.00"
    assert office.left(payment, invoice) == ["25.00", "65.00"]


def test_payment_is_canceled_while_untouched_and_deleted_when_canceled(
    office: MoneyDesk,
) -> None:
    invoice = office.posted("100")
    payment = office.payment("60", (invoice, "1"))
    with pytest.raises(Rejected, match=r"1\.00 of it is applied"):
        office.cancel(payment)
    office.unapply(payment, (invoice, "1"))
    with pytest.raises(Rejected, match="in the state Canceled can be"):
        office.delete(payment)
    assert office.cancel(payment).state is CANCELED
    with pytest.raises(Rejected, match="in the state Processed can be"):
        office.apply(payment, (invoice, "1"))
    office.delete(payment)
    with pytest.raises(NotFound):
        office.read(payment)
    assert explain(office.desk, payment.number).state is NumberState.VOIDED
    assert_sound(office.desk)


def test_electronic_payment_is_not_canceled(office: MoneyDesk) -> None:
    payment = office.payment("60", details={"type": "Electronic"})
    with pytest.raises(Rejected, match="only an External one can be canceled"):
        office.cancel(payment)


def test_refund_of_a_payment_takes_what_is_left_of_it(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    payment = office.payment("60", (invoice, "10"))
    refund = office.refund(payment, "49.5", refund_date=date(2026, 11, 20))
    assert office.read(refund) == refund
    assert (refund.number, refund.state) == ("R-00000001", PROCESSED)
    assert (str(refund.amount), str(refund.balance)) == ("49.50", "0.00")
    assert refund.document_date == date(2026, 11, 20)
    assert refund.details == {
        "type": "External",
        "methodType": "Check",
        "paymentId": payment.document_id,
        "paymentNumber": payment.number,
    }
    after = office.read(payment)
    assert (str(after.balance), str(after.refunded), str(after.applied)) == (
        "0.50",
        "49.50",
        "10.00",
    )
    assert office.refusal(lambda: office.refund(payment, "0.51")) == {("total_amount", RULE)}
    for amount in ("0", "-1", "0.001"):
        assert office.refusal(lambda amount=amount: office.refund(payment, amount)) == {  # type: ignore[misc] # bound early
            ("total_amount", INVALID)
        }
    with pytest.raises(Rejected, match=r"49\.50 refunded"):
        office.cancel(payment)


def test_refund_of_a_credit_memo_names_it(office: MoneyDesk) -> None:
    memo = office.memo(CREDIT, "60")
    with pytest.raises(Rejected, match="in the state Posted can be"):
        office.refund(memo, "1")
    office.post(memo)
    refund = office.refund(memo, "60")
    assert refund.details["creditMemoId"] == memo.document_id
    assert refund.details["creditMemoNumber"] == memo.number
    assert office.left(memo) == ["0.00"]
    with pytest.raises(Rejected, match=r"60\.00 refunded"):
        office.unpost(memo)


def test_canceled_refund_gives_back_what_it_took(office: MoneyDesk) -> None:
    payment = office.payment("60")
    refund = office.refund(payment, "60")
    with pytest.raises(Rejected, match="in the state Canceled can be"):
        office.delete(refund)
    canceled = office.cancel_refund(refund)
    assert (canceled.state, office.read(refund)) == (CANCELED, canceled)
    assert (office.left(payment), office.read(payment).is_untouched) == (["60.00"], True)
    with pytest.raises(Rejected, match="in the state Processed can be"):
        office.cancel_refund(refund)
    office.delete(refund)
    assert explain(office.desk, refund.number).state is NumberState.VOIDED
    office.delete(office.cancel(payment))
    assert_sound(office.desk)


def test_electronic_refund_is_not_canceled(office: MoneyDesk) -> None:
    refund = office.refund(office.payment("60"), "60", details={"type": "Electronic"})
    with pytest.raises(Rejected, match="only an External one can be canceled"):
        office.cancel_refund(refund)


def test_refund_of_what_is_not_there_is_not_found(office: MoneyDesk) -> None:
    payment = office.payment("60")
    order = office.refund_order(payment, "1")
    for key in ("f" * 32, "NOWHERE"):
        with pytest.raises(NotFound, match="no payment"):
            office.do(replace(order, key=key))
    with pytest.raises(NotFound, match="no credit memo"):
        office.do(MakeRefund(CREDIT, payment.document_id, order.asked))


def test_payments_that_share_a_transaction_cannot_pay_an_invoice_twice(
    office: MoneyDesk,
) -> None:
    invoice = office.posted("100")
    orders = [office.payment_order("60", (invoice, "60")) for _ in range(3)]
    office.together(*(office.ask(order) for order in orders))
    assert office.left(invoice) == ["40.00"]
    assert office.payment("1").number == "P-00000002"
    assert_sound(office.desk)


def test_refunds_that_share_a_transaction_cannot_pay_back_twice(office: MoneyDesk) -> None:
    payment = office.payment("60")
    orders = [office.refund_order(payment, "25") for _ in range(3)]
    office.together(*(office.ask(order) for order in orders))
    assert office.left(payment) == ["10.00"]
    assert office.refund(payment, "10").number == "R-00000003"
    assert_sound(office.desk)
