"""The names and numbers of sets, one key space in which none may equal another set's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Violation
from seriatim.domain.rules.set_state import set_name_is_free, set_number_is_free
from seriatim.domain.sequence_set import Blank, SequenceSet, SequenceSetInput, Series, SetName
from seriatim.store.sql_store import EntityBooks


class NameBook:
    """Keys already taken, in the books and earlier in the same request.

    The entity is locked, so that what is free stays free until the transaction ends.
    """

    def __init__(self, books: EntityBooks, last_set_position: int) -> None:
        self._books = books
        self._last_set_position = last_set_position
        self._claimed: dict[str, str] = {}
        self._asked_for: set[str] = set()

    def leave_alone(self, requested: Iterable[SequenceSetInput]) -> None:
        """Give no number by ourselves that one of these sets asks for, wherever it stands."""
        for one in requested:
            asked_for = (one.name, one.sequence_set_number)
            self._asked_for |= {fold(key) for key in asked_for if not isinstance(key, Blank)}

    def check_new(self, requested: SequenceSetInput) -> list[Violation]:
        """Claims the keys of the new set as well, so that its successors find them taken."""
        violations: list[Violation] = []
        own: dict[str, str] = {}
        if not isinstance(requested.name, Blank):
            violations += set_name_is_free(requested.name, self._holder(requested.name))
            own[fold(requested.name)] = requested.name
        number = requested.sequence_set_number
        if not isinstance(number, Blank):
            violations += set_number_is_free(number, self._holder(number))
            own.setdefault(fold(number), number)
        for key, shown in own.items():
            self._claimed.setdefault(key, shown)
        return violations

    def check_rename(self, current: SequenceSet, new_name: str) -> list[Violation]:
        if fold(new_name) in _keys(current).folded_keys:
            return []
        return list(set_name_is_free(new_name, self._holder(new_name)))

    def name_new(
        self, requested: SequenceSetInput, series: Mapping[DocumentType, Series], now: datetime
    ) -> SequenceSet:
        """Write the new set under its keys; its number is given here if the request has none."""
        self._last_set_position += 1
        if isinstance(requested.name, Blank):
            raise TypeError("a set without a name was refused before")
        number = requested.sequence_set_number
        chronological = requested.chronological
        new = SequenceSet(
            sequence_set_id=uuid.uuid4().hex,
            sequence_set_number=self._free_number() if isinstance(number, Blank) else number,
            name=requested.name,
            is_default=False,
            chronological=False if isinstance(chronological, Blank) else chronological,
            revision=1,
            series=series,
        )
        self._books.insert_set(
            new,
            position=self._last_set_position,
            keys=_keys(new).folded_keys,
            recorded_at=now,
        )
        self._books.set_last_set_position(self._last_set_position)
        return new

    def rename(self, current: SequenceSet, new_name: str) -> None:
        before = _keys(current).folded_keys
        after = SetName(current.sequence_set_id, new_name, current.sequence_set_number).folded_keys
        self._books.delete_set_keys(current.sequence_set_id, sorted(before - after))
        for key in sorted(after - before):
            self._books.insert_set_key(current.sequence_set_id, key)

    def forget(self, current: SequenceSet) -> None:
        self._books.delete_set_keys(current.sequence_set_id, sorted(_keys(current).folded_keys))

    def _holder(self, key: str) -> str | None:
        if fold(key) in self._claimed:
            return self._claimed[fold(key)]
        holder = self._books.find_key_holder(key)
        return None if holder is None else holder[1]

    def _free_number(self) -> str:
        """`SS-00000001` and so on, over any that somebody took by hand or is about to."""
        position = self._last_set_position
        while self._is_taken(f"SS-{position:08d}"):
            position += 1
        return f"SS-{position:08d}"

    def _is_taken(self, number: str) -> bool:
        return fold(number) in self._asked_for or self._holder(number) is not None


def _keys(named: SequenceSet) -> SetName:
    return SetName(named.sequence_set_id, named.name, named.sequence_set_number)
