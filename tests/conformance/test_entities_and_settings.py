"""Entities, their settings, and the first contents of an empty database."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from seriatim.domain.caller import Caller, Role
from seriatim.domain.errors import Category, NotPermitted
from seriatim.domain.sequence_set import EntitySettings
from seriatim.service import access, entities, founding, secrets
from seriatim.service.audit import list_audit_trail
from seriatim.service.founding import GivenSecrets
from seriatim.service.settings import get_settings
from seriatim.store.access_queries import Named
from seriatim.store.sql_store import SqlStore
from tests.conformance.desk import Desk, FixedClock, error_of, execute
from tests.samples import new_set

INVALID, RULE = Category.INVALID_VALUE, Category.RULE


def _create(desk: Desk, name: str) -> Named:
    return desk.run(
        lambda tx: entities.create_entity(tx, desk.asking(), name=name, clock=desk.clock)
    )


def _entities(desk: Desk) -> list[str]:
    with desk.store.read() as transaction:
        return [entity.name for entity in entities.list_entities(transaction, desk.caller)]


def test_new_entity_has_its_own_default_and_counts_by_itself(desk: Desk) -> None:
    desk.issue(count=5)
    entity = _create(desk, "Österreich GmbH")
    assert _entities(desk) == ["Main", "Österreich GmbH"]
    other = Desk(desk.store, desk.caller, desk.clock)
    other.caller = Caller(
        desk.caller.tenant_id, entity.identifier, "client:x", Role.ADMIN, str(uuid.uuid4())
    )
    assert other.names() == ["DEFAULT"]
    assert other.texts() == ["INV00000001"]
    assert desk.texts() == ["INV00000006"]
    assert desk.audit_trail()[-1].subject_id == entity.identifier


def test_entities_are_listed_in_order_of_creation(desk: Desk) -> None:
    names = [f"E{n}" for n in range(12)]
    for name in names:
        _create(desk, name)
    assert _entities(desk) == ["Main", *names]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", INVALID),
        ("  ", INVALID),
        (" x", INVALID),
        ("x" * 101, INVALID),
        ("x" + " " * 200, INVALID),
        ("a\tb", INVALID),
        ("a\0b", INVALID),
        ("Main", RULE),
        ("MAIN", RULE),
    ],
)
def test_entity_that_breaks_a_rule_is_refused(desk: Desk, name: str, fault: Category) -> None:
    assert desk.refusal(lambda: _create(desk, name)) == {("name", fault)}
    assert _entities(desk) == ["Main"]
    assert desk.audit_trail() == []


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_other_roles_may_not_create_entities(desk: Desk, role: Role) -> None:
    desk.caller = desk.asking(role)
    assert isinstance(error_of(lambda: _create(desk, "X")), NotPermitted)


def _settings(desk: Desk) -> EntitySettings:
    with desk.store.read() as transaction:
        return get_settings(transaction, desk.caller)


def test_settings_are_born_as_the_contract_has_them(desk: Desk) -> None:
    assert _settings(desk) == EntitySettings(
        invoice_settlement=True,
        flexible_billing_attributes=True,
        number_assignment="creation",
        time_zone="UTC",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"invoice_settlement": False},
        {"flexible_billing_attributes": False},
        {"number_assignment": "posting"},
        {"time_zone": "Europe/Berlin"},
        {"time_zone": "America/Argentina/Buenos_Aires", "invoice_settlement": False},
    ],
)
def test_setting_is_changed_alone_and_written_to_the_trail(
    desk: Desk, change: dict[str, Any]
) -> None:
    other = desk.another_entity()
    before = _settings(desk)
    changed = desk.set_settings(**change)
    assert _settings(desk) == changed
    for name in ("invoice_settlement", "flexible_billing_attributes", "number_assignment"):
        assert getattr(changed, name) == change.get(name, getattr(before, name))
    assert _settings(other) == EntitySettings()
    entry = desk.audit_trail()[-1]
    assert (entry.action, entry.subject_kind) == ("update", "settings")
    assert json.loads(entry.state_before or "")["time_zone"] == "UTC"
    assert json.loads(entry.state_after or "")["time_zone"] == changed.time_zone


@pytest.mark.parametrize("change", [{}, {"time_zone": "UTC"}, {"invoice_settlement": True}])
def test_nothing_changed_is_not_written_to_the_trail(desk: Desk, change: dict[str, Any]) -> None:
    desk.set_settings(**change)
    assert desk.audit_trail() == []


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"time_zone": "Europe/Atlantis"}, {("time_zone", INVALID)}),
        ({"time_zone": ""}, {("time_zone", INVALID)}),
        ({"time_zone": "Europe"}, {("time_zone", INVALID)}),
        ({"time_zone": "../../etc/passwd"}, {("time_zone", INVALID)}),
        ({"time_zone": "/etc/localtime"}, {("time_zone", INVALID)}),
        ({"time_zone": "UTC\0"}, {("time_zone", INVALID)}),
        ({"time_zone": "x" * 10_000}, {("time_zone", INVALID)}),
        ({"number_assignment": "never"}, {("number_assignment", INVALID)}),
        (
            {"number_assignment": "", "time_zone": "\ud800", "invoice_settlement": False},
            {("number_assignment", INVALID), ("time_zone", INVALID)},
        ),
    ],
)
def test_setting_that_is_wrong_is_refused_and_none_is_changed(
    desk: Desk, change: dict[str, Any], faults: set[tuple[str, Category]]
) -> None:
    assert desk.refusal(lambda: desk.set_settings(**change)) == faults
    assert _settings(desk) == EntitySettings()


def test_rights_on_settings_and_trail_follow_the_role(desk: Desk) -> None:
    admin = desk.caller
    for role, may_read in ((Role.AUDITOR, True), (Role.ISSUER, False)):
        desk.caller = desk.asking(role)
        assert isinstance(error_of(lambda: desk.set_settings(time_zone="UTC")), NotPermitted)
        with desk.store.read() as tx:
            reads: list[Callable[[Caller], object]] = [
                partial(get_settings, tx),
                partial(entities.list_entities, tx),
                partial(list_audit_trail, tx, before_audit_number=None, row_count=1),
            ]
            refused = [error_of(partial(read, desk.caller)) for read in reads]
        assert [error is None for error in refused] == [may_read] * 3
        desk.caller = admin


def test_trail_is_paged_newest_first(desk: Desk) -> None:
    for n in range(5):
        desk.create(new_set(f"S{n}", f"S{n}-"))
    found: list[int] = []
    before: int | None = None
    while True:
        with desk.store.read() as tx:
            page = list_audit_trail(tx, desk.caller, before_audit_number=before, row_count=2)
        if not page:
            break
        found += [entry.audit_number for entry in page]
        before = page[-1].audit_number
    assert found == [5, 4, 3, 2, 1]


# The first contents of an empty database.

CLOCK = FixedClock()


def _found(store: SqlStore, given: GivenSecrets | None = None) -> founding.Founded:
    return store.run(
        lambda tx: founding.found(tx, given or GivenSecrets(), clock=CLOCK, actor="command:root")
    )


def test_empty_database_gets_all_it_takes_to_begin(store: SqlStore) -> None:
    with store.read() as tx:
        assert not founding.is_founded(tx)
    founded = _found(store)
    with store.read() as tx:
        assert founding.is_founded(tx)
        proven = access.client_credentials_fit(tx, founded.client_id, founded.client_secret)
        assert proven is not None
        assert (proven.client.role, proven.client.entity_ids) == (Role.ADMIN, (founded.entity_id,))
    assert len(founded.client_id) == 36
    assert len(founded.client_secret) <= 42
    caller = Caller(founded.tenant_id, founded.entity_id, "client:x", Role.ADMIN, str(uuid.uuid4()))
    desk = Desk(store, caller, CLOCK)
    assert desk.names() == ["DEFAULT"]
    assert desk.texts() == ["INV00000001"]
    (row,) = execute(store, "SELECT name, role, password_hash FROM seriatim_console_user")
    assert row[:2] == ("admin", "admin")
    assert secrets.secret_fits(founded.password, row[2])


def test_secrets_of_the_operator_are_taken(store: SqlStore) -> None:
    given = GivenSecrets(
        client_id=str(uuid.uuid4()).upper(), client_secret="s" * 42, password="p" * 16
    )
    founded = _found(store, given)
    assert founded.client_id == (given.client_id or "").lower()
    assert (founded.client_secret, founded.password) == (given.client_secret, given.password)
    with store.read() as tx:
        assert access.client_credentials_fit(tx, given.client_id or "", "s" * 42)


def test_secrets_that_are_no_good_are_refused_and_nothing_is_founded(store: SqlStore) -> None:
    given = GivenSecrets(client_id="x", client_secret="short", password="short")
    found = Desk(store, Caller("", "", "", Role.ADMIN, ""), CLOCK).refusal(
        lambda: _found(store, given)
    )
    assert found == {
        ("bootstrap_client_id", INVALID),
        ("bootstrap_client_secret", INVALID),
        ("bootstrap_password", INVALID),
    }
    with store.read() as tx:
        assert not founding.is_founded(tx)


def test_generated_secrets_are_different_each_time() -> None:
    for make in (secrets.new_secret, secrets.new_password, secrets.new_token):
        assert len({make() for _ in range(100)}) == 100


def test_stored_hash_that_is_no_hash_fits_nothing() -> None:
    assert not secrets.secret_fits("x", "not a hash")
    assert not secrets.secret_fits("x", None)
    assert secrets.secret_fits("x", secrets.secret_hash("x"))
