"""Short ways to import files at a desk."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from seriatim.domain.caller import Caller
from seriatim.domain.document_type import DocumentType
from seriatim.domain.register import EntryKind
from seriatim.service.imports import ImportOptions, ImportOutcome, ImportState, import_numbers
from tests.conformance.desk import Desk, execute

HEADER = "documentType,number,lastNumber,documentDate,reference"
INVOICE = DocumentType.INVOICE


def csv_of(*lines: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\n" for line in (header, *lines)).encode()


def numbers(*given: str, document_type: str = "invoice", day: str = "2025-03-04") -> bytes:
    """A file of numbers, each `first` or `first..last`, without references."""
    return csv_of(
        *(
            f"{document_type},{first},{last},{day},"
            for first, _, last in (one.partition("..") for one in given)
        )
    )


def import_file(
    desk: Desk,
    content: bytes,
    *,
    caller: Caller | None = None,
    progress: Any = None,
    **options: Any,
) -> ImportOutcome:
    rest = {} if progress is None else {"progress": progress}
    return import_numbers(
        desk.store,
        caller or desk.asking(),
        io.BytesIO(content),
        ImportOptions(**options),
        clock=desk.clock,
        **rest,
    )


def imported(desk: Desk, *given: str, document_type: str = "invoice", **options: Any) -> None:
    """Import numbers that nothing is wrong with."""
    outcome = import_file(desk, numbers(*given, document_type=document_type), **options)
    assert (outcome.state, outcome.faults.shown) == (ImportState.IMPORTED, [])


def faults(outcome: ImportOutcome) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in outcome.faults.shown]


def book(
    desk: Desk, prefix: str, document_type: DocumentType = INVOICE
) -> list[tuple[str, int, int]]:
    """The covering entries of a series. Order: by number."""
    return sorted(
        (
            (entry.content.kind.value, entry.content.numbers.first, entry.content.numbers.last)
            for entry in desk.entries(prefix, document_type)
            if entry.content.kind is not EntryKind.VOIDED
        ),
        key=lambda one: one[1],
    )


def texts(desk: Desk) -> list[str]:
    """The texts that were taken outside every series."""
    rows: Iterable[tuple[str]] = execute(
        desk.store,
        "SELECT number_text FROM seriatim_number_text WHERE entity_id = :entity_id ORDER BY number_text",
        {"entity_id": desk.caller.entity_id},
    )
    return [text for (text,) in rows]


def is_sound(desk: Desk) -> bool:
    return all(found.is_verified for found in desk.verify().values())
