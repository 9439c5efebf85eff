"""Access and audit trail, as people use them."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VisitorOf
from tests.browser.visitor import Visitor


def test_user_is_let_in_and_logs_in(visitor: Visitor, visitor_of: VisitorOf) -> None:
    name = f"Anna {uuid.uuid4()}"
    visitor.go("/access")
    visitor.require_sound_page()
    form = visitor.page.locator("form", has=visitor.page.get_by_text("Let somebody in"))
    form.get_by_label("Name").fill(name)
    form.get_by_label("Role").select_option("auditor")
    visitor.press("Create the user")
    password = visitor.page.locator("dd code").inner_text()
    visitor.require_sound_page()
    visitor.follow("I have it")
    expect(visitor.page.get_by_role("row", name=name)).to_contain_text("active")
    other = visitor_of(logs_in=False)
    other.log_in(name, password)
    expect(other.page.get_by_role("link", name="New set")).to_have_count(0)
    other.follow("Audit trail")
    expect(other.page.locator("tbody")).to_contain_text("create console user")
    other.require_sound_page()
    visitor.press(f"Disable {name}")
    visitor.require_sound_page()
    visitor.press("Yes, do it")
    expect(visitor.page.get_by_role("row", name=name)).to_contain_text("disabled")
    visitor.require_sound_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_sound_on_a_narrow_screen(visitor_of: VisitorOf, scheme: str) -> None:
    visitor = visitor_of(color_scheme=scheme, viewport={"width": 320, "height": 800})
    for path in ("/access", "/audit"):
        visitor.go(path)
        visitor.require_sound_page()
