"""The screenshots of the docs: made in every run, written into the docs by `make screenshots`.

They are compared by size and not dot by dot: fonts and ids differ from run to run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.picture import reduced, size_of
from tests.browser.story import Story, tell
from tests.browser.visitor import PASSWORD, Visitor
from tests.running_service import RunningService, running_service

DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PICTURES: Final = DOCS / "console"
SIZE: Final = (1280, 800)
BYTES_MAX: Final = 100_000
# What the same page comes to while it is empty.
BYTES_MIN: Final = 15_000
SCHEMES: Final = ("light", "dark")


def _overview(visitor: Visitor, story: Story) -> None:
    visitor.go("/overview")


def _sets(visitor: Visitor, story: Story) -> None:
    visitor.go("/sets")


def _editor(visitor: Visitor, story: Story) -> None:
    visitor.go(f"/sets/{story.set_id}")
    visitor.labelled("Invoice", "Starting number").fill("1000")
    expect(visitor.page.get_by_role("group", name="Invoice")).to_contain_text("Skips for ever")
    visitor.labelled("Credit memo", "Prefix").fill("P-1")
    expect(visitor.page.get_by_role("group", name="Credit memo")).to_contain_text("same number")


def _assignment(visitor: Visitor, story: Story) -> None:
    visitor.go("/accounts?without=yes")
    visitor.page.get_by_label("Set to give").fill("DE")
    visitor.press("Review for all accounts found")
    expect(visitor.page.locator("main")).to_contain_text("is refused")


def _document(visitor: Visitor, story: Story) -> None:
    visitor.go(f"/documents/invoices/{story.invoice_id}")


def _register(visitor: Visitor, story: Story) -> None:
    visitor.go("/register")


def _number(visitor: Visitor, story: Story) -> None:
    visitor.go(f"/register/numbers/{story.number}")


def _proof(visitor: Visitor, story: Story) -> None:
    visitor.go("/proof")
    visitor.press("Verify all series")
    expect(visitor.page.get_by_role("status")).to_contain_text("found sound")


PAGES: Final[dict[str, Callable[[Visitor, Story], None]]] = {
    "overview": _overview,
    "sets": _sets,
    "editor": _editor,
    "assignment": _assignment,
    "document": _document,
    "register": _register,
    "number": _number,
    "proof": _proof,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("screenshots")
    url = f"sqlite:///{folder / 'seriatim.db'}"
    with running_service(url, folder / "run", {"bootstrap_password": PASSWORD}) as service:
        yield service


@pytest.fixture(scope="module")
def story(service: RunningService) -> Story:
    return tell(service)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_main_pages_look_as_the_docs_show_them(
    chromium: Browser,
    service: RunningService,
    story: Story,
    pytestconfig: pytest.Config,
    scheme: str,
) -> None:
    is_writing = pytestconfig.getoption("--write-screenshots")
    window = {"width": SIZE[0], "height": SIZE[1]}
    context = chromium.new_context(locale="en-GB", viewport=window, color_scheme=scheme)  # type: ignore[arg-type]
    with context:
        visitor = Visitor.arrive(service, context)
        visitor.log_in()
        for name, visit in PAGES.items():
            visit(visitor, story)
            visitor.require_sound_page()
            taken = visitor.page.screenshot(animations="disabled", caret="hide", scale="css")
            file = PICTURES / f"{name}-{scheme}.png"
            if is_writing:
                file.write_bytes(reduced(taken))
            shown = file.read_bytes()
            assert size_of(taken) == size_of(shown) == SIZE, name
            assert len(taken) > BYTES_MIN, f"{name} is all but empty"
            assert BYTES_MIN / 2 < len(shown) < BYTES_MAX, name


def test_docs_show_every_screenshot_and_keep_no_other() -> None:
    kept = {file.name for file in PICTURES.iterdir()}
    assert kept == {f"{name}-{scheme}.png" for name in PAGES for scheme in SCHEMES}
    text = (DOCS / "console.md").read_text()
    assert set(re.findall(r'"console/([^"]+)"', text)) == kept
