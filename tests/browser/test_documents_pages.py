"""Accounts and documents, as people use them: a document followed, sets given to many accounts."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VisitorOf
from tests.browser.visitor import Visitor
from tests.contract.api import Api, create, new_set
from tests.contract.documents import new_account, new_invoice, new_payment, new_refund


@pytest.fixture
def set_name(api: Api) -> str:
    name = f"D{uuid.uuid4().hex[:6]}x"
    create(api, new_set(name))
    return name


def _account(api: Api, **changed: Any) -> dict[str, Any]:
    """One whose number a test knows from all others."""
    return new_account(api, accountNumber=f"N-{uuid.uuid4().hex[:8]}", **changed)


def _number(account: dict[str, Any]) -> str:
    return str(account["accountNumber"])


def test_document_is_found_and_followed_to_its_neighbours_and_its_number(
    visitor: Visitor, api: Api
) -> None:
    account = _account(api)
    invoice = new_invoice(api, account, 100, status="Posted")
    applied = [{"invoiceId": invoice["id"], "amount": 40}]
    payment = new_payment(api, account, 50, invoices=applied)
    refund = new_refund(api, f"/v1/payments/{payment['id']}", 5)
    visitor.go("/accounts")
    visitor.page.get_by_label("Account number").fill(_number(account))
    visitor.press("Search")
    visitor.follow(_number(account))
    visitor.require_sound_page()
    visitor.follow("Invoice")
    visitor.require_sound_page()
    visitor.follow(invoice["invoiceNumber"])
    expect(visitor.page.locator(".facts")).to_contain_text("60.00\N{NO-BREAK SPACE}EUR")
    visitor.require_sound_page()
    visitor.follow(payment["number"])
    visitor.follow(refund["number"])
    expect(visitor.page.locator(".facts")).to_contain_text("Pays back")
    visitor.follow(payment["number"])
    visitor.follow(invoice["invoiceNumber"])
    visitor.follow("Why this number?")
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(invoice["invoiceNumber"])
    visitor.follow(invoice["invoiceNumber"])
    expect(visitor.page.get_by_role("heading", level=2).first).to_have_text("Items")


@pytest.mark.parametrize("scripts", [True, False])
def test_set_is_given_to_ticked_accounts_and_drafts_refuse_it(
    visitor_of: VisitorOf, api: Api, set_name: str, scripts: bool
) -> None:
    visitor = visitor_of(java_script_enabled=scripts)
    accounts = [_account(api, sequenceSetId=set_name) for _ in range(3)]
    new_invoice(api, accounts[1])
    visitor.go(f"/accounts?set={set_name}")
    for account in accounts:
        visitor.page.get_by_label(f"Tick {_number(account)}").check()
    visitor.press("Review for the ticked accounts")
    expect(visitor.page.locator(".fault").last).to_contain_text("name the set")
    visitor.page.get_by_label("Set to give").fill("DEFAULT")
    for account in accounts:
        expect(visitor.page.get_by_label(f"Tick {_number(account)}")).to_be_checked()
    visitor.press("Review for the ticked accounts")
    expect(visitor.page.locator("main")).to_contain_text("2 accounts change.")
    expect(visitor.page.get_by_role("row", name=_number(accounts[1]))).to_contain_text("refused")
    if scripts:
        visitor.require_sound_page()
    visitor.press("Change 2 accounts")
    expect(visitor.page.get_by_role("status")).to_contain_text("2 accounts were changed.")
    if scripts:
        visitor.require_sound_page()
    visitor.go(f"/accounts?set={set_name}")
    expect(visitor.page.locator("tbody tr")).to_have_count(1)


def test_sets_of_all_accounts_found_are_taken_away_by_the_keyboard_alone(
    visitor: Visitor, api: Api, set_name: str
) -> None:
    for _ in range(2):
        _account(api, sequenceSetId=set_name)
    visitor.go(f"/accounts?set={set_name}")
    keyboard = visitor.page.keyboard
    visitor.tab_to("What to do")
    keyboard.press("ArrowDown")
    visitor.tab_to("Review for all accounts found")
    keyboard.press("Enter")
    visitor.page.wait_for_selector("text=Nothing is changed yet")
    visitor.tab_to("Change 2 accounts")
    keyboard.press("Enter")
    expect(visitor.page.get_by_role("status")).to_contain_text("2 accounts were changed.")
    visitor.go(f"/accounts?set={set_name}")
    expect(visitor.page.locator(".empty")).to_contain_text("No account is like this")


def test_assignment_outlives_the_session(visitor: Visitor, api: Api, set_name: str) -> None:
    account = _account(api)
    visitor.go(f"/accounts/{account['accountId']}")
    visitor.page.get_by_label("Set to give").fill(set_name)
    visitor.context.clear_cookies(name="seriatim_session")
    visitor.press("Review the change")
    visitor.page.fill("#name", "admin")
    visitor.page.fill("#password", "p" * 20)
    visitor.press("Log in")
    visitor.press("Go on with what I typed")
    visitor.press("Change 1 account")
    expect(visitor.page.get_by_role("row", name=_number(account))).to_contain_text(set_name)


def test_language_of_documents_is_the_readers(visitor_of: VisitorOf, api: Api) -> None:
    account = _account(api)
    invoice = new_invoice(api, account, "1234567.5")
    visitor = visitor_of(locale="de-DE")
    visitor.go(f"/documents/invoices/{invoice['id']}")
    facts = visitor.page.locator(".facts")
    expect(facts).to_contain_text("1.234.567,50\N{NO-BREAK SPACE}EUR")
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(re.compile("Entwurf"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_are_sound_light_and_dark_wide_and_narrow(
    visitor_of: VisitorOf, api: Api, scheme: str, width: int
) -> None:
    account = _account(api, name="A name that is rather long for a narrow screen")
    invoice = new_invoice(api, account, 100, "0.5", status="Posted")
    applied = [{"invoiceId": invoice["id"], "amount": 1}]
    payment = new_payment(api, account, "9999999999999.99", invoices=applied)
    visitor = visitor_of(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in (
        "/accounts",
        "/accounts?number=nobody",
        "/accounts?set=absent",
        f"/accounts/{account['accountId']}",
        "/documents/invoices",
        "/documents/payments",
        "/documents/refunds?number=none",
        "/documents/invoices?account=nobody",
        f"/documents/invoices/{invoice['id']}",
        f"/documents/payments/{payment['id']}",
    ):
        visitor.go(path)
        visitor.require_sound_page()
    visitor.go(f"/accounts?number={_number(account)}")
    visitor.press("Review for the ticked accounts")
    visitor.require_sound_page()
    visitor.page.get_by_label(f"Tick {_number(account)}").check()
    visitor.page.get_by_label("Set to give").fill("DEFAULT")
    visitor.press("Review for the ticked accounts")
    visitor.require_sound_page()
    visitor.press("Change 1 account")
    visitor.require_sound_page()
