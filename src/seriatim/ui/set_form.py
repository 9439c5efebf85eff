"""The editor's form: what it shows, what was typed, and what of it is a wish for a change.

A field as it was when the page was made goes along hidden (`was.`): only what differs from it is
asked for, so that numbers issued and edits made meanwhile are never undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import JSON_INTEGER_DIGITS_MAX
from seriatim.domain.sequence_set import (
    ABSENT,
    FAULTY,
    Blank,
    NumberingInput,
    SequenceSetInput,
)
from seriatim.service.set_saving import SetView
from seriatim.ui.forms import Form

CHRONOLOGICAL: Final = "chronological"
NAME, NUMBER, ETAG = "name", "sequence_set_number", "etag"
_WAS: Final = "was."


@dataclass(frozen=True, slots=True)
class TypedSet:
    """The fields of the editor as texts.

    Shape: `typed` and `was` have the same names; `was` is empty for a new set, and `etag` is.
    """

    typed: Mapping[str, str]
    was: Mapping[str, str]
    etag: str = ""

    @property
    def is_new(self) -> bool:
        return not self.etag

    def differs(self, name: str) -> bool:
        return self.is_new or self.typed.get(name, "") != self.was.get(name, "")

    @property
    def has_changes(self) -> bool:
        return any(self.differs(name) for name in {*self.typed, *self.was})

    @property
    def hidden(self) -> dict[str, str]:
        """All of it, for a page that only passes it on."""
        earlier = {f"{_WAS}{name}": value for name, value in self.was.items()}
        return {**self.typed, **earlier, ETAG: self.etag}

    def onto(self, current: TypedSet) -> TypedSet:
        """The same wishes on a set that somebody edited meanwhile."""
        mine = {name: value for name, value in self.typed.items() if self.differs(name)}
        return replace(current, typed={**current.typed, **mine})


def prefix_field(document_type: DocumentType) -> str:
    return f"{document_type.field_name}.prefix"


def start_field(document_type: DocumentType) -> str:
    return f"{document_type.field_name}.start_number"


def blank_set() -> TypedSet:
    return TypedSet({start_field(one): "1" for one in DocumentType if _is_required(one)}, {})


def copy_of(view: SetView) -> TypedSet:
    """A new set with the prefixes of another: their series go on where they stand."""
    values = {CHRONOLOGICAL: _flag(view.sequence_set.chronological)}
    for series in view.series:
        values[prefix_field(series.document_type)] = series.prefix
        values[start_field(series.document_type)] = str(series.next_number)
    return TypedSet(values, {})


def as_it_stands(view: SetView) -> TypedSet:
    current = view.sequence_set
    values = {NAME: current.name, CHRONOLOGICAL: _flag(current.chronological)}
    for series in view.series:
        values[prefix_field(series.document_type)] = series.prefix
        values[start_field(series.document_type)] = str(series.next_number)
    return TypedSet(values, values, current.etag)


def typed_in(form: Form) -> TypedSet:
    names = [NAME, NUMBER, CHRONOLOGICAL]
    for document_type in DocumentType:
        names += [prefix_field(document_type), start_field(document_type)]
    typed = {name: form.get(name) for name in names if form.has(name) or name == CHRONOLOGICAL}
    was = {name: form.fields[f"{_WAS}{name}"] for name in names if form.has(f"{_WAS}{name}")}
    return TypedSet(typed, was, form.get(ETAG))


def as_request(
    typed: TypedSet, numbered: Collection[DocumentType]
) -> tuple[SequenceSetInput, list[Violation]]:
    """What the services are asked for, and what cannot even be understood.

    Shape: `numbered` are the document types that the set numbers already; all of them are in the
        request, so that a review tells of each. An optional one whose prefix was emptied is None.
    """
    faults: list[Violation] = []
    rows = {one: _row(typed, one, faults) for one in DocumentType}
    request = SequenceSetInput(
        name=_text(typed, NAME),
        sequence_set_number=_text(typed, NUMBER) if typed.is_new else ABSENT,
        chronological=(
            typed.typed.get(CHRONOLOGICAL) == "yes" if typed.differs(CHRONOLOGICAL) else ABSENT
        ),
        numbering={
            one: row for one, row in rows.items() if one in numbered or row != NumberingInput()
        },
    )
    return request, faults


def field_of(violation: Violation) -> str:
    """The name of the field that a fault stands beside; "" for the whole form."""
    path = [str(part) for part in violation.path]
    if len(path) == 1 and path[0] in {one.field_name for one in DocumentType}:
        return f"{path[0]}.prefix"
    return ".".join(path)


def _row(
    typed: TypedSet, document_type: DocumentType, faults: list[Violation]
) -> NumberingInput | None:
    prefix, start = prefix_field(document_type), start_field(document_type)
    given_prefix = typed.typed.get(prefix, "")
    if not typed.is_new and not given_prefix and typed.was.get(prefix):
        return NumberingInput("") if _is_required(document_type) else None
    wanted_start = typed.typed.get(start, "") if typed.differs(start) else ""
    return NumberingInput(
        given_prefix if given_prefix and typed.differs(prefix) else ABSENT,
        _start_number(wanted_start, document_type, faults),
    )


def _start_number(text: str, document_type: DocumentType, faults: list[Violation]) -> int | Blank:
    if not text:
        return ABSENT
    if text.isascii() and text.isdigit() and len(text) <= JSON_INTEGER_DIGITS_MAX:
        return int(text)
    path = (document_type.field_name, "start_number")
    message = "must be a whole number, written in digits alone"
    faults.append(Violation("sequence_set", path, Category.INVALID_VALUE, message))
    return FAULTY


def _text(typed: TypedSet, name: str) -> str | Blank:
    value = typed.typed.get(name, "")
    if typed.is_new:
        return value or ABSENT
    return value if typed.differs(name) else ABSENT


def _is_required(document_type: DocumentType) -> bool:
    return document_type.is_billing_document


def _flag(is_set: bool) -> str:
    return "yes" if is_set else ""
