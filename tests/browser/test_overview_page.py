"""The overview as people look at it, and what they do from there: confirm, void, their password."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VisitorOf
from tests.browser.visitor import Visitor
from tests.contract.api import Api
from tests.contract.console_browser import new_user
from tests.running_service import RunningService


@pytest.fixture
def held(api: Api) -> Any:
    """Something of every type, four of the numbers reserved."""
    for kind in ("invoice", "creditMemo", "debitMemo", "payment", "refund"):
        api.post("/v1/document-numbers", {"documentType": kind, "count": 20})
    body = {"documentType": "payment", "holdSeconds": 3600, "count": 4}
    return api.post("/v1/document-numbers", body).json()


def test_overview_shows_what_is_given_and_leads_to_what_is_open(
    visitor: Visitor, held: Any
) -> None:
    visitor.page.goto(f"{visitor.service.url}/console")
    expect(visitor.page).to_have_url(f"{visitor.home}/overview")
    chart = visitor.page.get_by_role("img", name="Numbers issued per day")
    expect(chart).to_be_visible()
    bars = visitor.page.locator("figure > svg rect")
    assert bars.count() == 5
    assert all((box := bar.bounding_box()) and box["height"] >= 1 for bar in bars.all())
    visitor.require_sound_page()
    visitor.page.get_by_text("The same as a table").click()
    expect(visitor.page.get_by_role("columnheader", name="Together")).to_be_visible()
    visitor.require_sound_page()
    visitor.follow("365 days")
    expect(visitor.page.get_by_role("link", name="365 days")).to_have_attribute(
        "aria-current", "true"
    )
    visitor.follow(held["firstNumber"])
    visitor.page.get_by_label("Up to this number").first.fill(held["lastNumber"])
    visitor.require_sound_page()
    visitor.press("Confirm")
    expect(visitor.page.get_by_role("status")).to_have_text("The number was confirmed.")
    visitor.page.get_by_label("Up to this number").fill(held["lastNumber"])
    visitor.page.get_by_label("Reason").fill("sent twice")
    visitor.press("Void")
    expect(visitor.page.get_by_role("status")).to_have_text("The number was voided.")


def test_overview_serves_without_javascript_and_by_the_keyboard(
    visitor_of: VisitorOf, held: Any
) -> None:
    visitor = visitor_of(java_script_enabled=False)
    visitor.go("/overview")
    visitor.page.locator("details.card > summary").click()
    expect(visitor.page.get_by_role("columnheader", name="Together")).to_be_visible()
    keys = visitor_of()
    keys.go("/overview")
    keys.tab_to("90 days")
    keys.page.keyboard.press("Enter")
    keys.page.wait_for_url("**/overview?days=90")
    keys.tab_to("The same as a table")
    keys.page.keyboard.press("Enter")
    expect(keys.page.get_by_role("columnheader", name="Together")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_overview_is_sound_on_a_narrow_screen(
    visitor_of: VisitorOf, held: Any, scheme: str, locale: str
) -> None:
    visitor = visitor_of(color_scheme=scheme, locale=locale, viewport={"width": 320, "height": 800})
    for path in ("/overview", "/overview?days=365", "/proof", "/password"):
        visitor.go(path)
        visitor.require_sound_page()
    visitor.go("/overview")
    visitor.page.locator("details.card > summary").click()
    visitor.require_sound_page()


def test_own_password_is_changed(visitor_of: VisitorOf, console: RunningService) -> None:
    name, password = new_user(console, "auditor")
    visitor = visitor_of(logs_in=False)
    visitor.log_in(name, password)
    visitor.follow(name)
    for label, value in (
        ("Present password", "not mine"),
        ("New password", "n" * 16),
        ("New password once more", "m" * 16),
    ):
        visitor.page.get_by_label(label, exact=True).fill(value)
    visitor.press("Change the password")
    expect(visitor.page.locator("#repeated_password-fault")).to_contain_text("not the same")
    visitor.require_sound_page()
    visitor.page.get_by_label("Present password").fill(password)
    for label in ("New password", "New password once more"):
        visitor.page.get_by_label(label, exact=True).fill("n" * 16)
    visitor.press("Change the password")
    expect(visitor.page.get_by_role("status")).to_contain_text("was changed")
    again = visitor_of(logs_in=False)
    again.log_in(name, "n" * 16)
