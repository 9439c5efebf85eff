"""The watch over the pages is itself watched: it notices what no page may do."""

from __future__ import annotations

import pytest

from tests.browser.conftest import VisitorOf


def test_watch_notices_a_broken_policy_and_a_request_elsewhere(visitor_of: VisitorOf) -> None:
    visitor = visitor_of()
    visitor.page.evaluate(
        """async () => {
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>");
          await fetch("http://127.0.0.1:9/").catch(() => null);
        }"""
    )
    assert any("Content Security Policy" in fault for fault in visitor.faults)
    visitor.faults.clear()
    visitor.page.goto(f"{visitor.service.url}/docs")
    assert any("/docs" in fault for fault in visitor.faults)
    visitor.page.close()  # or its icon might still be asked for
    visitor.faults.clear()


def test_watch_notices_what_people_cannot_read(visitor_of: VisitorOf) -> None:
    visitor = visitor_of()
    visitor.page.evaluate("document.querySelector('main').innerHTML = '<input>'")
    with pytest.raises(AssertionError, match="label"):
        visitor.require_sound_page()
