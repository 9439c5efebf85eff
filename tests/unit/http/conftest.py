from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from seriatim.telemetry import LogStream, configure_logging


@pytest.fixture
def real_store(sqlite_url: str) -> Iterator[SqlStore]:
    store = open_store(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def log() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level, out = root.handlers, root.level, StringIO()
    configure_logging(out)
    yield out
    LogStream.current, root.handlers = None, handlers
    root.setLevel(level)
