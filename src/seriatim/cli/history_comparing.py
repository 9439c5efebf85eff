"""What clients saw, held against the register: the part of `verify` that takes a history."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seriatim.cli.backend import Backend, Json
from seriatim.cli.faults import UsageFault
from seriatim.cli.input_files import STANDARD_INPUT
from seriatim.cli.output import Column
from seriatim.cli.register_reading import entry_of, head_of, read_series_register
from seriatim.engine.history import Ask, HistoryUnreadable, read_history
from seriatim.engine.history_check import SeriesBook, check_history

HISTORY_COLUMNS: Final = (
    Column("verified", "History verified"),
    Column("requests", "Requests"),
    Column("answered", "Answered"),
    Column("faults", "Faults"),
    Column("firstFault.guarantee", "Guarantee"),
    Column("firstFault.message", "First fault"),
)


def asks_of(file: str) -> list[Ask]:
    """The requests of a history file. Errors: UsageFault."""
    try:
        if file == STANDARD_INPUT:
            return read_history(sys.stdin)
        with Path(file).open(encoding="utf-8") as lines:
            return read_history(lines)
    except OSError as error:
        raise UsageFault(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageFault(f"{file}: is not UTF-8") from error
    except HistoryUnreadable as error:
        raise UsageFault(f"{file}: {error}") from error


def books_of(backend: Backend, chosen: Sequence[Json]) -> list[SeriesBook]:
    """Cost: every entry of the series, in memory."""
    books: list[SeriesBook] = []
    for one in chosen:
        register = read_series_register(backend, one["id"])
        series = head_of(register.head).series
        books.append(SeriesBook(series, [entry_of(series, entry) for entry in register.entries]))
    return books


def compare(asks: Sequence[Ask], books: Sequence[SeriesBook], *, is_whole: bool) -> Json:
    """What came of it, as JSON shows it."""
    faults = check_history(asks, books, is_whole=is_whole)
    first = faults[0] if faults else None
    return {
        "verified": not faults,
        "requests": len(asks),
        "answered": sum(1 for ask in asks if ask.answered),
        "faults": len(faults),
        "firstFault": None
        if first is None
        else {"guarantee": first.guarantee, "message": first.message},
    }
