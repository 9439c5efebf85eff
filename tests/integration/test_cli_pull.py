"""Pulling from a second instance of the service, over real HTTP, into each kind of target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli_service import Service, serving
from tests.integration.pull_sides import (
    TYPES,
    Side,
    SourceSide,
    founded,
    new_set,
    pulled,
    row_of,
    source_in,
    with_payments,
)

HIGH = 98_765_432_109_876_543_210


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("source")) as running:
        yield running


@pytest.fixture
def source(service: Service) -> SourceSide:
    return source_in(service)


@pytest.fixture
def target(tmp_path: Path) -> Side:
    folder = tmp_path / "target"
    return founded(folder, f"sqlite:///{folder / 'target.db'}")


@pytest.fixture(params=["sqlite", "server", "postgres"])
def any_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    """A target of each kind, empty but for DEFAULT."""
    if request.param == "server":
        with serving(tmp_path) as running:
            flags = {
                "server_url": running.url,
                "client_id": running.client_id,
                "client_secret": running.client_secret,
            }
            yield Side(running.folder, flags)
    elif request.param == "postgres":
        yield founded(tmp_path, request.getfixturevalue("empty_postgres_url"))
    else:
        yield request.getfixturevalue("target")


def test_pull_copies_sets_and_assignments_and_both_sides_go_on_alike(
    source: SourceSide, any_target: Side
) -> None:
    source.issue("invoice", "DEFAULT", 17)
    source.issue("payment", "DEFAULT", 3)
    source.make_sets(with_payments("FR", 10), new_set("IT", 7), new_set("BIG", HIGH))
    source.issue("invoice", "FR", 5)
    source.make_accounts([("A-FR", "FR"), ("A-0", None), ("A-BIG", "BIG"), ("A-new", "IT")])
    any_target.make_accounts([("A-FR", None), ("a-0", None), ("A-BIG", None), ("other", None)])

    rows = pulled(any_target, source, "--create-accounts")

    assert all(row["isEqual"] for row in rows)
    assert row_of(rows, "FR", "invoice")["after"] == "FRINV00000015"
    assert row_of(rows, "BIG", "invoice")["after"] == f"BIGINV{HIGH}"
    assert row_of(rows, "IT", "payment")["after"] == "P-00000004"
    assert row_of(rows, "A-new")["action"] == "create"
    sets = {"A-FR": "FR", "a-0": "DEFAULT", "A-BIG": "BIG", "other": "DEFAULT", "A-new": "IT"}
    assert any_target.account_sets() == sets
    names = ("DEFAULT", "FR", "IT", "BIG")
    assert any_target.issue_all(*names) == source.issue_all(*names)
    assert all(one["verified"] for one in any_target.json("verify"))
    assert all(one["skipped"] == 0 for one in any_target.json("series", "list"))


def test_created_account_has_name_currency_and_contact_and_nothing_else(
    source: SourceSide, target: Side
) -> None:
    from seriatim.cli.backend import ACCOUNTS, Call

    source.make_accounts([("A-1", None)])
    pulled(target, source, "--create-accounts")
    [shown] = target.call(Call("GET", (*ACCOUNTS, "A-1")))
    assert shown["basicInfo"]["name"] == "Account A-1"
    assert shown["billingAndPayment"]["currency"] == "EUR"
    contact = {"firstName": "Ada", "lastName": "of A-1", "city": "Köln", "zipCode": "50667"}
    assert shown["billToContact"] == contact
    assert "notes" not in shown["basicInfo"]


def test_dry_run_changes_nothing_and_foretells_what_the_pull_does(
    source: SourceSide, target: Side
) -> None:
    source.make_sets(with_payments("FR", 10), new_set("IT", 7))
    source.issue("refund", "IT", 4)
    source.make_accounts([("A-FR", "FR"), ("A-IT", "IT")])
    target.make_sets({**with_payments("IT", 3), "invoice": {"prefix": "X", "startNumber": 1}})
    target.make_accounts([("A-FR", None)])
    before = target.state()

    foretold = pulled(target, source, "--create-accounts", "--dry-run")

    assert target.state() == before
    done = pulled(target, source, "--create-accounts")
    assert [row["after"] for row in foretold] == [row["after"] for row in done]
    assert [row["action"] for row in foretold] == [row["action"] for row in done]
    assert row_of(done, "IT", "refund")["after"] == "R-00000005"


def test_second_pull_changes_nothing(source: SourceSide, target: Side) -> None:
    source.make_sets(with_payments("FR", 10), new_set("IT", 7, chronological=True))
    source.make_accounts([("A-FR", "FR")])
    pulled(target, source, "--create-accounts")
    before = target.state()
    again = target.run("pull", "--yes", "--create-accounts", "-o", "json", **source.variables)
    assert again.exit_code == 0
    assert "there is nothing to change" in again.stderr
    assert {row["action"] for row in json.loads(again.stdout)} == {"keep"}
    assert target.state() == before


def test_second_pull_moves_the_numbers_on_to_where_the_source_is(
    source: SourceSide, target: Side
) -> None:
    source.make_sets(with_payments("FR", 10))
    pulled(target, source)
    source.issue("creditMemo", "FR", 6)
    [differing] = [
        row for row in pulled(target, source, "--check", expects=1) if not row["isEqual"]
    ]
    assert (differing["name"], differing["documentType"]) == ("FR", "creditMemo")
    assert (differing["source"], differing["after"]) == ("FRCM00000016", "FRCM00000010")
    moved = pulled(target, source)
    assert row_of(moved, "FR", "creditMemo")["before"] == "FRCM00000010"
    pulled(target, source, "--check")
    assert target.issue_all("FR") == source.issue_all("FR")
    assert all(one["skipped"] == 0 for one in target.json("series", "list"))


def test_number_of_a_set_is_copied_unless_it_is_taken(source: SourceSide, target: Side) -> None:
    source.make_sets({**new_set("FR"), "sequenceSetNumber": "S-1"})
    source.make_sets({**new_set("IT"), "sequenceSetNumber": "S-2"})
    target.make_sets({**new_set("OLD"), "sequenceSetNumber": "s-2"})
    result = target.run("pull", "--yes", **source.variables)
    assert result.exit_code == 0, result.stderr
    assert "IT: its number S-2 is taken; the target gives it another" in result.stderr
    numbers = {one["name"]: one["sequenceSetNumber"] for one in target.json("sets", "list")}
    assert (numbers["FR"], numbers["OLD"]) == ("S-1", "s-2")
    assert numbers["IT"] != "S-2"


def test_more_sets_than_a_page_holds_are_copied(source: SourceSide, target: Side) -> None:
    for start in range(0, 260, 100):
        numbers = range(start, min(start + 100, 260))
        source.make_sets(*(new_set(f"N{number:03d}-", number + 1) for number in numbers))
    rows = pulled(target, source)
    assert len(rows) == 261 * len(TYPES)
    assert all(row["isEqual"] for row in rows)
    assert len(target.json("sets", "list")) == 261


def test_more_accounts_than_a_page_holds_are_assigned(source: SourceSide, target: Side) -> None:
    source.make_sets(new_set("FR"))
    numbers = [f"A-{number:03d}" for number in range(90)]
    source.make_accounts((number, "FR") for number in numbers)
    target.make_accounts((number, None) for number in numbers)
    rows = [row for row in pulled(target, source) if row["kind"] == "account"]
    assert [row["name"] for row in rows] == numbers
    assert all(row["isEqual"] and row["action"] == "assign" for row in rows)


def test_set_that_clashes_is_told_and_the_others_are_copied(
    source: SourceSide, target: Side
) -> None:
    source.make_sets(new_set("FR", 10), new_set("IT", 7))
    source.make_accounts([("A-FR", "FR"), ("A-IT", "IT")])
    target.make_accounts([("A-FR", None), ("A-IT", None)])
    target.make_sets({**new_set("OLD"), "creditMemo": {"prefix": "FRINV", "startNumber": 1}})

    result = target.run("pull", "--yes", "-o", "json", **source.variables)

    assert result.exit_code == 1
    assert "error: FR: invoice.prefix: " in result.stderr
    rows = json.loads(result.stdout)
    assert row_of(rows, "FR", "invoice")["action"] == "refused"
    assert row_of(rows, "FR", "invoice")["after"] is None
    assert row_of(rows, "IT", "invoice")["isEqual"]
    assert "no sequence set with the key 'FR'" in row_of(rows, "A-FR")["problem"]
    assert target.account_sets() == {"A-FR": "DEFAULT", "A-IT": "IT"}
    foretold = pulled(target, source, "--dry-run", expects=1)
    assert "cannot be made" in row_of(foretold, "A-FR")["problem"]


def test_series_that_the_target_has_outrun_is_refused_and_the_others_move(
    source: SourceSide, target: Side
) -> None:
    source.make_sets(with_payments("FR", 10))
    pulled(target, source)
    target.issue("refund", "FR", 2)
    source.issue("invoice", "FR", 3)
    result = target.run("pull", "--yes", "-o", "json", **source.variables)
    assert result.exit_code == 1
    assert "error: FR: refund.startNumber: " in result.stderr
    rows = json.loads(result.stdout)
    assert row_of(rows, "FR", "invoice")["after"] == "FRINV00000013"
    ahead = row_of(rows, "FR", "refund")
    assert (ahead["source"], ahead["after"]) == ("FRR-00000010", "FRR-00000012")
    assert (ahead["action"], ahead["isEqual"]) == ("refused", False)


def test_numbers_that_would_be_skipped_on_the_target_are_warned_of(
    source: SourceSide, target: Side
) -> None:
    source.make_sets(new_set("FR", 10))
    target.make_sets(new_set("FR", 1))
    target.issue("invoice", "FR", 2)
    result = target.run("pull", "--dry-run", **source.variables)
    assert result.exit_code == 0
    assert "FR invoice: 7 numbers, FRINV00000003 to FRINV00000009, are skipped" in result.stderr


def test_entangled_prefixes_are_warned_of_in_the_dry_run(source: SourceSide, target: Side) -> None:
    source.make_sets({**new_set("FR"), "invoice": {"prefix": "INV2026", "startNumber": 1}})
    result = target.run("pull", "--dry-run", **source.variables)
    assert result.stderr.count("'INV2026' and 'INV' (invoices) can come out") == 1


def test_account_that_the_target_lacks_is_told(source: SourceSide, target: Side) -> None:
    source.make_accounts([("A-1", None), ("A-2", None)])
    result = target.run("pull", "--yes", **source.variables)
    assert result.exit_code == 1
    assert "account A-1 and 1 more: the target has no such account" in result.stderr
    assert pulled(target, source, "--sets-only")


@pytest.mark.parametrize(
    "text",
    ["A-2\n\nA-9\nA-2\n", "Name;x,Account Number\nfirst,A-2\nother,A-9\n"],
    ids=["lines", "csv"],
)
def test_accounts_of_a_file_are_read_one_by_one(
    text: str, source: SourceSide, target: Side
) -> None:
    source.make_sets(new_set("FR"))
    source.make_accounts([("A-1", "FR"), ("A-2", "FR")])
    target.make_accounts([("A-1", None), ("A-2", None)])
    (target.folder / "accounts.csv").write_text(text, encoding="utf-8-sig")
    rows = pulled(target, source, "--accounts", "accounts.csv", expects=1)
    assert [row["name"] for row in rows if row["kind"] == "account"] == ["A-2", "A-9"]
    assert row_of(rows, "A-9")["action"] == "refused"
    assert target.account_sets() == {"A-1": "DEFAULT", "A-2": "FR"}


def test_assignment_is_refused_for_its_account_alone(source: SourceSide, target: Side) -> None:
    """An account keeps its set while it has a draft."""
    from seriatim.cli.backend import Call

    source.make_sets(new_set("FR"))
    source.make_accounts([("A-1", "FR"), ("A-2", "FR")])
    target.make_accounts([("A-1", None), ("A-2", None)])
    item = {"amount": 1, "chargeName": "x", "serviceStartDate": "2026-01-31"}
    draft = {"accountNumber": "A-1", "invoiceDate": "2026-01-31", "invoiceItems": [item]}
    target.call(Call("POST", ("v1", "invoices"), body=draft))
    rows = pulled(target, source, expects=1)
    assert "draft" in row_of(rows, "A-1")["problem"]
    assert row_of(rows, "A-2")["isEqual"]


def test_nothing_is_changed_without_consent(source: SourceSide, target: Side) -> None:
    source.make_sets(new_set("FR"))
    before = target.state()
    result = target.run("pull", **source.variables)
    assert result.exit_code == 2
    assert "Give --yes" in result.stderr
    assert "FRINV00000001" in result.stdout
    assert target.state() == before


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_question_is_asked_after_showing_what_would_come_of_it(
    answer: str, code: int, source: SourceSide, target: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seriatim.cli.command_run.is_terminal", lambda: True)
    source.make_sets(new_set("FR"))
    before = target.state()
    result = target.run("pull", given=f"{answer}\n", **source.variables)
    assert result.exit_code == code
    assert "Change 1 sets and 0 accounts of sqlite:///" in result.stderr
    assert result.stdout.count("FRINV00000001") == (4 if answer == "y" else 2)
    assert (target.state() == before) is (answer == "n")


@pytest.mark.parametrize(
    "words",
    [
        ("--dry-run", "--check"),
        ("--sets-only", "--create-accounts"),
        ("--sets-only", "--accounts", "x"),
        ("--accounts", "absent.csv"),
        ("--from", "ftp://x"),
        ("--from-client-id", "x", "--from-client-secret", ""),
    ],
)
def test_words_that_make_no_sense_are_refused(words: tuple[str, ...], target: Side) -> None:
    assert target.run("pull", *words).exit_code == 2


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_rows_for_programs_hold_numbers_and_accounts(
    form: str, source: SourceSide, target: Side
) -> None:
    source.make_accounts([("A-1", None)])
    result = target.run("pull", "--yes", "--create-accounts", "-o", form, **source.variables)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    if form == "csv":
        assert (
            lines[0] == "kind,name,documentType,prefix,source,before,after,isEqual,action,problem"
        )
        assert lines[1] == (
            "number,DEFAULT,invoice,INV,INV00000001,INV00000001,INV00000001,true,keep,"
        )
        assert lines[-1] == "account,A-1,,,DEFAULT,,DEFAULT,true,create,"
    else:
        assert len(lines) == 6
        assert json.loads(lines[-1])["name"] == "A-1"


def test_prefix_that_default_has_changed_on_the_source_is_changed_on_the_target(
    source: SourceSide, target: Side
) -> None:
    change = {"invoice": {"prefix": "RE", "startNumber": 500}, "payment": None}
    source.json("sets", "update", "DEFAULT", given=change)
    source.make_sets(new_set("FR"))
    result = target.run("pull", "--yes", "-o", "json", **source.variables)
    assert result.exit_code == 0, result.stderr
    assert "DEFAULT payment: has no prefix on the source" in result.stderr
    rows = json.loads(result.stdout)
    assert row_of(rows, "DEFAULT", "invoice")["after"] == "RE00000500"
    assert target.issue_all("DEFAULT", "FR") == source.issue_all("DEFAULT", "FR")


def test_memos_that_the_target_does_not_take_are_told(source: SourceSide, target: Side) -> None:
    source.make_sets(new_set("FR"))
    target.json("settings", "set", "invoiceSettlement=false")
    result = target.run("pull", "--yes", **source.variables)
    assert result.exit_code == 1
    assert "Invoice Settlement" in result.stderr
