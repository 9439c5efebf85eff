"""An entity of its own, and a person who looks at it in the console."""

from __future__ import annotations

from typing import Any

from tests.contract.api import Entity
from tests.contract.console_browser import CONSOLE, Browser, shown


class Books:
    """An entity of its own, and a person who looks at it."""

    def __init__(self, entity: Entity, browser: Browser) -> None:
        self.entity = entity
        self.browser = browser
        browser.home = f"{CONSOLE}/{entity.id.replace('-', '')}"

    def issue(self, **more: Any) -> Any:
        body = {"documentType": "invoice", **more}
        answer = self.entity.admin.post("/v1/document-numbers", body).json()
        assert answer["success"], answer
        return answer

    def series_id(self, prefix: str = "INV") -> str:
        every = self.entity.admin.get("/v1/series").json()["series"]
        return next(str(one["id"]) for one in every if one["prefix"] == prefix)

    def text(self, path: str, **params: str) -> str:
        answer = self.browser.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return shown(answer.text)
