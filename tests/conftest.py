"""Databases for the tests: an empty, migrated one for each, on SQLite and on PostgreSQL.

One PostgreSQL server serves the whole run; it starts when the first test asks for it.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.last_lines import LastLines
from tests.memory_folder import memory_folder
from tests.one_worker import OneWorkerScheduling, group_of
from tests.postgres_server import PostgresServer, owned_folder, shared_server

if TYPE_CHECKING:
    from seriatim.store.sql_store import SqlStore

TEMPLATE = "seriatim_template"
LONGEST = {"test_schemathesis.py", "test_simulation.py"}
_FOLDER = pytest.StashKey[str]()
_CLEANUP = pytest.StashKey[ExitStack]()
_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-cases",
        action="store_true",
        help="let Schemathesis send every case that it can make up (make test-cases)",
    )
    parser.addoption(
        "--write-screenshots",
        action="store_true",
        help="let the browser tests write the screenshots of the docs (make screenshots)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take over the run's folder, or make it where no other process has: it ends with us."""
    # A run in the background of a shell ignores Ctrl-C, and so would the commands that tests stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        config.stash[_FOLDER] = config.workerinput["postgres_folder"]
        return
    cleanup = config.stash[_CLEANUP] = ExitStack()
    has_workers = config.getoption("dist", "no") != "no"
    if has_workers and (memory := memory_folder()) is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(memory)  # of the workers, too
    folder = cleanup.enter_context(owned_folder())
    config.stash[_FOLDER] = str(folder)
    if has_workers:
        # pytest would keep those of three runs; these end with the run, however it ends.
        config.option.basetemp = config.option.basetemp or str(folder / "tests")
        config.pluginmanager.register(LastLines())


def pytest_collection_finish() -> None:
    """What the tests' files hold stays to the end: no collection need look at it again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, and then what one worker alone must do: begun last, it would keep that
    worker busy while the others are done.
    """
    items.sort(
        key=lambda item: (
            item.path.name not in LONGEST,
            group_of(item.nodeid) is None,
        )
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWorkerScheduling:
    return OneWorkerScheduling(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Python 3.11 cannot parse in one thread while another does: the first of them gets a
    SystemError. A failed test whose lines cannot be shown for it would end its worker.
    """
    try:
        return (yield)
    except SystemError:
        return pytest.TestReport.from_item_and_call(item, call)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres_folder"] = node.config.stash[_FOLDER]


def pytest_unconfigure(config: pytest.Config) -> None:
    if (cleanup := config.stash.get(_CLEANUP, None)) is not None:
        cleanup.close()


def make_template(url: str) -> None:
    """Bring an empty database to the state in which every test shall find its own."""
    from seriatim.store.open import open_store

    open_store(url, migrate=True).close()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> PostgresServer:
    """The run's PostgreSQL. A test that kills a server starts its own: `temporary_server`."""
    return shared_server(Path(pytestconfig.stash[_FOLDER]))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated database to copy, made by whichever worker comes first."""
    made = postgres_server.folder / "template.made"
    with (postgres_server.folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            postgres_server.drop_database(TEMPLATE)
            make_template(postgres_server.create_database(TEMPLATE))
            made.touch()
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / f"{TEMPLATE}.db"
    make_template(f"sqlite:///{file}")
    return file


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer, worker_id: str) -> Iterator[str]:
    """A database without tables, for tests of migrations."""
    name = f"empty_{worker_id}_{next(_numbers)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture
def postgres_url(
    postgres_server: PostgresServer, postgres_template: str, worker_id: str
) -> Iterator[str]:
    """A migrated, empty PostgreSQL database."""
    name = f"test_{worker_id}_{next(_numbers)}"
    yield postgres_server.create_database(name, template=postgres_template)
    postgres_server.drop_database(name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet, for tests of migrations."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database."""
    file = tmp_path / "seriatim.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database, once on each of the two."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """The store of such a database, opened as the service does."""
    from seriatim.store.open import open_store

    opened = open_store(store_url)
    yield opened
    opened.close()
