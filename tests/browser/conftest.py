"""A Chromium for each file of browser tests, and one service for all that a worker runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import FLAGS, chromium_path
from tests.browser.visitor import PASSWORD, Visitor
from tests.contract.api import Api
from tests.running_service import RunningService, running_service

VisitorOf = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(
        reason="no Chromium here: `apt-get install chromium` as root, then the browser tests run"
    )
    for item in items:
        if "tests/browser/" in item.path.as_posix() and chromium_path() is None:
            item.add_marker(missing)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ended with its file: its driver keeps an event loop running, which other tests could not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("console")
    url = f"sqlite:///{folder / 'seriatim.db'}"
    with running_service(url, folder / "run", {"bootstrap_password": PASSWORD}) as service:
        yield service


@pytest.fixture
def api(console: RunningService) -> Iterator[Api]:
    """An admin client, to bring about what the pages show."""
    made = Api(console, console.client_id, console.client_secret)
    yield made
    made.http.close()


@pytest.fixture
def visitor_of(chromium: Browser, console: RunningService) -> Iterator[VisitorOf]:
    """Gives a browser window of its own; options are those of Playwright's `new_context`."""
    visitors: list[Visitor] = []
    with ExitStack() as stack:

        def visitor_of(*, logs_in: bool = True, **options: Any) -> Visitor:
            given = {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options}
            context = chromium.new_context(**given)
            stack.callback(context.close)
            context.set_default_timeout(10_000)
            visitor = Visitor.arrive(console, context)
            if logs_in:
                visitor.log_in()
            visitors.append(visitor)
            return visitor

        yield visitor_of
    for visitor in visitors:
        assert visitor.faults == []


@pytest.fixture
def visitor(visitor_of: VisitorOf) -> Visitor:
    return visitor_of()
