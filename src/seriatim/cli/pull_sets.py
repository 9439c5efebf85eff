"""The sequence sets of a pull: what is to be done with each, tried out and carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from seriatim.cli.backend import (
    SEQUENCE_SETS,
    Backend,
    Call,
    Json,
    creation,
    dry_run_query,
    pages,
)
from seriatim.cli.progress import Progress
from seriatim.cli.pull_books import DEFAULT, Books, Numbering, ShownSet, read_set
from seriatim.cli.pull_source import is_of_one_thing
from seriatim.cli.reporting import lines_of
from seriatim.domain.document_number import fold, possible_shorter_prefixes
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import SeriatimError
from seriatim.domain.register import SeriesKey
from seriatim.domain.rules.set_state import entanglement_warning
from seriatim.domain.sequence_set import Series

Action = Literal["create", "change", "keep"]

_SeriesName = tuple[DocumentType, str]
_NO_SERIES: Final = SeriesKey("", "", "")


@dataclass(slots=True)
class PlannedSet:
    """One set of the source. Shape: `content` is what the target is sent, empty where it has it
    already; `problems` are the refusals of the last attempt; `expected` the document numbers that
    the dry run foretold, and `skipped` what would be skipped for them.
    """

    wanted: ShownSet
    current: ShownSet | None
    action: Action
    content: Json
    problems: list[str] = field(default_factory=list[str])
    expected: dict[DocumentType, str | None] = field(
        default_factory=dict[DocumentType, "str | None"]
    )
    skipped: list[str] = field(default_factory=list[str])
    is_done: bool = False

    def hold(self, problem: str) -> None:
        """Leave the set as it is on the target."""
        self.content = {}
        self.problems.append(problem)

    def expected_text(self, document_type: DocumentType) -> str | None:
        """The set's own next number after the change; None where it has none of the type."""
        if document_type in self.expected:
            return self.expected[document_type]
        shown = self.current.numbering.get(document_type) if self.current else None
        return shown.next_text if shown else None


def read_target(backend: Backend) -> Books:
    """The sets of the target as they are now."""
    shown = pages(backend, SEQUENCE_SETS, "sequenceSets")
    return Books([read_set(one, "sequenceSets") for one in shown])


def planned_sets(source: Books, target: Books) -> list[PlannedSet]:
    """What is to be done with each set. Sets of one name are the same set."""
    highest = _highest(source)
    numbers_taken = {fold(one.number): one for one in target.sets if one.number}
    plans = []
    for shown in source.sets:
        wanted = replace(
            shown,
            numbering={
                document_type: highest[document_type, fold(one.prefix)]
                for document_type, one in shown.numbering.items()
            },
        )
        current = target.named(wanted.name)
        if current is None:
            is_free = wanted.number is not None and fold(wanted.number) not in numbers_taken
            content = _created(wanted, with_number=is_free)
            plans.append(PlannedSet(wanted, None, "create", content))
            continue
        content = _changed(wanted, current)
        plans.append(PlannedSet(wanted, current, "change" if content else "keep", content))
    return plans


def carry_out(
    backend: Backend, plans: list[PlannedSet], progress: Progress, *, dry_run: bool
) -> None:
    """Bring the target to what the source is, set by set; a refusal stays with its set.

    Errors: those that are not about one set; what was done before stays.
    """
    waiting = [one for one in plans if one.content]
    stage = "trying out the sets" if dry_run else "copying the sets"
    for done, plan in enumerate(waiting):
        progress(stage, done, len(waiting))
        _carry(backend, plan, dry_run=dry_run)
        plan.is_done = not (dry_run or plan.problems)


def _carry(backend: Backend, plan: PlannedSet, *, dry_run: bool) -> None:
    """A change that is refused is tried type by type, so that one series which the target has
    outrun does not hold up the others.
    """
    faults, reply = _attempt(backend, plan, plan.content, dry_run=dry_run)
    plan.problems = faults
    if not faults:
        _note(plan, plan.content, reply)
    elif plan.current is not None and len(plan.content) > 1:
        plan.problems = []
        for name, value in plan.content.items():
            faults, reply = _attempt(backend, plan, {name: value}, dry_run=dry_run)
            plan.problems += faults
            if not faults:
                _note(plan, {name: value}, reply)


def _attempt(
    backend: Backend, plan: PlannedSet, content: Json, *, dry_run: bool
) -> tuple[list[str], Json]:
    if plan.current is None:
        call = creation({"sequenceSets": [content]}, dry_run=dry_run)
    else:
        path, query = (*SEQUENCE_SETS, plan.current.set_id), dry_run_query(dry_run)
        call = Call("PUT", path, body=content, query=query, is_idempotent=True)
    try:
        return [], backend.call(call).body
    except SeriatimError as error:
        if not is_of_one_thing(error):
            raise
        return [line.removeprefix("sequenceSets[0].") for line in lines_of(error)], {}


def _note(plan: PlannedSet, content: Json, reply: Json) -> None:
    """Keep what a dry run foretells of the types that were sent."""
    for name, value in content.items():
        if value is None:
            plan.expected[DocumentType(name)] = None
    for effect in reply.get("effects", ()):
        if effect["documentType"] not in content:
            continue
        document_type, skips = DocumentType(effect["documentType"]), effect["skips"]
        if effect["nextDocumentNumbers"]:
            plan.expected[document_type] = effect["nextDocumentNumbers"][0]
        if skips is not None:
            plan.skipped.append(
                f"{plan.wanted.name} {document_type.value}: {skips['count']} numbers, "
                f"{skips['firstNumber']} to {skips['lastNumber']}, are skipped for ever, for the "
                "target has given numbers of this series already"
            )


def _highest(source: Books) -> dict[_SeriesName, Numbering]:
    """The furthest number of each series. Sets that share one may have been read at different
    moments, or the source counts them apart; here they share it.
    """
    found: dict[_SeriesName, Numbering] = {}
    for one in source.sets:
        for document_type, numbering in one.numbering.items():
            name = (document_type, fold(numbering.prefix))
            before = found.get(name)
            if before is None or numbering.next_number > before.next_number:
                found[name] = numbering
    return found


def _created(wanted: ShownSet, *, with_number: bool) -> Json:
    content: Json = {"name": wanted.name}
    if with_number:
        content["sequenceSetNumber"] = wanted.number
    if wanted.chronological:
        content["chronological"] = True
    for document_type, numbering in wanted.numbering.items():
        content[document_type.value] = _sent(numbering)
    return content


def _changed(wanted: ShownSet, current: ShownSet) -> Json:
    """What differs. Memos that the source does not show stay: without Invoice Settlement there
    are none to be seen.
    """
    content: Json = {}
    if wanted.name != current.name and not wanted.is_default:
        content["name"] = wanted.name
    if wanted.chronological is not None and wanted.chronological != current.chronological:
        content["chronological"] = wanted.chronological
    for document_type in DocumentType:
        numbering, shown = (one.numbering.get(document_type) for one in (wanted, current))
        if numbering is None:
            if shown is not None and not document_type.is_billing_document:
                content[document_type.value] = None
        elif shown is None or _sent(numbering) != _sent(shown):
            content[document_type.value] = _sent(numbering)
    return content


def _sent(numbering: Numbering) -> Json:
    return {"prefix": numbering.prefix, "startNumber": numbering.next_number}


def warnings_of(plans: list[PlannedSet], source: Books, target: Books) -> list[str]:
    """What the owner of the numbers should know beside the rows."""
    return [
        *_shared(source),
        *_entangled(source, target),
        *(line for plan in plans for line in plan.skipped),
        *_not_copied(plans),
        *_uncounted(source),
    ]


def _shared(source: Books) -> Iterator[str]:
    highest = _highest(source)
    for one in source.sets:
        for document_type, numbering in one.numbering.items():
            furthest = highest[document_type, fold(numbering.prefix)]
            if furthest.next_number != numbering.next_number:
                yield (
                    f"{one.name} {document_type.value}: the source shows {numbering.next_text} next "
                    f"and {furthest.next_text} in another set of the same prefix; the further one "
                    "counts for both"
                )


def _entangled(source: Books, target: Books) -> Iterator[str]:
    """Prefixes whose numbers can come out as the same text, each pair once."""
    series = {**_highest(target), **_highest(source)}
    by_prefix = {prefix: (kind, one) for (kind, prefix), one in series.items()}
    ours = {prefix for _, prefix in _highest(source)}
    for prefix, longer in by_prefix.items():
        for shorter in possible_shorter_prefixes(prefix):
            other = by_prefix.get(shorter)
            if other is not None and ours & {prefix, shorter}:
                warning = entanglement_warning(_as_series(*longer), _as_series(*other))
                if warning is not None:
                    yield warning.message


def _as_series(document_type: DocumentType, numbering: Numbering) -> Series:
    first = numbering.next_number
    return Series(_NO_SERIES, document_type, numbering.prefix, first, first - 1, 0, b"")


def _not_copied(plans: list[PlannedSet]) -> Iterator[str]:
    for plan in plans:
        wanted, current = plan.wanted, plan.current
        if wanted.number is None:
            continue
        if plan.action == "create" and "sequenceSetNumber" not in plan.content:
            yield f"{wanted.name}: its number {wanted.number} is taken; the target gives it another"
        elif current is not None and current.number not in (None, wanted.number):
            yield f"{wanted.name}: its number {wanted.number} is not copied: {current.number} stays"
    for name in sorted({name for plan in plans for name in plan.wanted.unknown}):
        yield f"{name}: the source shows this field of its sets; it is not copied"


def _uncounted(source: Books) -> Iterator[str]:
    default = source.named(DEFAULT)
    for document_type in (DocumentType.PAYMENT, DocumentType.REFUND):
        if default is not None and document_type not in default.numbering:
            prefix = document_type.default_prefix
            yield (
                f"{DEFAULT} {document_type.value}: has no prefix on the source, which uses {prefix} "
                "then and does not show how far: compare these numbers by hand"
            )


def expected_text(
    plans: Mapping[str, PlannedSet], plan: PlannedSet, document_type: DocumentType
) -> str | None:
    """What a set would give next after the plan: its own number, or DEFAULT's."""
    own, default = plan.expected_text(document_type), plans.get(fold(DEFAULT))
    return own if own is not None or default is None else default.expected_text(document_type)
