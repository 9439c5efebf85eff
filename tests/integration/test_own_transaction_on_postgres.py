"""Which connections to PostgreSQL may carry numbers, and which are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from seriatim import Conflict, Numbering, Rejected, StoreUnavailable
from tests.integration.own_callers import numbering_on, refusal


@pytest.fixture
def on_server(postgres_url: str) -> Iterator[Numbering]:
    with numbering_on(postgres_url) as numbering:
        numbering.initialise()
        yield numbering


def test_autocommit_without_a_transaction_is_refused(
    on_server: Numbering, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
        assert "use 'with connection.transaction():'" in message
        with connection.transaction():
            assert on_server.issue("invoice", connection=connection).number == "INV00000001"
    assert on_server.explain("INV00000001").previous is None


def test_sqlalchemy_in_autocommit_is_refused(on_server: Numbering, postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(
        postgres_url.replace("postgresql:", "postgresql+psycopg:", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
    engine.dispose()
    assert "is in autocommit" in message


def test_failed_transaction_is_refused(on_server: Numbering, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM nowhere")
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
        connection.rollback()
    assert message == "the connection's transaction has failed: roll it back first"


def test_pipeline_is_refused(on_server: Numbering, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection, connection.pipeline():
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
    assert "pipeline mode" in message


def test_read_only_transaction_is_refused(on_server: Numbering, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.read_only = True
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
    assert message == "the connection's transaction is read-only"


def test_asynchronous_connection_is_refused(on_server: Numbering, postgres_url: str) -> None:
    async def attempt() -> str:
        async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
            return refusal(lambda: on_server.issue("invoice", connection=connection))

    assert asyncio.run(attempt()).startswith("AsyncConnection is asynchronous")


def test_another_database_of_the_same_server_is_refused(
    on_server: Numbering, empty_postgres_url: str
) -> None:
    with numbering_on(empty_postgres_url) as other:
        other.initialise()
    with psycopg.connect(empty_postgres_url) as connection:
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
    assert message.startswith("the connection sees other tables")


def test_search_path_that_hides_one_of_the_tables_is_refused(
    on_server: Numbering, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE SCHEMA program")
        connection.execute("CREATE TABLE program.seriatim_series (name text)")
        connection.execute("SET LOCAL search_path TO program, public")
        message = refusal(lambda: on_server.issue("invoice", connection=connection))
    assert "search_path" in message


def test_key_beside_a_connection_is_refused(on_server: Numbering, postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection, pytest.raises(Rejected) as refused:
        on_server.issue("invoice", idempotency_key="order 1", connection=connection)
    assert [one.path for one in refused.value.violations] == [("idempotency_key",)]


def test_snapshot_is_refused_near_the_numbers_of_another_series(
    on_server: Numbering, postgres_url: str
) -> None:
    """`N` + 2 00000001 and `N2` + 00000001 are one text: who was born since must be seen."""
    on_server.create_set("Short", invoice=("N", 200000000), credit_memo="NC-", debit_memo="ND-")
    on_server.create_set("Long", invoice="N2", credit_memo="MC-", debit_memo="MD-")
    with psycopg.connect(postgres_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            far = on_server.issue("invoice", connection=connection)
        assert far.number == "INV00000001"
        message = refusal(
            lambda: on_server.issue("invoice", sequence_set="Short", count=5, connection=connection)
        )
        assert "must be READ COMMITTED" in message


@pytest.mark.parametrize("level", ["REPEATABLE_READ", "SERIALIZABLE"])
def test_snapshot_that_was_overtaken_is_to_be_repeated(
    level: str, on_server: Numbering, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel[level]
        connection.execute("SELECT 1")
        overtaking = on_server.issue("invoice")
        with pytest.raises(Conflict, match="roll it back and repeat all of it"):
            on_server.issue("invoice", connection=connection)
        connection.rollback()
        repeated = on_server.issue("invoice", connection=connection)
        connection.commit()
    assert (overtaking.number, repeated.number) == ("INV00000001", "INV00000002")


def test_lost_connection_is_an_error_of_ours_and_issues_nothing(
    on_server: Numbering, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        on_server.issue("invoice", connection=connection)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                sql.SQL("SELECT pg_terminate_backend({})").format(connection.info.backend_pid)
            )
        with pytest.raises(StoreUnavailable):
            on_server.issue("invoice", connection=connection)
    assert on_server.issue("invoice").number == "INV00000001"


def test_weak_commit_is_made_durable_for_this_transaction_only(
    on_server: Numbering, postgres_url: str
) -> None:
    def setting(connection: psycopg.Connection[Any]) -> str:
        (row,) = connection.execute("SHOW synchronous_commit").fetchall()
        return str(row[0])

    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.commit()
        on_server.issue("invoice", connection=connection)
        assert setting(connection) == "on"
        connection.commit()
        assert setting(connection) == "off"


def test_plain_user_of_the_database_may_use_his_connection(
    on_server: Numbering, postgres_url: str, worker_id: str
) -> None:
    """Nothing that is looked up needs more than the rights on the tables."""
    user = sql.Identifier(f"plain_{worker_id}")
    with psycopg.connect(postgres_url) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(user))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {}").format(
                user
            )
        )
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(user))
        assert on_server.issue("invoice", connection=connection).number == "INV00000001"
        connection.rollback()
