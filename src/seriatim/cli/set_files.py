"""Files that say what the sequence sets of an entity shall be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

from seriatim.cli.backend import (
    SEQUENCE_SETS,
    Backend,
    Call,
    Json,
    creation,
    dry_run_query,
    pages,
)
from seriatim.cli.faults import RefusedByService, UsageFault, kind_of
from seriatim.cli.input_files import to_json, to_yaml
from seriatim.cli.output import Column, Format
from seriatim.cli.reporting import lines_of
from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected, SeriatimError
from seriatim.domain.limits import SETS_PER_REQUEST_MAX

_CREATED_INDEX = re.compile(r"sequenceSets\[(\d+)\]")

Action = Literal["create", "change", "keep"]

COLUMNS: Final = (Column("name", "Name"), Column("action", "Action"))
_CREATED_FIELDS: Final = ("name", "sequenceSetNumber", "chronological")
_READ_ONLY: Final = frozenset({"id", "success", "sequenceSetNumber", "warnings"})


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """One set of a file. Shape: `index` is its place in the file, `content` what is sent;
    `key` is the id of the set that is there already.
    """

    index: int
    name: str
    key: str
    action: Action
    content: Json


@dataclass(frozen=True, slots=True)
class Plan:
    sets: list[PlannedSet] = field(default_factory=list[PlannedSet])

    @property
    def rows(self) -> list[Json]:
        return [{"name": one.name, "action": one.action} for one in self.sets]

    @property
    def changed(self) -> list[PlannedSet]:
        return [one for one in self.sets if one.action == "change"]

    def created_in_parts(self) -> Iterator[list[PlannedSet]]:
        """As many at once as a request may hold."""
        created = [one for one in self.sets if one.action == "create"]
        for start in range(0, len(created), SETS_PER_REQUEST_MAX):
            yield created[start : start + SETS_PER_REQUEST_MAX]


def planned(backend: Backend, document: object, *, keep_numbers: bool) -> Plan:
    """What is to be done with each set of a file. Errors: UsageFault for another shape."""
    wanted = _sets_in(document)
    current = {fold(one["name"]): one for one in pages(backend, SEQUENCE_SETS, "sequenceSets")}
    plan = Plan()
    for index, content in enumerate(wanted):
        name = content["name"]
        existing = current.get(fold(name))
        if existing is None:
            plan.sets.append(PlannedSet(index, name, "", "create", content))
            continue
        change = _without_start_numbers(content) if keep_numbers else content
        action: Action = "keep" if _is_already(existing, change) else "change"
        plan.sets.append(PlannedSet(index, name, existing["id"], action, change))
    return plan


def try_out(backend: Backend, plan: Plan) -> None:
    """Errors: RefusedByService with every fault of every set, its place in the file in front."""
    faults: list[str] = []
    for part in plan.created_in_parts():
        faults += _faults_of(part, partial(_create, backend, part, dry_run=True))
    for one in plan.changed:
        faults += _faults_of([one], partial(_change, backend, one, dry_run=True))
    if faults:
        raise RefusedByService(Rejected, faults)


def carry_out(backend: Backend, plan: Plan) -> None:
    """Errors: those of the first refusal; what was done before it stays."""
    for part in plan.created_in_parts():
        _create(backend, part, dry_run=False)
    for one in plan.changed:
        _change(backend, one, dry_run=False)


def exported(sets: Iterable[Mapping[str, Any]], form: Format) -> str:
    """Sets as a file that `create` and `import` read; the start numbers are the live ones."""
    document = {"sequenceSets": [_exported_set(one) for one in sets]}
    return to_json(document) if form is Format.JSON else to_yaml(document)


def _exported_set(shown: Mapping[str, Any]) -> Json:
    content: Json = {name: shown[name] for name in _CREATED_FIELDS}
    for document_type in DocumentType:
        numbering = shown.get(document_type.value)
        if numbering is not None:
            kept = {name: numbering[name] for name in ("prefix", "startNumber")}
            content[document_type.value] = kept
    return content


def _sets_in(document: object) -> list[Json]:
    sets = document.get("sequenceSets") if isinstance(document, dict) else None
    if not isinstance(sets, list) or (isinstance(document, dict) and len(document) > 1):
        raise UsageFault("sequenceSets: the file holds one list of this name and nothing else")
    for index, one in enumerate(sets):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise UsageFault(f"sequenceSets[{index}].name: is required and is text")
    return sets


def _without_start_numbers(content: Json) -> Json:
    return {
        name: {key: kept for key, kept in value.items() if key != "startNumber"}
        if isinstance(value, dict)
        else value
        for name, value in content.items()
    }


def _is_already(existing: Json, wanted: Json) -> bool:
    """Whether a set has every value that a file wants of it."""
    for name, value in wanted.items():
        if name in _READ_ONLY:
            continue
        current = existing.get(name)
        if isinstance(value, dict) and isinstance(current, dict):
            if any(current.get(key) != part for key, part in value.items()):
                return False
        elif current != value:
            return False
    return True


def _create(backend: Backend, part: list[PlannedSet], *, dry_run: bool) -> None:
    document = {"sequenceSets": [one.content for one in part]}
    backend.call(creation(document, dry_run=dry_run))


def _change(backend: Backend, one: PlannedSet, *, dry_run: bool) -> None:
    path, query = (*SEQUENCE_SETS, one.key), dry_run_query(dry_run)
    backend.call(Call("PUT", path, body=one.content, query=query))


def _faults_of(part: list[PlannedSet], attempt: Callable[[], None]) -> list[str]:
    """What an attempt is refused for, each line with the set's place in the whole file."""
    try:
        attempt()
    except SeriatimError as error:
        if kind_of(error) is not Rejected:
            raise
        return [_placed(line, part) for line in lines_of(error)]
    return []


def _placed(line: str, part: list[PlannedSet]) -> str:
    found = _CREATED_INDEX.match(line)
    if found is not None:
        return f"sequenceSets[{part[int(found[1])].index}]{line[found.end() :]}"
    if part[0].action == "create":
        return line
    return f"sequenceSets[{part[0].index}].{line}"
