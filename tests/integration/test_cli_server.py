"""Commands on a server: the same words, the same results, and faults of the line between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.cli_service import Service, run_in, serving

SET: dict[str, Any] = {
    "name": "A",
    "invoice": {"prefix": "AINV", "startNumber": 1},
    "creditMemo": {"prefix": "ACM", "startNumber": 1},
    "debitMemo": {"prefix": "ADM", "startNumber": 1},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_sets_are_created_changed_listed_and_deleted(service: Service) -> None:
    [created] = service.json("sets", "create", given={"sequenceSets": [SET]})
    service.json("sets", "update", "A", given={"invoice": {"startNumber": 20}})
    effects = service.json("sets", "delete", "A", "--dry-run")
    assert effects[0]["nextDocumentNumbers"][0] == "AINV00000020"
    etag = service.run("sets", "get", "A", "--etag").stdout.strip()
    assert created["id"] in etag
    stale = service.run("sets", "delete", "A", "--yes", "--if-match", '"stale"')
    assert stale.exit_code == 1
    service.json("sets", "delete", "A", "--yes", "--if-match", etag)
    assert service.run("sets", "get", "A").exit_code == 3


def test_lists_are_the_same_on_the_server_and_on_its_database(service: Service) -> None:
    for words in (
        ["sets", "list"],
        ["series", "list"],
        ["entities", "list"],
        ["settings", "show"],
        ["verify"],
        ["sets", "export"],
    ):
        here = ["-o", "json", "--database", "sqlite:///seriatim.db"]
        beside = run_in(service.folder, [*words, *here])
        assert json.loads(beside.stdout) == service.json(*words), words


def test_refusals_are_the_same_on_the_server_and_on_its_database(service: Service) -> None:
    faulty = json.dumps({"sequenceSets": [{"name": "?", "colour": 1}]})
    for words, given in (
        (["sets", "create"], faulty),
        (["issue", "invoice", "--count", "0", "--set", "NONE"], ""),
        (["sets", "get", "NONE"], ""),
        (["sets", "delete", "DEFAULT", "--yes"], ""),
        (["clients", "revoke", "00000000-0000-4000-8000-000000000000", "--yes"], ""),
        (["series", "get", "0" * 32], ""),
        (["settings", "set", "timeZone=Nowhere", "colour=1"], ""),
        (["entities", "create", "main"], ""),
        (["sets", "list", "--entity", "Nowhere"], ""),
    ):
        there = service.run(*words, given=given)
        here = run_in(service.folder, [*words, "--database", "sqlite:///seriatim.db"], given=given)
        assert (there.exit_code, there.stderr) == (here.exit_code, here.stderr), words
        assert there.exit_code != 0


def test_key_gives_the_same_number_again(service: Service) -> None:
    words = ("issue", "refund", "--idempotency-key", "a-key")
    assert service.json(*words) == service.json(*words)


def test_entity_is_chosen_by_name_and_by_id(service: Service) -> None:
    entity = service.json("entities", "create", "Norge")
    words = ("clients", "create", "two", "--role", "admin", "--serves", "Main", "--serves", "norge")
    client = service.json(*words)
    given = {
        "SERIATIM_CLIENT_ID": client["clientId"],
        "SERIATIM_CLIENT_SECRET": client["clientSecret"],
    }
    for wanted in ("norge", entity["id"]):
        done = service.run("issue", "payment", "--entity", wanted, "-o", "json", **given)
        assert done.exit_code == 0, done.stderr
    shown = service.run("sets", "list", "--entity", "Norge", "-o", "json", **given)
    assert json.loads(shown.stdout)[0]["payment"]["startNumber"] == 3


def test_entity_that_the_client_does_not_serve_ends_with_4(service: Service) -> None:
    entity = service.json("entities", "create", "Sverige")["id"]
    assert service.run("sets", "list", "--entity", entity).exit_code == 4


def test_role_that_does_not_allow_it_ends_with_4(service: Service) -> None:
    client = service.json("clients", "create", "look", "--role", "auditor")
    given = {
        "SERIATIM_CLIENT_ID": client["clientId"],
        "SERIATIM_CLIENT_SECRET": client["clientSecret"],
    }
    refused = service.run("issue", "invoice", **given)
    assert (refused.exit_code, "auditor" in refused.stderr) == (4, True)
    assert service.run("verify", **given).exit_code == 0


def test_wrong_secret_ends_with_4_and_is_not_told(service: Service) -> None:
    refused = service.run("sets", "list", SERIATIM_CLIENT_SECRET="geheim")
    assert refused.exit_code == 4
    assert "geheim" not in refused.stdout + refused.stderr


def test_profile_file_serves_its_owner_alone(service: Service) -> None:
    file = service.folder / ".config" / "seriatim" / "profile.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'[here]\nserver_url = "{service.url}"\nclient_id = "{service.client_id}"\n'
        f'client_secret = "{service.client_secret}"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    for words in (["--profile", "here"], ["--server", service.url]):
        assert run_in(service.folder, ["sets", "list", *words]).exit_code == 0
    file.chmod(0o644)
    refused = run_in(service.folder, ["sets", "list", "--profile", "here"])
    assert (refused.exit_code, "chmod 600" in refused.stderr) == (2, True)
    file.unlink()


def test_twenty_digits_go_through_exactly(service: Service) -> None:
    highest = 10**20 - 1
    numbered = {**SET, "name": "LAST", "invoice": {"prefix": "LAST", "startNumber": highest}}
    named = {"creditMemo": {"prefix": "LCM", "startNumber": 1}}
    given = {
        "sequenceSets": [{**numbered, **named, "debitMemo": {"prefix": "L", "startNumber": 1}}]
    }
    [created] = service.json("sets", "create", given=given)
    assert created["invoice"]["startNumber"] == highest
    assert service.json("issue", "invoice", "--set", "LAST")["numbers"] == [f"LAST{highest}"]
    exhausted = service.run("issue", "invoice", "--set", "LAST")
    assert exhausted.exit_code == 1


def test_path_of_a_key_cannot_lead_elsewhere(service: Service) -> None:
    for key in ("../settings", "a/b", "?page=2", "%2e", "ü", "A B"):
        assert service.run("sets", "get", key).exit_code == 3, key
