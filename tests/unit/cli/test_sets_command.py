"""`seriatim sets`: the operations of the API, on a database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.cli.command_line import CommandLine

NewSet = Callable[..., dict[str, Any]]


@pytest.fixture
def with_sets(seriatim: CommandLine, new_set: NewSet) -> CommandLine:
    seriatim.done("sets", "create", given={"sequenceSets": [new_set("A"), new_set("B", 10)]})
    return seriatim


def test_list_shows_default_first_and_then_by_creation(with_sets: CommandLine) -> None:
    assert [one["name"] for one in with_sets.json("sets", "list")] == ["DEFAULT", "A", "B"]


def test_list_goes_through_every_page(seriatim: CommandLine, new_set: NewSet) -> None:
    sets = [new_set(f"S{number}X") for number in range(85)]
    seriatim.done("sets", "create", given={"sequenceSets": sets})
    lines = seriatim.done("sets", "list", "-o", "ndjson").splitlines()
    assert [json.loads(line)["name"] for line in lines[1:]] == [one["name"] for one in sets]


def test_list_by_name_shows_that_set_alone(with_sets: CommandLine) -> None:
    assert [one["name"] for one in with_sets.json("sets", "list", "--name", "b")] == ["B"]


def test_list_as_csv_has_the_fields_with_their_paths(with_sets: CommandLine) -> None:
    rows = list(csv.DictReader(io.StringIO(with_sets.done("sets", "list", "-o", "csv"))))
    assert rows[2]["name"] == "B"
    assert rows[2]["invoice.startNumber"] == "10"
    assert rows[2]["payment.prefix"] == ""


def test_list_as_table_shows_the_next_numbers(with_sets: CommandLine) -> None:
    assert "BINV00000010" in with_sets.done("sets", "list")


@pytest.mark.parametrize("key", ["B", "b", "SS-00000002"])
def test_get_finds_a_set_by_any_key(key: str, with_sets: CommandLine) -> None:
    found = with_sets.json("sets", "get", key)
    assert found["invoice"] == {
        "prefix": "BINV",
        "startNumber": 10,
        "minStartNumber": 1,
        "nextDocumentNumber": "BINV00000010",
    }


def test_get_of_an_absent_set_ends_with_3(seriatim: CommandLine) -> None:
    assert "no sequence set with the key 'NONE'" in seriatim.refused(3, "sets", "get", "NONE")


def test_create_reads_yaml_from_a_file(
    seriatim: CommandLine, new_set: NewSet, tmp_path: Path
) -> None:
    file = tmp_path / "sets.yaml"
    file.write_text(yaml.safe_dump({"sequenceSets": [new_set("A")]}), encoding="utf-8")
    [created] = seriatim.json("sets", "create", str(file))
    assert created["name"] == "A"


def test_create_reports_every_fault_with_its_path(seriatim: CommandLine, new_set: NewSet) -> None:
    faulty = [{**new_set("A"), "colour": 1}, {"name": "DEFAULT"}]
    said = seriatim.refused(1, "sets", "create", given={"sequenceSets": faulty}).splitlines()
    assert "error: sequenceSets[0].colour: is not a field of this request" in said
    assert any(line.startswith("error: sequenceSets[1].name: ") for line in said)
    assert any(line.startswith("error: sequenceSets[1].invoice: ") for line in said)
    assert [one["name"] for one in seriatim.json("sets", "list")] == ["DEFAULT"]


def test_create_as_a_dry_run_shows_effects_and_changes_nothing(
    seriatim: CommandLine, new_set: NewSet
) -> None:
    given = {"sequenceSets": [new_set("A", 7)]}
    effects = seriatim.json("sets", "create", "--dry-run", given=given)
    assert effects[0]["nextDocumentNumbers"] == ["AINV00000007", "AINV00000008", "AINV00000009"]
    assert len(seriatim.json("sets", "list")) == 1


def test_create_warns_of_prefixes_that_can_meet(seriatim: CommandLine, new_set: NewSet) -> None:
    sets = [new_set("A", invoice={"prefix": "INV2026", "startNumber": 1})]
    result = seriatim.run("sets", "create", "-o", "json", given={"sequenceSets": sets})
    assert result.exit_code == 0
    assert "warning: sequenceSets[0].invoice.prefix: " in result.stderr
    assert json.loads(result.stdout)[0]["name"] == "A"


def test_update_changes_what_the_file_names(with_sets: CommandLine) -> None:
    with_sets.done("sets", "update", "A", given={"invoice": {"startNumber": 50}})
    found = with_sets.json("sets", "get", "A")
    assert (found["invoice"]["startNumber"], found["creditMemo"]["startNumber"]) == (50, 1)


def test_update_as_a_dry_run_shows_what_would_be_skipped(with_sets: CommandLine) -> None:
    with_sets.done("issue", "invoice", "--set", "A")
    given = {"invoice": {"startNumber": 5}}
    [effect] = with_sets.json("sets", "update", "A", "--dry-run", given=given)
    assert effect["skips"]["count"] == 3
    assert with_sets.json("sets", "get", "A")["invoice"]["startNumber"] == 2


def test_update_of_a_version_that_was_edited_since_is_refused(with_sets: CommandLine) -> None:
    etag = with_sets.done("sets", "get", "A", "--etag").strip()
    change = ("sets", "update", "A", "--if-match", etag)
    with_sets.done(*change, given={"name": "C"})
    with_sets.refused(1, "sets", "update", "C", "--if-match", etag, given={"name": "D"})
    assert with_sets.json("sets", "get", "C")["name"] == "C"


def test_delete_without_a_terminal_asks_for_yes(with_sets: CommandLine) -> None:
    assert "--yes" in with_sets.refused(2, "sets", "delete", "A")
    with_sets.done("sets", "delete", "A", "--yes")
    with_sets.refused(3, "sets", "get", "A")


def test_delete_on_a_terminal_asks(with_sets: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.cli.command_run.is_terminal", lambda: True)
    assert "nothing was changed" in with_sets.refused(1, "sets", "delete", "A", given="n\n")
    assert with_sets.json("sets", "get", "A")["name"] == "A"
    assert "deleted A" in with_sets.done("sets", "delete", "A", given="y\n")


def test_delete_of_default_is_refused(seriatim: CommandLine) -> None:
    assert "DEFAULT" in seriatim.refused(1, "sets", "delete", "DEFAULT", "--yes")


def test_preview_of_a_change_needs_its_set_and_changes_nothing(with_sets: CommandLine) -> None:
    given = {"invoice": {"startNumber": 5}}
    [effect] = with_sets.json("sets", "preview", "--set", "A", given=given)
    assert effect["nextDocumentNumbers"][0] == "AINV00000005"
    assert with_sets.json("sets", "get", "A")["invoice"]["startNumber"] == 1


def test_preview_of_new_sets_changes_nothing(seriatim: CommandLine, new_set: NewSet) -> None:
    effects = seriatim.json("sets", "preview", given={"sequenceSets": [new_set("A")]})
    assert {effect["sequenceSet"] for effect in effects} == {"A"}
    assert len(seriatim.json("sets", "list")) == 1


def test_export_can_be_created_in_another_database(
    with_sets: CommandLine, founded_file: Path, tmp_path: Path
) -> None:
    exported = tmp_path / "sets.yaml"
    exported.write_text(with_sets.done("sets", "export", "A", "B"), encoding="utf-8")
    other = tmp_path / "other.db"
    other.write_bytes(founded_file.read_bytes())
    database = ("--database", f"sqlite:///{other}")
    with_sets.done("sets", "create", str(exported), *database)
    numbers = [one["sequenceSetNumber"] for one in with_sets.json("sets", "list", *database)]
    assert numbers == ["SS-00000000", "SS-00000001", "SS-00000002"]


def test_export_as_json_has_the_shape_of_a_creation(with_sets: CommandLine) -> None:
    exported = with_sets.json("sets", "export", "B")
    assert list(exported["sequenceSets"][0]) == [
        "name",
        "sequenceSetNumber",
        "chronological",
        "invoice",
        "creditMemo",
        "debitMemo",
    ]
