"""Access and audit trail in the console: secrets shown once, changes told, roles kept."""

from __future__ import annotations

import re
import uuid
from contextlib import closing

import pytest

from seriatim.domain.limits import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN
from tests.contract.api import Api, Entity, request_token
from tests.contract.conftest import BrowserOf, EntityOf
from tests.contract.console_browser import CONSOLE, PASSWORD, Browser, fields_of, new_user
from tests.running_service import RunningService


def _name() -> str:
    return f"one {uuid.uuid4()}"


def _secret(page: str) -> str:
    found = re.findall(r"<code>([A-Za-z0-9]{20,})</code>", page)
    assert len(found) == 1, page
    return str(found[0])


def _row(browser: Browser, client_id: str) -> str:
    """The row of a client among those of the page."""
    rows = browser.get("/access").text.split("<tr ")
    return next(row for row in rows if f"<code>{client_id}</code>" in row)


@pytest.fixture
def entity(console_service: RunningService, entity_of: EntityOf, browser: Browser) -> Entity:
    """An entity of its own, in which the browser is."""
    made = entity_of(console_service)
    browser.home = f"{CONSOLE}/{made.id.replace('-', '')}"
    return made


def test_user_made_here_logs_in_with_the_password_shown_once(
    browser: Browser, entity: Entity, browser_of: BrowserOf
) -> None:
    name = _name()
    made = browser.post("/access/users", {"user.name": name, "user.role": "issuer"})
    password = _secret(made.text)
    assert made.headers["cache-control"] == "no-store"
    assert password not in browser.get("/access").text
    person = browser_of(browser.service, logs_in=False)
    assert person.log_in(name, password).status_code == 303
    renewed = _secret(browser.post("/access/users-password", {"user": name, "sure": "yes"}).text)
    assert person.http.get(browser.home + "/sets").status_code == 303
    assert person.log_in(name, password).status_code == 401
    assert person.log_in(name, renewed).status_code == 303
    assert browser.post("/access/users-disable", {"user": name, "sure": "yes"}).status_code == 303
    assert person.http.get(browser.home + "/sets").status_code == 303
    trail = browser.get("/audit").text
    for action in ("create", "password", "disable"):
        assert f"{action} console user" in trail
    assert password not in trail
    assert renewed not in trail


def test_client_made_here_gets_numbers_until_it_is_revoked(
    browser: Browser, entity: Entity
) -> None:
    form = {"client.name": _name(), "client.role": "issuer"}
    made = browser.post("/access/clients", form)
    found = re.search(r"<code>([0-9a-f-]{36})</code>", made.text)
    secret = re.search(r"<code>([A-Za-z0-9]{40})</code>", made.text)
    assert found is not None
    assert secret is not None
    client = Api(browser.service, found[1], secret[1])
    assert "never" in _row(browser, found[1])
    issued = client.post("/v1/document-numbers", {"documentType": "invoice"}).json()
    assert issued["firstNumber"] == "INV00000001"
    assert "never" not in _row(browser, found[1])
    assert secret[1] not in browser.get("/access").text
    rotated = browser.post("/access/clients-rotate", {"client": found[1], "sure": "yes"})
    renewed = re.search(r"<code>([A-Za-z0-9]{40})</code>", rotated.text)
    assert renewed is not None
    for given, status in ((secret[1], 401), (renewed[1], 200)):
        with closing(Api(browser.service, found[1], given)) as program:
            assert request_token(program).status_code == status
    assert (
        browser.post("/access/clients-revoke", {"client": found[1], "sure": "yes"}).status_code
        == 303
    )
    assert (
        browser.post("/access/clients-rotate", {"client": found[1], "sure": "yes"}).status_code
        == 422
    )
    client.http.close()


def test_settings_and_entities_are_changed_here(browser: Browser, entity: Entity) -> None:
    form = {
        "settings.number_assignment": "posting",
        "settings.time_zone": "Asia/Tokyo",
        "settings.flexible_billing_attributes": "yes",
    }
    assert browser.post("/access/settings", form).status_code == 303
    changed = entity.admin.get("/v1/settings").json()
    assert (changed["timeZone"], changed["invoiceSettlement"]) == ("Asia/Tokyo", False)
    assert "Credit memo" not in browser.get("/sets").text
    page = browser.get("/audit").text
    assert "<ins>Asia/Tokyo</ins>" in page
    assert "+0900" in page  # the time zone as it is now
    name = f"Daughter {uuid.uuid4()}"
    assert browser.post("/access/entities", {"entity.name": name}).status_code == 303
    assert name in browser.get("/access").text


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("users", {"user.name": " ", "user.role": "admin"}, "user.name"),
        ("users", {"user.name": "admin", "user.role": "admin"}, "user.name"),
        ("clients", {"client.name": "x" * 101, "client.role": "admin"}, "client.name"),
        ("entities", {"entity.name": ""}, "entity.name"),
        ("settings", {"settings.time_zone": "Mars", "settings.number_assignment": "creation"},
         "settings.time_zone"),
    ],
)  # fmt: skip
def test_fault_stands_beside_its_field(
    sqlite_browser: Browser, action: str, form: dict[str, str], field: str
) -> None:
    answer = sqlite_browser.post(f"/access/{action}", form)
    assert answer.status_code == 422
    assert re.search(rf'id="{re.escape(field)}-fault"[^>]*>\s*<span', answer.text)


def test_absent_user_is_not_found(sqlite_browser: Browser) -> None:
    answer = sqlite_browser.post("/access/users-disable", {"user": "nobody", "sure": "yes"})
    assert answer.status_code == 404
    assert sqlite_browser.get("/access").status_code == 200


def test_auditor_reads_and_changes_nothing_and_issuer_does_not_even_read(
    sqlite_browser: Browser, browser_of: BrowserOf
) -> None:
    forms = {
        "users": {"user.name": _name(), "user.role": "admin"},
        "users-password": {"user": "admin", "sure": "yes"},
        "users-disable": {"user": "admin", "sure": "yes"},
        "clients": {"client.name": _name(), "client.role": "admin"},
        "clients-rotate": {"client": sqlite_browser.service.client_id, "sure": "yes"},
        "clients-revoke": {"client": sqlite_browser.service.client_id, "sure": "yes"},
        "entities": {"entity.name": _name()},
        "settings": {"settings.time_zone": "UTC", "settings.number_assignment": "creation"},
    }
    for role, status in (("auditor", 200), ("issuer", 403)):
        name, password = new_user(sqlite_browser.service, role)
        person = browser_of(sqlite_browser.service, logs_in=False)
        assert person.log_in(name, password).status_code == 303
        person.home = sqlite_browser.home
        assert person.get("/access").status_code == status
        assert person.get("/audit").status_code == status
        assert ('href="' + person.home + '/access"' in person.get("/sets").text) is (status == 200)
        for action, form in forms.items():
            assert person.post(f"/access/{action}", form).status_code == 403, action
            unsure = {name: value for name, value in form.items() if name != "sure"}
            assert person.post(f"/access/{action}", unsure).status_code == 403, action


def test_audit_trail_goes_on_page_by_page(sqlite_browser: Browser, entity_of: EntityOf) -> None:
    entity = entity_of(sqlite_browser.service)
    sqlite_browser.home = f"{CONSOLE}/{entity.id.replace('-', '')}"
    for index in range(60):
        zone = "Europe/Oslo" if index % 2 else "Europe/Rome"
        changed = entity.admin.put("/v1/settings", {"timeZone": zone}).json()
        assert changed["success"]
    first = sqlite_browser.get("/audit").text
    following = re.search(r'href="\?(after=[^"]+)"', first)
    assert following is not None
    numbers = re.findall(r'<th role="rowheader" scope="row">(\d+)</th>', first)
    numbers += re.findall(
        r'<th role="rowheader" scope="row">(\d+)</th>',
        sqlite_browser.get(f"/audit?{following[1]}").text,
    )
    assert numbers == [str(number) for number in range(len(numbers), 0, -1)]
    assert len(numbers) >= 60


@pytest.mark.parametrize("action", ["users-password", "users-disable"])
def test_what_cannot_be_undone_is_asked_about_first(
    sqlite_browser: Browser, browser_of: BrowserOf, action: str
) -> None:
    name, password = new_user(sqlite_browser.service, "auditor")
    asked = sqlite_browser.post(f"/access/{action}", {"user": name})
    assert asked.status_code == 200
    assert name in asked.text
    person = browser_of(sqlite_browser.service, logs_in=False)
    assert person.log_in(name, password).status_code == 303
    again = {**fields_of(asked.text)}
    assert again["sure"] == "yes"
    sqlite_browser.http.post(f"{sqlite_browser.home}/access/{action}", data=again)
    assert person.log_in(name, password).status_code == 401


def test_refusals_speak_the_language_of_the_page(browser: Browser, entity: Entity) -> None:
    german = {"Accept-Language": "de"}
    taken = browser.post(
        "/access/users", {"user.name": "admin", "user.role": "issuer"}, headers=german
    )
    assert "„admin“ heißt schon ein anderer Benutzer" in taken.text
    passwords = {
        "current_password": PASSWORD,
        "new_password": "short",
        "repeated_password": "other",
    }
    own = browser.post("/password", passwords, headers=german).text
    least = f"muss {PASSWORD_CHARACTERS_MIN} bis {PASSWORD_CHARACTERS_MAX} Zeichen haben"
    assert least in own
    assert "ist nicht das gleiche wie das neue Passwort" in own
    zone = browser.post("/access/settings", {"settings.time_zone": "Nowhere"}, headers=german)
    assert "muss eine Zeitzone der IANA-Liste sein" in zone.text
