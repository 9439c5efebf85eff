"""What the engine needs of the books; the store provides it."""

from __future__ import annotations

from typing import Protocol

from seriatim.domain.document_number import NumberRange
from seriatim.domain.register import Entry, EntryKind, Hold
from seriatim.domain.sequence_set import Series


class SeriesBooks(Protocol):
    """One entity's series and register, inside an open transaction."""

    def lock_series(self, series_ids: list[str]) -> dict[str, Series]:
        """The series as they stand, held until the transaction ends."""
        ...

    def find_entangled_series(self, prefix: str) -> list[Series]:
        """Every series in use whose numbers can come out as the same text as this prefix's."""
        ...

    def find_few_entangled(self, prefix: str, *, longer_max: int) -> list[Series] | None:
        """The same; None if more than so many have a prefix that extends this one by digits."""
        ...

    def find_series_with_prefixes(self, prefixes: list[str]) -> list[Series]:
        """Every series in use with exactly one of these prefixes."""
        ...

    def find_covering(
        self, series_id: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[tuple[EntryKind, NumberRange]]:
        """The covering entries that overlap `numbers`. Order: by number."""
        ...

    def has_text_numbers(self, prefix: str) -> bool:
        """Whether any text taken outside every series could be a number of this prefix."""
        ...

    def find_text_numbers(
        self, prefix: str, numbers: NumberRange, *, row_count: int = 1000
    ) -> list[int]:
        """The numbers of a prefix whose text was taken outside every series. Order: ascending."""
        ...

    def insert_holds(self, holds: list[Hold]) -> None: ...

    def append_entries(self, entries: list[Entry]) -> None: ...

    def advance_series(self, moved: list[tuple[Series, int]]) -> None:
        """Each series after its new entries, with the entry number it had before them.

        Errors: InvariantBroken if another entry came in between.
        """
        ...

    def set_clear_until(self, series_id: str, clear_until: int | None) -> None: ...
