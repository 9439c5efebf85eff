from __future__ import annotations

from decimal import Decimal

import pytest

from seriatim.domain.exact_json import from_json_text, json_text


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"a":1,"b":[true,false,null,"ü\\n"]}',
        '{"amount":10.50,"inside":[{"rate":0.000000001}]}',
        "[99999999999999999999,-0.10]",
    ],
)
def test_text_read_and_written_again_is_the_same(text: str) -> None:
    assert json_text(from_json_text(text)) == text


def test_decimals_are_written_without_exponent() -> None:
    assert json_text([Decimal("1E+3"), Decimal("1E-7")]) == "[1000,0.0000001]"


def test_fraction_is_read_as_decimal_never_as_float() -> None:
    assert from_json_text("0.1") == Decimal("0.1")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan")])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text([value])


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError):
        json_text({"set": {1}})
