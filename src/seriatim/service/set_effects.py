"""What a change of a set would do, for its dry run. Source: contract/sequence-sets.md, dryRun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import SequenceSet, Series
from seriatim.engine.issue import preview
from seriatim.service.set_series import Raised
from seriatim.store.sql_store import EntityBooks

_NUMBERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """One document type of one set after the change.

    Shape: `skips` are the first and the last document number that nobody would ever get, and how
        many there are: imported ones between them do not count. None if there are none.
    """

    sequence_set: str
    document_type: DocumentType
    next_document_numbers: list[str]
    skips: tuple[str, str, int] | None
    accounts: int
    drafts: int


def skipped_by(raised: Iterable[Raised]) -> dict[str, list[NumberRange]]:
    """For each series that was raised, what it skips, rising. Numbers imported before are not in it."""
    skipped: dict[str, list[NumberRange]] = {}
    for one in raised:
        skipped.setdefault(one.series_id, []).extend(one.skipped)
    return skipped


def effects_of(
    books: EntityBooks,
    sequence_set: SequenceSet,
    shown: Sequence[Series],
    skipped: dict[str, list[NumberRange]],
) -> list[Effect]:
    accounts = books.count_set_use(sequence_set.sequence_set_id).accounts
    drafts = books.count_drafts_by_type(sequence_set.sequence_set_id)
    return [
        Effect(
            sequence_set=sequence_set.name,
            document_type=series.document_type,
            next_document_numbers=[
                format_number(series.prefix, number)
                for number in preview(books, series, _NUMBERS_SHOWN)
            ],
            skips=_skips(series, skipped),
            accounts=accounts,
            drafts=drafts.get(series.document_type, 0),
        )
        for series in shown
    ]


def _skips(series: Series, skipped: dict[str, list[NumberRange]]) -> tuple[str, str, int] | None:
    parts = skipped.get(series.key.series_id)
    if not parts:
        return None
    first = format_number(series.prefix, parts[0].first)
    last = format_number(series.prefix, parts[-1].last)
    return first, last, sum(part.count for part in parts)
