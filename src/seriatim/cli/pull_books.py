"""What one side of a pull shows: its sequence sets, and the number that each would give next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from seriatim.cli.backend import Json
from seriatim.cli.faults import AnswerNotUnderstood
from seriatim.domain.document_number import fold, format_number
from seriatim.domain.document_type import DocumentType

DEFAULT: Final = "DEFAULT"
_KNOWN: Final = frozenset(
    {"id", "name", "sequenceSetNumber", "chronological", "success", *DocumentType}
)


@dataclass(frozen=True, slots=True)
class Numbering:
    """One document type of a set. Shape: `next_text` is the document number to come."""

    prefix: str
    next_number: int
    next_text: str


@dataclass(frozen=True, slots=True)
class ShownSet:
    """A set as its side shows it.

    Shape: `number` and `chronological` are None where that side has no such field; `numbering`
        holds the types that the set names itself; `unknown` are fields that nobody here knows.
    """

    set_id: str
    name: str
    number: str | None
    chronological: bool | None
    numbering: Mapping[DocumentType, Numbering]
    unknown: frozenset[str]

    @property
    def is_default(self) -> bool:
        return fold(self.name) == fold(DEFAULT)


class Books:
    """The sets of one side. Shape: in their order, each id once."""

    def __init__(self, sets: Iterable[ShownSet]) -> None:
        self._by_id: dict[str, ShownSet] = {}
        for one in sets:  # a list that grew while it was read may show one twice
            self._by_id.setdefault(fold(one.set_id), one)
        self._by_name = {fold(one.name): one for one in self._by_id.values()}

    @property
    def sets(self) -> list[ShownSet]:
        return list(self._by_id.values())

    def named(self, name: str) -> ShownSet | None:
        return self._by_name.get(fold(name))

    def with_id(self, set_id: str) -> ShownSet | None:
        return self._by_id.get(fold(set_id))

    def numbering_of(self, name: str, document_type: DocumentType) -> Numbering | None:
        """What numbers a type where a set is asked for: the set's own, or DEFAULT's.

        None where there is no such set, or DEFAULT has none of that type either.
        """
        found, default = self.named(name), self.named(DEFAULT)
        if found is None:
            return None
        own = found.numbering.get(document_type)
        if own is not None or default is None:
            return own
        return default.numbering.get(document_type)


def read_set(body: Mapping[str, Any], place: str) -> ShownSet:
    """Errors: AnswerNotUnderstood, with the place of the field in the answer."""
    chronological = body.get("chronological")
    numbering = {}
    for document_type in DocumentType:
        shown = body.get(document_type.value)
        if isinstance(shown, Mapping) and not shown.get("prefix"):
            continue  # an empty one stands for none
        if shown is not None:
            numbering[document_type] = _numbering(shown, f"{place}.{document_type.value}")
    return ShownSet(
        set_id=text_in(body, "id", place),
        name=text_in(body, "name", place),
        number=text_or_none(body.get("sequenceSetNumber")),
        chronological=chronological if isinstance(chronological, bool) else None,
        numbering=numbering,
        unknown=frozenset(body) - _KNOWN,
    )


def _numbering(shown: object, place: str) -> Numbering:
    if not isinstance(shown, dict):
        raise AnswerNotUnderstood(f"{place}: is no object")
    fields: Json = shown
    prefix, number = fields.get("prefix"), fields.get("startNumber")
    if not isinstance(prefix, str):
        raise AnswerNotUnderstood(f"{place}.prefix: is no text")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise AnswerNotUnderstood(f"{place}.startNumber: is no whole number from 1 up")
    text = text_or_none(fields.get("nextDocumentNumber"))
    return Numbering(prefix, number, text or format_number(prefix, number))


def text_or_none(given: object) -> str | None:
    """A text that says something; None for anything else."""
    return given if isinstance(given, str) and given else None


def text_in(body: Mapping[str, Any], name: str, place: str) -> str:
    """Errors: AnswerNotUnderstood."""
    given = text_or_none(body.get(name))
    if given is None:
        raise AnswerNotUnderstood(f"{place}.{name}: is no text")
    return given
