"""Bad calls on every surface of the numbers: a clear error that names the field, and no trace.

One database, one service on it, and beside it the library and the command line.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from seriatim import Numbering
from seriatim.domain.errors import Category, NotFound, Rejected
from seriatim.store.open import open_store
from seriatim.store.sql_store import SqlStore
from tests.bad_calls import BAD_CALLS, HELD, BadCall, prepare
from tests.conformance.desk import execute
from tests.contract.api import Api, done, refused
from tests.contract.conftest import ServiceOf
from tests.running_service import RunningService
from tests.unit.cli.command_line import CommandLine

NUMBERS = "/v1/document-numbers"
# Written beside the books: by the key of a refusal, by whoever logs in, by the service's own pace.
BESIDE = {"seriatim_idempotency_key", "seriatim_access_token", "seriatim_checkpoint"} | {
    *("seriatim_oauth_client", "seriatim_daily_count", "seriatim_daily_total"),
    "seriatim_series_tally",
}
SWEPT_SECONDS_MAX = 30.0
OPTIONS = {
    "sequenceSet": "--set",
    "accountId": "--account",
    "accountNumber": "--account-number",
} | {
    "documentDate": "--date",
    "holdSeconds": "--hold",
    "lastNumber": "--to",
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def prepared(request: pytest.FixtureRequest, service_of: ServiceOf) -> RunningService:
    """A service on the books of all bad calls, whose sweeper has written down what expired."""
    service = service_of(request.param, own="bad calls")
    prepare(service.database_url)
    api = Api(service, service.client_id, service.client_secret)
    deadline = time.monotonic() + SWEPT_SECONDS_MAX
    while len(done(api.get(f"{NUMBERS}/{HELD}"))["history"]) == 1:
        assert time.monotonic() < deadline, "nobody sweeps"
        time.sleep(0.05)
    api.close()
    return service


@pytest.fixture(scope="module")
def store(prepared: RunningService) -> Iterator[SqlStore]:
    opened = open_store(prepared.database_url)
    yield opened
    opened.close()


@pytest.fixture
def unchanged(store: SqlStore) -> Iterator[None]:
    """Every row of every table is at the end as it was at the beginning."""
    before = _dump(store)
    assert len(before["seriatim_register"]) >= 8
    yield
    assert _dump(store) == before


def _dump(store: SqlStore) -> dict[str, list[Any]]:
    listing = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
        "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    }[store.database.name]
    tables = {name for (name,) in execute(store, listing)} - BESIDE
    return {
        table: sorted(execute(store, f"SELECT * FROM {table}"), key=repr)
        for table in tables
        if table.startswith("seriatim_")
    }


# --- over HTTP --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api(prepared: RunningService) -> Iterator[Api]:
    client = Api(prepared, prepared.client_id, prepared.client_secret)
    yield client
    client.close()


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("bad", BAD_CALLS, ids=str)
def test_bad_call_over_http_names_the_field_and_leaves_no_trace(api: Api, bad: BadCall) -> None:
    path = NUMBERS if bad.move == "issue" else f"{NUMBERS}/{bad.number}/{bad.move}"
    answer = api.post(path, dict(bad.fields))
    (message,) = refused(answer, 200 if bad.at else 404, bad.category)
    assert message.startswith(f"{bad.at}: " if bad.at else "no document number")
    assert bad.says in message


# --- through the library ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def numbering(prepared: RunningService) -> Iterator[Numbering]:
    with Numbering(prepared.database_url) as numbering:
        yield numbering


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


# Accounts are the service's.
OF_THE_LIBRARY = [
    bad for bad in BAD_CALLS if not bad.fields.keys() & {"accountId", "accountNumber"}
]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("bad", OF_THE_LIBRARY, ids=str)
def test_bad_call_of_the_library_names_the_field_and_leaves_no_trace(
    numbering: Numbering, bad: BadCall
) -> None:
    with pytest.raises((Rejected, NotFound), match=re.escape(bad.says)) as raised:
        _call(numbering, bad)
    if not bad.at:
        assert isinstance(raised.value, NotFound)
        return
    assert isinstance(raised.value, Rejected)
    (violation,) = raised.value.violations
    assert violation.full_path == (_snake(bad.at),)
    assert violation.category is bad.category
    assert str(raised.value).startswith(f"{_snake(bad.at)}: ")


def _call(numbering: Numbering, bad: BadCall) -> object:
    given = {_snake(name): value for name, value in bad.fields.items()}
    if "document_date" in given:
        given["document_date"] = date.fromisoformat(given["document_date"])
    if bad.move == "confirm":
        return numbering.confirm(bad.number, **given)
    if bad.move == "void":
        return numbering.void(bad.number, **{"reason": None, **given})
    return (numbering.reserve if "hold_seconds" in given else numbering.issue)(**given)


# --- on the command line ----------------------------------------------------------------------


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SERIATIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("unchanged", "no_settings")
@pytest.mark.parametrize("where", ["database", "server"])
@pytest.mark.parametrize("bad", BAD_CALLS, ids=str)
def test_bad_command_names_the_field_and_leaves_no_trace(
    prepared: RunningService, bad: BadCall, where: str
) -> None:
    place = ["--database", prepared.database_url]
    if where == "server":
        client = ["--client-id", prepared.client_id, "--client-secret", prepared.client_secret]
        place = ["--server", prepared.url, *client]
    words, lines = _words(bad)
    code, says = _expected(bad)
    said = CommandLine().refused(code, *words, *place, given=lines)
    assert says in " ".join(said.split())
    assert bad.says in said or code == 2


def _words(bad: BadCall) -> tuple[list[str], str | None]:
    fields = dict(bad.fields)
    lines = None
    if bad.move == "issue":
        words = ["issue", fields.pop("documentType")]
    else:
        words = [bad.move, bad.number, *(["--yes"] if bad.move == "void" else [])]
    if "references" in fields:
        lines = "".join(f"{line}\n" for line in fields.pop("references"))
        words += ["--references", "-"]
    words += [f"{OPTIONS.get(name, f'--{name}')}={value}" for name, value in fields.items()]
    return words, lines


def _expected(bad: BadCall) -> tuple[int, str]:
    """The exit code, and how the error begins. What the shell's own words decide is usage."""
    if bad.at == "documentType":
        return 2, "'DOCUMENT_TYPE'"
    if bad.category is Category.MISSING_FIELD:
        return 2, f"--{bad.at}"
    if not bad.at:
        return 3, "error: no document number"
    return 1, f"error: {bad.at}: "
