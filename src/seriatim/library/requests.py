"""What a program asks of the library, checked as a body is checked on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from seriatim.domain.rules.issuing import violation
from seriatim.domain.sequence_set import ABSENT, NumberingInput, SequenceSetInput
from seriatim.service.set_choice import IssueRequest

PrefixAndStart = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """Shape: a field that is not sound stands among the faults and is left out of the request."""

    request: IssueRequest
    faults: tuple[Violation, ...]


def issue_request(
    document_type: DocumentType | str,
    *,
    sequence_set: str | None = None,
    count: int | None = None,
    reference: str | None = None,
    references: Sequence[str] | None = None,
    document_date: date | None = None,
    hold_seconds: int | None = None,
) -> CheckedRequest:
    """Typed callers get nothing from these checks; the others learn what is wrong, all at once."""
    faults: list[Violation] = []
    if references is not None and (
        isinstance(references, str) or not all(map(_is_text, references))
    ):
        faults.append(_invalid("must be a sequence of texts", "references"))
        references = None
    request = IssueRequest(
        document_type=_document_type(document_type, faults),
        sequence_set=_text(sequence_set, "sequence_set", faults),
        document_date=_day(document_date, faults),
        count=_whole_number(count, "count", faults),
        reference=_text(reference, "reference", faults),
        references=None if references is None else tuple(references),
        hold_seconds=_whole_number(hold_seconds, "hold_seconds", faults),
    )
    return CheckedRequest(request, tuple(faults))


def key_faults(key: str) -> tuple[Violation, ...]:
    if _is_text(key) and 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS_MAX:
        return ()
    message = f"must have 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} characters"
    return (_invalid(message, "idempotency_key"),)


def key_needs_own_connection(key: str | None) -> tuple[Violation, ...]:
    if key is None:
        return ()
    message = "cannot stand beside connection: your own rows, committed together, are the key"
    return (_invalid(message, "idempotency_key"),)


def text_faults(**fields: str | None) -> tuple[Violation, ...]:
    """A fault for each field that is given and not sound text."""
    faults: list[Violation] = []
    for field, value in fields.items():
        _text(value, field, faults)
    return tuple(faults)


def set_input(
    name: str,
    numbering: Mapping[DocumentType, PrefixAndStart | None],
    *,
    sequence_set_number: str | None,
    chronological: bool,
) -> SequenceSetInput:
    """Shape: a prefix alone starts at 1; a type that is None is left out."""
    return SequenceSetInput(
        name=name,
        sequence_set_number=ABSENT if sequence_set_number is None else sequence_set_number,
        chronological=chronological,
        numbering={
            document_type: _numbering(given)
            for document_type, given in numbering.items()
            if given is not None
        },
    )


def _numbering(given: PrefixAndStart) -> NumberingInput:
    if isinstance(given, str):
        return NumberingInput(given, 1)
    prefix, start_number = given
    return NumberingInput(prefix, start_number)


def _document_type(given: DocumentType | str, faults: list[Violation]) -> DocumentType | None:
    try:
        return DocumentType(given)
    except ValueError:
        names = ", ".join(one.value for one in DocumentType)
        faults.append(_invalid(f"must be one of {names}", "document_type"))
        return None


def _text(given: str | None, field: str, faults: list[Violation]) -> str | None:
    if given is None or _is_text(given):
        return given
    faults.append(_invalid("must be text, without U+0000 and halves of surrogate pairs", field))
    return None


def _is_text(given: object) -> bool:
    """Whether both databases can keep it and the hash chain can encode it."""
    return (
        isinstance(given, str)
        and "\x00" not in given
        and not any("\ud800" <= character <= "\udfff" for character in given)
    )


def _whole_number(given: object, field: str, faults: list[Violation]) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool)):
        return given
    faults.append(_invalid("must be a whole number", field))
    return None


def _day(given: object, faults: list[Violation]) -> date | None:
    if given is None or (isinstance(given, date) and not isinstance(given, datetime)):
        return given
    faults.append(_invalid("must be a date, without a time of day", "document_date"))
    return None


def _invalid(message: str, field: str) -> Violation:
    return violation(Category.INVALID_VALUE, message, field)
