"""The languages of the console. A further one is a file: `locale/<code>.po`.

English is what the code says; a text that a catalogue lacks appears in English.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from seriatim.domain.money import in_places, places_of
from seriatim.domain.wording import Told

ENGLISH: Final = "en"
_FORMATS_OF: Final = {ENGLISH: "en_GB"}  # day before month, as most of the world reads it
_MOMENT: Final = "d MMM y, HH:mm:ss z"
_ACCEPTED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Language:
    """A language, its texts, and how it writes days and counts. Numbers stay exact."""

    code: str
    translations: NullTranslations
    formats: Locale

    @property
    def own_name(self) -> str:
        return (Locale(self.code).get_language_name(self.code) or self.code).capitalize()

    def text(self, english: str) -> str:
        return self.translations.gettext(english)

    def told(self, message: str) -> str:
        """What a rule says, where it knows its pattern; another message stays as it is."""
        if not isinstance(message, Told):
            return message
        values = {
            name: self.told(value) if isinstance(value, str) else value
            for name, value in message.values.items()
        }
        pattern = self.text(message.pattern)
        return pattern % values if values else pattern

    def count(self, number: int) -> str:
        return format_decimal(number, locale=self.formats)

    def amount(self, amount: Decimal, currency: str) -> str:
        """With every place of its currency, and exact."""
        places = places_of(currency)
        pattern = "#,##0." + "0" * places if places else "#,##0"
        written = format_decimal(in_places(amount, currency), pattern, locale=self.formats)
        return f"{written}\N{NO-BREAK SPACE}{currency}"

    def share(self, part: int, whole: int) -> str:
        """As percent with two decimals, rounded down; what is more than nothing says so."""
        hundredths = part * 10_000 // whole
        if part > 0 and hundredths == 0:
            return f"< {self._percent(1)}"
        return self._percent(hundredths)

    def _percent(self, hundredths: int) -> str:
        exact = Decimal(hundredths).scaleb(-4)
        return format_percent(exact, "0.00 %", locale=self.formats, decimal_quantization=False)

    def day(self, day: date) -> str:
        return format_date(day, "medium", locale=self.formats)

    def moment(self, moment: datetime, zone: str) -> str:
        """With the zone it is told in."""
        return format_datetime(moment, _MOMENT, tzinfo=ZoneInfo(zone), locale=self.formats)


@cache
def languages() -> dict[str, Language]:
    """Order: English first, then by code."""
    codes = sorted(
        file.name.removesuffix(".po")
        for file in (files("seriatim.ui") / "locale").iterdir()
        if file.name.endswith(".po")
    )
    return {code: _language(code) for code in (ENGLISH, *codes)}


def chosen_language(wanted: str | None, accepted: str) -> Language:
    """The language a person chose, else the first of the browser's that there is, else English.

    Shape: `accepted` is the header Accept-Language.
    """
    known = languages()
    for code in (wanted, *_in_order(accepted)):
        if code in known:
            return known[code]
    return known[ENGLISH]


def _in_order(accepted: str) -> list[str]:
    weighed = []
    for part in accepted.split(",")[:_ACCEPTED_MAX]:
        name, _, parameter = part.strip().partition(";")
        weighed.append((_weight(parameter), name.strip().lower().partition("-")[0]))
    return [code for weight, code in sorted(weighed, key=lambda one: -one[0]) if weight > 0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _language(code: str) -> Language:
    formats = Locale.parse(_FORMATS_OF.get(code, code))
    if code == ENGLISH:
        return Language(code, NullTranslations(), formats)
    source = files("seriatim.ui") / "locale" / f"{code}.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=code))
    compiled.seek(0)
    return Language(code, Translations(compiled), formats)
