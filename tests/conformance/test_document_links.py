"""What stands beside a document, and the lists of documents newest first, on both databases."""

from __future__ import annotations

import pytest

from seriatim.domain.billing import Document, DocumentState, LinkedDocument
from seriatim.domain.document_type import DocumentType
from seriatim.service import document_links
from seriatim.service.document_links import DocumentLinks, find_links
from seriatim.service.documents import DocumentFilter, find_numbered, list_documents
from tests.conformance.desk import Desk
from tests.conformance.money_desk import CREDIT, DEBIT, MoneyDesk

INVOICE = DocumentType.INVOICE


@pytest.fixture
def office(desk: Desk) -> MoneyDesk:
    return MoneyDesk(desk)


def _links(office: MoneyDesk, document: Document) -> DocumentLinks:
    with office.desk.store.read() as transaction:
        return find_links(transaction, office.desk.caller, office.read(document))


def _seen(*found: LinkedDocument | None) -> list[tuple[str, str]]:
    return [(one.number, str(one.amount)) for one in found if one is not None]


def test_money_is_followed_from_invoice_to_refund_and_back(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    memo = office.from_invoice(CREDIT, invoice, "30", is_posted=True)
    office.apply(memo, (invoice, "20"))
    payment = office.payment("90", (invoice, "70"))
    refund = office.refund(payment, "5")
    of_invoice = _links(office, invoice)
    assert of_invoice.referred is None
    assert _seen(*of_invoice.made_from_it) == [(memo.number, "30.00")]
    applied = sorted(_seen(*of_invoice.applied_from))
    assert applied == [(memo.number, "20.00"), (payment.number, "70.00")]
    of_memo = _links(office, memo)
    assert _seen(of_memo.referred, *of_memo.applied_to) == [
        (invoice.number, "100.00"),
        (invoice.number, "20.00"),
    ]
    of_payment = _links(office, payment)
    assert _seen(*of_payment.applied_to) == [(invoice.number, "70.00")]
    assert _seen(*of_payment.made_from_it) == [(refund.number, "5.00")]
    assert _seen(_links(office, refund).referred) == [(payment.number, "90.00")]
    assert of_payment.account.account_id == office.account.account_id
    assert of_invoice.are_all


def test_canceled_neighbour_is_still_one(office: MoneyDesk) -> None:
    invoice = office.posted("100")
    memo = office.cancel(office.from_invoice(DEBIT, invoice, "3"))
    (found,) = _links(office, invoice).made_from_it
    assert (found.number, found.state) == (memo.number, DocumentState.CANCELED)


def test_neighbours_are_bounded_and_say_so(
    office: MoneyDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_links, "LINKS_SHOWN_MAX", 2)
    payment, refunds = office.payment("100"), list[Document]()
    for _ in range(3):
        office.desk.clock.forward(seconds=1)
        refunds.append(office.refund(payment, "1"))
    links = _links(office, payment)
    assert [one.number for one in links.made_from_it] == [one.number for one in refunds[:2]]
    assert not links.are_all


@pytest.mark.parametrize("of_account", [False, True])
def test_pages_newest_first_hold_every_document_once(office: MoneyDesk, of_account: bool) -> None:
    made = list[Document]()
    for index in range(9):
        office.desk.clock.forward(seconds=1)
        document = office.invoice(is_posted=index % 3 != 0)
        made.append(office.cancel(document) if index % 4 == 3 and index % 3 == 0 else document)
    office.desk.clock.forward(seconds=1)
    other = office.invoice(account=office.new_account())
    wanted = DocumentFilter(account_id=office.account.account_id if of_account else None)
    found, after = list[str](), None
    while True:
        with office.desk.store.read() as transaction:
            page = list_documents(
                transaction,
                office.desk.caller,
                INVOICE,
                wanted,
                after=after,
                newest_first=True,
                row_count=2,
            )
        found += [one.number for one in page.documents]
        if page.ends_at is None:
            break
        after = page.ends_at
    expected = [one.number for one in reversed(made)]
    assert found == (expected if of_account else [other.number, *expected])


def test_document_is_found_by_its_number_unless_its_type_is_off(office: MoneyDesk) -> None:
    memo, desk = office.memo(CREDIT), office.desk
    with desk.store.read() as transaction:
        found = find_numbered(transaction, desk.caller, memo.number.lower())
        assert found is not None
        assert found.document_id == memo.document_id
        assert find_numbered(transaction, desk.caller, "CM99999999") is None
        assert find_numbered(transaction, desk.caller, "é") is None
    desk.set_settings(invoice_settlement=False)
    with desk.store.read() as transaction:
        assert find_numbered(transaction, desk.caller, memo.number) is None
