"""Values whose content the wire checks itself: exact decimals, days, bounded texts; and the base
of the models that keep fields which nobody here interprets.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, cast

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from seriatim.domain.money import CURRENCY_FAULT, is_currency_code
from seriatim.http.wire.fields import RequestModel, left_out, text_schema

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)
_CUSTOM_NAME: Final = re.compile(r"\w{1,64}__c", re.ASCII)
_SCALARS: Final = (str, int, Decimal, type(None))

_AMOUNT_FAULT: Final = (
    "must be a number, or a string of decimal digits, with at most 18 digits before the point "
    "and 9 after it"
)
_DAY_FAULT: Final = "must be a day that exists, written YYYY-MM-DD"


def exact_decimal(value: object) -> Decimal:
    """A JSON number or a string of digits as a decimal, to the last digit.

    Errors: PydanticCustomError for anything else, and for more digits than any amount has.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
    else:
        raise PydanticCustomError("amount", _AMOUNT_FAULT)
    if not _DECIMAL.fullmatch(text):
        raise PydanticCustomError("amount", _AMOUNT_FAULT)
    return Decimal(text)


def existing_day(text: str) -> date:
    """Errors: PydanticCustomError for a day that no calendar has, or in another form."""
    if not _DAY.fullmatch(text):
        raise PydanticCustomError("day", _DAY_FAULT)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", _DAY_FAULT) from None


def currency_code(text: str) -> str:
    """Errors: PydanticCustomError for anything but three capital letters."""
    if not is_currency_code(text):
        raise PydanticCustomError("currency", CURRENCY_FAULT)
    return text


_DECIMAL_SCHEMA: Final = WithJsonSchema(
    {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_DECIMAL.pattern}$"}]}
)
Amount = Annotated[Any, AfterValidator(exact_decimal), _DECIMAL_SCHEMA]
ShownAmount = Annotated[Decimal, WithJsonSchema({"type": "number"})]
ExistingDay = Annotated[
    StrictStr, AfterValidator(existing_day), WithJsonSchema({"type": "string", "format": "date"})
]
Currency = Annotated[
    StrictStr, Field(json_schema_extra={"minLength": 3, "maxLength": 3, "pattern": "^[A-Z]{3}$"})
]
KeptCurrency = Annotated[Currency, AfterValidator(currency_code)]
"""Where no rule looks at it."""

Key = Annotated[StrictStr, Field(min_length=1, max_length=255)]
CustomNumber = Annotated[
    StrictStr,
    Field(
        json_schema_extra=text_schema(32, 1, "^[A-Za-z0-9_-]+$"),
        description="Overrides the set; unique in the entity.",
    ),
]


class Keeping(RequestModel):
    """A model with documented fields that are kept as they came, and custom fields `…__c`.

    Shape: fields of the same names in an answer give them back.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "patternProperties": {
                f"^{_CUSTOM_NAME.pattern}$": {"type": ["string", "number", "boolean", "null"]}
            }
        }
    )

    @model_validator(mode="before")
    @classmethod
    def _without_custom_fields(cls, value: object) -> object:
        """Take custom fields out, for whose names no model can have a list."""
        if not isinstance(value, dict):
            return value
        fields = cast("dict[str, object]", value)
        custom = [name for name in fields if is_custom_field(name)]
        if not custom:
            return value
        for name in custom:
            if not isinstance(fields[name], _SCALARS):
                raise PydanticCustomError(
                    "custom_field",
                    "the custom field '{name}' must be a string, a number, true, false or null",
                    {"name": name},
                )
        return {name: part for name, part in fields.items() if name not in custom}


def is_custom_field(name: str) -> bool:
    return name.endswith("__c") and _CUSTOM_NAME.fullmatch(name) is not None


def list_schema(longest: int) -> dict[str, Any]:
    """How long a list may be, where a rule says so and not the model."""
    return {"minItems": 1, "maxItems": longest}


# The rest are fields that may be left out or null: kept, of a known type, not interpreted.
KEPT: Final[Any] = left_out()
_Text = StrictStr
Text3 = Annotated[_Text, Field(max_length=3)] | None
Text20 = Annotated[_Text, Field(max_length=20)] | None
Text25 = Annotated[_Text, Field(max_length=25)] | None
Text32 = Annotated[_Text, Field(max_length=32)] | None
Text35 = Annotated[_Text, Field(max_length=35)] | None
Text40 = Annotated[_Text, Field(max_length=40)] | None
Text50 = Annotated[_Text, Field(max_length=50)] | None
Text64 = Annotated[_Text, Field(max_length=64)] | None
Text70 = Annotated[_Text, Field(max_length=70)] | None
Text80 = Annotated[_Text, Field(max_length=80)] | None
Text100 = Annotated[_Text, Field(max_length=100)] | None
Text128 = Annotated[_Text, Field(max_length=128)] | None
Text130 = Annotated[_Text, Field(max_length=130)] | None
Text255 = Annotated[_Text, Field(max_length=255)] | None
Text500 = Annotated[_Text, Field(max_length=500)] | None
Text65535 = Annotated[_Text, Field(max_length=65535)] | None
Bool = StrictBool | None
Count = StrictInt | None
Quantity = Amount | None
Day = ExistingDay | None
