"""Rules of documents: what each refuses, by its field, and what it lets pass."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from seriatim.domain.billing import PERMITTED_MOVES, STATES, Document, DocumentState, Move
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category
from seriatim.domain.rules.documents import (
    amount_does_not_exceed,
    amount_fits_its_currency,
    amount_is_positive,
    canceled_payment_is_external,
    currency_is_the_accounts,
    custom_number_is_free,
    custom_number_is_well_formed,
    day_is_within_a_year,
    document_has_1_to_1000_items,
    document_has_no_followers,
    document_is_untouched,
    documents_are_of_one_account,
    invoice_total_is_not_negative,
    memo_needs_invoice_settlement,
    move_is_permitted,
    request_holds_1_to_50_documents,
    set_on_document_needs_flexible_billing,
)
from seriatim.domain.sequence_set import EntitySettings
from tests.samples import sample_document

INVALID, RULE, FORBIDDEN = Category.INVALID_VALUE, Category.RULE, Category.NOT_PERMITTED
TODAY = date(2026, 11, 23)
EVERY_MOVE = [
    (document_type, state, move)
    for document_type in DocumentType
    for state in STATES[document_type]
    for move in Move
]


def _is_permitted(document_type: DocumentType, state: DocumentState, move: Move) -> bool:
    return state in PERMITTED_MOVES[document_type].get(move, ())


@pytest.mark.parametrize("count", [0, 51])
def test_request_holds_1_to_50_documents_broken_is_refused(count: int) -> None:
    (fault,) = request_holds_1_to_50_documents(count, "invoices")
    assert (fault.resource, fault.path, fault.category) == ("document", ("invoices",), INVALID)
    assert "50" in fault.message


@pytest.mark.parametrize("count", [1, 50])
def test_request_holds_1_to_50_documents_kept_is_accepted(count: int) -> None:
    assert list(request_holds_1_to_50_documents(count, "invoices")) == []


@pytest.mark.parametrize("number", ["", "x" * 33, "A B", "A/B", "A.1", "Ä1", "A\n"])
def test_custom_number_is_well_formed_broken_is_refused(number: str) -> None:
    (fault,) = custom_number_is_well_formed(number, "invoice_number")
    assert (fault.path, fault.category) == (("invoice_number",), INVALID)


@pytest.mark.parametrize("number", ["1", "x" * 32, "A-B_9", "-", "_"])
def test_custom_number_is_well_formed_kept_is_accepted(number: str) -> None:
    assert list(custom_number_is_well_formed(number, "number")) == []


def test_custom_number_is_free_broken_is_refused() -> None:
    (fault,) = custom_number_is_free("A1", "it was given before", "number")
    assert (fault.path, fault.category) == (("number",), RULE)
    assert "'A1' cannot be given: it was given before" in fault.message


def test_custom_number_is_free_kept_is_accepted() -> None:
    assert list(custom_number_is_free("A1", None, "number")) == []


@pytest.mark.parametrize("count", [0, 1001])
def test_document_has_1_to_1000_items_broken_is_refused(count: int) -> None:
    (fault,) = document_has_1_to_1000_items(count, "invoice_items")
    assert (fault.path, fault.category) == (("invoice_items",), INVALID)


@pytest.mark.parametrize("count", [1, 1000])
def test_document_has_1_to_1000_items_kept_is_accepted(count: int) -> None:
    assert list(document_has_1_to_1000_items(count, "invoice_items")) == []


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "EUR"),
        ("-1.005", "EUR"),
        ("1.5", "JPY"),
        ("1.2345", "BHD"),
        ("1e16", "EUR"),
        ("-10000000000000000", "EUR"),
        ("1e-390", "EUR"),
    ],
)
def test_amount_fits_its_currency_broken_is_refused(amount: str, currency: str) -> None:
    (fault,) = amount_fits_its_currency(Decimal(amount), currency, "invoice_items", 3, "amount")
    assert (fault.path, fault.category) == (("invoice_items", 3, "amount"), INVALID)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.01", "EUR"),
        ("-1.50", "EUR"),
        ("1.500000", "EUR"),
        ("1e3", "JPY"),
        ("1.0", "JPY"),
        ("1.234", "BHD"),
        ("9999999999999999.99", "EUR"),
    ],
)
def test_amount_fits_its_currency_kept_is_accepted(amount: str, currency: str) -> None:
    assert list(amount_fits_its_currency(Decimal(amount), currency, "amount")) == []


@pytest.mark.parametrize("amount", ["0", "-0.01", "0.00"])
def test_amount_is_positive_broken_is_refused(amount: str) -> None:
    (fault,) = amount_is_positive(Decimal(amount), "amount")
    assert (fault.path, fault.category) == (("amount",), INVALID)


def test_amount_is_positive_kept_is_accepted() -> None:
    assert list(amount_is_positive(Decimal("0.01"), "amount")) == []


def test_invoice_total_is_not_negative_broken_is_refused() -> None:
    (fault,) = invoice_total_is_not_negative(Decimal("-0.01"))
    assert (fault.path, fault.category) == (("invoice_items",), RULE)
    assert "-0.01" in fault.message


@pytest.mark.parametrize("total", ["0", "0.01"])
def test_invoice_total_is_not_negative_kept_is_accepted(total: str) -> None:
    assert list(invoice_total_is_not_negative(Decimal(total))) == []


def test_amount_does_not_exceed_broken_is_refused() -> None:
    (fault,) = amount_does_not_exceed(Decimal("1.01"), Decimal(1), "'INV1'", "amount")
    assert (fault.path, fault.category) == (("amount",), RULE)
    assert "1.01 is more than the 1 left of 'INV1'" in fault.message


def test_amount_does_not_exceed_kept_is_accepted() -> None:
    assert list(amount_does_not_exceed(Decimal(1), Decimal(1), "'INV1'", "amount")) == []


@pytest.mark.parametrize(("currency", "category"), [("USD", RULE), ("euro", INVALID)])
def test_currency_is_the_accounts_broken_is_refused(currency: str, category: Category) -> None:
    (fault,) = currency_is_the_accounts(currency, "EUR", "currency")
    assert (fault.path, fault.category) == (("currency",), category)


def test_currency_is_the_accounts_kept_is_accepted() -> None:
    assert list(currency_is_the_accounts("EUR", "EUR", "currency")) == []


def test_documents_are_of_one_account_broken_is_refused() -> None:
    (fault,) = documents_are_of_one_account(sample_document(), "b" * 32, "invoices", 0)
    assert (fault.path, fault.category) == (("invoices", 0), RULE)


def test_documents_are_of_one_account_kept_is_accepted() -> None:
    document = sample_document()
    assert list(documents_are_of_one_account(document, document.account_id)) == []


def test_day_is_within_a_year_broken_is_refused() -> None:
    (fault,) = day_is_within_a_year(TODAY + timedelta(days=367), TODAY, "invoice_date")
    assert (fault.path, fault.category) == (("invoice_date",), INVALID)


@pytest.mark.parametrize("day", [TODAY + timedelta(days=366), date(1, 1, 1)])
def test_day_is_within_a_year_kept_is_accepted(day: date) -> None:
    assert list(day_is_within_a_year(day, TODAY, "invoice_date")) == []


@pytest.mark.parametrize(
    ("document_type", "state", "move"), [one for one in EVERY_MOVE if not _is_permitted(*one)]
)
def test_move_is_permitted_broken_is_refused(
    document_type: DocumentType, state: DocumentState, move: Move
) -> None:
    document = sample_document(document_type=document_type, state=state)
    (fault,) = move_is_permitted(document, move)
    assert (fault.path, fault.category) == ((), RULE)
    assert f"is {state.value} and cannot be {move.value}" in fault.message
    for permitted in PERMITTED_MOVES[document_type].get(move, ()):
        assert permitted.value in fault.message.split("; ")[1]


@pytest.mark.parametrize(
    ("document_type", "state", "move"), [one for one in EVERY_MOVE if _is_permitted(*one)]
)
def test_move_is_permitted_kept_is_accepted(
    document_type: DocumentType, state: DocumentState, move: Move
) -> None:
    document = sample_document(document_type=document_type, state=state)
    assert list(move_is_permitted(document, move)) == []


def test_refused_move_is_told_in_good_english() -> None:
    for document_type, words in (
        (DocumentType.INVOICE, "an invoice"),
        (DocumentType.PAYMENT, "a payment"),
    ):
        document = sample_document(document_type=document_type, state=DocumentState.CANCELED)
        (fault,) = move_is_permitted(document, Move.CANCEL)
        assert f"only {words} in the state " in fault.message


@pytest.mark.parametrize(
    ("document_type", "in_draft", "behind_it"),
    [
        (
            DocumentType.INVOICE,
            "change post cancel delete",
            "change unpost reverse write_off apply credit",
        ),
        (DocumentType.CREDIT_MEMO, "change post cancel", "change unpost apply unapply refund"),
        (DocumentType.DEBIT_MEMO, "change post cancel", "change unpost apply"),
        (DocumentType.PAYMENT, "", "change cancel apply unapply refund"),
        (DocumentType.REFUND, "", "change cancel"),
    ],
)
def test_life_of_a_document_is_that_of_the_contract(
    document_type: DocumentType, in_draft: str, behind_it: str
) -> None:
    """Draft, Posted and Draft again; Draft, Canceled and gone. Source: documents.md, Resources."""
    expected = {"Draft": in_draft, "Posted": behind_it, "Processed": behind_it}
    expected["Canceled"] = "delete"
    for state in STATES[document_type]:
        found = {move for move in Move if _is_permitted(document_type, state, move)}
        assert {one.name.lower() for one in found} == set(expected[state.value].split())


def _touched(**changed: str) -> Document:
    amounts = {name: Decimal(value) for name, value in changed.items()}
    return sample_document(**amounts)


@pytest.mark.parametrize("changed", [{"balance": "99"}, {"balance": "99", "refunded": "1"}])
def test_document_is_untouched_broken_is_refused(changed: dict[str, str]) -> None:
    (fault,) = document_is_untouched(_touched(**changed), Move.CANCEL)
    assert (fault.path, fault.category) == ((), RULE)


def test_document_is_untouched_kept_is_accepted() -> None:
    assert list(document_is_untouched(sample_document(), Move.CANCEL)) == []


def test_document_has_no_followers_broken_is_refused() -> None:
    (fault,) = document_has_no_followers(sample_document(), ["CM00000001"], Move.UNPOST)
    assert (fault.path, fault.category) == ((), RULE)
    assert "'CM00000001'" in fault.message


def test_document_has_no_followers_kept_is_accepted() -> None:
    assert list(document_has_no_followers(sample_document(), [], Move.UNPOST)) == []


def test_canceled_payment_is_external_broken_is_refused() -> None:
    (fault,) = canceled_payment_is_external(sample_document(details={"type": "Electronic"}))
    assert (fault.path, fault.category) == ((), RULE)


def test_canceled_payment_is_external_kept_is_accepted() -> None:
    payment = sample_document(details={"type": "External"})
    assert list(canceled_payment_is_external(payment)) == []


def test_memo_needs_invoice_settlement_broken_is_refused() -> None:
    off = EntitySettings(invoice_settlement=False)
    (fault,) = memo_needs_invoice_settlement(DocumentType.CREDIT_MEMO, off)
    assert (fault.path, fault.category) == ((), FORBIDDEN)


def test_memo_needs_invoice_settlement_kept_is_accepted() -> None:
    off, on = EntitySettings(invoice_settlement=False), EntitySettings()
    assert list(memo_needs_invoice_settlement(DocumentType.INVOICE, off)) == []
    assert list(memo_needs_invoice_settlement(DocumentType.CREDIT_MEMO, on)) == []


def test_set_on_document_needs_flexible_billing_broken_is_refused() -> None:
    off = EntitySettings(flexible_billing_attributes=False)
    (fault,) = set_on_document_needs_flexible_billing("EU", off)
    assert (fault.path, fault.category) == (("sequence_set",), FORBIDDEN)


def test_set_on_document_needs_flexible_billing_kept_is_accepted() -> None:
    off = EntitySettings(flexible_billing_attributes=False)
    assert list(set_on_document_needs_flexible_billing(None, off)) == []
    assert list(set_on_document_needs_flexible_billing("EU", EntitySettings())) == []
