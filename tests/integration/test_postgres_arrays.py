"""Columns of rows go to PostgreSQL as the text of an array, and arrive as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seriatim.store.postgres_arrays import as_columns

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
HOSTILE = st.sampled_from(['"', "\\", '","', "NULL", "{}", ",", "", " ", '\\"', "é", "'; --"])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.none() | HOSTILE | TEXTS, min_size=1, max_size=6))
def test_texts_arrive_as_they_were(postgres_url: str, texts: list[str | None]) -> None:
    columns = as_columns([{"text": one} for one in texts])
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT unnest(%(text)s::text[])", columns).fetchall()
    assert [one for (one,) in rows] == texts


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("numeric[]", [10**20 - 1, 1, None]),
        ("numeric[]", [7, 7, 7]),
        ("bytea[]", [b'\x00\\"', b"", b"\xff" * 32]),
        ("date[]", [date(2026, 2, 28), None, date(9999, 12, 31)]),
        ("timestamptz[]", [datetime(2026, 11, 23, 8, 5, 0, 123, UTC)] * 2),
        ("text[]", [None, None]),
    ],
)
def test_other_values_arrive_as_they_were(
    postgres_url: str, form: str, values: list[object]
) -> None:
    columns = as_columns([{"value": one} for one in values])
    with psycopg.connect(postgres_url) as connection:
        statement = f"SELECT unnest(%(value)s::{form})".encode()
        rows = connection.execute(statement, columns).fetchall()
    assert [one for (one,) in rows] == values
