"""The console's accounts and documents over plain HTTP: found, linked, and given their sets."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.domain.document_requests import NewAccount
from seriatim.domain.limits import ACCOUNTS_ASSIGNED_AT_ONCE_MAX
from seriatim.service.accounts import create_account
from seriatim.store.open import open_store
from tests.contract.api import Entity, create, done, new_set
from tests.contract.conftest import BrowserOf, EntityOf
from tests.contract.console_browser import CONSOLE, Browser, fields_of, new_user
from tests.contract.documents import (
    credit_memo,
    first_item,
    new_account,
    new_invoice,
    new_payment,
    new_refund,
)
from tests.running_service import RunningService

ROW = re.compile(r"<tr role=\"row\">\s*<th role=\"rowheader\".*?</tr>", re.DOTALL)


class Office:
    """An entity of its own with a set FR, and a person who looks at it."""

    def __init__(self, entity: Entity, browser: Browser) -> None:
        self.entity, self.browser, self.api = entity, browser, entity.admin
        browser.home = f"{CONSOLE}/{entity.id.replace('-', '')}"
        create(self.api, new_set("FR"))

    def rows(self, path: str, **params: str) -> list[str]:
        """What each row of a list begins with."""
        return _rows(self.text(path, **params))

    def text(self, path: str, **params: str) -> str:
        answer = self.browser.get(path, params=params or None)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def every_row(self, path: str) -> list[str]:
        found = list[str]()
        while path:
            page = self.text(path)
            found += _rows(page)
            following = re.search(r'href="\?([^"]*after=[^"]+)">Next', page)
            path = f"{path.partition('?')[0]}?{unescape(following[1])}" if following else ""
        return found

    def set_of(self, account: dict[str, Any]) -> str | None:
        found = done(self.api.get(f"/v1/accounts/{account['accountId']}"))["basicInfo"]
        value: str | None = found["sequenceSetId"]
        return value

    def review(self, *accounts: dict[str, Any], **form: str) -> Any:
        ticked = {f"account.{one['accountId']}": "yes" for one in accounts}
        given = {"assign": "give", "to_set": "FR", "intent": "chosen", **ticked, **form}
        return self.browser.post("/accounts/assignment", given)

    def confirm(self, review: str) -> str:
        form = {**fields_of(review), "intent": "save"}
        answer = self.browser.post("/accounts/assignment", form)
        assert answer.status_code == 200, answer.text
        return str(answer.text)


def _many_accounts(office: Office, count: int) -> list[str]:
    """The numbers of accounts made in one transaction."""
    store = open_store(office.browser.service.database_url)
    try:
        with store.read() as transaction:
            tenant = transaction.access.list_tenants()[0].identifier
        entity_id = office.entity.id.replace("-", "")
        caller = Caller(tenant, entity_id, "command:test", Role.ADMIN, str(uuid.uuid4()))
        asked = NewAccount(name="Many", currency="EUR")
        return store.run(
            lambda tx: [
                create_account(tx, caller, asked, clock=SystemClock()).account_number
                for _ in range(count)
            ]
        )
    finally:
        store.close()


def _rows(page: str) -> list[str]:
    return [re.sub(r"<[^>]*>", " ", one).split()[0] for one in ROW.findall(page)]


@pytest.fixture
def office(console_service: RunningService, entity_of: EntityOf, browser: Browser) -> Office:
    return Office(entity_of(console_service), browser)


@pytest.fixture
def sqlite_office(
    sqlite_console: RunningService, entity_of: EntityOf, sqlite_browser: Browser
) -> Office:
    return Office(entity_of(sqlite_console), sqlite_browser)


def test_documents_are_found_by_account_state_and_number(office: Office) -> None:
    one, other = new_account(office.api, accountNumber="A1"), new_account(office.api)
    new_invoice(office.api, one, 10)
    new_invoice(office.api, one, 20, status="Posted")
    new_invoice(office.api, other, 30, status="Posted")
    path = "/documents/invoices"
    for params, numbers in (
        ({}, ["INV00000003", "INV00000002", "INV00000001"]),
        ({"account": "a1"}, ["INV00000002", "INV00000001"]),
        ({"account": one["accountId"], "state": "Posted"}, ["INV00000002"]),
        ({"state": "Draft"}, ["INV00000001"]),
        ({"number": " inv00000003 "}, ["INV00000003"]),
        ({"number": "INV00000003", "account": "A1"}, []),
        ({"state": "nonsense"}, ["INV00000003", "INV00000002", "INV00000001"]),
    ):
        assert office.rows(path, **params) == numbers, params
    assert office.rows("/documents/credit-memos") == []
    first = office.browser.get("/documents")
    assert first.headers["location"].endswith("/documents/invoices")


def test_filter_by_an_unknown_account_is_told_beside_its_field(sqlite_office: Office) -> None:
    answer = sqlite_office.browser.get("/documents/payments", params={"account": "A404"})
    assert answer.status_code == 422
    assert re.search(r'id="account-fault"[^>]*>\s*<span', answer.text)


def test_empty_lists_say_what_to_do(sqlite_office: Office) -> None:
    for kind in ("invoices", "credit-memos", "debit-memos", "payments", "refunds"):
        assert "made over the API appears here" in sqlite_office.text(f"/documents/{kind}")
    assert "No document is like this" in sqlite_office.text("/documents/refunds", number="R-1")
    assert "There is no account yet" in sqlite_office.text("/accounts")
    assert "No account is like this" in sqlite_office.text("/accounts", number="A1")


def test_pages_together_hold_every_document_and_account_once(sqlite_office: Office) -> None:
    accounts = [new_account(sqlite_office.api) for _ in range(60)]
    for account in accounts:
        new_payment(sqlite_office.api, account, 5)
    payments = sqlite_office.every_row("/documents/payments")
    assert payments == [f"P-{number:08d}" for number in range(60, 0, -1)]
    found = sqlite_office.every_row("/accounts")
    assert found == [one["accountNumber"] for one in accounts]
    narrowed = sqlite_office.every_row("/accounts?without=yes")
    assert narrowed == found


@pytest.mark.parametrize("place", ["x", "W10", "WzEsIngiXQ", "WzFd", "é", "WzEsMl0"])
def test_odd_place_begins_at_the_beginning(sqlite_office: Office, place: str) -> None:
    account = new_account(sqlite_office.api)
    invoice = new_invoice(sqlite_office.api, account)
    assert sqlite_office.rows("/documents/invoices", after=place) == ["INV00000001"]
    assert sqlite_office.text(f"/documents/invoices/{invoice['id']}", items=place)
    sqlite_office.text("/accounts", after=place)


def test_document_tells_all_of_itself_and_leads_to_its_neighbours(office: Office) -> None:
    api = office.api
    account = new_account(api, name="Ada & <Sons>", sequenceSetId="FR")
    invoice = new_invoice(api, account, "1234567.5", "-0.25", status="Posted", dueDate="2026-12-24")
    items = [{"amount": 2, "skuName": "Sku", "invoiceItemId": first_item(api, invoice)}]
    memo = done(
        api.post(f"/v1/credit-memos/invoice/{invoice['id']}", {"items": items, "autoPost": True})
    )
    applied = [{"invoiceId": invoice["id"], "amount": 7}]
    payment = new_payment(api, account, 10, invoices=applied)
    refund = new_refund(api, f"/v1/payments/{payment['id']}", 1)
    place = f"/documents/invoices/{invoice['id']}"
    page = unescape(office.text(place))
    for words in (
        "Ada & <Sons>",
        "1,234,567.25\N{NO-BREAK SPACE}EUR",
        "-0.25\N{NO-BREAK SPACE}EUR",
        "1,234,560.25\N{NO-BREAK SPACE}EUR",
        "24 Dec 2026",
        "Charge 1",
        "2026-11-01",
        "The account has this set.",
        f"/sets/{invoice['sequenceSetId']}",
        f"/accounts/{account['accountId']}",
        "/register/numbers/FRI00000001",
        f"/documents/credit-memos/{memo['id']}",
        f"/documents/payments/{payment['id']}",
    ):
        assert words in page, words
    assert "<Sons>" not in office.text(place)
    of_payment = office.text(f"/documents/payments/{payment['id']}")
    assert f"/documents/invoices/{invoice['id']}" in of_payment
    assert f"/documents/refunds/{refund['id']}" in of_payment
    assert f"/documents/payments/{payment['id']}" in office.text(
        f"/documents/refunds/{refund['id']}"
    )
    assert f"/documents/invoices/{invoice['id']}" in office.text(
        f"/documents/credit-memos/{memo['id']}"
    )
    assert f"{place}" in office.text("/register/numbers/FRI00000001")


def test_temporary_and_own_numbers_say_what_they_are(sqlite_office: Office) -> None:
    api, account = sqlite_office.api, new_account(sqlite_office.api)
    own = new_invoice(api, account, invoiceNumber="OWN-A")
    page = sqlite_office.text(f"/documents/invoices/{own['id']}")
    assert "given by whoever made the document" in page
    assert "taken outside every series" in sqlite_office.text("/register/numbers/OWN-A")
    done(api.put("/v1/settings", {"numberAssignment": "posting"}))
    draft = new_invoice(api, account)
    page = sqlite_office.text(f"/documents/invoices/{draft['id']}")
    assert "TMP-INV-00000001" in page
    assert "temporary, until the document is posted" in page
    assert "/register/numbers/" not in page


def test_items_are_shown_a_hundred_at_a_time(sqlite_office: Office) -> None:
    account = new_account(sqlite_office.api)
    invoice = new_invoice(sqlite_office.api, account, *range(1, 251))
    path = f"/documents/invoices/{invoice['id']}"
    found, place = list[str](), path
    while place:
        page = sqlite_office.text(place)
        found += re.findall(r"Charge (\d+)", page)
        following = re.search(r'href="(\?items=[^"]+)"', page)
        place = f"{path}{following[1]}" if following else ""
    assert found == [str(number) for number in range(1, 251)]


def test_memos_are_hidden_and_refused_while_invoice_settlement_is_off(
    sqlite_office: Office,
) -> None:
    memo = credit_memo(sqlite_office.api, new_account(sqlite_office.api))
    done(sqlite_office.api.put("/v1/settings", {"invoiceSettlement": False}))
    assert "credit-memos" not in sqlite_office.text("/documents/invoices")
    for path in ("/documents/credit-memos", f"/documents/credit-memos/{memo['id']}"):
        assert sqlite_office.browser.get(path).status_code == 422
    assert "/documents/" not in re.sub(
        r"(?s)<nav.*?</nav>", "", sqlite_office.text(f"/register/numbers/{memo['number']}")
    )


def test_accounts_are_found_by_number_and_set(office: Office) -> None:
    plain, french = new_account(office.api), new_account(office.api, sequenceSetId="FR")
    first, second = plain["accountNumber"], french["accountNumber"]
    for params, numbers in (
        ({}, [first, second]),
        ({"number": first.lower()}, [first]),
        ({"set": "fr"}, [second]),
        ({"set": "DEFAULT"}, []),
        ({"without": "yes"}, [first]),
        ({"set": "FR", "number": first}, []),
    ):
        assert office.rows("/accounts", **params) == numbers, params
    for params in ({"set": "NONE"}, {"set": "FR", "without": "yes"}):
        answer = office.browser.get("/accounts", params=params)
        assert answer.status_code == 422
        assert re.search(r'id="set-fault"[^>]*>\s*<span', answer.text)
        assert _rows(answer.text) == []
    sets = office.text("/sets")
    assert re.search(r'/accounts\?set=[0-9a-f]{32}" aria-label="1 account of FR"', sets)


def test_set_is_assigned_to_several_after_a_look(office: Office) -> None:
    plain, drafting = new_account(office.api), new_account(office.api)
    has_it = new_account(office.api, sequenceSetId="FR")
    new_invoice(office.api, drafting)
    review = office.review(plain, drafting, has_it)
    assert review.status_code == 200
    for words in ("1 account changes.", "1 account is as wanted already.", "1 account is refused"):
        assert words in review.text
    assert "while a draft document of the account exists" in review.text
    assert office.set_of(plain) is None
    outcome = office.confirm(review.text)
    assert "1 account was changed." in outcome
    assert _rows(outcome) == [plain["accountNumber"]]
    french = office.set_of(has_it)
    assert (office.set_of(plain), office.set_of(drafting)) == (french, None)
    assert "update account" in office.text("/audit")
    cleared = office.confirm(office.review(plain, has_it, assign="clear", to_set="").text)
    assert "2 accounts were changed." in cleared
    assert (office.set_of(plain), office.set_of(has_it)) == (None, None)


def test_draft_made_between_look_and_confirmation_is_told(sqlite_office: Office) -> None:
    one, other = new_account(sqlite_office.api), new_account(sqlite_office.api)
    review = sqlite_office.review(one, other)
    new_invoice(sqlite_office.api, one)
    done(sqlite_office.api.delete(f"/v1/accounts/{other['accountId']}"))
    outcome = sqlite_office.confirm(review.text)
    assert "2 accounts were not changed" in outcome
    assert "while a draft document of the account exists" in outcome
    assert "deleted meanwhile" in outcome
    assert sqlite_office.set_of(one) is None


def test_all_accounts_found_are_assigned_in_bounded_steps(office: Office) -> None:
    has_it = new_account(office.api, sequenceSetId="FR")
    at_once = ACCOUNTS_ASSIGNED_AT_ONCE_MAX
    numbers = _many_accounts(office, at_once + 2)
    review = office.review(intent="all").text
    assert f"{at_once - 1} accounts change." in review
    assert "1 account is as wanted already." in review
    assert "You can go on with the next" in review
    assert _rows(review) == numbers[: at_once - 1]
    outcome = office.confirm(review)
    assert f"{at_once - 1} accounts were changed." in outcome
    assert len(office.rows("/accounts", without="yes")) == 3
    form = {**fields_of(outcome), "intent": "all"}
    following = office.browser.post("/accounts/assignment", form).text
    assert _rows(following) == numbers[at_once - 1 :]
    assert "as wanted already" not in following
    assert "Go on with" not in office.confirm(following)
    assert office.every_row("/accounts?set=FR") == [has_it["accountNumber"], *numbers]


def test_only_accounts_that_the_filter_finds_are_assigned(sqlite_office: Office) -> None:
    plain = new_account(sqlite_office.api)
    french = new_account(sqlite_office.api, sequenceSetId="FR")
    review = sqlite_office.review(intent="all", to_set="DEFAULT", **{"filter.set": "FR"}).text
    assert _rows(review) == [french["accountNumber"]]
    assert "1 account was changed." in sqlite_office.confirm(review)
    assert sqlite_office.set_of(plain) is None


def test_what_is_wrong_with_an_assignment_stands_beside_its_field(sqlite_office: Office) -> None:
    one = new_account(sqlite_office.api)
    for form, field in (({"to_set": ""}, "to_set"), ({"to_set": "NONE"}, "to_set")):
        answer = sqlite_office.review(one, **form)
        assert answer.status_code == 422
        assert re.search(rf'id="{field}-fault"[^>]*>\s*<span', answer.text), form
        kept = fields_of(answer.text)
        assert kept[f"account.{one['accountId']}"] == "yes"
        assert kept["to_set"] == form["to_set"]
    nobody = sqlite_office.review()
    assert nobody.status_code == 422
    assert "Tick at least one account." in nobody.text
    elsewhere = {"accountId": "0" * 32}
    kept = fields_of(sqlite_office.review(elsewhere, to_set="NONE").text)
    assert kept[f"account.{'0' * 32}"] == "yes"
    narrowed = sqlite_office.review(intent="all", **{"filter.set": "NONE"})
    assert narrowed.status_code == 422


@pytest.mark.parametrize("text", ["<script>", "\"'><img src=x>", "' OR 1=1 --", "x" * 5000, "\x7f"])
def test_hostile_text_is_neither_found_nor_run(sqlite_office: Office, text: str) -> None:
    one = new_account(sqlite_office.api)
    for path, name in (
        ("/accounts", "number"),
        ("/accounts", "set"),
        ("/documents/invoices", "number"),
        ("/documents/invoices", "account"),
        ("/documents/invoices", "state"),
    ):
        answer = sqlite_office.browser.get(path, params={name: text})
        assert answer.status_code in {200, 422}
        assert text not in answer.text or "<" not in text
    for form in ({"to_set": text}, {"intent": "save", "accounts": text}, {"next": text}):
        assert sqlite_office.review(one, **form).status_code in {200, 422}
    for path in ("/accounts/", "/documents/invoices/", "/documents/"):
        assert sqlite_office.browser.get(path + quote(text.replace("/", ""))).status_code == 404


def test_roles_are_kept_by_the_services_not_by_hidden_buttons(
    sqlite_office: Office, browser_of: BrowserOf
) -> None:
    one = new_account(sqlite_office.api)
    home, service = sqlite_office.browser.home, sqlite_office.browser.service
    for role, may in (("auditor", False), ("issuer", True)):
        name, password = new_user(service, role)
        person = browser_of(service, logs_in=False)
        assert person.log_in(name, password).status_code == 303
        person.home = home
        assert ("Assign a set" in person.get("/accounts").text) is may
        assert ("Assign a set" in person.get(f"/accounts/{one['accountId']}").text) is may
        form = {f"account.{one['accountId']}": "yes", "assign": "give", "to_set": "FR"}
        assert person.post("/accounts/assignment", form).status_code == (200 if may else 403)
        saving = {**form, "intent": "save", "accounts": one["accountId"]}
        answer = person.post("/accounts/assignment", saving)
        assert answer.status_code == (200 if may else 403)
        assert (sqlite_office.set_of(one) is not None) is may


def test_accounts_and_documents_of_others_are_not_found(
    sqlite_office: Office, entity_of: EntityOf
) -> None:
    own = sqlite_office.browser.home
    foreign = Office(entity_of(sqlite_office.browser.service), sqlite_office.browser)
    account = new_account(foreign.api)
    invoice = new_invoice(foreign.api, account)
    sqlite_office.browser.home = own
    for path in (f"/accounts/{account['accountId']}", f"/documents/invoices/{invoice['id']}"):
        assert sqlite_office.browser.get(path).status_code == 404
    assert sqlite_office.rows("/accounts", number=account["accountNumber"]) == []
    outcome = sqlite_office.review(account, intent="save").text
    assert "deleted meanwhile" in outcome
    assert foreign.set_of(account) is None
    wrong_kind = f"/documents/payments/{invoice['id']}"
    foreign.browser.home = f"{CONSOLE}/{foreign.entity.id.replace('-', '')}"
    assert foreign.browser.get(wrong_kind).status_code == 404
