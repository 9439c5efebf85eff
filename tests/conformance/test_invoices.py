"""Invoices: made, numbered, posted, unposted, canceled, settled and deleted, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from seriatim.domain.billing import Document, DocumentState, Move, NumberOrigin
from seriatim.domain.document_requests import InvoiceChange, ItemChange, NewItem
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.number_states import NumberState
from seriatim.domain.register import ChosenBy, EntryKind
from seriatim.service.document_moves import PostDocument
from seriatim.service.invoices import ChangeInvoice
from tests.conformance.desk import Desk, execute
from tests.conformance.document_desk import DocumentDesk
from tests.conformance.number_desk import assert_sound, explain, void
from tests.samples import new_set

INVALID, RULE, MISSING, FORBIDDEN = 20, 30, 40, 10
DRAFT, POSTED, CANCELED = DocumentState.DRAFT, DocumentState.POSTED, DocumentState.CANCELED


@pytest.fixture
def office(desk: Desk) -> DocumentDesk:
    return DocumentDesk(desk)


def test_invoice_is_read_as_it_was_made(office: DocumentDesk) -> None:
    made = office.invoice("70.5", "30", due_date=date(2026, 12, 1), details={"comments": "hello"})
    assert office.read(made) == made
    assert (made.number, made.state, made.is_draft) == ("INV00000001", DRAFT, True)
    assert (str(made.amount), str(made.balance)) == ("100.50", "100.50")
    assert made.account_number == office.account.account_number
    items = office.desk.on_books(lambda books: books.list_items(made.document_id))
    assert [str(item.amount) for item in items] == ["70.50", "30.00"]
    assert_sound(office.desk)


def test_number_of_an_invoice_is_in_the_register_with_its_set_and_choice(
    office: DocumentDesk,
) -> None:
    office.desk.create(new_set("FR"), new_set("EU"))
    french = office.new_account("FR")
    made = [
        office.invoice(),
        office.invoice(account=french),
        office.invoice(account=french, sequence_set="EU"),
    ]
    found = [(one.number, one.chosen_by) for one in made]
    assert found == [
        ("INV00000001", ChosenBy.DEFAULT),
        ("FR-I-00000001", ChosenBy.ACCOUNT),
        ("EU-I-00000001", ChosenBy.REQUEST),
    ]
    for one in made:
        content = explain(office.desk, one.number).covering.content
        assert (content.chosen_by, content.sequence_set_id) == (one.chosen_by, one.sequence_set_id)


def test_draft_gets_its_number_when_posted_where_the_setting_says_so(office: DocumentDesk) -> None:
    office.desk.set_settings(number_assignment="posting")
    first, second = office.invoice(), office.invoice()
    assert [first.number, second.number] == ["TMP-INV-00000001", "TMP-INV-00000002"]
    assert (first.number_origin, first.series_id) == (NumberOrigin.TEMPORARY, None)
    assert office.desk.series("INV").last_number == 0
    office.desk.set_settings(number_assignment="creation")
    posted = office.post(second)
    assert (posted.number, posted.state) == ("INV00000001", POSTED)
    assert office.unpost(posted).number == "INV00000001"
    assert office.post(posted).number == "INV00000001"
    assert office.read(posted).number == "INV00000001"
    office.delete(first)
    assert office.desk.entries("INV")[-1].content.kind is EntryKind.ISSUED
    assert office.posted().number == "INV00000002"
    assert_sound(office.desk)


def test_custom_number_of_a_draft_is_its_own_whatever_the_setting(office: DocumentDesk) -> None:
    office.desk.set_settings(number_assignment="posting")
    draft = office.invoice(number="MINE-1")
    assert (draft.number, draft.number_origin) == ("MINE-1", NumberOrigin.CUSTOM)
    assert office.post(draft).number == "MINE-1"
    assert office.desk.series("INV").last_number == 0


def test_posted_at_once_is_numbered_at_once_whatever_the_setting(office: DocumentDesk) -> None:
    office.desk.set_settings(number_assignment="posting")
    made = office.posted()
    assert (made.number, made.state, made.posted_at) == (
        "INV00000001",
        POSTED,
        office.desk.clock.now(),
    )


def test_life_of_an_invoice(office: DocumentDesk) -> None:
    invoice = office.post(office.invoice())
    back = office.unpost(invoice)
    assert (back.state, back.posted_at) == (DRAFT, None)
    canceled = office.cancel(back)
    assert canceled.state is CANCELED
    office.delete(canceled)
    with pytest.raises(NotFound):
        office.read(canceled)
    why = explain(office.desk, canceled.number)
    assert (why.state, why.reason) == (
        NumberState.VOIDED,
        "the invoice was deleted while it was Canceled",
    )
    assert_sound(office.desk)


def test_forbidden_move_says_which_states_allow_it_and_changes_nothing(
    office: DocumentDesk,
) -> None:
    posted = office.posted()
    with pytest.raises(Rejected, match="only an invoice in the state Draft can be"):
        office.post(posted)
    with pytest.raises(Rejected, match="only an invoice in the state Draft or Canceled can be"):
        office.delete(posted)
    assert office.read(posted) == posted


def test_failed_creation_leaves_neither_document_nor_number(office: DocumentDesk) -> None:
    attempts = {
        "account_id": office.invoice_order(account=replace(office.account, account_id="f" * 32)),
        "sequence_set": office.invoice_order(sequence_set="NOWHERE"),
    }
    for path, order in attempts.items():
        assert office.refusal(lambda order=order: office.do(order)) == {(path, MISSING)}  # type: ignore[misc] # bound early
    wrong = {
        ("invoice_items", RULE): office.invoice_order("1", "-2"),
        ("invoice_items.1.amount", INVALID): office.invoice_order("1", "0.001"),
        ("currency", RULE): office.invoice_order(currency="USD"),
        ("invoice_number", INVALID): office.invoice_order(number="A B"),
        ("invoice_date", INVALID): office.invoice_order(invoice_date=date(2028, 1, 1)),
    }
    for fault, order in wrong.items():
        assert office.refusal(lambda order=order: office.do(order)) == {fault}  # type: ignore[misc] # bound early
    assert office.desk.series("INV").last_number == 0
    assert office.invoice().number == "INV00000001"


def test_every_fault_of_an_invoice_is_told_at_once(office: DocumentDesk) -> None:
    order = office.invoice_order(
        "1.234", sequence_set="NOWHERE", currency="USD", number="?", invoice_date=date(2028, 1, 1)
    )
    assert office.refusal(lambda: office.do(order)) == {
        ("invoice_items.0.amount", INVALID),
        ("sequence_set", MISSING),
        ("currency", RULE),
        ("invoice_number", INVALID),
        ("invoice_date", INVALID),
    }


def test_set_on_an_invoice_needs_flexible_billing_attributes(office: DocumentDesk) -> None:
    office.desk.create(new_set("FR"))
    office.desk.set_settings(flexible_billing_attributes=False)
    attempt = office.invoice_order(sequence_set="FR")
    assert office.refusal(lambda: office.do(attempt)) == {("sequence_set", FORBIDDEN)}


def test_set_of_a_draft_is_not_deleted_until_it_is_posted(office: DocumentDesk) -> None:
    office.desk.create(new_set("FR"))
    draft = office.invoice(sequence_set="FR")
    assert office.refusal(lambda: office.desk.delete("FR")) == {("", RULE)}
    office.post(draft)
    office.desk.delete("FR")
    back = office.unpost(draft)  # it keeps its number, and its set is gone
    assert (back.state, office.post(back).number) == (DRAFT, "FR-I-00000001")


def test_number_of_a_living_document_is_not_voided(office: DocumentDesk) -> None:
    draft = office.invoice()
    office.desk.issue(count=2)
    with pytest.raises(Rejected, match="is the number of a document"):
        void(office.desk, 1)
    with pytest.raises(Rejected, match="is the number of a document"):
        void(office.desk, 1, 3)
    void(office.desk, 2, 3)
    office.delete(draft)
    assert explain(office.desk, 1).state is NumberState.VOIDED
    assert_sound(office.desk)


def test_items_of_a_draft_are_changed_added_and_deleted(office: DocumentDesk) -> None:
    draft = office.invoice("10", "20", details={"comments": "a", "templateId": "t"})
    first, second = office.desk.on_books(lambda books: books.list_items(draft.document_id))
    change = InvoiceChange(
        invoice_date=date(2026, 11, 24),
        items=(
            ItemChange(first.item_id, is_deleted=True),
            ItemChange(second.item_id, item=NewItem(details={"sku": "S"})),
            ItemChange(item=NewItem(Decimal(5))),
        ),
        details={"comments": "b", "templateId": None},
    )
    after = office.do(ChangeInvoice(draft.document_id, change))
    assert (str(after.amount), str(after.balance)) == ("25.00", "25.00")
    assert (after.document_date, after.details) == (date(2026, 11, 24), {"comments": "b"})
    assert office.read(draft) == after
    items = office.desk.on_books(lambda books: books.list_items(draft.document_id))
    assert [(item.item_number, str(item.amount)) for item in items] == [(1, "20.00"), (2, "5.00")]
    assert (items[0].item_id, items[0].details) == (second.item_id, {"sku": "S"})


def test_posted_invoice_keeps_its_items_and_date(office: DocumentDesk) -> None:
    posted = office.posted()
    change = InvoiceChange(
        invoice_date=date(2026, 11, 24), items=(ItemChange(item=NewItem(Decimal(1))),)
    )
    order = ChangeInvoice(posted.document_id, change)
    assert office.refusal(lambda: office.do(order)) == {
        ("invoice_date", RULE),
        ("invoice_items", RULE),
    }
    comment = InvoiceChange(details={"comments": "paid by cheque"})
    assert office.do(ChangeInvoice(posted.document_id, comment)).details == comment.details


@pytest.mark.parametrize("move", [Move.REVERSE, Move.WRITE_OFF])
def test_settled_invoice_makes_a_credit_memo_from_its_own_set(
    office: DocumentDesk, move: Move
) -> None:
    office.desk.create(new_set("FR"))
    invoice = office.posted("60", "40", sequence_set="FR")
    memo = office.settle(invoice, move)
    assert (memo.document_type, memo.number) == (DocumentType.CREDIT_MEMO, "FR-C-00000001")
    assert (memo.chosen_by, memo.referred_document_id) == (ChosenBy.INVOICE, invoice.document_id)
    assert (memo.state, str(memo.amount), str(memo.balance)) == (POSTED, "100.00", "0.00")
    assert str(office.read(invoice).balance) == "0.00"
    assert office.read(memo) == memo
    applied = office.desk.on_books(lambda books: books.list_applications_to(invoice.document_id))
    assert [(one.source_document_id, one.amount) for one in applied] == [
        (memo.document_id, Decimal(100))
    ]
    items = office.desk.on_books(lambda books: books.list_items(memo.document_id))
    assert [str(item.amount) for item in items] == ["60.00", "40.00"]
    with pytest.raises(Rejected, match="cannot be unposted"):
        office.unpost(invoice)


@pytest.mark.parametrize("account_set", ["EU", None])
def test_memo_of_an_invoice_whose_set_was_deleted_says_so(
    office: DocumentDesk, account_set: str | None
) -> None:
    office.desk.create(new_set("FR"), new_set("EU"))
    account = office.new_account(account_set)
    invoice = office.posted(account=account, sequence_set="FR")
    office.desk.delete("FR")
    memo = office.settle(invoice, Move.REVERSE)
    expected = {
        "EU": ("EU-C-00000001", ChosenBy.ACCOUNT_FOR_INVOICE),
        None: ("CM00000001", ChosenBy.DEFAULT_FOR_INVOICE),
    }
    assert (memo.number, memo.chosen_by) == expected[account_set]
    assert explain(office.desk, memo.number).covering.content.chosen_by is memo.chosen_by


def test_part_of_an_invoice_is_written_off(office: DocumentDesk) -> None:
    invoice = office.posted("100")
    memo = office.settle(invoice, Move.WRITE_OFF, amount=Decimal(30))
    assert (str(memo.amount), str(office.read(invoice).balance)) == ("30.00", "70.00")
    too_much = office.refusal(
        lambda: office.settle(invoice, Move.WRITE_OFF, amount=Decimal("70.01"))
    )
    assert too_much == {("amount", RULE)}
    assert office.refusal(lambda: office.settle(invoice, Move.REVERSE)) == {("", RULE)}


def test_settling_needs_invoice_settlement(office: DocumentDesk) -> None:
    invoice = office.posted()
    office.desk.set_settings(invoice_settlement=False)
    assert office.refusal(lambda: office.settle(invoice, Move.REVERSE)) == {("", FORBIDDEN)}


def test_only_what_was_asked_for_is_in_the_database(office: DocumentDesk) -> None:
    """No item, application or number of what was refused or deleted."""
    office.delete(office.invoice("1", "2"))
    for table in ("seriatim_document", "seriatim_document_item", "seriatim_application"):
        owner: dict[str, object] = {"entity_id": office.desk.caller.entity_id}
        rows = execute(
            office.desk.store, f"SELECT * FROM {table} WHERE entity_id = :entity_id", owner
        )
        assert rows == [], table


def test_invoice_is_posted_with_another_date(office: DocumentDesk) -> None:
    draft = office.invoice()
    posted = office.post(draft, day=date(2026, 11, 25))
    assert office.read(draft).document_date == posted.document_date == date(2026, 11, 25)
    assert office.refusal(
        lambda: office.do(PostDocument(DocumentType.INVOICE, draft.document_id, date(2028, 1, 1)))
    ) == {("", RULE), ("invoice_date", INVALID)}


def test_document_of_another_type_is_not_found(office: DocumentDesk) -> None:
    made: Document = office.invoice()
    with pytest.raises(NotFound, match="no credit memo"):
        office.do(PostDocument(DocumentType.CREDIT_MEMO, made.document_id))
