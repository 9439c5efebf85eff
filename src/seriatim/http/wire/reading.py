"""Typed values out of a body whose shape was checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast

from pydantic import BaseModel

from seriatim.domain.document_requests import AccountKey
from seriatim.domain.errors import Category, Violation
from seriatim.http.wire.paths import name_of_ours
from seriatim.http.wire.shape import Location, Shape
from seriatim.http.wire.values import exact_decimal, existing_day, is_custom_field


@dataclass(frozen=True, slots=True)
class Reading:
    """One object of a body, at its place.

    Shape: every reader gives None for what is absent, null or at fault. The first `base_parts`
        of the place lead to the thing that is checked, as in `Violation.base`.
    """

    shape: Shape
    place: Location = ()
    base_parts: int = 0

    def text(self, name: str) -> str | None:
        found = self.shape.sound_at(*self.place, name)
        return found if isinstance(found, str) else None

    def flag(self, name: str) -> bool:
        return self.shape.sound_at(*self.place, name) is True

    def day(self, name: str) -> date | None:
        found = self.text(name)
        return None if found is None else existing_day(found)

    def amount(self, name: str) -> Decimal | None:
        found = self.shape.sound_at(*self.place, name)
        return None if found is None else exact_decimal(found)

    def is_null(self, name: str) -> bool:
        return self.shape.value_at(*self.place, name) is None

    def objects(self, name: str) -> list[Reading]:
        """The objects of a list, those at fault too."""
        found = self.shape.given_at(*self.place, name)
        count = len(cast("list[object]", found)) if isinstance(found, list) else 0
        return [replace(self, place=(*self.place, name, index)) for index in range(count)]

    def account(self) -> AccountKey:
        return AccountKey(self.text("accountId"), self.text("accountNumber"))

    def details(self, model: type[BaseModel], interpreted: frozenset[str]) -> dict[str, object]:
        """The fields that the model knows and nobody interprets, and the custom ones.

        Shape: what is null counts as left out, as everywhere in a creation.
        """
        changed = self.changed_details(model, interpreted)
        return {name: value for name, value in changed.items() if value is not None}

    def changed_details(
        self, model: type[BaseModel], interpreted: frozenset[str]
    ) -> dict[str, object]:
        """The same of a change, in which null clears a field."""
        given = self.shape.object_at(*self.place) or {}
        known = model.model_fields
        return {
            name: self.shape.known_at(*self.place, name)
            for name in given
            if name not in interpreted and (name in known or is_custom_field(name))
        }

    def lacks(self, *names: str) -> bool:
        """Whether none of the fields stands here, not even with a fault."""
        given = self.shape.object_at(*self.place)
        return given is not None and all(given.get(name) is None for name in names)


def required(resource: str, reading: Reading, name: str, message: str) -> Violation:
    """A field that is missing where no model can say so."""
    place = (*reading.place, name)
    path = tuple(name_of_ours(part) if isinstance(part, str) else part for part in place)
    base = reading.base_parts
    return Violation(resource, path[base:], Category.MISSING_FIELD, message, path[:base])


def account_faults(resource: str, reading: Reading) -> list[Violation]:
    if not reading.lacks("accountId", "accountNumber"):
        return []
    return [required(resource, reading, "accountId", "is required, or accountNumber")]
