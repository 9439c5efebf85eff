"""`seriatim clients`, `entities` and `settings`."""

from __future__ import annotations

import pytest

from tests.unit.cli.command_line import CommandLine


def test_client_is_created_with_a_secret_that_is_shown_once(seriatim: CommandLine) -> None:
    created = seriatim.json("clients", "create", "bot", "--role", "issuer")
    assert len(created["clientId"]) == 36
    assert 16 <= len(created["clientSecret"]) <= 42
    listed = seriatim.done("clients", "list", "-o", "json")
    assert created["clientId"] in listed
    assert created["clientSecret"] not in listed


def test_client_serves_entities_by_name_or_id(seriatim: CommandLine) -> None:
    second = seriatim.json("entities", "create", "Norge")["id"]
    words = ("clients", "create", "bot", "--role", "auditor", "--serves", "norge", "--serves")
    created = seriatim.json(*words, "MAIN")
    first = seriatim.json("entities", "list")[0]["id"]
    assert created["entityIds"] == [second, first]
    assert seriatim.json(*words, first)["entityIds"] == [second, first]


def test_client_for_an_absent_entity_is_refused(seriatim: CommandLine) -> None:
    words = ("clients", "create", "bot", "--role", "issuer", "--serves")
    seriatim.refused(3, *words, "Nowhere")
    assert "entityIds[0]" in seriatim.refused(1, *words, "0" * 32)


def test_secret_is_replaced(seriatim: CommandLine) -> None:
    created = seriatim.json("clients", "create", "bot", "--role", "issuer")
    seriatim.refused(2, "clients", "rotate", created["clientId"])
    rotated = seriatim.json("clients", "rotate", created["clientId"], "--yes")
    assert rotated["clientSecret"] != created["clientSecret"]


def test_revoked_client_stays_listed_and_ends(seriatim: CommandLine) -> None:
    client_id = seriatim.json("clients", "create", "bot", "--role", "issuer")["clientId"]
    seriatim.refused(2, "clients", "revoke", client_id)
    seriatim.done("clients", "revoke", client_id, "--yes")
    listed = {one["clientId"]: one for one in seriatim.json("clients", "list")}
    assert listed[client_id]["revokedAt"] is not None
    seriatim.refused(1, "clients", "rotate", client_id, "--yes")


def test_absent_client_ends_with_3(seriatim: CommandLine) -> None:
    absent = "00000000-0000-4000-8000-000000000000"
    seriatim.refused(3, "clients", "revoke", absent, "--yes")


def test_unknown_role_is_a_fault_of_usage(seriatim: CommandLine) -> None:
    seriatim.refused(2, "clients", "create", "bot", "--role", "king")


def test_entity_has_its_own_books(seriatim: CommandLine) -> None:
    entity = seriatim.json("entities", "create", "Norge")["id"]
    seriatim.done("issue", "invoice")
    for wanted in (
        "norge",
        entity,
        f"{entity[:8]}-{entity[8:12]}-{entity[12:16]}-{entity[16:20]}-{entity[20:]}".upper(),
    ):
        [one] = seriatim.json("sets", "list", "--entity", wanted)
        assert one["invoice"]["nextDocumentNumber"] == "INV00000001"
    assert seriatim.json("sets", "list")[0]["invoice"]["startNumber"] == 2


def test_entity_may_be_named_before_the_command(seriatim: CommandLine) -> None:
    seriatim.done("entities", "create", "Norge")
    seriatim.done("--entity", "Norge", "issue", "invoice")
    assert seriatim.json("sets", "list")[0]["invoice"]["startNumber"] == 1
    after = ("--entity", "Main", "sets", "list", "--entity", "Norge")
    assert seriatim.json(*after)[0]["invoice"]["startNumber"] == 2


def test_absent_entity_ends_with_3(seriatim: CommandLine) -> None:
    assert "Nowhere" in seriatim.refused(3, "sets", "list", "--entity", "Nowhere")


def test_entity_with_a_name_that_is_taken_is_refused(seriatim: CommandLine) -> None:
    assert "error: name: " in seriatim.refused(1, "entities", "create", "main")


def test_settings_are_shown_and_changed(seriatim: CommandLine) -> None:
    assert seriatim.json("settings", "show")["timeZone"] == "UTC"
    seriatim.done("settings", "set", "invoiceSettlement=false", "timeZone=Europe/Oslo")
    changed = seriatim.json("settings", "show")
    assert (changed["invoiceSettlement"], changed["timeZone"]) == (False, "Europe/Oslo")
    assert "Invoice Settlement" in seriatim.refused(1, "issue", "creditMemo")


def test_every_fault_of_settings_is_reported_and_nothing_changed(seriatim: CommandLine) -> None:
    said = seriatim.refused(
        1, "settings", "set", "timeZone=Nowhere", "colour=red", "flexibleBillingAttributes=false"
    )
    assert "error: timeZone: " in said
    assert "error: colour: " in said
    assert seriatim.json("settings", "show")["flexibleBillingAttributes"] is True


@pytest.mark.parametrize("word", ["timeZone", "=UTC"])
def test_setting_that_is_no_assignment_is_a_fault_of_usage(
    word: str, seriatim: CommandLine
) -> None:
    seriatim.refused(2, "settings", "set", word)


def test_setting_given_twice_is_a_fault_of_usage(seriatim: CommandLine) -> None:
    seriatim.refused(2, "settings", "set", "timeZone=UTC", "timeZone=UTC")
