"""Currencies and exact amounts. Source: contract/documents.md, Resources."""

from __future__ import annotations

import re
from decimal import Decimal

from seriatim.domain.limits import AMOUNT_DIGITS_MAX

ZERO = Decimal(0)

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
# ISO 4217: the currencies whose minor unit is not a hundredth.
_PLACES = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_PLACES_OTHERWISE = 2

CURRENCY_FAULT = "must be a currency code of three capital letters, such as 'EUR'"


def is_currency_code(text: str) -> bool:
    return bool(_CODE.fullmatch(text))


def places_of(currency: str) -> int:
    """How many decimal places an amount of the currency may have."""
    return _PLACES.get(currency, _PLACES_OTHERWISE)


def places_in(amount: Decimal) -> int:
    """How many decimal places the amount needs, trailing zeros left out."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def is_bounded(amount: Decimal) -> bool:
    return amount.is_finite() and abs(amount) < Decimal(10) ** AMOUNT_DIGITS_MAX


def in_places(amount: Decimal, currency: str) -> Decimal:
    """The amount written with the currency's places: `100` as `100.00`."""
    return amount.quantize(Decimal(1).scaleb(-places_of(currency)))
