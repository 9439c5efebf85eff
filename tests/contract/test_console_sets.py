"""The console's sets over plain HTTP: what the list tells, and what the editor warns of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.api import Entity, create, done, issue, new_set
from tests.contract.conftest import EntityOf
from tests.contract.console_browser import CONSOLE, Browser, fields_of, shown
from tests.contract.console_browser import new_set as form_of_set
from tests.contract.documents import new_account
from tests.running_service import RunningService

EDITED = {"intent": "review"}


class Numbering:
    """An entity of its own, and a person who looks at its sets."""

    def __init__(self, entity: Entity, browser: Browser) -> None:
        self.api, self.browser = entity.admin, browser
        browser.home = f"{CONSOLE}/{entity.id.replace('-', '')}"

    def text(self, path: str, **params: str) -> str:
        answer = self.browser.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return shown(answer.text)

    def row(self, name: str) -> str:
        """The list's row of a set, as words."""
        found = re.search(rf">{name}</a>.*?</tr>", self.text("/sets"), re.DOTALL)
        assert found is not None
        return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())

    def place_of(self, name: str) -> str:
        found = re.search(rf'(/sets/[0-9a-f]{{32}})">{name}</a>', self.text("/sets"))
        assert found is not None
        return found[1]


@pytest.fixture
def numbering(console_service: RunningService, entity_of: EntityOf, browser: Browser) -> Numbering:
    return Numbering(entity_of(console_service), browser)


@pytest.fixture
def sqlite_numbering(
    sqlite_console: RunningService, entity_of: EntityOf, sqlite_browser: Browser
) -> Numbering:
    return Numbering(entity_of(sqlite_console), sqlite_browser)


def test_list_tells_next_and_last_numbers_and_accounts_of_each_set(numbering: Numbering) -> None:
    api = numbering.api
    create(api, new_set("FR"))
    new_account(api, sequenceSetId="FR")
    assert "none yet" in numbering.row("FR")
    issue(api, sequenceSet="FR", documentDate="2026-11-02", count=3)
    issue(api, sequenceSet="FR", documentType="payment", documentDate="2026-11-01")
    row = numbering.row("FR")
    for number in ("FRI00000004", "FRC00000001", "FRD00000001", "FRP-00000002", "FRR-00000001"):
        assert number in row
    assert "FRI00000003 2 Nov 2026" in row
    assert row.endswith("Accounts 1")
    raised = {"invoice": {"startNumber": 10}}
    done(api.put("/v1/sequence-sets/FR", raised))
    assert "FRI00000003 2 Nov 2026" in numbering.row("FR")


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["DEFAULT", "b-set", "A-set"]),
        ("newest", ["A-set", "b-set", "DEFAULT"]),
        ("name", ["A-set", "b-set", "DEFAULT"]),
        ("name-backwards", ["DEFAULT", "b-set", "A-set"]),
    ],
)
def test_list_stands_in_the_order_asked_for(
    sqlite_numbering: Numbering, order: str, names: list[str]
) -> None:
    create(sqlite_numbering.api, new_set("b-set", "B"))
    create(sqlite_numbering.api, new_set("A-set", "A"))
    page = sqlite_numbering.text("/sets", order=order)
    assert re.findall(r'/sets/[0-9a-f]{32}">([^<]+)</a>', page) == names


def test_what_entangled_prefixes_would_do_is_told_before_and_after(numbering: Numbering) -> None:
    create(numbering.api, new_set("FR"))
    form = {**form_of_set("One"), "invoice.prefix": "FRI1"}
    warning = "can come out as the same number, first at FRI1"
    for intent in ("preview", "review"):
        page = numbering.browser.post("/sets/new", {**form, "intent": intent})
        assert page.status_code == 200
        assert warning in page.text.replace("&#39;", "'"), intent
    saved = numbering.browser.post("/sets/new", {**form, "intent": "save"})
    assert saved.status_code == 303
    place = saved.headers["location"].partition("?")[0].removeprefix(numbering.browser.home)
    assert warning in numbering.text(place)
    assert "1 warning" in numbering.row("One")


def test_payments_and_refunds_are_optional_and_warned_of(sqlite_numbering: Numbering) -> None:
    page = sqlite_numbering.text("/sets/new")
    assert "Payment gateways reconcile by these numbers" in page
    for kind in ("payment", "refund"):
        group = page.partition(f'id="{kind}.prefix"')[0].rpartition("<fieldset")[2]
        assert 'aria-describedby="gateway"' in group
    saved = sqlite_numbering.browser.post("/sets/new", form_of_set("Plain"))
    assert saved.status_code == 303
    assert sqlite_numbering.row("Plain").count("as DEFAULT") == 2
    with_payments = {**form_of_set("Paid"), "payment.prefix": "PaidP_"}
    saved = sqlite_numbering.browser.post("/sets/new", with_payments)
    place = saved.headers["location"].partition("?")[0].removeprefix(sqlite_numbering.browser.home)
    assert sqlite_numbering.row("Paid").count("as DEFAULT") == 1
    editor = fields_of(sqlite_numbering.text(place))
    without = {**editor, "payment.prefix": "", "payment.start_number": "", "intent": "save"}
    answer = sqlite_numbering.browser.post(place, without)
    assert answer.status_code == 303, answer.text
    assert sqlite_numbering.row("Paid").count("as DEFAULT") == 2


def test_memos_are_hidden_from_list_and_editor_while_invoice_settlement_is_off(
    numbering: Numbering,
) -> None:
    create(numbering.api, new_set("FR"))
    done(numbering.api.put("/v1/settings", {"invoiceSettlement": False}))
    place = numbering.place_of("FR")
    for path in ("/sets", "/sets/new", place):
        page = numbering.text(path)
        assert "Credit memo" not in page, path
        assert "debit_memo" not in page, path
    form = {"name": "Only", "invoice.prefix": "OnlyI_", "invoice.start_number": "1"}
    review = numbering.browser.post("/sets/new", {**form, "intent": "review"})
    assert "OnlyI_00000001" in review.text
    assert numbering.browser.post("/sets/new", {**form, "intent": "save"}).status_code == 303
    editor = fields_of(numbering.text(place))
    changed = {**editor, "invoice.start_number": "7", "intent": "save"}
    assert numbering.browser.post(place, changed).status_code == 303
    done(numbering.api.put("/v1/settings", {"invoiceSettlement": True}))
    kept = done(numbering.api.get("/v1/sequence-sets/FR"))
    assert kept["creditMemo"]["prefix"] == "FRC"
    assert kept["invoice"]["startNumber"] == 7


def test_editor_shows_the_lowest_start_number_and_refuses_one_below(
    sqlite_numbering: Numbering,
) -> None:
    create(sqlite_numbering.api, new_set("FR"))
    issue(sqlite_numbering.api, sequenceSet="FR", count=41)
    place = sqlite_numbering.place_of("FR")
    page = sqlite_numbering.text(place)
    hint = page.partition('id="invoice.start_number-hint"')[2].partition("</p>")[0]
    assert ">42<" in hint
    editor = fields_of(page)
    below = {**editor, "invoice.start_number": "41", "intent": "review"}
    answer = sqlite_numbering.browser.post(place, below)
    assert answer.status_code == 422
    fault = answer.text.partition('id="invoice.start_number-fault"')[2].partition("</p>")[0]
    assert "42" in fault


def test_clone_of_a_set_counts_on_in_its_series(sqlite_numbering: Numbering) -> None:
    create(sqlite_numbering.api, new_set("FR", chronological=True))
    issue(sqlite_numbering.api, sequenceSet="FR")
    place = sqlite_numbering.place_of("FR")
    clone = fields_of(sqlite_numbering.text("/sets/new", **{"from": place.rpartition("/")[2]}))
    assert (clone["name"], clone["chronological"]) == ("", "yes")
    saved = sqlite_numbering.browser.post("/sets/new", {**clone, "name": "Copy", "intent": "save"})
    assert saved.status_code == 303
    assert "FRI00000002" in sqlite_numbering.row("Copy")


def _settings_form(numbering: Numbering, **changed: Any) -> dict[str, str]:
    page = numbering.text("/access")
    form = page.partition('action="' + numbering.browser.home + '/access/settings"')[2]
    fields = fields_of(form.partition("</form>")[0])
    chosen = re.search(r'<option value="(\w+)" selected', form)
    assert chosen is not None
    return {**fields, "settings.number_assignment": chosen[1], **changed}


def test_two_people_who_change_the_settings_lose_nothing(sqlite_numbering: Numbering) -> None:
    mine = theirs = _settings_form(sqlite_numbering)
    for form in (
        {**theirs, "settings.number_assignment": "posting"},
        {**mine, "settings.time_zone": "Asia/Tokyo"},
    ):
        assert sqlite_numbering.browser.post("/access/settings", form).status_code == 303
    stored = done(sqlite_numbering.api.get("/v1/settings"))
    assert (stored["numberAssignment"], stored["timeZone"]) == ("posting", "Asia/Tokyo")


def test_refused_settings_and_client_keep_what_was_typed(sqlite_numbering: Numbering) -> None:
    form = _settings_form(sqlite_numbering)
    del form["settings.invoice_settlement"]
    answer = sqlite_numbering.browser.post(
        "/access/settings", {**form, "settings.time_zone": "Mars"}
    )
    assert answer.status_code == 422
    kept = fields_of(answer.text)
    assert kept["settings.time_zone"] == "Mars"
    assert "settings.invoice_settlement" not in kept
    assert kept["was.settings.invoice_settlement"] == "yes"
    client = {"client.name": "x" * 101, "client.role": "auditor"}
    page = sqlite_numbering.browser.post("/access/clients", client).text
    own = sqlite_numbering.browser.home.rpartition("/")[2]
    assert f"serves.{own}" not in fields_of(page)
    assert 'value="auditor" selected' in page
