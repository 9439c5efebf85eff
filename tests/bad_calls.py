"""Calls that must be refused, each with a clear error and without a trace in the books.

Shared by every surface of the numbers: HTTP, the library, the command line. Free of pytest.
Source: contract/numbering.md, Issuing; contract/guarantees.md, Faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from seriatim import Numbering
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from tests.conformance.desk import FixedClock

INVALID, MISSING, RULE, ABSENT = (
    Category.INVALID_VALUE,
    Category.MISSING_FIELD,
    Category.RULE,
    Category.NOT_FOUND,
)
LAST_DAY = date(2020, 3, 2)
HELD, EXPIRED_AFTER_S = "HELD00000001", 600


@dataclass(frozen=True, slots=True)
class BadCall:
    """Shape: `fields` as on the wire. `at` is the field that the error begins with: none where
    nothing bears the number that is named. `number` is what a move is asked of.
    """

    name: str
    at: str
    category: Category
    says: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    number: str = ""
    move: Literal["issue", "void", "confirm"] = "issue"

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def prepare(url: str) -> None:
    """The books that the calls are made on, a day ago: holds of then have expired."""
    clock = FixedClock(datetime.now(UTC) - timedelta(days=1))
    with Numbering(url, clock=clock) as numbering:
        _create(numbering, "Chrono", "CHRONO", chronological=True)
        _create(numbering, "Last", "LAST", SEQUENTIAL_NUMBER_MAX - 2)
        _create(numbering, "Full", "FULL", SEQUENTIAL_NUMBER_MAX)
        _create(numbering, "Held", "HELD")
        numbering.issue("invoice", count=8)
        numbering.void(_number(2), reason="printed twice")
        numbering.void(_number(5), last_number=_number(6), reason="torn")
        numbering.issue("invoice", sequence_set="Chrono", document_date=LAST_DAY)
        numbering.issue("invoice", sequence_set="Last")
        numbering.issue("invoice", sequence_set="Full")
        numbering.reserve("invoice", sequence_set="Held", hold_seconds=EXPIRED_AFTER_S)


def _create(
    numbering: Numbering, name: str, prefix: str, start: int = 1, *, chronological: bool = False
) -> None:
    numbering.create_set(
        name,
        invoice=(prefix, start),
        credit_memo=f"{prefix}C",
        debit_memo=f"{prefix}D",
        chronological=chronological,
    )


def _number(number: int) -> str:
    return f"INV{number:08d}"


def _issue(name: str, at: str, category: Category, says: str, **fields: Any) -> BadCall:
    return BadCall(name, at, category, says, {"documentType": "invoice", **fields})


def _void(name: str, at: str, category: Category, says: str, number: str, **fields: Any) -> BadCall:
    given = {"reason": "torn", **fields}
    kept = {name: value for name, value in given.items() if value is not None}
    return BadCall(name, at, category, says, kept, number, "void")


def _confirm(
    name: str, at: str, category: Category, says: str, number: str, **fields: Any
) -> BadCall:
    return BadCall(name, at, category, says, fields, number, "confirm")


_COUNT = "must be a whole number from 1 to 1000000"
_ENDS = f"ends at {SEQUENTIAL_NUMBER_MAX} (20 digits)"
_DAY_BEFORE = (LAST_DAY - timedelta(days=1)).isoformat()
_TYPES = "must be one of " + ", ".join(one.value for one in DocumentType)

BAD_CALLS = (
    _issue("count 0", "count", INVALID, _COUNT, count=0),
    _issue("count -1", "count", INVALID, _COUNT, count=-1),
    _issue("count 1000001", "count", INVALID, _COUNT, count=1_000_001),
    _issue("hold 0", "holdSeconds", INVALID, "from 1 to 86400", holdSeconds=0),
    _issue("hold 86401", "holdSeconds", INVALID, "from 1 to 86400", holdSeconds=86_401),
    _issue("no references", "references", INVALID, "1 to 1000", references=[]),
    _issue("count and references", "count", INVALID, "references", count=2, references=["a"]),
    _issue("unknown set", "sequenceSet", ABSENT, "'Nowhere'", sequenceSet="Nowhere"),
    _issue("unknown type", "documentType", INVALID, _TYPES, documentType="invoices"),
    _issue("unknown account", "accountId", ABSENT, f"'{'0' * 32}'", accountId="0" * 32),
    _issue("account of no id", "accountId", ABSENT, "'A-1'", accountId="A-1"),
    _issue("unknown account number", "accountNumber", ABSENT, "'A-1'", accountNumber="A-1"),
    _issue(
        "date before the last",
        "documentDate",
        RULE,
        f"{_DAY_BEFORE} lies before {LAST_DAY}",
        sequenceSet="Chrono",
        documentDate=_DAY_BEFORE,
    ),
    _issue("more than are left", "count", RULE, _ENDS, sequenceSet="Last", count=3),
    _issue(
        "more references than numbers are left",
        "references",
        RULE,
        "2 are left",
        sequenceSet="Last",
        references=["a", "b", "c"],
    ),
    _issue("nothing left", "sequenceSet", RULE, _ENDS, sequenceSet="Full"),
    _issue("hold of nothing left", "sequenceSet", RULE, _ENDS, sequenceSet="Full", holdSeconds=9),
    _void("void without reason", "reason", MISSING, "is required", _number(1), reason=None),
    _void("void with an empty reason", "reason", INVALID, "1 to 255", _number(1), reason=""),
    _void("void with a long reason", "reason", INVALID, "1 to 255", _number(1), reason="x" * 256),
    _void("void twice", "number", RULE, f"{_number(2)} is voided (printed twice)", _number(2)),
    _void("void never issued", "", ABSENT, _number(9), _number(9)),
    _void("void of no series", "", ABSENT, "NEVER00000001", "NEVER00000001"),
    _void(
        "void past the last",
        "lastNumber",
        INVALID,
        f"{_number(9)} in it, which was never given",
        _number(7),
        lastNumber=_number(12),
    ),
    _void("void after expiry", "number", RULE, "is voided (hold expired)", HELD),
    _void(
        "void of a range half void",
        "lastNumber",
        RULE,
        f"{_number(5)} to {_number(6)} are voided (torn)",
        _number(3),
        lastNumber=_number(8),
    ),
    _void(
        "void of a range void first",
        "number",
        RULE,
        f"{_number(6)} is voided",
        _number(6),
        lastNumber=_number(7),
    ),
    _void("void backwards", "lastNumber", INVALID, "before", _number(4), lastNumber=_number(3)),
    _void("void across series", "lastNumber", INVALID, "'HELD", _number(4), lastNumber=HELD),
    _confirm("confirm issued", "number", RULE, f"{_number(1)} is issued", _number(1)),
    _confirm("confirm voided", "number", RULE, f"{_number(2)} is voided", _number(2)),
    _confirm("confirm never issued", "", ABSENT, _number(9), _number(9)),
    _confirm("confirm after expiry", "number", RULE, "is voided (hold expired)", HELD),
)
