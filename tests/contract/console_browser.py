"""A person at the console who speaks plain HTTP to it, as a browser without JavaScript does."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import httpx

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import SystemClock
from seriatim.service.users import create_user
from seriatim.store.open import open_store
from tests.running_service import RunningService

PASSWORD = "p" * 20
CONSOLE = "/console"


class Browser:
    """Shape: `home` is the address of the first entity's pages."""

    def __init__(self, service: RunningService, *, logs_in: bool = True, **headers: str) -> None:
        self.service = service
        self.http = httpx.Client(base_url=service.url, timeout=30, headers=headers)
        self.home = ""
        if logs_in:
            answer = self.log_in()
            assert answer.status_code == 303, answer.text
            self.home = self.http.get(CONSOLE).headers["location"].rpartition("/")[0]

    def log_in(self, name: str = "admin", password: str = PASSWORD, **more: str) -> httpx.Response:
        form = {"name": name, "password": password, **more}
        return self.http.post(f"{CONSOLE}/login", data=form)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(self.home + path, **options)

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get("/sets").text)
        assert found is not None
        return found[1]

    def post(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        form = {"csrf": self.csrf(), **form}
        return self.http.post(self.home + path, data=form, **options)


def shown(page: str) -> str:
    """The page without the marks that make prefixes stand out."""
    return re.sub(r"</?b>", "", page)


def new_set(name: str, **more: str) -> dict[str, str]:
    fields = {"name": name, "intent": "save"}
    for kind in ("invoice", "credit_memo", "debit_memo"):
        fields |= {f"{kind}.prefix": f"{name}{kind[0]}_", f"{kind}.start_number": "1"}
    return {**fields, **more}


def fields_of(page: str) -> dict[str, str]:
    """The values of a page's form fields, as a browser would send them."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    return found


def new_user(service: RunningService, role: str) -> tuple[str, str]:
    """Name and password of a new user, as the command line makes one."""
    name = f"{role} {uuid.uuid4()}"
    store = open_store(service.database_url)
    try:
        with store.read() as transaction:
            tenant = transaction.access.list_tenants()[0].identifier
            entity = transaction.access.list_entities(tenant)[0].identifier
        caller = Caller(tenant, entity, "command:test", Role.ADMIN, str(uuid.uuid4()))
        made = store.run(
            lambda tx: create_user(tx, caller, name=name, role=role, clock=SystemClock())
        )
    finally:
        store.close()
    return name, made.password
