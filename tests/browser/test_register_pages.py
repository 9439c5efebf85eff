"""Register and proof, as people use them: a number explained and voided, a series proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VisitorOf
from tests.browser.visitor import Visitor
from tests.contract.api import Api


@pytest.fixture
def issued(api: Api) -> Any:
    body = {"documentType": "invoice", "reference": "order 4711", "count": 3}
    return api.post("/v1/document-numbers", body).json()


def test_number_is_pasted_explained_and_voided(visitor: Visitor, issued: Any) -> None:
    visitor.go("/register")
    visitor.require_sound_page()
    visitor.page.get_by_label("Why this number?").fill(issued["firstNumber"])
    visitor.press("Explain")
    expect(visitor.page.locator(".facts")).to_contain_text("order 4711")
    visitor.require_sound_page()
    visitor.page.get_by_label("Reason").fill("printed twice")
    visitor.press("Void")
    expect(visitor.page.get_by_role("status")).to_have_text("The number was voided.")
    visitor.follow("its gaps")
    expect(visitor.page.locator("tbody")).to_contain_text("printed twice")
    visitor.require_sound_page()


def test_register_is_searched_without_javascript(visitor_of: VisitorOf, issued: Any) -> None:
    visitor = visitor_of(java_script_enabled=False)
    visitor.go("/register")
    visitor.page.get_by_label("Reference").fill("order 4711")
    visitor.page.get_by_label("Document type").select_option("Invoice")
    visitor.press("Search")
    expect(visitor.page.locator("tbody")).to_contain_text("order 4711")
    visitor.page.get_by_label("Reference").fill("no such order")
    visitor.press("Search")
    expect(visitor.page.locator(".empty")).to_be_visible()


def test_series_is_verified_certified_and_the_certificate_checked(
    visitor: Visitor, issued: Any, tmp_path: Path
) -> None:
    visitor.go("/proof")
    visitor.require_sound_page()
    visitor.press("Verify all series")
    expect(visitor.page.get_by_role("status")).to_contain_text("found sound")
    visitor.require_sound_page()
    visitor.follow("Back to the proof")
    visitor.follow("INV")
    visitor.require_sound_page()
    visitor.press("Make the certificate")
    visitor.require_sound_page()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download the certificate").click()
    file = tmp_path / "certificate.json"
    download.value.save_as(file)
    visitor.go("/proof/check")
    visitor.require_sound_page()
    visitor.page.get_by_label("Certificate file").set_input_files(file)
    visitor.press("Check")
    expect(visitor.page.get_by_role("status")).to_contain_text("Nothing in this certificate")
    visitor.require_sound_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_sound_on_a_narrow_screen(
    visitor_of: VisitorOf, issued: Any, scheme: str
) -> None:
    visitor = visitor_of(color_scheme=scheme, viewport={"width": 320, "height": 800})
    for path in (
        "/register",
        f"/register/numbers/{issued['lastNumber']}",
        "/register?set=absent",
        "/proof",
        "/proof/check",
    ):
        visitor.go(path)
        visitor.require_sound_page()
