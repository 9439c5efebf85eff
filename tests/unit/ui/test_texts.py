"""Every text of the console stands in every catalogue, and no catalogue holds another."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from seriatim.domain.wording import told
from seriatim.ui.language import chosen_language, languages

UI = Path(__file__).resolve().parents[3] / "src" / "seriatim" / "ui"
TELLING = (UI.parent / "domain" / "rules", UI.parent / "service")
CATALOGUES = sorted((UI / "locale").glob("*.po"))
TOLD: Any = {"told": None}
KEYWORDS: Any = TOLD | {"_": None, "ngettext": (1, 2), "text": None, "marked": None}
PLACE = re.compile(r"%\((\w+)\)s")


def _texts() -> set[Any]:
    how = [("**.py", "python"), ("**.html", "jinja2")]
    options = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    return {
        message
        for folder, keywords in ((UI, KEYWORDS), *((folder, TOLD) for folder in TELLING))
        for _, _, message, _, _ in extract_from_dir(
            folder, how, keywords=keywords, options_map=options
        )
    }


def _catalogue(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem)


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_catalogue_holds_every_text_and_no_other(file: Path) -> None:
    ids = [message.id for message in _catalogue(file) if message.id]
    assert len(ids) == len(set(ids))
    assert set(ids) == _texts()


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.stem)
def test_every_text_is_translated_with_the_same_places(file: Path) -> None:
    for message in _catalogue(file):
        if not message.id:
            continue
        given = [message.id] if isinstance(message.id, str) else list(message.id)
        made = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert all(made), message.id
        assert {name for text in made for name in PLACE.findall(text)} == {
            name for text in given for name in PLACE.findall(text)
        }, message.id


def test_texts_are_really_looked_for() -> None:
    assert {"Sequence sets", "Refund", "Not found", "Busy"} <= _texts()


def test_numbers_and_times_are_written_in_the_language() -> None:
    english, german = languages()["en"], languages()["de"]
    assert english.count(99999999999999999999) == "99,999,999,999,999,999,999"
    assert german.count(99999999999999999999) == "99.999.999.999.999.999.999"
    moment = datetime(2026, 7, 1, 12, 0, 5, tzinfo=UTC)
    assert english.moment(moment, "Europe/Berlin") == "1 Jul 2026, 14:00:05 CEST"
    assert german.moment(moment, "UTC") == "1 Juli 2026, 12:00:05 UTC"
    assert (english.day(date(2026, 3, 4)), german.day(date(2026, 3, 4))) == (
        "4 Mar 2026",
        "04.03.2026",
    )


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        ("1234567.5", "EUR", "1,234,567.50 EUR", "1.234.567,50 EUR"),
        ("9999999999999999", "JPY", "9,999,999,999,999,999 JPY", "9.999.999.999.999.999 JPY"),
        ("9999999999999999.999", "BHD", "9,999,999,999,999,999.999 BHD",
         "9.999.999.999.999.999,999 BHD"),
        ("-0.25", "EUR", "-0.25 EUR", "-0,25 EUR"),
        ("0", "CLF", "0.0000 CLF", "0,0000 CLF"),
    ],
)  # fmt: skip
def test_amounts_stand_whole_with_the_places_of_their_currency(
    amount: str, currency: str, english: str, german: str
) -> None:
    for code, written in (("en", english), ("de", german)):
        shown = languages()[code].amount(Decimal(amount), currency)
        assert shown == written.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("wanted", "accepted", "code"),
    [
        ("de", "en", "de"),
        ("xx", "de", "de"),
        (None, "", "en"),
        (None, "en;q=0.1, de;q=0.9", "de"),
        (None, "de;q=zero", "en"),
        (None, ";;,,=", "en"),
    ],
)
def test_language_is_the_chosen_one_or_the_browsers(
    wanted: str | None, accepted: str, code: str
) -> None:
    assert chosen_language(wanted, accepted).code == code


def test_message_is_told_in_the_language_with_its_values_as_they_are() -> None:
    german, english = languages()["de"], languages()["en"]
    message = told(
        "the set '%(set)s' is assigned to %(used)s", set="100 %s", used=told("1 account")
    )
    assert message == "the set '100 %s' is assigned to 1 account"
    assert english.told(message) == message
    assert german.told(message) == "der Nummernkreis „100 %s“ ist zugewiesen: 1 Konto"
    assert german.told("a message of no rule") == "a message of no rule"
