"""Login and sequence sets, as people use them: by mouse, by keyboard, without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VisitorOf
from tests.browser.visitor import Visitor
from tests.contract.api import Api

BILLING = {"Invoice": "I_", "Credit memo": "C_", "Debit memo": "D_"}


def _fill_new_set(visitor: Visitor, name: str) -> None:
    visitor.go("/sets/new")
    visitor.page.get_by_label("Name", exact=True).fill(name)
    for group, ending in BILLING.items():
        visitor.labelled(group, "Prefix").fill(name + ending)


def test_set_is_made_with_a_preview_while_one_types(visitor: Visitor) -> None:
    _fill_new_set(visitor, "Live")
    visitor.labelled("Invoice", "Starting number").fill("99999999999999999998")
    preview = visitor.page.get_by_role("group", name="Invoice").locator(".preview li")
    expect(preview).to_have_text(["LiveI_99999999999999999998", "LiveI_99999999999999999999"])
    visitor.labelled("Invoice", "Starting number").fill("41")
    expect(preview).to_have_text([f"LiveI_0000004{digit}" for digit in (1, 2, 3)])
    visitor.labelled("Payment", "Prefix").fill("Live1")
    fault = visitor.page.locator("[id='payment.prefix-fault']")
    expect(fault).to_contain_text("ends in a digit")
    expect(visitor.labelled("Payment", "Prefix")).to_have_attribute("aria-invalid", "true")
    visitor.labelled("Payment", "Prefix").fill("")
    expect(fault).to_be_empty()
    visitor.press("Review the change")
    expect(visitor.page.locator("tbody")).to_contain_text("LiveI_00000041")
    visitor.require_sound_page()
    visitor.press("Create the set")
    expect(visitor.page.get_by_role("status").first).to_have_text("Saved.")
    visitor.require_sound_page()


def test_change_shows_what_it_skips_before_it_is_saved(visitor: Visitor, api: Api) -> None:
    _fill_new_set(visitor, "Skip")
    visitor.press("Review the change")
    visitor.press("Create the set")
    issued = {"documentType": "invoice", "sequenceSet": "Skip"}
    assert api.post("/v1/document-numbers", issued).json()["success"]
    visitor.page.reload()
    visitor.labelled("Invoice", "Starting number").fill("1")
    expect(visitor.page.locator("[id='invoice.start_number-fault']")).to_contain_text("below 2")
    visitor.labelled("Invoice", "Starting number").fill("10")
    expect(visitor.page.get_by_role("group", name="Invoice")).to_contain_text(
        re.compile(r"Skips for ever: SkipI_00000002 . SkipI_00000009 \(8\)")
    )
    visitor.press("Review the change")
    expect(visitor.page.get_by_role("row", name="Invoice")).to_contain_text("SkipI_00000009")
    visitor.press("Back to editing")
    expect(visitor.labelled("Invoice", "Starting number")).to_have_value("10")
    visitor.press("Review the change")
    visitor.press("Save the change")
    expect(visitor.labelled("Invoice", "Starting number")).to_have_value("10")


def test_every_step_works_without_javascript(visitor_of: VisitorOf) -> None:
    visitor = visitor_of(java_script_enabled=False)
    _fill_new_set(visitor, "Plain")
    visitor.page.get_by_label("Name", exact=True).fill("not good")
    visitor.press("Review the change")
    visitor.page.get_by_role("alert").get_by_role("link", name="name").click()
    visitor.page.get_by_label("Name", exact=True).fill("Plain")
    visitor.press("Review the change")
    visitor.press("Create the set")
    visitor.follow("Clone")
    expect(visitor.labelled("Invoice", "Prefix")).to_have_value("PlainI_")
    visitor.page.go_back()
    visitor.follow("Delete…")
    visitor.press("Delete the set")
    expect(visitor.page.get_by_role("status")).to_have_text("The set was deleted.")
    visitor.page.get_by_label("Name, number or prefix").fill("plain")
    visitor.press("Search")
    expect(visitor.page.locator(".empty")).to_be_visible()


def test_set_is_made_by_the_keyboard_alone(visitor_of: VisitorOf) -> None:
    visitor = visitor_of(logs_in=False)
    keyboard = visitor.page.keyboard
    visitor.page.goto(f"{visitor.service.url}/console")
    visitor.tab_to("Name")
    keyboard.type("admin")
    visitor.tab_to("Password")
    keyboard.type("p" * 20)
    keyboard.press("Enter")
    visitor.page.wait_for_selector("nav")
    visitor.tab_to("Skip to the content", presses_max=1)
    visitor.tab_to("Sequence sets")
    keyboard.press("Enter")
    visitor.page.wait_for_selector("text=New set")
    visitor.tab_to("New set")
    keyboard.press("Enter")
    visitor.page.wait_for_selector("form[data-live-form]")
    visitor.tab_to("Name")
    keyboard.type("Keys")
    for ending in BILLING.values():
        visitor.tab_to("Prefix")
        keyboard.type(f"Keys{ending}")
    visitor.tab_to("Review the change")
    keyboard.press("Enter")
    visitor.page.wait_for_selector("text=This is what saving would do")
    visitor.tab_to("Create the set")
    keyboard.press("Enter")
    expect(visitor.page.get_by_role("status").first).to_have_text("Saved.")


def test_set_in_use_says_why_it_stays(visitor: Visitor) -> None:
    visitor.go("/sets")
    visitor.follow("DEFAULT")
    visitor.follow("Delete…")
    expect(visitor.page.get_by_role("alert")).to_contain_text("DEFAULT cannot be deleted")
    expect(visitor.page.get_by_role("button", name="Delete the set")).to_have_count(0)
    visitor.require_sound_page()


def test_two_windows_on_one_set_lose_nothing(visitor_of: VisitorOf) -> None:
    first, second = visitor_of(), visitor_of()
    _fill_new_set(first, "Both")
    first.press("Review the change")
    first.press("Create the set")
    second.page.goto(first.page.url)
    first.page.get_by_label("Document dates never go back").check()
    first.press("Review the change")
    first.press("Save the change")
    second.labelled("Invoice", "Starting number").fill("77")
    second.press("Review the change")
    expect(second.page.get_by_role("alert")).to_contain_text("Somebody edited this set")
    expect(second.page.get_by_label("Document dates never go back")).to_be_checked()
    expect(second.labelled("Invoice", "Starting number")).to_have_value("77")
    second.press("Review the change")
    second.press("Save the change")
    expect(second.page.get_by_label("Document dates never go back")).to_be_checked()
    expect(second.labelled("Invoice", "Starting number")).to_have_value("77")


def test_what_was_typed_outlives_the_session(visitor: Visitor) -> None:
    _fill_new_set(visitor, "Kept")
    visitor.context.clear_cookies(name="seriatim_session")
    visitor.labelled("Invoice", "Starting number").fill("12")
    expect(visitor.page.locator("[data-session-ended]")).to_be_visible()
    visitor.press("Review the change")
    visitor.require_sound_page()
    visitor.page.fill("#name", "admin")
    visitor.page.fill("#password", "p" * 20)
    visitor.press("Log in")
    visitor.require_sound_page()
    visitor.press("Go on with what I typed")
    expect(visitor.page.locator("tbody")).to_contain_text("KeptI_00000012")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_are_sound_light_and_dark_wide_and_narrow(
    visitor_of: VisitorOf, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    visitor = visitor_of(logs_in=False, color_scheme=scheme, viewport=size)
    visitor.page.goto(f"{visitor.service.url}/console")
    visitor.require_sound_page()
    visitor.log_in()
    for path in ("/sets", "/sets?search=nothing-like-it", "/sets/new", "/absent"):
        visitor.go(path)
        visitor.require_sound_page()
    visitor.go("/sets/new")
    visitor.press("Review the change")
    visitor.require_sound_page()


def test_console_speaks_german(visitor: Visitor) -> None:
    visitor.go("/sets")
    visitor.follow("Deutsch")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Nummernkreise")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
    visitor.require_sound_page()
    visitor.press("Abmelden")
    expect(visitor.page.get_by_role("button", name="Anmelden")).to_be_visible()
