"""The console's register and proof over plain HTTP: what it finds, explains, voids and proves."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from seriatim.store.open import open_store
from tests.conformance.desk import execute
from tests.contract.conftest import BrowserOf, EntityOf
from tests.contract.console_books import Books
from tests.contract.console_browser import new_user, shown


def test_register_finds_numbers_by_whatever_is_known_of_them(books: Books) -> None:
    books.issue(reference="order 1", documentDate="2026-01-10")
    books.issue(reference="order 2", documentDate="2026-02-10", count=3)
    books.issue(documentType="payment", holdSeconds=600)
    for params, first in (
        ({"reference": "order 2"}, "INV00000002"),
        ({"type": "payment"}, "P-00000001"),
        ({"state": "reserved"}, "P-00000001"),
        ({"prefix": "inv", "from": "2026-02-01", "to": "2026-02-28"}, "INV00000002"),
        ({"set": "default", "to": "2026-01-31"}, "INV00000001"),
    ):
        page = books.text("/register", **params)
        rows = re.findall(r"<tr role=\"row\">\s*<th role=\"rowheader\".*?>([\w-]+)</a>", page)
        assert rows == [first], params
    assert "No number is like this" in books.text("/register", reference="order 3")


def test_empty_register_says_what_to_do(sqlite_books: Books) -> None:
    assert "No number was given yet" in sqlite_books.text("/register")


@pytest.mark.parametrize(
    ("field", "value"),
    [("from", "2026-02-30"), ("to", "yesterday"), ("set", "absent"), ("reference", "x" * 256)],
)
def test_filter_that_cannot_be_meant_is_told_beside_its_field(
    sqlite_books: Books, field: str, value: str
) -> None:
    answer = sqlite_books.browser.get("/register", params={field: value})
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-fault"[^>]*>\s*<span', answer.text)
    assert sqlite_books.browser.get("/register.csv", params={field: value}).status_code == 422


def test_pages_together_hold_every_row_once_and_so_does_the_file(sqlite_books: Books) -> None:
    for index in range(60):
        sqlite_books.issue(reference=f"=order {index}")
    path, found = "/register", []
    while path:
        page = sqlite_books.browser.get(path).text
        found += re.findall(r"numbers/(INV\d+)\"", page)
        following = re.search(r'href="\?([^"]*after=[^"]+)">Next', page)
        path = f"/register?{following[1]}".replace("&amp;", "&") if following else ""
    assert found == [f"INV{number:08d}" for number in range(1, 61)]
    rows = list(csv.DictReader(io.StringIO(sqlite_books.browser.get("/register.csv").text)))
    assert [row["firstNumber"] for row in rows] == found
    assert rows[0]["reference"] == "'=order 0"


@pytest.mark.parametrize("place", ["x", "W10", "WyIiLCIiLCIiLDEsIiJd", "é", "WzEsMl0"])
def test_odd_place_begins_at_the_beginning(sqlite_books: Books, place: str) -> None:
    sqlite_books.issue()
    assert "INV00000001" in sqlite_books.text("/register", after=place)
    sqlite_books.text("/proof", after=place)
    sqlite_books.text(f"/register/gaps/{sqlite_books.series_id()}", after=place)


def test_any_pasted_number_is_explained(books: Books) -> None:
    books.issue(reference="order <1>", count=3)
    answer = books.browser.get("/register", params={"number": " inv00000002 "})
    assert answer.status_code == 303
    page = shown(books.browser.http.get(answer.headers["location"]).text)
    for words in ("INV00000002", "order &lt;1&gt;", "Nothing named a set"):
        assert words in page
    assert "INV00000001" in page
    assert "INV00000003" in page
    assert "UTC" in page
    for absent in ("INV00000004", "NONE", "x" * 300, "a/b", "\x7f"):
        answer = books.browser.http.get(
            books.browser.get("/register", params={"number": absent}).headers["location"]
        )
        assert answer.status_code == 404


def test_number_is_voided_with_a_reason_and_only_once(books: Books) -> None:
    books.issue()
    place = "/register/numbers/INV00000001"
    empty = books.browser.post(f"{place}/void", {"reason": ""})
    assert empty.status_code == 422
    assert re.search(r'id="reason-fault"[^>]*>\s*<span', empty.text)
    done = books.browser.post(f"{place}/void", {"reason": "printed <twice>"})
    assert done.status_code == 303
    page = books.text(place)
    assert "printed &lt;twice&gt;" in page
    assert "user:admin" in page
    assert "Void this number" not in page
    assert books.browser.post(f"{place}/void", {"reason": "again"}).status_code == 422
    assert "printed &lt;twice&gt;" in books.text(f"/register/gaps/{books.series_id()}")


def test_roles_are_kept_by_the_services_not_by_hidden_buttons(
    sqlite_books: Books, browser_of: BrowserOf
) -> None:
    sqlite_books.issue(count=2)
    home, service = sqlite_books.browser.home, sqlite_books.browser.service
    place = "/register/numbers/INV00000001"
    for role, may_void in (("auditor", False), ("issuer", True)):
        name, password = new_user(service, role)
        person = browser_of(service, logs_in=False)
        assert person.log_in(name, password).status_code == 303
        person.home = home
        assert ("Void this number" in person.get(place).text) is may_void
        voided = person.post(f"{place}/void", {"reason": "no"})
        assert voided.status_code == (303 if may_void else 403)
        assert person.get("/sets/new").status_code == 403
        assert person.post("/sets/new", {"name": "X", "intent": "save"}).status_code == 403
        set_place = re.search(r"/sets/([0-9a-f]{32})", person.get("/sets").text)
        assert set_place is not None
        assert "<input id=" not in person.get(set_place[0]).text
        assert person.post(set_place[0], {"intent": "save"}).status_code == 403
        assert person.post(f"{set_place[0]}/delete", {}).status_code == 403
        assert person.post("/proof/verification", {}).status_code == 200


def test_verification_finds_series_sound_and_tampering_out(books: Books) -> None:
    books.issue(count=5)
    books.issue(documentType="payment")
    sound = books.browser.post("/proof/verification", {})
    assert "Series found sound: 2" in sound.text
    assert "5 numbers in 1 entries" in sound.text
    series_id = books.series_id()
    store = open_store(books.browser.service.database_url)
    statement = {
        "sqlite": "UPDATE seriatim_series SET last_number = '00000000000000000006' "
        f"WHERE series_id = '{series_id}'",
        "postgres": f"UPDATE seriatim_series SET last_number = 6 WHERE series_id = '{series_id}'",
    }
    execute(store, statement[store.database.name])
    store.close()
    faulty = books.browser.post("/proof/verification", {})
    assert "FAULT" in faulty.text
    assert "Series with a fault: 1" in faulty.text
    one = books.browser.post("/proof/verification", {"series": books.series_id("P-")})
    assert "Series found sound: 1" in one.text


def test_certificate_is_made_downloaded_and_checked_by_upload(books: Books) -> None:
    books.issue(count=7)
    place = f"/proof/series/{books.series_id()}"
    made = books.browser.post(place, {"last_number": "INV00000005"})
    assert made.status_code == 303
    page = made.headers["location"].removeprefix(books.browser.home)
    assert "Every number of the range is accounted for" in books.text(page)
    file = books.browser.get(f"{page}/file")
    assert "attachment" in file.headers["content-disposition"]
    key = json.loads(file.text)["certificate"]["public_key"]

    def check(content: bytes, **fields: str) -> str:
        form = {"csrf": books.browser.csrf(), **fields}
        files = {"file": ("certificate.json", content)}
        answer = books.browser.http.post(
            f"{books.browser.home}/proof/check", data=form, files=files
        )
        return str(answer.text)

    assert "signed with the key of this service" in check(file.content)
    assert "signed with the key of this service" in check(file.content, public_key=key)
    assert "not in order" in check(file.content.replace(b"INV", b"INW"))
    assert "not in order" in check(file.content, public_key="0" * 64)
    assert "must be 64 hex digits" in check(file.content, public_key="/etc/passwd")
    assert "not in order" in check(b"")


def test_faults_of_a_certificate_stand_beside_their_fields(sqlite_books: Books) -> None:
    sqlite_books.issue()
    place = f"/proof/series/{sqlite_books.series_id()}"
    answer = sqlite_books.browser.post(place, {"period_start": "2026-02-30"})
    assert answer.status_code == 422
    assert re.search(r'id="period_start-fault"[^>]*>\s*<span', answer.text)
    german = {"Accept-Language": "de"}
    beyond = sqlite_books.browser.post(place, {"last_number": "INV00000009"}, headers=german)
    assert beyond.status_code == 422
    assert "muss unter den vergebenen Nummern liegen: INV00000001 bis" in beyond.text


def test_series_and_certificates_of_others_are_not_found(
    sqlite_books: Books, entity_of: EntityOf
) -> None:
    foreign = Books(entity_of(sqlite_books.browser.service), sqlite_books.browser)
    foreign.issue()
    series_id = foreign.series_id()
    made = foreign.browser.post(f"/proof/series/{series_id}", {})
    certificate = made.headers["location"].rpartition("/")[2]
    own = Books(sqlite_books.entity, sqlite_books.browser).browser
    for path in (
        f"/proof/series/{series_id}",
        f"/register/gaps/{series_id}",
        f"/proof/certificates/{certificate}",
        f"/proof/certificates/{certificate}/file",
        "/register/numbers/INV00000001",
    ):
        assert own.get(path).status_code == 404, path
    assert own.post("/proof/verification", {"series": series_id}).status_code == 404
