"""Which set numbers what: every kind of document, account, setting and time of numbering.

Source: contract/documents.md, Which set numbers what and When the number is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from seriatim.domain.billing import Account, Document
from seriatim.domain.errors import Rejected
from seriatim.domain.register import ChosenBy
from seriatim.service.document_orders import DocumentOrder
from seriatim.service.sequence_sets import get_set
from tests.conformance.desk import Desk
from tests.conformance.money_desk import CREDIT, DEBIT, MoneyDesk
from tests.conformance.number_desk import assert_sound, explain
from tests.samples import new_set, wanted_set

FULL = new_set("ITA", payment=("ITA-P-", 1), refund=("ITA-R-", 1))
THIN = new_set("THIN")
NAMED = new_set("EU", payment=("EU-P-", 1), refund=("EU-R-", 1))
CHANGED_DEFAULT = wanted_set(
    "DEFAULT",
    invoice=("NEW-I-", 1),
    credit_memo=("NEW-C-", 1),
    debit_memo=("NEW-D-", 1),
    payment=("NEW-P-", 1),
    refund=("NEW-R-", 1),
)


@dataclass(frozen=True)
class Case:
    """An account, and what the series begin with that number its documents.

    Shape: `prefixes` are those of invoice, credit memo, debit memo, payment and refund.
    """

    account_set: str | None
    prefixes: tuple[str, str, str, str, str]
    chosen_by: ChosenBy
    default_changes: bool = False

    @property
    def set_name(self) -> str:
        return self.account_set or "DEFAULT"


ACCOUNTS = {
    "with set": Case("ITA", ("ITA-I-", "ITA-C-", "ITA-D-", "ITA-P-", "ITA-R-"), ChosenBy.ACCOUNT),
    "without": Case(None, ("INV", "CM", "DM", "P-", "R-"), ChosenBy.DEFAULT),
    "set without payments": Case(
        "THIN", ("THIN-I-", "THIN-C-", "THIN-D-", "P-", "R-"), ChosenBy.ACCOUNT
    ),
    "DEFAULT changed": Case(
        None,
        ("NEW-I-", "NEW-C-", "NEW-D-", "NEW-P-", "NEW-R-"),
        ChosenBy.DEFAULT,
        default_changes=True,
    ),
}

Numbered = tuple[str, str, ChosenBy]
"""A number, the set it came from, and the rule that chose it."""


def expected(case: Case) -> dict[str, Numbered]:
    """The table of the contract, for one account and an invoice that names the set EU."""
    invoice, credit, debit, payment, refund = case.prefixes
    own, by = case.set_name, case.chosen_by
    return {
        "invoice": (f"{invoice}00000001", own, by),
        "invoice with set": ("EU-I-00000001", "EU", ChosenBy.REQUEST),
        "credit memo from invoice": ("EU-C-00000001", "EU", ChosenBy.INVOICE),
        "debit memo from invoice": ("EU-D-00000001", "EU", ChosenBy.INVOICE),
        "standalone credit memo": (f"{credit}00000001", own, by),
        "standalone debit memo": (f"{debit}00000001", own, by),
        "payment": (f"{payment}00000001", own, by),
        "refund of payment": (f"{refund}00000001", own, by),
        "refund of credit memo": (f"{refund}00000002", own, by),
    }


NEEDS_SETTLEMENT = {
    "credit memo from invoice",
    "debit memo from invoice",
    "standalone credit memo",
    "standalone debit memo",
    "refund of credit memo",
}


def makers(office: MoneyDesk, account: Account) -> dict[str, Callable[[], Document]]:
    """Each document made as a draft where it can be one, and posted then.

    Order: as they stand; the later ones need the earlier.
    """
    made: dict[str, Document] = {}

    def posted(name: str, draft: Document) -> Document:
        settings = office.desk.on_books(lambda books: books.get_settings())
        is_late = settings.number_assignment == "posting"
        assert draft.number.startswith("TMP-") is is_late, (name, draft.number)
        made[name] = office.post(draft)
        if not is_late:
            assert made[name].number == draft.number
        return made[name]

    def paid() -> Document:
        made["payment"] = office.payment("30", (made["invoice with set"], "10"), account=account)
        return made["payment"]

    return {
        "invoice": lambda: posted("invoice", office.invoice(account=account)),
        "invoice with set": lambda: posted(
            "invoice with set", office.invoice(account=account, sequence_set="EU")
        ),
        "credit memo from invoice": lambda: posted(
            "from", office.from_invoice(CREDIT, made["invoice with set"], "5")
        ),
        "debit memo from invoice": lambda: posted(
            "from", office.from_invoice(DEBIT, made["invoice with set"], "5")
        ),
        "standalone credit memo": lambda: posted("memo", office.memo(CREDIT, account=account)),
        "standalone debit memo": lambda: posted("other", office.memo(DEBIT, account=account)),
        "payment": paid,
        "refund of payment": lambda: office.refund(made["payment"], "20"),
        "refund of credit memo": lambda: office.refund(made["memo"], "20"),
    }


@pytest.mark.parametrize("assignment", ["creation", "posting"])
@pytest.mark.parametrize("settlement", [True, False], ids=["settlement", "no settlement"])
@pytest.mark.parametrize("case", ACCOUNTS.values(), ids=ACCOUNTS)
def test_every_document_is_numbered_by_the_set_of_the_table(
    desk: Desk, case: Case, assignment: str, *, settlement: bool
) -> None:
    office = MoneyDesk(desk)
    desk.create(FULL, THIN, NAMED)
    account = office.new_account(case.account_set)
    if case.default_changes:
        desk.update("DEFAULT", CHANGED_DEFAULT)
    desk.set_settings(number_assignment=assignment, invoice_settlement=settlement)
    found: dict[str, Numbered] = {}
    for name, make in makers(office, account).items():
        if not settlement and name in NEEDS_SETTLEMENT:
            _assert_switched_off(office, name, account)
            continue
        document = make()
        found[name] = _numbered(office, document)
    wanted = {
        name: numbered
        for name, numbered in expected(case).items()
        if settlement or name not in NEEDS_SETTLEMENT
    }
    assert found == wanted
    assert_sound(desk)


def _numbered(office: MoneyDesk, document: Document) -> Numbered:
    """What the document says and what the register says, which must be the same."""
    content = explain(office.desk, document.number).covering.content
    assert content.sequence_set_id == document.sequence_set_id
    assert content.chosen_by is document.chosen_by
    names = _set_names(office)
    return document.number, names[document.sequence_set_id], document.chosen_by


def _set_names(office: MoneyDesk) -> Mapping[str, str]:
    with office.desk.store.read() as transaction:
        views = [
            get_set(transaction, office.desk.caller, name)
            for name in ("DEFAULT", "ITA", "THIN", "EU")
        ]
    return {view.sequence_set.sequence_set_id: view.sequence_set.name for view in views}


def _assert_switched_off(office: MoneyDesk, name: str, account: Account) -> None:
    """Every memo, and what hangs on one, is refused as switched off."""
    office.desk.set_settings(invoice_settlement=True)
    invoice = office.posted(account=account, number=f"X-{name.replace(' ', '-')}"[:32])
    memo = office.memo(CREDIT, account=account, is_posted=True)
    office.desk.set_settings(invoice_settlement=False)
    document_type = DEBIT if "debit" in name else CREDIT
    orders: list[DocumentOrder] = [
        office.from_invoice_order(document_type, invoice, "5"),
        office.memo_order(document_type, account=account),
        office.refund_order(memo, "20"),
    ]
    wanted = ("from invoice" in name, "standalone" in name, "refund" in name)
    with pytest.raises(Rejected) as refused:
        office.do(orders[wanted.index(True)])
    assert [int(one.category) for one in refused.value.violations] == [10]
