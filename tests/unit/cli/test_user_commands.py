"""`seriatim users`."""

from __future__ import annotations

from tests.unit.cli.command_line import CommandLine


def test_user_is_created_with_a_password_that_is_shown_once(seriatim: CommandLine) -> None:
    made = seriatim.json("users", "create", "anna", "--role", "auditor")
    assert len(made["password"]) >= 16
    listed = seriatim.done("users", "list", "-o", "json")
    assert made["password"] not in listed
    assert {one["name"]: one["role"] for one in seriatim.json("users", "list")} == {
        "admin": "admin",
        "anna": "auditor",
    }


def test_password_is_replaced_after_asking(seriatim: CommandLine) -> None:
    made = seriatim.json("users", "create", "anna", "--role", "issuer")
    seriatim.refused(2, "users", "password", "anna")
    renewed = seriatim.json("users", "password", "ANNA", "--yes")
    assert renewed["name"] == "anna"
    assert renewed["password"] != made["password"]


def test_user_is_disabled_for_good_but_not_the_last_admin(seriatim: CommandLine) -> None:
    seriatim.done("users", "create", "anna", "--role", "issuer")
    seriatim.refused(2, "users", "disable", "anna")
    seriatim.done("users", "disable", "anna", "--yes")
    listed = {one["name"]: one for one in seriatim.json("users", "list")}
    assert listed["anna"]["disabledAt"] is not None
    assert "disabled for good" in seriatim.refused(1, "users", "password", "anna", "--yes")
    assert "last admin" in seriatim.refused(1, "users", "disable", "admin", "--yes")


def test_absent_and_doubled_users_are_refused(seriatim: CommandLine) -> None:
    seriatim.refused(3, "users", "disable", "nobody", "--yes")
    assert "another user" in seriatim.refused(1, "users", "create", "Admin", "--role", "admin")
    seriatim.refused(2, "users", "create", "bea", "--role", "boss")


def test_users_are_no_business_of_the_api(seriatim: CommandLine) -> None:
    seriatim.refused(2, "users", "list", "--server", "http://127.0.0.1:1")
    refused = seriatim.refused(2, "--server", "http://127.0.0.1:1", "users", "list")
    assert "works on a database" in refused
