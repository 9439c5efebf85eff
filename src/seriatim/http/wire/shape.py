"""The shape of a body: its fields and their JSON types, and nothing about their values.

pydantic finds every fault with its path; what is sound is read from the decoded body itself,
so that a value with a fault elsewhere is still checked by the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from seriatim.domain.errors import Category, PathPart, Violation
from seriatim.domain.limits import FAULTS_LISTED_MAX
from seriatim.domain.sequence_set import ABSENT, FAULTY, Blank
from seriatim.http.settings import UnknownFields
from seriatim.http.wire.paths import AsWritten, name_of_ours

Location = tuple[str | int, ...]

_MESSAGES = {
    "string_type": "must be a string",
    "int_type": "must be a whole number, without quotes, fraction or exponent",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_too_short": "may not be empty",
    "string_too_long": "may have at most {max_length} characters",
    "too_short": "must hold at least {min_length} items",
    "too_long": "may hold at most {max_length} items",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
FORBIDDEN = "forbidden"
"""The kind of a fault that is against a rule, though its form is right."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoded body after the check of its shape.

    Shape: `faults` carry the paths of the request; `faulty` holds the places to pass over,
        `ignored` those of unknown fields that were let pass.
    """

    body: object
    faults: tuple[Violation, ...] = ()
    faulty: frozenset[Location] = field(default_factory=frozenset[Location])
    ignored: frozenset[Location] = field(default_factory=frozenset[Location])

    def object_at(self, *location: str | int) -> Mapping[str, object] | None:
        """The object at a place; None where it is absent, null or at fault."""
        found = self._at(location)
        return cast("Mapping[str, object]", found) if isinstance(found, dict) else None

    def value_at(self, *location: str | int) -> Any:
        """The value at a place, ABSENT, or FAULTY where its shape was reported."""
        if location in self.faulty:
            return FAULTY
        return self._at(location)

    def given_fields(self) -> Mapping[str, Any]:
        """The fields of the body that there are to work with: present, and not at fault."""
        if not isinstance(self.body, dict) or () in self.faulty:
            return {}
        fields = cast("dict[str, Any]", self.body)
        if not self.faulty:
            return fields
        return {name: value for name, value in fields.items() if (name,) not in self.faulty}

    def given_at(self, *location: str | int) -> Any:
        """The value at a place, or None where there is none to work with."""
        found = self.value_at(*location)
        return None if isinstance(found, Blank) else found

    def sound_at(self, *location: str | int) -> Any:
        """The same, and None as well where anything inside the value is at fault."""
        if any(place[: len(location)] == location for place in self.faulty):
            return None
        return self.given_at(*location)

    def known_at(self, *location: str | int) -> Any:
        """The sound value at a place, without the unknown fields inside it."""
        found = self.sound_at(*location)
        inside = any(place[: len(location)] == location for place in self.ignored)
        return self._without_ignored(found, location) if inside else found

    def _without_ignored(self, value: object, location: Location) -> object:
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            return {
                name: self._without_ignored(part, (*location, name))
                for name, part in fields.items()
                if (*location, name) not in self.ignored
            }
        if isinstance(value, list):
            parts = cast("list[object]", value)
            return [
                self._without_ignored(part, (*location, index)) for index, part in enumerate(parts)
            ]
        return value

    def _at(self, location: Location) -> object:
        place: object = self.body
        for depth, part in enumerate(location):
            if location[:depth] in self.faulty:
                return FAULTY
            if isinstance(part, str) and isinstance(place, dict):
                fields = cast("dict[str, object]", place)
                if part not in fields:
                    return ABSENT
                place = fields[part]
            elif isinstance(part, int) and isinstance(place, list):
                place = cast("list[object]", place)[part]
            else:
                return ABSENT
        return place


def shape_of(
    model: type[BaseModel],
    body: object,
    resource: str,
    *,
    unknown_fields: UnknownFields,
    list_field: str | None = None,
) -> Shape:
    """Check a body against a model.

    Shape: with `list_field`, faults inside an item of that list belong to the item, so that
        a field has one resource code wherever its object stands.
    """
    try:
        model.__pydantic_validator__.validate_python(body)
    except ValidationError as invalid:
        if invalid.error_count() > FAULTS_LISTED_MAX:
            return _hopeless(body, resource, invalid.error_count())
        faults = []
        faulty = set()
        ignored = set()
        for fault in invalid.errors(include_url=False):
            location: Location = fault["loc"]
            is_unknown = fault["type"] == "extra_forbidden"
            if is_unknown and unknown_fields == "ignore":
                ignored.add(location)
                continue
            faulty.add(location)
            category, message = _explained(fault)
            faults.append(
                _violation(resource, location, category, message, list_field, is_unknown=is_unknown)
            )
        return Shape(body, tuple(faults), frozenset(faulty), frozenset(ignored))
    return Shape(body)


def _hopeless(body: object, resource: str, fault_count: int) -> Shape:
    """A body with so many faults that listing them would be work for nobody."""
    message = f"has {fault_count} faults; up to {FAULTS_LISTED_MAX} would be listed"
    fault = Violation(resource, (), Category.INVALID_VALUE, message)
    return Shape(body, (fault,), frozenset({()}))


def _explained(fault: ErrorDetails) -> tuple[Category, str]:
    kind = fault["type"]
    if kind == "extra_forbidden":
        return Category.UNKNOWN_FIELD, "is not a field of this request"
    if kind == "missing":
        return Category.MISSING_FIELD, "is required"
    if fault["input"] is None and kind != "bool_type":
        return Category.MISSING_FIELD, "cannot be null"
    if kind == FORBIDDEN:
        return Category.RULE, fault["msg"]
    message = _MESSAGES.get(kind)
    if message is None:
        return Category.INVALID_VALUE, fault["msg"]
    return Category.INVALID_VALUE, message.format_map(fault.get("ctx", {}))


def _violation(
    resource: str,
    location: Location,
    category: Category,
    message: str,
    list_field: str | None,
    *,
    is_unknown: bool,
) -> Violation:
    parts: list[PathPart] = [
        name_of_ours(part) if isinstance(part, str) else part for part in location
    ]
    if is_unknown:
        parts[-1] = AsWritten(location[-1])
    items = 2 if list_field is not None and location[:1] == (list_field,) else 0
    if len(parts) < items:
        items = 0
    return Violation(resource, tuple(parts[items:]), category, message, tuple(parts[:items]))
