"""The console over plain HTTP, as a browser without JavaScript speaks to it, and as an attacker."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from seriatim.domain.limits import BODY_BYTES_MAX, SESSION_HOURS_MAX, SESSION_IDLE_MINUTES_MAX
from tests.contract.api import Api
from tests.contract.conftest import BrowserOf, EntityOf, ServiceOf
from tests.contract.console_browser import CONSOLE, PASSWORD, Browser, fields_of, new_set, shown
from tests.running_service import RunningService


def test_page_without_a_session_leads_to_the_login_and_back(
    browser: Browser, browser_of: BrowserOf
) -> None:
    stranger = browser_of(browser.service, logs_in=False)
    wanted = f"{browser.home}/sets?search=a%26b&order=name"
    answer = stranger.http.get(wanted)
    assert answer.status_code == 303
    login = stranger.http.get(answer.headers["location"])
    back = stranger.log_in(next=fields_of(login.text)["next"])
    assert back.headers["location"] == wanted
    assert stranger.http.get(wanted).status_code == 200


def test_every_answer_has_the_strict_policy_and_nothing_is_kept(browser: Browser) -> None:
    for path in ("/sets", "/sets/new", "/nothing"):
        headers = browser.get(path).headers
        policy = dict(
            part.strip().partition(" ")[::2]
            for part in headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert {policy["script-src"], policy["style-src"], policy["connect-src"]} == {"'self'"}
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["zuora-request-id"]


def test_no_page_holds_inline_script_or_style(browser: Browser) -> None:
    for path in ("/sets", "/sets/new"):
        page = browser.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page)
        assert "http://" not in page
        assert "https://" not in page


def test_cookie_is_hidden_from_scripts_and_other_sites(
    sqlite_console: RunningService, browser_of: BrowserOf
) -> None:
    answer = browser_of(sqlite_console, logs_in=False).log_in()
    cookie = answer.headers["set-cookie"]
    assert re.search(r"HttpOnly", cookie)
    assert re.search(r"SameSite=lax", cookie)
    assert re.search(r"Path=/console", cookie)
    assert "Secure" not in cookie


def test_cookie_is_for_tls_alone_where_people_come_by_tls(
    service_of: ServiceOf, browser_of: BrowserOf
) -> None:
    service = service_of(
        "sqlite", public_base_url="https://numbers.example", bootstrap_password=PASSWORD
    )
    stranger = browser_of(service, logs_in=False)
    answer = stranger.log_in()
    assert "; Secure" in answer.headers["set-cookie"]
    own = {"Origin": "https://numbers.example"}
    form = {"name": "admin", "password": PASSWORD}
    assert stranger.http.post(f"{CONSOLE}/login", data=form, headers=own).status_code == 303


def test_wrong_name_and_wrong_password_look_the_same(
    sqlite_console: RunningService, browser_of: BrowserOf
) -> None:
    stranger = browser_of(sqlite_console, logs_in=False)
    pages = [stranger.log_in(name, "wrong") for name in ("admin", "nobody")]
    assert [one.status_code for one in pages] == [401, 401]
    assert pages[0].text.replace("admin", "nobody") == pages[1].text
    assert browser_of(sqlite_console).home  # and the right one begins the count anew


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/console//evil",
        "/consolex",
        "/console/\\e",
        "/v1",
    ],
)
def test_login_leads_nowhere_but_to_the_console(
    sqlite_console: RunningService, wanted: str, browser_of: BrowserOf
) -> None:
    answer = browser_of(sqlite_console, logs_in=False).log_in(next=wanted)
    assert answer.headers["location"] == CONSOLE


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_form_of_another_site_is_refused_even_with_the_right_token(
    sqlite_browser: Browser, headers: dict[str, str]
) -> None:
    answer = sqlite_browser.post("/sets/new", new_set("Evil"), headers=headers)
    assert answer.status_code == 403
    login = {"name": "admin", "password": PASSWORD}
    refused = sqlite_browser.http.post(f"{CONSOLE}/login", data=login, headers=headers)
    assert refused.status_code == 403
    assert "Evil" not in sqlite_browser.get("/sets").text


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_form_without_the_sessions_token_is_refused(sqlite_browser: Browser, token: str) -> None:
    form = {**new_set("Evil"), "csrf": token}
    assert sqlite_browser.http.post(f"{sqlite_browser.home}/sets/new", data=form).status_code == 403
    out = sqlite_browser.http.post(f"{CONSOLE}/logout", data={"csrf": token})
    assert out.status_code == 403
    assert sqlite_browser.get("/sets").status_code == 200


def test_logging_out_ends_the_session_itself(browser: Browser) -> None:
    cookie = dict(browser.http.cookies)
    browser.http.post(f"{CONSOLE}/logout", data={"csrf": browser.csrf()})
    again = httpx.get(browser.service.url + browser.home + "/sets", cookies=cookie)
    assert again.status_code == 303


def test_nothing_typed_is_lost_when_the_session_ends(
    service_of: ServiceOf, browser_of: BrowserOf
) -> None:
    service = service_of("sqlite", own="moved console", bootstrap_password=PASSWORD)
    browser = browser_of(service)
    typed = {**new_set("Late"), "csrf": browser.csrf(), "intent": "review", "note": "<&\"'ü"}
    service.move_clock(timedelta(minutes=SESSION_IDLE_MINUTES_MAX))
    asked = browser.http.post(f"{browser.home}/sets/new", data=typed)
    assert asked.status_code == 401
    kept = fields_of(asked.text)
    assert browser.http.post(f"{CONSOLE}/login", data={**kept, "name": "admin"}).status_code == 401
    resumed = browser.http.post(
        f"{CONSOLE}/login", data={**kept, "name": "admin", "password": PASSWORD}
    )
    again = fields_of(resumed.text)
    assert again.pop("csrf") != typed.pop("csrf")
    assert again == typed
    action = re.search(r'action="([^"]*)"', resumed.text)
    assert action is not None
    csrf = fields_of(resumed.text)["csrf"]
    review = browser.http.post(action[1], data={**again, "csrf": csrf})
    assert "Latei_00000001" in review.text
    service.move_clock(timedelta(hours=2 * SESSION_HOURS_MAX))
    assert browser.get("/sets").status_code == 303


def test_set_is_made_changed_and_deleted_without_javascript(browser: Browser) -> None:
    form = new_set("Plain")
    review = browser.post("/sets/new", {**form, "intent": "review"})
    assert "Plaini_00000001, Plaini_00000002, Plaini_00000003" in shown(review.text)
    saved = browser.http.post(
        f"{browser.home}/sets/new", data=fields_of(review.text) | {"intent": "save"}
    )
    assert saved.status_code == 303
    place = saved.headers["location"].partition("?")[0].removeprefix(browser.home)
    editor = fields_of(browser.get(place).text)
    changed = {**editor, "invoice.start_number": "7", "intent": "review"}
    review = browser.http.post(browser.home + place, data=changed)
    assert "Plaini_00000001" in shown(review.text)
    assert browser.post(place, {**fields_of(review.text), "intent": "save"}).status_code == 303
    assert "Plaini_00000007" in shown(browser.get("/sets").text)
    assert browser.post(f"{place}/delete", {}).status_code == 303
    assert "Plaini_" not in browser.get("/sets").text


def test_faults_of_the_api_stand_beside_their_fields(sqlite_browser: Browser) -> None:
    form = new_set("bad name", **{"invoice.prefix": "", "credit_memo.start_number": "1.5"})
    page = sqlite_browser.post("/sets/new", form)
    assert page.status_code == 422
    for field, words in (
        ("name", "letters"),
        ("invoice.prefix", "is required"),
        ("credit_memo.start_number", "whole number"),
    ):
        part = page.text.partition(f'id="{field}-fault"')[2].partition("</p>")[0]
        assert words in part, field
    assert fields_of(page.text)["credit_memo.start_number"] == "1.5"


def test_two_browsers_that_edit_one_set_lose_nothing(browser: Browser) -> None:
    saved = browser.post("/sets/new", new_set("Shared"))
    place = saved.headers["location"].partition("?")[0].removeprefix(browser.home)
    mine = theirs = fields_of(browser.get(place).text)
    first = {**theirs, "credit_memo.prefix": "Sharedc2_", "name": "Renamed", "intent": "save"}
    assert browser.http.post(browser.home + place, data=first).status_code == 303
    second = {**mine, "invoice.start_number": "9", "intent": "save"}
    conflict = browser.http.post(browser.home + place, data=second)
    assert conflict.status_code == 409
    merged = fields_of(conflict.text)
    assert (merged["name"], merged["credit_memo.prefix"]) == ("Renamed", "Sharedc2_")
    assert merged["invoice.start_number"] == "9"
    done = browser.http.post(browser.home + place, data={**merged, "intent": "save"})
    assert done.status_code == 303
    page = browser.get(place).text
    for number in ("Sharedi_00000009", "Sharedc2_00000001", "Renamed"):
        assert number in page


def test_number_issued_while_somebody_edits_is_no_conflict(browser: Browser) -> None:
    saved = browser.post("/sets/new", new_set("Moving"))
    place = saved.headers["location"].partition("?")[0].removeprefix(browser.home)
    editor = fields_of(browser.get(place).text)
    api = Api(browser.service, browser.service.client_id, browser.service.client_secret)
    answer = api.post("/v1/document-numbers", {"documentType": "invoice", "sequenceSet": "Moving"})
    assert answer.json()["success"]
    api.http.close()
    done = browser.http.post(
        browser.home + place, data={**editor, "debit_memo.start_number": "3", "intent": "save"}
    )
    assert done.status_code == 303
    assert "Movingi_00000002" in browser.get(place).text


def test_twenty_digits_stand_whole_everywhere(browser: Browser) -> None:
    largest = "9" * 20
    form = new_set("Large", **{"invoice.prefix": "BIG", "invoice.start_number": largest})
    saved = browser.post("/sets/new", form)
    place = saved.headers["location"].partition("?")[0].removeprefix(browser.home)
    assert fields_of(browser.get(place).text)["invoice.start_number"] == largest
    for path in ("/sets?search=Large", "/sets.csv"):
        assert f"BIG{largest}" in shown(browser.get(path).text)
    browser.post(f"{place}/delete", {})


def test_file_of_sets_is_harmless_to_spreadsheets(sqlite_browser: Browser) -> None:
    sqlite_browser.post("/sets/new", new_set("Formula", sequence_set_number="=1+1"))
    answer = sqlite_browser.get("/sets.csv?search=formula")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, row = answer.text.splitlines()
    assert header.startswith("id,name,sequenceSetNumber,chronological,invoice.prefix,")
    assert row.split(",")[1:3] == ["Formula", "'=1+1"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"'><img src=x>", "' OR 1=1 --"])
def test_what_was_searched_for_is_shown_as_text(sqlite_browser: Browser, text: str) -> None:
    page = sqlite_browser.get("/sets", params={"search": text, "order": text, "after": text}).text
    assert text not in page or "<" not in text
    assert fields_of(page)["search"] == text


def test_foreign_and_absent_places_are_not_found(sqlite_browser: Browser) -> None:
    for path in (
        f"{CONSOLE}/{'0' * 32}/sets",
        f"{sqlite_browser.home}/sets/{'0' * 32}",
        f"{sqlite_browser.home}/elsewhere",
        f"{CONSOLE}/static/console.py",
    ):
        assert sqlite_browser.http.get(path).status_code == 404, path


def test_entities_have_addresses_of_their_own(sqlite_browser: Browser, entity_of: EntityOf) -> None:
    entity = entity_of(sqlite_browser.service)
    entity_id = entity.admin.get("/v1/entities").json()["entities"][-1]["id"]
    page = sqlite_browser.http.get(f"{CONSOLE}/{entity_id}/sets").text
    assert "DEFAULT" in page
    assert entity_id in sqlite_browser.get("/sets").text


def test_form_beyond_its_bounds_is_refused(sqlite_browser: Browser) -> None:
    csrf = sqlite_browser.csrf()
    place = f"{sqlite_browser.home}/sets/new"
    for form, status in (
        ({"name": "x" * BODY_BYTES_MAX}, 413),
        ({f"f{n}": "1" for n in range(1000)}, 400),
        ({"name": "a\x00b"}, 400),
    ):
        answer = sqlite_browser.http.post(place, data={"csrf": csrf, **form})
        assert answer.status_code == status
    broken = sqlite_browser.http.post(
        place, content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    assert broken.status_code in {400, 403}
    as_json = sqlite_browser.http.post(place, json={})
    assert as_json.status_code == 415


@pytest.mark.parametrize(
    ("accepted", "code"),
    [("de", "de"), ("de-AT,en;q=0.5", "de"), ("fr,de;q=0.1", "de"), ("de;q=0", "en"), ("*", "en")],
)
def test_language_is_the_browsers_until_one_is_chosen(
    sqlite_console: RunningService, accepted: str, code: str, browser_of: BrowserOf
) -> None:
    stranger = browser_of(sqlite_console, logs_in=False, **{"Accept-Language": accepted})
    assert f'<html lang="{code}">' in stranger.http.get(f"{CONSOLE}/login").text
    chosen = stranger.http.get(f"{CONSOLE}/language?to=de&next={CONSOLE}/login")
    assert chosen.headers["location"] == f"{CONSOLE}/login"
    assert '<html lang="de">' in stranger.http.get(f"{CONSOLE}/login").text


def test_static_files_may_be_kept_for_as_long_as_they_stay_the_same(
    sqlite_browser: Browser,
) -> None:
    page = sqlite_browser.get("/sets").text
    address = re.search(r'href="(/console/static/console.css\?v=\w+)"', page)
    assert address is not None
    kept = sqlite_browser.http.get(address[1]).headers["cache-control"]
    assert "immutable" in kept
    outdated = sqlite_browser.http.get(f"{CONSOLE}/static/console.css?v=0")
    assert outdated.headers["cache-control"] == "no-cache"


def test_request_is_one_line_in_the_log_with_user_and_without_secrets(
    sqlite_browser: Browser,
) -> None:
    answer = sqlite_browser.get("/sets")
    request_id = answer.headers["zuora-request-id"]
    token = sqlite_browser.http.cookies["seriatim_session"]
    log, lines = "", list[str]()
    while not lines:
        log = sqlite_browser.service.log_text
        lines = [line for line in log.splitlines() if request_id in line]
    assert len(lines) == 1
    assert '"client":"user:admin"' in lines[0]
    assert token not in log
    assert PASSWORD not in log


def test_rules_speak_the_language_of_the_page(sqlite_browser: Browser) -> None:
    german = {"Accept-Language": "de"}
    form = new_set("bad name", **{"invoice.prefix": "PM-", "credit_memo.start_number": "0"})
    page = sqlite_browser.post("/sets/new", form, headers=german).text
    for words in ("Buchstaben (A-Z, a-z)", "„PM-“ ist vergeben", "eine ganze Zahl von 1 bis"):
        assert words in page, words
    assert "letters (A-Z" not in page
    english = sqlite_browser.post("/sets/new", form).text
    assert "letters (A-Z, a-z)" in english
    assert 'lang="en">must be' not in english
