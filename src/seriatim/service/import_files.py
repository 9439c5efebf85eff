"""Files of used numbers: read line by line, each line checked by itself.

Source: contract/numbering.md, Import.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from seriatim.domain.document_type import DocumentType
from seriatim.domain.limits import NUMBER_TEXT_CHARACTERS_MAX
from seriatim.domain.rules.issuing import reference_has_at_most_255_characters
from seriatim.engine.imported import UsedNumbers

HEADER = "documentType,number,lastNumber,documentDate,reference"
LINE_BYTES_MAX = 4096
_REQUIRED = frozenset({"documentType", "number", "documentDate", "reference"})
_COLUMNS = _REQUIRED | {"lastNumber"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TYPES = {one.value: one for one in DocumentType}


@dataclass(frozen=True, slots=True)
class LineFault:
    """Shape: lines count from 1, the header's."""

    line: int
    message: str


class ImportFile:
    """One pass over a file.

    Shape: `hash` and `bytes_read` go with it; `is_headed` says whether the first line names the
        columns, without which nothing else can be read.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.bytes_read = 0
        self.is_headed = True

    @property
    def hash(self) -> bytes:
        return self._hash.digest()

    def lines(self) -> Iterator[UsedNumbers | LineFault]:
        """What each line says, or what is wrong with it. Blank lines are passed over.

        Shape: a fault of the header is the only one, and ends the file.
        """
        raw = self._raw_lines()
        columns = _columns_of(next(raw, (1, b"")))
        if isinstance(columns, LineFault):
            self.is_headed = False
            yield columns
            for _ in raw:  # for the hash
                pass
            return
        for number, content in raw:
            if content is None or content.strip():
                yield _read(number, content, columns)

    def _raw_lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Each line with its number; None for one that is too long to be looked at."""
        number = 0
        while piece := self._next_piece():
            number += 1
            if piece.endswith(b"\n") or len(piece) < LINE_BYTES_MAX:
                yield number, piece
                continue
            while piece and not piece.endswith(b"\n"):
                piece = self._next_piece()
            yield number, None

    def _next_piece(self) -> bytes:
        piece = self._source.readline(LINE_BYTES_MAX)
        self._hash.update(piece)
        self.bytes_read += len(piece)
        return piece


def _columns_of(first: tuple[int, bytes | None]) -> list[str] | LineFault:
    try:
        text = (first[1] or b"").decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    columns = text.split(",")
    if _REQUIRED <= set(columns) <= _COLUMNS and len(columns) == len(set(columns)):
        return columns
    return LineFault(
        1, f"the first line must name the columns: {HEADER} (lastNumber may be left out)"
    )


def _read(number: int, content: bytes | None, columns: list[str]) -> UsedNumbers | LineFault:
    if content is None:
        return LineFault(number, f"is longer than {LINE_BYTES_MAX} bytes")
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        return LineFault(number, f"is not UTF-8 at byte {error.start + 1}")
    cells = _cells(text)
    if cells is None:
        return LineFault(number, "has quotation marks where none may stand, or leaves them open")
    if len(cells) != len(columns):
        return LineFault(number, f"has {len(cells)} fields, not {len(columns)}")
    return _used(number, dict(zip(columns, cells, strict=True)))


def _cells(text: str) -> list[str] | None:
    if '"' not in text:
        return text.split(",")
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return None
    return cells


def _used(line: int, fields: dict[str, str]) -> UsedNumbers | LineFault:
    faults: list[str] = []
    document_type = _TYPES.get(fields["documentType"])
    if document_type is None:
        faults.append(
            f"documentType: '{_shown(fields['documentType'])}' is none of {', '.join(_TYPES)}"
        )
    last_number = fields.get("lastNumber") or None
    for name in ("number", "lastNumber"):
        if fields.get(name) or name == "number":
            faults += _text_faults(name, fields[name])
    reference = fields["reference"] or None
    if reference is not None:
        violations = reference_has_at_most_255_characters(reference)
        faults += [f"reference: {one.message}" for one in violations]
        if "\0" in reference:
            faults.append("reference: may not hold the character NUL")
    day = _day_of(fields["documentDate"])
    if day is None and fields["documentDate"]:
        faults.append(f"documentDate: '{_shown(fields['documentDate'])}' is no date YYYY-MM-DD")
    if faults or document_type is None:
        return LineFault(line, "; ".join(faults))
    return UsedNumbers(line, document_type, fields["number"], last_number, day, reference)


def _text_faults(name: str, text: str) -> list[str]:
    is_shown_whole = text.isprintable() and text == text.strip()
    if 1 <= len(text) <= NUMBER_TEXT_CHARACTERS_MAX and is_shown_whole:
        return []
    bounds = f"1 to {NUMBER_TEXT_CHARACTERS_MAX} printable characters"
    return [f"{name}: must have {bounds}, without a space at an end"]


def _day_of(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
