"""Every field that the original's client can send is one that this service knows."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, create_model

from seriatim.http.wire import accounts, applications, invoices, memos, payments, refunds

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

MODELS: list[tuple[str, type[BaseModel]]] = [
    ("CreateAccountRequest", accounts.CreateAccount),
    ("UpdateAccountRequest", accounts.UpdateAccount),
    ("CreateInvoiceRequest", invoices.CreateInvoice),
    ("BulkCreateInvoicesRequest", invoices.CreateInvoices),
    ("UpdateInvoiceRequest", invoices.UpdateInvoice),
    ("BulkPostInvoicesRequest", invoices.PostInvoices),
    ("PostAsyncInvoiceRequest", invoices.PostInvoice),
    ("ReverseInvoiceRequest", invoices.ReverseInvoice),
    ("WriteOffInvoiceRequest", invoices.WriteOffInvoice),
    ("CreateCreditMemoFromChargeRequest", memos.CreateCreditMemo),
    ("CreateDebitMemoFromChargeRequest", memos.CreateDebitMemo),
    ("CreateCreditMemoFromInvoiceRequest", memos.CreditMemoFromInvoice),
    ("CreateDebitMemoFromInvoiceRequest", memos.DebitMemoFromInvoice),
    ("ApplyCreditMemoRequest", applications.Apply),
    ("UnapplyCreditMemoRequest", applications.Apply),
    ("ApplyPaymentRequest", applications.Apply),
    ("UnapplyPaymentRequest", applications.Apply),
    ("CreatePaymentRequest", payments.CreatePayment),
    ("CreateRefundRequest", refunds.CreateRefund),
    ("RefundCreditMemoRequest", refunds.CreateRefund),
]


@pytest.mark.parametrize(("name", "ours"), MODELS, ids=[name for name, _ in MODELS])
def test_every_field_of_the_client_is_known(name: str, ours: type[BaseModel]) -> None:
    theirs = getattr(importlib.import_module("zuora_sdk"), name)
    assert sorted(_unknown(theirs, ours)) == []


def test_field_that_nobody_knows_would_be_found() -> None:
    theirs = importlib.import_module("zuora_sdk").CreateAccountRequest
    contact = create_model("Contact", firstName=str)
    account = create_model("Account", billToContact=contact)
    unknown = set(_unknown(theirs, account))
    assert {"currency", "billToContact.city"} <= unknown
    assert "billToContact.firstName" not in unknown


def _unknown(theirs: type[BaseModel], ours: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in theirs.model_fields.items():
        if name == "additional_properties":
            continue
        written = field.alias or name
        known = ours.model_fields.get(written)
        if known is None:
            yield path + written
            continue
        inner, our_inner = _model_in(field.annotation), _model_in(known.annotation)
        if inner is not None and our_inner is not None:
            yield from _unknown(inner, our_inner, f"{path}{written}.")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation holds, itself, optional or in a list; None for anything else."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    for part in typing.get_args(annotation):
        found = _model_in(part)
        if found is not None:
            return found
    return None
