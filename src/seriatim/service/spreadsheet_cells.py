"""Texts as a spreadsheet may read them."""

from __future__ import annotations

from typing import Final

# The last four are the same signs in full width, which some spreadsheets take for them.
_FORMULA_STARTS: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")


def harmless_text(text: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
