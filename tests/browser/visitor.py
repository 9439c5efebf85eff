"""A person at the console in a real browser, and what must hold on every page they see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request

from tests.running_service import RunningService

PASSWORD = "p" * 20
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_axe = Axe()


@dataclass
class Visitor:
    """Shape: `faults` gathers what no page may do: break the policy, ask elsewhere, throw."""

    service: RunningService
    context: BrowserContext
    page: Page
    home: str = ""
    faults: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, service: RunningService, context: BrowserContext) -> Visitor:
        visitor = cls(service, context, context.new_page())
        context.on("request", visitor._watch_request)
        context.on("console", visitor._watch_console)
        context.on("weberror", lambda error: visitor.faults.append(str(error.error)))
        return visitor

    def _watch_request(self, request: Request) -> None:
        if not request.url.startswith(f"{self.service.url}/console"):
            self.faults.append(f"asked for {request.url}")

    def _watch_console(self, message: ConsoleMessage) -> None:
        # A form that is sent back with its faults answers 422, which the browser mentions.
        is_answer = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not is_answer:
            self.faults.append(message.text)

    def log_in(self, name: str = "admin", password: str = PASSWORD) -> None:
        self.page.goto(f"{self.service.url}/console")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.click("main button")
        self.page.wait_for_selector("nav")
        self.home = "/".join(self.page.url.split("/")[:5])

    def go(self, path: str) -> None:
        self.page.goto(self.home + path)

    def press(self, button: str) -> None:
        """And wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=link, exact=True).click()

    def labelled(self, group: str, label: str) -> Locator:
        return self.page.get_by_role("group", name=group).get_by_label(label)

    def require_sound_page(self) -> None:
        """No violation of WCAG 2.2 AA, nothing wider than the window, nothing untoward."""
        results = _axe.run(self.page, options={"runOnly": WCAG_2_2_AA})
        assert results.violations_count == 0, results.generate_report()
        wider: Any = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{self.page.url} is {wider} px too wide"
        assert self.faults == []

    def tab_to(self, text: str, *, presses_max: int = 60) -> None:
        """Move by the keyboard alone to what bears this text or label; its focus can be seen."""
        for _ in range(presses_max):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_FOCUSED_TEXT).strip() == text:
                outline: Any = self.page.evaluate(_FOCUSED_OUTLINE)
                assert outline, f"nobody sees that {text} has the focus"
                return
        raise AssertionError(f"no way to {text} by the keyboard")


_FOCUSED_TEXT = """() => {
  const one = document.activeElement;
  const label = one.labels?.[0]?.innerText;
  return label ?? one.innerText ?? "";
}"""
_FOCUSED_OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""
