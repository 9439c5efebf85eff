"""What settings must be, and what is wrong with one, in words of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from seriatim.domain.errors import SeriatimError


class ConfigRefused(SeriatimError):
    """Settings that are unknown or break their rule. Shape: `faults` name each and the rule."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


_RULES: Final = {
    "bool_type": "must be true or false",
    "finite_number": "must be a number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
}


def rule_of(details: Mapping[str, Any]) -> str:
    """What the value must be, in words that name no value: it may be a secret."""
    kind, context = details["type"], details.get("ctx", {})
    match kind:
        case "greater_than_equal":
            return f"must be at least {context['ge']:.10g}"
        case "less_than_equal":
            return f"must be at most {context['le']:.10g}"
        case "literal_error":
            return f"must be {context['expected']}"
        case "string_too_short":
            return "must not be empty"
        case "value_error":
            return str(context["error"])
        case _:
            return _RULES.get(kind, str(details["msg"]))


def database_url(url: str) -> str:
    """The URL itself. Errors: ValueError with the rule."""
    if not re.match(r"(sqlite:///|postgres(ql)?://).", url):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return url


def web_address(url: str) -> str:
    """The address without a slash at its end. Errors: ValueError with the rule."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be an address without user, query and fragment")
    return url.rstrip("/")
