"""The original's own client, unmodified but for its host, through the life of every document."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.api import Entity
from tests.contract.test_zuora_sdk import connected, create, new_set, sdk

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # Its answers bypass its own validation: days stay texts, and it warns when it writes them.
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]

TODAY = datetime.date(2026, 11, 20)
GONE = "NotFoundException"


@pytest.fixture
def client(entity: Entity) -> Iterator[Any]:
    yield from connected(entity.admin)


@pytest.fixture
def italy(client: Any) -> Any:
    """A set of an account, with numbers of its own for all five types."""
    (made,) = create(
        client,
        new_set(
            "ITA",
            payment=sdk.PaymentEntityPrefix(prefix="ITAP-", start_number=10),
            refund=sdk.RefundEntityPrefix(prefix="ITAR-", start_number=10),
        ),
    )
    return made


def new_account(client: Any, sequence_set: str | None = None) -> Any:
    contact = sdk.CreateAccountContact(first_name="Ada", last_name="Byron", country="Italy")
    made = client.accounts_api().create_account(
        sdk.CreateAccountRequest(
            name="Customer",
            currency="EUR",
            bill_to_contact=contact,
            sequence_set_id=sequence_set,
            bill_cycle_day=1,
            notes="keep",
            Region__c="South",
        )
    )
    assert made.success is True, made
    return made


def new_invoice(client: Any, account: Any, *amounts: Decimal, **changed: Any) -> Any:
    items = [
        sdk.CreateInvoiceItem(amount=amount, charge_name="Seats", service_start_date=TODAY)
        for amount in amounts or (Decimal("100.00"),)
    ]
    made = client.invoices_api().create_standalone_invoice(
        sdk.CreateInvoiceRequest(
            account_id=account.account_id, invoice_date=TODAY, invoice_items=items, **changed
        )
    )
    assert made.success is True, made
    return made


def new_payment(client: Any, account: Any, amount: float, **changed: Any) -> Any:
    made = client.payments_api().create_payment(
        sdk.CreatePaymentRequest(
            account_id=account.account_id,
            amount=amount,
            currency="EUR",
            type="External",
            **changed,
        )
    )
    assert made.success is True, made
    return made


def first_item(client: Any, invoice: Any) -> str:
    listed = client.invoices_api().get_invoice_items(invoice.id)
    assert listed.success is True
    (item,) = listed.invoice_items
    assert isinstance(item, sdk.InvoiceItem)
    return str(item.id)


def refusal(answer: Any) -> list[int]:
    assert answer.success is False
    assert len(answer.request_id) == 36
    return [reason.code % 100 for reason in answer.reasons]


def test_sdk_account_lives(client: Any, italy: Any) -> None:
    api = client.accounts_api()
    made = new_account(client, italy.id)
    shown = api.get_account(made.account_number)
    assert isinstance(shown.basic_info, sdk.AccountBasicInfo)
    assert (shown.basic_info.id, shown.basic_info.sequence_set_id) == (made.account_id, italy.id)
    assert shown.basic_info.additional_properties["Region__c"] == "South"
    assert (shown.basic_info.notes, shown.billing_and_payment.bill_cycle_day) == ("keep", 1)
    assert (shown.billing_and_payment.currency, shown.bill_to_contact.country) == ("EUR", "Italy")
    changed = api.update_account(made.account_id, sdk.UpdateAccountRequest(notes="new"))
    assert changed.success is True
    assert api.get_account(made.account_id).basic_info.notes == "new"
    assert refusal(client.sequence_sets_api().delete_sequence_set(id="ITA")) == [30]
    assert api.delete_account(made.account_id).success is True
    with pytest.raises(getattr(sdk.exceptions, GONE)):
        api.get_account(made.account_id)


def test_sdk_invoice_lives(client: Any, italy: Any) -> None:
    api = client.invoices_api()
    account = new_account(client, "ITA")
    made = new_invoice(client, account, Decimal("70.50"), Decimal(30), comments="thanks")
    assert (made.invoice_number, made.sequence_set_id) == ("ITAI00000001", italy.id)
    shown = api.get_invoice("ITAI00000001")
    assert shown.to_dict() == made.to_dict()
    assert (shown.amount, shown.balance, shown.status) == (100.5, 100.5, "Draft")
    assert (str(shown.invoice_date), shown.comments) == ("2026-11-20", "thanks")
    posted = api.post_invoice(made.id, sdk.PostAsyncInvoiceRequest())
    assert (posted.success, posted.id, posted.job_status) == (True, made.id, "Completed")
    assert refusal(api.delete_invoice(made.id)) == [30]
    back = api.unpost_invoice(made.id)
    assert isinstance(back.invoice, sdk.Invoice)
    assert (back.invoice.status, back.invoice.invoice_number) == ("Draft", "ITAI00000001")
    changed = api.update_invoice(made.id, sdk.UpdateInvoiceRequest(comments="new"))
    assert (changed.success, changed.number) == (True, "ITAI00000001")
    assert api.cancel_invoice(made.id).success is True
    gone = api.delete_invoice(made.id)
    assert (gone.success, gone.object_id, gone.status) == (True, made.id, "Completed")
    with pytest.raises(getattr(sdk.exceptions, GONE)):
        api.get_invoice(made.id)
    assert new_invoice(client, account).invoice_number == "ITAI00000002"


def test_sdk_invoice_with_a_set_and_with_a_number_of_its_own(client: Any, italy: Any) -> None:
    account = new_account(client)
    assert new_invoice(client, account).invoice_number == "INV00000001"
    other = new_invoice(client, account, sequence_set="ITA")
    assert (other.invoice_number, other.sequence_set_id) == ("ITAI00000001", italy.id)
    assert new_invoice(client, account, invoice_number="MINE-7").invoice_number == "MINE-7"


def test_sdk_invoices_in_bulk(client: Any, italy: Any) -> None:
    api = client.invoices_api()
    account = new_account(client, italy.id)
    items = [
        sdk.CreateInvoiceItem(amount=amount, charge_name="x", service_start_date=TODAY)
        for amount in (1, Decimal("0.001"), 3)
    ]
    requests = [
        sdk.CreateInvoiceRequest(
            account_id=account.account_id, invoice_date=TODAY, invoice_items=[item]
        )
        for item in items
    ]
    made = api.bulk_create_standalone_invoices(sdk.BulkCreateInvoicesRequest(invoices=requests))
    assert [one.success for one in made.invoices] == [True, False, True]
    assert [one.invoice_number for one in made.invoices] == ["ITAI00000001", None, "ITAI00000002"]
    assert [reason.code % 100 for reason in made.invoices[1].reasons] == [20]
    wanted = [sdk.PostInvoiceRequest(id=made.invoices[0].id), sdk.PostInvoiceRequest(id="f" * 32)]
    posted = api.bulk_post_invoices(sdk.BulkPostInvoicesRequest(invoices=wanted))
    assert [one.success for one in posted.invoices] == [True, False]
    assert api.get_invoice(made.invoices[0].id).status == "Posted"


def test_sdk_invoice_is_reversed_and_written_off(client: Any, italy: Any) -> None:
    api = client.invoices_api()
    account = new_account(client)
    one, other = (
        new_invoice(client, account, sequence_set="ITA", status="Posted") for _ in range(2)
    )
    reversed_one = api.reverse_invoice(one.id, sdk.ReverseInvoiceRequest())
    written_off = api.write_off_invoice(other.id, sdk.WriteOffInvoiceRequest(comment="bad debt"))
    memos = client.credit_memos_api()
    shown = [memos.get_credit_memo(answer.credit_memo.id) for answer in (reversed_one, written_off)]
    assert [memo.number for memo in shown] == ["ITAC00000001", "ITAC00000002"]
    assert [memo.referred_invoice_id for memo in shown] == [one.id, other.id]
    assert [memo.sequence_set_id for memo in shown] == [italy.id] * 2
    assert api.get_invoice(other.id).balance == 0


def memo_api(client: Any, kind: str) -> tuple[Any, Any]:
    """The client's API of a kind of memo, and a way to call it by the words all have in common."""
    api = client.credit_memos_api() if kind == "credit" else client.debit_memos_api()
    return api, lambda verb, *given: getattr(api, f"{verb}_{kind}_memo")(*given)


def standalone(client: Any, kind: str, account: Any, amount: float, **changed: Any) -> Any:
    name = kind.capitalize()
    charge = getattr(sdk, f"{name}MemoItemFromChargeDetail")(
        amount=amount, charge_id="c", product_rate_plan_charge_id="c", comment="x"
    )
    request = getattr(sdk, f"Create{name}MemoFromChargeRequest")(
        account_id=account.account_id, charges=[charge], **changed
    )
    api, _ = memo_api(client, kind)
    made = getattr(api, f"create_{kind}_memo_from_charge")(request)
    assert made.success is True, made
    return made


@pytest.mark.parametrize("kind", ["credit", "debit"])
def test_sdk_standalone_memo_lives(client: Any, italy: Any, kind: str) -> None:
    api, call = memo_api(client, kind)
    account = new_account(client, italy.id)
    made = standalone(client, kind, account, 12.5, comment="whole")
    number = f"ITA{kind[0].upper()}00000001"
    assert (made.number, made.sequence_set_id, made.status) == (number, italy.id, "Draft")
    assert (made.amount, made.comment, made.currency) == (12.5, "whole", "EUR")
    assert call("get", number).to_dict() == made.to_dict()
    listed = getattr(api, f"get_{kind}_memo_items")(made.id)
    assert [(item.amount, item.comment) for item in listed.items] == [(12.5, "x")]
    assert call("post", made.id).status == "Posted"
    assert refusal(call("delete", made.id)) == [30]
    assert call("unpost", made.id).status == "Draft"
    assert call("cancel", made.id).status == "Canceled"
    memos = getattr(api, f"get_{kind}_memos")(account_id=account.account_id, page_size=20)
    assert [one.number for one in getattr(memos, f"{kind}memos")] == [number]
    assert call("delete", made.id).success is True
    with pytest.raises(getattr(sdk.exceptions, GONE)):
        call("get", made.id)
    assert standalone(client, kind, account, 1).number == f"ITA{kind[0].upper()}00000002"


@pytest.mark.parametrize("kind", ["credit", "debit"])
def test_sdk_memo_from_an_invoice_takes_the_invoices_set(
    client: Any, italy: Any, kind: str
) -> None:
    api, call = memo_api(client, kind)
    invoice = new_invoice(client, new_account(client), sequence_set="ITA", status="Posted")
    item_model = {"credit": "CreditMemoItemFromInvoiceItem"}.get(
        kind, "DebitMemoItemFromInvoiceItemRequest"
    )
    item = getattr(sdk, item_model)(
        amount=40, sku_name="S", invoice_item_id=first_item(client, invoice)
    )
    request = getattr(sdk, f"Create{kind.capitalize()}MemoFromInvoiceRequest")(items=[item])
    made = getattr(api, f"create_{kind}_memo_from_invoice")(invoice.id, request)
    assert (made.number, made.sequence_set_id) == (f"ITA{kind[0].upper()}00000001", italy.id)
    assert (made.referred_invoice_id, made.amount) == (invoice.id, 40)
    assert call("post", made.id).status == "Posted"


@pytest.mark.parametrize("kind", ["credit", "debit"])
def test_sdk_memos_in_bulk(client: Any, italy: Any, kind: str) -> None:
    api, _ = memo_api(client, kind)
    account = new_account(client, italy.id)
    name = kind.capitalize()
    memos = [
        getattr(sdk, f"Create{name}MemoFromCharge")(
            account_id=account.account_id,
            charges=[
                getattr(sdk, f"{name}MemoItemFromChargeDetail")(
                    amount=amount, charge_id="c", product_rate_plan_charge_id="c"
                )
            ],
        )
        for amount in (1, -1)
    ]
    inner = getattr(sdk, f"BulkCreate{name}MemosFromChargeRequest")(
        source_type="Standalone", memos=memos
    )
    request = getattr(sdk, f"BulkCreate{name}MemosRequest")(inner)
    made = getattr(api, f"bulk_create_{kind}_memos")(request)
    assert [one.success for one in made.memos] == [True, False]
    assert made.memos[0].number == f"ITA{kind[0].upper()}00000001"
    assert [reason.code % 100 for reason in made.memos[1].reasons] == [20]


def test_sdk_credit_memo_is_applied_and_unapplied(client: Any, italy: Any) -> None:
    api = client.credit_memos_api()
    account = new_account(client, italy.id)
    invoice = new_invoice(client, account, status="Posted")
    debit = standalone(client, "debit", account, 30, auto_post=True)
    memo = standalone(client, "credit", account, 60, auto_post=True)
    applied = api.apply_credit_memo(
        memo.id,
        sdk.ApplyCreditMemoRequest(
            invoices=[sdk.ApplyCreditMemoToInvoice(amount=20.5, invoice_id=invoice.id)],
            debit_memos=[sdk.ApplyCreditMemoToDebitMemo(amount=30, debit_memo_id=debit.id)],
        ),
    )
    assert (applied.applied_amount, applied.unapplied_amount) == (50.5, 9.5)
    back = api.unapply_credit_memo(
        memo.id,
        sdk.UnapplyCreditMemoRequest(
            invoices=[sdk.UnapplyCreditMemoToInvoice(amount=20.5, invoice_id=invoice.id)]
        ),
    )
    assert (back.applied_amount, back.unapplied_amount) == (30, 30)
    assert client.debit_memos_api().get_debit_memo(debit.id).balance == 0


def test_sdk_payment_lives(client: Any, italy: Any) -> None:
    api = client.payments_api()
    account = new_account(client, italy.id)
    made = new_payment(client, account, 100.5, comment="thanks")
    assert (made.number, made.status) == ("ITAP-00000010", "Processed")
    assert made.additional_properties["sequenceSetId"] == italy.id
    assert api.get_payment("ITAP-00000010").to_dict() == made.to_dict()
    listed = api.get_retrieve_all_payments(account_id=account.account_id)
    assert [one.id for one in listed.payments] == [made.id]
    assert refusal(api.delete_payment(made.id)) == [30]
    assert api.cancel_payment(made.id).status == "Canceled"
    assert api.delete_payment(made.id).success is True
    with pytest.raises(getattr(sdk.exceptions, GONE)):
        api.get_payment(made.id)
    assert new_payment(client, account, 1).number == "ITAP-00000011"


def test_sdk_payment_is_applied_to_an_invoice_of_another_set(client: Any, italy: Any) -> None:
    api = client.payments_api()
    account = new_account(client, italy.id)
    invoice = new_invoice(client, account, sequence_set="DEFAULT", status="Posted")
    assert invoice.invoice_number == "INV00000001"
    made = new_payment(
        client,
        account,
        70,
        invoices=[sdk.CreatePaymentInvoiceApplication(amount=60, invoice_id=invoice.id)],
    )
    assert (made.number, made.applied_amount) == ("ITAP-00000010", 60)
    part = sdk.ApplyPaymentInvoiceApplication(amount=10, invoice_id=invoice.id)
    applied = api.apply_payment(made.id, sdk.ApplyPaymentRequest(invoices=[part]))
    assert (applied.applied_amount, applied.unapplied_amount) == (70, 0)
    assert client.invoices_api().get_invoice(invoice.id).balance == 30
    again = api.apply_payment(made.id, sdk.ApplyPaymentRequest(invoices=[part]))
    assert refusal(again) == [30]
    taken = sdk.UnapplyPaymentInvoiceApplication(amount=70, invoice_id=invoice.id)
    back = api.unapply_payment(made.id, sdk.UnapplyPaymentRequest(invoices=[taken]))
    assert (back.applied_amount, back.unapplied_amount) == (0, 70)


def test_sdk_refund_of_a_payment_lives(client: Any, italy: Any) -> None:
    api = client.refunds_api()
    account = new_account(client, italy.id)
    payment = new_payment(client, account, 100)
    request = sdk.CreateRefundRequest(total_amount=40.5, type="External", method_type="Check")
    made = client.payments_api().create_refund_payment(payment.id, request)
    assert (made.number, made.status) == ("ITAR-00000010", "Processed")
    assert (made.payment_id, made.payment_number) == (payment.id, payment.number)
    assert made.additional_properties["sequenceSetId"] == italy.id
    assert api.get_refund("ITAR-00000010").to_dict() == made.to_dict()
    assert [one.number for one in api.get_refunds().refunds] == ["ITAR-00000010"]
    assert client.payments_api().get_payment(payment.id).unapplied_amount == 59.5
    assert refusal(api.delete_refund(made.id)) == [30]
    assert api.cancel_refund(made.id).status == "Canceled"
    assert client.payments_api().get_payment(payment.id).unapplied_amount == 100
    assert api.delete_refund(made.id).success is True
    with pytest.raises(getattr(sdk.exceptions, GONE)):
        api.get_refund(made.id)


def test_sdk_refund_of_a_credit_memo(client: Any, italy: Any) -> None:
    account = new_account(client, italy.id)
    memo = standalone(client, "credit", account, 40, auto_post=True)
    request = sdk.RefundCreditMemoRequest(total_amount=40, type="External", method_type="Cash")
    made = client.credit_memos_api().refund_credit_memo(memo.id, request)
    assert (made.number, made.credit_memo_id) == ("ITAR-00000010", memo.id)
    assert client.refunds_api().get_refund(made.id).method_type == "Cash"
    assert client.credit_memos_api().get_credit_memo(memo.id).refund_amount == 40


def test_sdk_drafts_are_numbered_when_posted(entity: Entity, client: Any, italy: Any) -> None:
    done = entity.admin.put("/v1/settings", {"numberAssignment": "posting"}).json()
    assert done["success"] is True
    account = new_account(client, italy.id)
    invoice = new_invoice(client, account)
    memo = standalone(client, "credit", account, 1)
    assert (invoice.invoice_number, memo.number) == ("TMP-INV-00000001", "TMP-CM-00000001")
    client.invoices_api().post_invoice(invoice.id, sdk.PostAsyncInvoiceRequest())
    posted = client.credit_memos_api().post_credit_memo(memo.id)
    assert posted.number == "ITAC00000001"
    assert client.invoices_api().get_invoice(invoice.id).invoice_number == "ITAI00000001"
