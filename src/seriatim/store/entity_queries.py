"""What every group of queries on one entity's books shares: the session and the entity."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from seriatim.domain.errors import InvariantBroken
from seriatim.domain.register import EntryKind, SeriesKey
from seriatim.domain.sequence_set import EntitySettings
from seriatim.store.session import Row, Session


class EntityQueries:
    """Queries that can reach one entity's rows and no other's: its ids ride along by themselves.

    Shape: `written` counts the numbers of the entries that the transaction appends, by kind.
    """

    def __init__(
        self,
        session: Session,
        tenant_id: str,
        entity_id: str,
        written: Counter[EntryKind] | None = None,
    ) -> None:
        self.written: Counter[EntryKind] = Counter() if written is None else written
        self.tenant_id = tenant_id
        self.entity_id = entity_id
        self._session = session
        self._values = session.values

    def _rows(self, query: str, **parameters: Any) -> list[Row]:
        return self._session.rows(query, self._scoped(parameters))

    def _row(self, query: str, **parameters: Any) -> Row | None:
        rows = self._rows(query, **parameters)
        return rows[0] if rows else None

    def _execute(self, query: str, **parameters: Any) -> int:
        return self._session.execute(query, self._scoped(parameters))

    def _scoped(self, parameters: dict[str, Any]) -> dict[str, Any]:
        parameters["tenant_id"] = self.tenant_id
        parameters["entity_id"] = self.entity_id
        return parameters

    def _require_own(self, series: SeriesKey) -> None:
        """Errors: InvariantBroken for another entity's series, whose ids would ride along."""
        if (series.tenant_id, series.entity_id) != (self.tenant_id, self.entity_id):
            raise InvariantBroken("something was to be written into another entity's series")

    def _moment(self, moment: datetime) -> object:
        return self._values.moment_in(moment)


def settings_from(row: Row) -> EntitySettings:
    invoice_settlement, flexible_billing_attributes, number_assignment, time_zone = row[:4]
    return EntitySettings(
        invoice_settlement=bool(invoice_settlement),
        flexible_billing_attributes=bool(flexible_billing_attributes),
        number_assignment=number_assignment,
        time_zone=time_zone,
    )
