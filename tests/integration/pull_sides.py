"""The two sides of a pull: an entity of a running service, and a database or server of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import Result

from seriatim.cli.backend import ACCOUNTS, Call, Json
from seriatim.cli.command_run import CommandRun
from tests.integration.cli_service import Service, run_in

TYPES = ("invoice", "creditMemo", "debitMemo", "payment", "refund")
_entities = itertools.count(1)


def new_set(name: str, start_number: int = 1, **more: object) -> Json:
    """A set whose prefixes begin with its name. It has none for payments and refunds."""
    return {
        "name": name,
        "invoice": {"prefix": f"{name}INV", "startNumber": start_number},
        "creditMemo": {"prefix": f"{name}CM", "startNumber": start_number},
        "debitMemo": {"prefix": f"{name}DM", "startNumber": start_number},
        **more,
    }


def with_payments(name: str, start_number: int) -> Json:
    payment, refund = (
        {"prefix": f"{name}{letter}-", "startNumber": start_number} for letter in "PR"
    )
    return new_set(name, start_number, payment=payment, refund=refund)


@dataclass(frozen=True)
class Side:
    """Shape: `flags` say where it is, by the names of the settings."""

    folder: Path
    flags: dict[str, str]

    @property
    def words(self) -> list[str]:
        named = {"database_url": "--database", "server_url": "--server"}
        pairs = [
            (named.get(name, f"--{name.replace('_', '-')}"), value)
            for name, value in self.flags.items()
        ]
        return [word for pair in pairs for word in pair]

    def run(self, *words: str, given: str = "", **variables: str) -> Result:
        return run_in(self.folder, [*words, *self.words], given=given, **variables)

    def json(self, *words: str, given: object = None) -> Any:
        text = "" if given is None else json.dumps(given)
        result = self.run(*words, "-o", "json", given=text)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def call(self, *calls: Call) -> list[Json]:
        with CommandRun(self.flags) as run:
            return [run.backend.call(call).body for call in calls]

    def make_sets(self, *sets: Json) -> None:
        self.json("sets", "create", given={"sequenceSets": list(sets)})

    def make_accounts(self, accounts: Iterable[tuple[str, str | None]]) -> None:
        """Shape: an account number, and the name of its set."""
        self.call(*(Call("POST", ACCOUNTS, body=new_account(*one)) for one in accounts))

    def issue(self, document_type: str, set_name: str, count: int = 1) -> list[str]:
        words = ("issue", document_type, "--set", set_name, "--count", str(count))
        numbers: list[str] = self.json(*words)["numbers"]
        return numbers

    def issue_all(self, *set_names: str) -> dict[str, list[str]]:
        """One number of each type of each set, really issued."""
        return {
            name: [number for one in TYPES for number in self.issue(one, name)]
            for name in set_names
        }

    def state(self) -> object:
        """All that a pull could change, revisions and audit trail included."""
        [accounts, trail] = self.call(
            Call("GET", ACCOUNTS, query={"pageSize": "40"}),
            Call("GET", ("v1", "audit-trail"), query={"pageSize": "40"}),
        )
        return [self.json("sets", "list"), self.json("series", "list"), accounts, trail]

    def account_sets(self) -> dict[str, str]:
        """The name of the set of each account; DEFAULT where it has none."""
        names = {one["id"]: one["name"] for one in self.json("sets", "list")}
        [found] = self.call(Call("GET", ACCOUNTS, query={"pageSize": "40"}))
        infos = [one["basicInfo"] for one in found["accounts"]]
        return {
            one["accountNumber"]: names[one["sequenceSetId"]] if one["sequenceSetId"] else "DEFAULT"
            for one in infos
        }


def new_account(number: str, set_name: str | None = None) -> Json:
    set_id = {} if set_name is None else {"sequenceSetId": set_name}
    contact = {"firstName": "Ada", "lastName": f"of {number}", "city": "Köln", "zipCode": "50667"}
    return {
        "accountNumber": number,
        "name": f"Account {number}",
        "currency": "EUR",
        "billToContact": contact,
        "notes": "kept at the source",
        **set_id,
    }


class SourceSide(Side):
    """An entity of a running service, with a client that serves no other."""

    @property
    def variables(self) -> dict[str, str]:
        return {
            "SERIATIM_PULL_SERVER_URL": self.flags["server_url"],
            "SERIATIM_PULL_CLIENT_ID": self.flags["client_id"],
            "SERIATIM_PULL_CLIENT_SECRET": self.flags["client_secret"],
        }


def source_in(service: Service) -> SourceSide:
    """A new entity of a service."""
    name = f"Entity {next(_entities)}"
    service.json("entities", "create", name)
    client = service.json("clients", "create", name, "--role", "admin", "--serves", name)
    flags = {
        "server_url": service.url,
        "client_id": client["clientId"],
        "client_secret": client["clientSecret"],
    }
    return SourceSide(service.folder, flags)


def founded(folder: Path, database_url: str) -> Side:
    """A new database."""
    folder.mkdir(exist_ok=True)
    side = Side(folder, {"database_url": database_url})
    assert side.run("init", "--json").exit_code == 0
    return side


def pulled(
    target: Side, source: SourceSide, *words: str, expects: int = 0, **variables: str
) -> list[Json]:
    """The rows of a pull without questions."""
    given = {**source.variables, **variables}
    result = target.run("pull", "--yes", *words, "-o", "json", **given)
    assert result.exit_code == expects, result.stderr
    rows: list[Json] = json.loads(result.stdout)
    return rows


def row_of(rows: Iterable[Json], name: str, document_type: str | None = None) -> Json:
    [row] = [one for one in rows if (one["name"], one["documentType"]) == (name, document_type)]
    return row
