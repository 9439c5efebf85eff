"""What every test with faults needs: a stack to end with, a seed, a PostgreSQL of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.fault.postgres_pair import PostgresPair, postgres_pair
from tests.postgres_server import PostgresServer, temporary_server


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that only one file's tests kill."""
    with temporary_server() as server:
        yield server


@pytest.fixture
def pair() -> Iterator[PostgresPair]:
    """A server and its synchronous standby, of the one test alone."""
    with postgres_pair() as pair:
        yield pair


@pytest.fixture
def seed() -> int:
    """Printed with a failed test; the timing of a kill is not the seed's to repeat."""
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    return seed
