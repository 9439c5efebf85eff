"""The console's overview over plain HTTP, and what follows from verifying and confirming there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from seriatim.domain.limits import FAILED_LOGINS_IN_A_ROW_MAX, LOGIN_CLOSED_MINUTES
from tests.contract.conftest import BrowserOf, EntityOf, ServiceOf
from tests.contract.console_books import Books
from tests.contract.console_browser import CONSOLE, PASSWORD, Browser, new_user
from tests.running_service import RunningService


def _rows(page: str) -> list[list[str]]:
    """The table behind the chart, a list a day."""
    table = page.partition('<details class="card">')[2].partition("</details>")[0]
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        for row in re.findall(r"<tr>(.*?)</tr>", table)
    ]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in row] for row in cells]


def test_overview_is_the_first_page_and_says_what_to_do_when_empty(
    console_service: RunningService, browser_of: BrowserOf, entity_of: EntityOf
) -> None:
    browser = browser_of(console_service)
    first = browser.http.get(CONSOLE)
    assert first.headers["location"].endswith("/overview")
    books = Books(entity_of(console_service), browser)
    page = books.text("/overview")
    assert "No number was given yet" in page
    assert "<figure" not in page
    assert "No series was verified yet" in page
    assert "No number is reserved" in page


def test_numbers_issued_a_moment_ago_are_in_the_chart_and_in_the_table(books: Books) -> None:
    books.issue(count=1200)
    books.issue(documentType="payment", count=3)
    page = books.text("/overview")
    today = datetime.now(UTC).date()
    heads, row = _rows(page)
    assert heads == ["Day", "Invoice", "Payment", "Together"]
    assert row[1:] == ["1,200", "3", "1,203"]
    assert str(today.year) in row[0]
    assert page.count('<rect class="bar-invoice" x=') == 1
    assert 'style="' not in page
    ranked = re.findall(r"/proof/series/[0-9a-f]+\">([^<]+)</a></th>", page)
    assert ranked == ["INV", "P-"]
    assert "&lt; 0.01 %" in page
    for days in ("30", "90", "365"):
        assert f'href="?days={days}"' in page
    year = books.text("/overview", days="365")
    assert 'href="?days=365" aria-current="true"' in year
    for odd in ("31", "-1", "x", "1e9"):
        assert 'href="?days=30" aria-current="true"' in books.text("/overview", days=odd)


def test_days_follow_the_time_zone_of_the_entity(books: Books) -> None:
    books.issue(count=2)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # a day apart at every hour
        form = {"settings.number_assignment": "creation", "settings.time_zone": zone}
        assert books.browser.post("/access/settings", form).status_code == 303
        page = books.text("/overview")
        assert _rows(page)[1][1] == "2"
        assert zone in page


def test_overview_tells_of_verifications_wherever_they_were_asked_for(books: Books) -> None:
    books.issue(count=5)
    series_id = books.series_id()
    assert "No series was verified yet" in books.text("/overview")
    found = books.entity.admin.get(f"/v1/series/{series_id}/verify").json()
    assert found["verified"]
    by_client = books.text("/overview")
    assert re.search(r'"tag good">sound</span>.*client:', by_client, re.DOTALL)
    books.browser.post("/proof/verification", {"series": series_id})
    assert re.search(r'"tag good">sound</span>.*user:admin', books.text("/overview"), re.DOTALL)
    assert "user:admin" in books.text("/proof")
    assert "user:admin" in books.text(f"/proof/series/{series_id}")


def test_open_reservations_are_shown_and_confirmed_for_a_range(books: Books) -> None:
    books.issue(count=5, holdSeconds=600)
    page = books.text("/overview")
    assert "1 is open" in page
    assert "INV00000001" in page
    assert "INV00000005" in page
    place = "/register/numbers/INV00000002"
    assert "Confirm this number" in books.text(place)
    done = books.browser.post(f"{place}/confirm", {"confirm.last_number": " inv00000004 "})
    assert done.status_code == 303
    page = books.browser.http.get(done.headers["location"]).text
    assert "The number was confirmed." in page
    assert "Confirm this number" not in page
    states = [
        re.search(r"<h1>.*?(issued|reserved)</span>", books.text(f"/register/numbers/INV{n:08d}"))
        for n in range(1, 6)
    ]
    assert [one[1] for one in states if one] == [
        "reserved",
        "issued",
        "issued",
        "issued",
        "reserved",
    ]
    again = books.browser.post(f"{place}/confirm", {})
    assert again.status_code == 422


def test_range_is_voided_and_what_is_wrong_with_its_end_stands_beside_the_field(
    books: Books,
) -> None:
    books.issue(count=9)
    place = "/register/numbers/INV00000003"
    for last in ("INV00000002", "X", "INV9000000000", "INV00000010"):
        form = {"void.last_number": last, "reason": "torn"}
        refused = books.browser.post(f"{place}/void", form)
        assert refused.status_code == 422
        assert re.search(r'id="void\.last_number-fault"[^>]*>\s*<span', refused.text), last
        assert f'value="{last}"' in refused.text
        assert 'value="torn"' in refused.text
    form = {"void.last_number": "INV00000007", "reason": "a torn roll"}
    assert books.browser.post(f"{place}/void", form).status_code == 303
    gaps = books.text(f"/register/gaps/{books.series_id()}")
    assert "a torn roll" in gaps
    assert "INV00000003" in gaps
    assert "INV00000007" in gaps
    assert "INV00000008" not in gaps


def test_refused_voids_and_confirmations_are_told_in_german(books: Books) -> None:
    books.issue(count=3)
    german = {"Accept-Language": "de"}
    place = "/register/numbers/INV00000001"
    refused = books.browser.post(f"{place}/confirm", {}, headers=german)
    assert "INV00000001 ist vergeben; nur eine reservierte Nummer" in refused.text
    books.browser.post(f"{place}/void", {"reason": "torn <up>"})
    form = {"reason": "again", "void.last_number": "INV00000003"}
    refused = books.browser.post(f"{place}/void", form, headers=german)
    assert "INV00000001 ist entwertet (torn &lt;up&gt;); nur eine" in refused.text


def test_auditor_may_neither_confirm_nor_void(books: Books, browser_of: BrowserOf) -> None:
    books.issue(holdSeconds=600)
    name, password = new_user(books.browser.service, "auditor")
    auditor = browser_of(books.browser.service, logs_in=False)
    auditor.log_in(name, password)
    auditor.home = books.browser.home
    place = "/register/numbers/INV00000001"
    assert "Confirm this number" not in auditor.get(place).text
    assert auditor.post(f"{place}/confirm", {}).status_code == 403
    assert auditor.get("/overview").status_code == 200


def _change(browser: Browser, current: str, new: str, repeated: str | None = None) -> int:
    form = {"current_password": current, "new_password": new, "repeated_password": repeated or new}
    return browser.post("/password", form).status_code


def test_own_password_is_changed_and_other_sessions_end(
    console_service: RunningService, browser_of: BrowserOf
) -> None:
    name, password = new_user(console_service, "auditor")
    here, elsewhere = (browser_of(console_service, logs_in=False) for _ in range(2))
    for person in (here, elsewhere):
        assert person.log_in(name, password).status_code == 303
        person.home = person.http.get(CONSOLE).headers["location"].rpartition("/")[0]
    new = " a new one with spaces "
    for wrong in (
        ("x" * 20, new, None),
        (password, "short", None),
        (password, password, None),
        (password, new, new.strip()),
        (password, "x" * 201, None),
    ):
        assert _change(here, *wrong) == 422, wrong
    assert elsewhere.get("/sets").status_code == 200
    assert _change(here, password, new) == 303
    assert here.get("/password").status_code == 200
    assert elsewhere.get("/sets").status_code == 303
    assert elsewhere.log_in(name, password).status_code == 401
    assert elsewhere.log_in(name, new).status_code == 303


def test_present_password_cannot_be_guessed_through_an_open_session(
    service_of: ServiceOf, browser_of: BrowserOf
) -> None:
    service = service_of("sqlite", own="guessed console", bootstrap_password=PASSWORD)
    name, password = new_user(service, "issuer")
    person = browser_of(service, logs_in=False)
    person.log_in(name, password)
    person.home = person.http.get(CONSOLE).headers["location"].rpartition("/")[0]
    for _ in range(FAILED_LOGINS_IN_A_ROW_MAX):
        assert _change(person, "x" * 20, "y" * 20) == 422
    assert _change(person, password, "y" * 20) == 422
    service.move_clock(timedelta(minutes=LOGIN_CLOSED_MINUTES))
    assert _change(person, password, "y" * 20) == 303


def test_address_that_guesses_has_to_wait_whatever_names_it_tries(
    service_of: ServiceOf, browser_of: BrowserOf
) -> None:
    service = service_of("sqlite", own="besieged console", bootstrap_password=PASSWORD)
    person = browser_of(service, logs_in=False)
    statuses = [person.log_in(f"nobody {n}", "x" * 20).status_code for n in range(101)]
    assert statuses == [401] * 100 + [429]
    assert person.log_in().status_code == 429
