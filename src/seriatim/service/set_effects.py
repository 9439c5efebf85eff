"""What a change of a set would do, for its dry run. Source: contract/sequence-sets.md, dryRun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seriatim.domain.document_number import NumberRange, format_number
from seriatim.domain.document_type import DocumentType
from seriatim.domain.sequence_set import SequenceSet, Series
from seriatim.engine.issue import preview
from seriatim.service.set_series import Move
from seriatim.store.sql_store import EntityBooks

_NUMBERS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """One document type of one set after the change.

    Shape: `skips` are the document numbers nobody would ever get, None if there are none.
    """

    sequence_set: str
    document_type: DocumentType
    next_document_numbers: list[str]
    skips: tuple[str, str, int] | None
    accounts: int
    drafts: int


def skips_between(moves: Sequence[Move]) -> dict[str, tuple[int, int]]:
    """For each series that was raised, the first and last number it passes over."""
    skipped: dict[str, tuple[int, int]] = {}
    for move in moves:
        series_id = move.before.key.series_id
        first, _ = skipped.get(series_id, (move.before.next_number, 0))
        skipped[series_id] = (first, move.start_number - 1)
    return skipped


def effects_of(
    books: EntityBooks,
    sequence_set: SequenceSet,
    shown: Sequence[Series],
    skipped: dict[str, tuple[int, int]],
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


def _skips(series: Series, skipped: dict[str, tuple[int, int]]) -> tuple[str, str, int] | None:
    if series.key.series_id not in skipped:
        return None
    passed = NumberRange(*skipped[series.key.series_id])
    first = format_number(series.prefix, passed.first)
    return first, format_number(series.prefix, passed.last), passed.count
