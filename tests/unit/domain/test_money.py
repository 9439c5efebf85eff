from __future__ import annotations

from decimal import Decimal

import pytest

from seriatim.domain.exact_json import from_json_text, json_text
from seriatim.domain.money import in_places, is_bounded, is_currency_code, places_in, places_of


@pytest.mark.parametrize(
    ("currency", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XYZ", 2)]
)
def test_currency_has_its_places(currency: str, places: int) -> None:
    assert places_of(currency) == places


@pytest.mark.parametrize(
    ("amount", "places"),
    [("1", 0), ("1.50", 1), ("1.005", 3), ("1E+3", 0), ("0.00", 0), ("NaN", 0)],
)
def test_places_of_an_amount_leave_trailing_zeros_out(amount: str, places: int) -> None:
    assert places_in(Decimal(amount)) == places


@pytest.mark.parametrize(
    ("amount", "bounded"),
    [("9999999999999999.99", True), ("1E+16", False), ("NaN", False), ("-Infinity", False)],
)
def test_amount_is_bounded(amount: str, bounded: bool) -> None:
    assert is_bounded(Decimal(amount)) is bounded


def test_amount_is_written_with_the_places_of_its_currency() -> None:
    assert str(in_places(Decimal(100), "EUR")) == "100.00"
    assert str(in_places(Decimal("100.0"), "JPY")) == "100"


def test_currency_code_has_three_capital_letters() -> None:
    assert is_currency_code("EUR")
    assert not any(is_currency_code(text) for text in ("eur", "EURO", "E1R", "", "ÉUR"))


def test_details_come_back_to_the_last_digit() -> None:
    details = {
        "quantity": Decimal("0.10"),
        "big": 12345678901234567890,
        "nested": [{"a": None}, True],
        "text": 'naïve \u2028 "quoted"',
    }
    assert from_json_text(json_text(details)) == details
    assert '"quantity":0.10' in json_text(details)
