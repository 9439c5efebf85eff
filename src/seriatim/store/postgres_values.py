"""How values go into PostgreSQL and come out of it, through psycopg's text format."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from psycopg.adapt import Buffer, Loader

from seriatim.store.session import hex_id


class PostgresValues:
    def number_in(self, number: int) -> int:
        return number

    def number_out(self, stored: Decimal) -> int:
        return int(stored)

    def date_in(self, day: date) -> date:
        return day

    def date_out(self, stored: date) -> date:
        return stored

    def moment_in(self, moment: datetime) -> datetime:
        return moment

    def moment_out(self, stored: datetime) -> datetime:
        return stored.astimezone(UTC)

    def list_in(self, items: list[str] | list[int]) -> list[str] | list[int]:
        return items


class HexIdLoader(Loader):
    """UUID columns come out as the 32 hex characters that the rest of the code uses."""

    def load(self, data: Buffer) -> str:
        return hex_id(bytes(data).decode("ascii"))
