"""What each series was last found to be when it was verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row


@dataclass(frozen=True, slots=True)
class KeptVerification:
    """The last verification of a series: when, by whom, and what it came to.

    Shape: `fault_message` is None for a sound series, and `fault_entry` too where no one entry
        is at fault; `sound_at` is when the series was last found sound, if it ever was.
    """

    series_id: str
    verified_at: datetime
    actor: str
    sound_at: datetime | None
    entries: int
    numbers: int
    fault_entry: int | None = None
    fault_invariant: int | None = None
    fault_message: str | None = None

    @property
    def is_sound(self) -> bool:
        return self.fault_message is None


class VerificationQueries(EntityQueries):
    def keep_verification(self, found: KeptVerification) -> None:
        """In place of the series' last one, unless that is later."""
        self._execute(
            "keep_verification",
            series_id=found.series_id,
            verified_at=self._moment(found.verified_at),
            actor=found.actor,
            is_sound=found.is_sound,
            sound_at=None if found.sound_at is None else self._moment(found.sound_at),
            entry_count=found.entries,
            number_count=self._values.number_in(found.numbers),
            fault_entry=found.fault_entry,
            fault_invariant=found.fault_invariant,
            fault_message=found.fault_message,
        )

    def find_verification(self, series_id: str) -> KeptVerification | None:
        row = self._row("find_verification", series_id=series_id)
        return None if row is None else self._verification_from(row)

    def find_latest_verification(self) -> KeptVerification | None:
        """Of whichever series of the entity."""
        row = self._row("find_latest_verification")
        return None if row is None else self._verification_from(row)

    def list_faulty_verifications(self, *, row_count: int) -> list[KeptVerification]:
        """Of the series whose last verification found a fault. Order: by series id."""
        rows = self._rows("list_faulty_verifications", row_count=row_count)
        return [self._verification_from(row) for row in rows]

    def _verification_from(self, row: Row) -> KeptVerification:
        moment = self._values.moment_out
        return KeptVerification(
            series_id=row[0],
            verified_at=moment(row[1]),
            actor=row[2],
            sound_at=None if row[4] is None else moment(row[4]),
            entries=row[5],
            numbers=self._values.number_out(row[6]),
            fault_entry=row[7],
            fault_invariant=row[8],
            fault_message=row[9],
        )
