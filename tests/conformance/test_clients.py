"""OAuth clients and their tokens: made, rotated, revoked, and never good for longer than that."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from argon2.exceptions import VerificationError

from seriatim.domain.caller import Role
from seriatim.domain.errors import Category, NotAuthenticated, NotFound, NotPermitted
from seriatim.service import access, secrets
from seriatim.service.access import ClientSecret, ProvenClient, TokenGrant
from seriatim.service.upkeep import sweep
from seriatim.store.access_queries import TokenHolder
from tests.cheap_hashes import hash_cheaply
from tests.conformance.desk import Desk, error_of, execute

INVALID, UNKNOWN, RULE = Category.INVALID_VALUE, Category.NOT_FOUND, Category.RULE


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_cheaply(monkeypatch.setattr)


def _create(
    desk: Desk,
    name: str | None = "app",
    role: str | None = "issuer",
    entity_ids: list[str] | None = None,
) -> ClientSecret:
    return desk.run(
        lambda tx: access.create_client(
            tx, desk.asking(), name=name, role=role, entity_ids=entity_ids, clock=desk.clock
        )
    )


def _proven(desk: Desk, client_id: str, secret: str) -> ProvenClient | None:
    with desk.store.read() as transaction:
        return access.client_credentials_fit(transaction, client_id, secret)


def _grant(desk: Desk, made: ClientSecret) -> TokenGrant:
    proven = _proven(desk, made.client.client_id, made.secret)
    assert proven is not None
    grant = desk.run(lambda tx: access.grant_token(tx, proven, clock=desk.clock))
    assert grant is not None
    return grant


def _holder(desk: Desk, token: str) -> TokenHolder | None:
    with desk.store.read() as transaction:
        try:
            return access.find_token_holder(transaction, token, now=desk.clock.now())
        except NotAuthenticated:
            return None


def _change(desk: Desk, change: object, client_id: str) -> object:
    assert callable(change)
    return desk.run(lambda tx: change(tx, desk.asking(), client_id, clock=desk.clock))


def test_new_client_has_an_id_and_a_secret_the_original_can_hold(desk: Desk) -> None:
    made = _create(desk)
    assert str(uuid.UUID(made.client.client_id)) == made.client.client_id
    assert re.fullmatch(r"[A-Za-z0-9]{40}", made.secret)
    assert (made.client.name, made.client.role) == ("app", Role.ISSUER)
    assert made.client.entity_ids == (desk.caller.entity_id,)
    with desk.store.read() as transaction:
        assert access.list_clients(transaction, desk.caller) == [made.client]


def test_secret_and_token_stand_nowhere_in_the_database(desk: Desk) -> None:
    made = _create(desk)
    grant = _grant(desk, made)
    for table in ("seriatim_oauth_client", "seriatim_access_token", "seriatim_audit_entry"):
        for row in execute(
            desk.store,
            f"SELECT * FROM {table} WHERE tenant_id = :tenant_id",
            {"tenant_id": desk.caller.tenant_id},
        ):
            text = " ".join(
                value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row
            )
            assert made.secret not in text
            assert grant.access_token not in text


def test_client_of_several_entities_keeps_their_order(desk: Desk) -> None:
    other = desk.another_entity().caller.entity_id
    wanted = [str(uuid.UUID(other)).upper(), desk.caller.entity_id]
    made = _create(desk, entity_ids=wanted)
    assert made.client.entity_ids == (other, desk.caller.entity_id)
    holder = _holder(desk, _grant(desk, made).access_token)
    assert holder is not None
    assert holder.entity_ids == (other, desk.caller.entity_id)


@pytest.mark.parametrize(
    ("name", "role", "entity_ids", "faults"),
    [
        ("", "issuer", None, {("name", INVALID)}),
        ("   ", "issuer", None, {("name", INVALID)}),
        ("x" * 101, "issuer", None, {("name", INVALID)}),
        ("a\nb", "issuer", None, {("name", INVALID)}),
        ("app", "root", None, {("role", INVALID)}),
        ("app", "ADMIN", None, {("role", INVALID)}),
        ("app", "issuer", [], {("entity_ids", INVALID)}),
        ("app", "issuer", ["x"], {("entity_ids.0", UNKNOWN)}),
        ("app", "issuer", ["a" * 32] * 101, {("entity_ids", INVALID)}),
        ("", "", ["x"], {("name", INVALID), ("role", INVALID), ("entity_ids.0", UNKNOWN)}),
    ],
)
def test_client_that_breaks_rules_is_refused_with_all_of_them(
    desk: Desk,
    name: str,
    role: str,
    entity_ids: list[str] | None,
    faults: set[tuple[str, Category]],
) -> None:
    assert desk.refusal(lambda: _create(desk, name, role, entity_ids)) == faults
    with desk.store.read() as transaction:
        assert access.list_clients(transaction, desk.caller) == []


def test_entity_that_stands_twice_is_refused(desk: Desk) -> None:
    twice = [desk.caller.entity_id, str(uuid.UUID(desk.caller.entity_id))]
    found = desk.refusal(lambda: _create(desk, entity_ids=twice))
    assert found == {("entity_ids.1", INVALID)}


def test_own_secret_fits_and_no_other(desk: Desk) -> None:
    made = _create(desk)
    client_id = made.client.client_id
    for spelling in (client_id, client_id.upper()):
        proven = _proven(desk, spelling, made.secret)
        assert proven is not None
        assert proven.client.client_id == client_id
    for secret in ("", made.secret[:-1], made.secret + "x", made.secret.swapcase(), "x" * 5000):
        assert _proven(desk, client_id, secret) is None
    for stranger in ("", "x", client_id.replace("-", ""), str(uuid.uuid4()), "\0", "ü" * 36):
        assert _proven(desk, stranger, made.secret) is None


def test_token_holds_who_it_stands_for_and_for_how_long(desk: Desk) -> None:
    made = _create(desk)
    grant = _grant(desk, made)
    caller = desk.caller
    assert grant.expires_in_s == 3599
    assert grant.scope == f"tenant.{caller.tenant_id} entity.{caller.entity_id} role.issuer"
    assert re.fullmatch(r"[0-9a-f]{32}", grant.jti)
    assert _holder(desk, grant.access_token) == TokenHolder(
        caller.tenant_id,
        made.client.client_id,
        Role.ISSUER,
        (caller.entity_id,),
        desk.clock.now() + timedelta(seconds=3599),
    )
    with desk.store.read() as transaction:
        (client,) = access.list_clients(transaction, caller)
    assert client.last_used_at == desk.clock.now()


def test_token_ends_with_its_time(desk: Desk) -> None:
    token = _grant(desk, _create(desk)).access_token
    desk.clock.forward(seconds=3598, microseconds=999_999)
    assert _holder(desk, token) is not None
    desk.clock.forward(microseconds=1)
    assert _holder(desk, token) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "a" * 100_000])
def test_forged_token_is_worth_nothing(desk: Desk, token: str) -> None:
    assert _holder(desk, token) is None


def test_rotation_ends_the_old_secret_and_every_token(desk: Desk) -> None:
    made = _create(desk)
    tokens = [_grant(desk, made).access_token for _ in range(2)]
    rotated = _change(desk, access.rotate_client, made.client.client_id)
    assert isinstance(rotated, ClientSecret)
    assert rotated.secret != made.secret
    assert [_holder(desk, token) for token in tokens] == [None, None]
    assert _proven(desk, made.client.client_id, made.secret) is None
    assert _holder(desk, _grant(desk, rotated).access_token) is not None


@pytest.mark.parametrize("change", [access.rotate_client, access.revoke_client])
def test_secret_that_fit_before_a_change_is_good_for_no_token_after_it(
    desk: Desk, change: object
) -> None:
    """Comparing takes its time; meanwhile the client was rotated or revoked."""
    made = _create(desk)
    proven = _proven(desk, made.client.client_id, made.secret)
    assert proven is not None
    _change(desk, change, made.client.client_id)
    assert desk.run(lambda tx: access.grant_token(tx, proven, clock=desk.clock)) is None
    rows = execute(
        desk.store,
        "SELECT 1 FROM seriatim_access_token WHERE tenant_id = :tenant_id",
        {"tenant_id": desk.caller.tenant_id},
    )
    assert rows == []


def test_revoked_client_is_ended_for_good(desk: Desk) -> None:
    made = _create(desk)
    token = _grant(desk, made).access_token
    for _ in range(2):
        revoked = _change(desk, access.revoke_client, made.client.client_id)
        assert getattr(revoked, "revoked_at", None) == desk.clock.moment.replace()
    assert _holder(desk, token) is None
    assert _proven(desk, made.client.client_id, made.secret) is None
    assert desk.refusal(lambda: _change(desk, access.rotate_client, made.client.client_id)) == {
        ("", RULE)
    }
    actions = [entry.action for entry in desk.audit_trail()]
    assert actions == ["create", "revoke"]


@pytest.mark.parametrize("client_id", ["", "x", str(uuid.UUID(int=0)), "0" * 32, "\0"])
@pytest.mark.parametrize("change", [access.rotate_client, access.revoke_client])
def test_unknown_client_is_not_found(desk: Desk, change: object, client_id: str) -> None:
    assert isinstance(error_of(lambda: _change(desk, change, client_id)), NotFound)


@pytest.mark.parametrize("role", [Role.ISSUER, Role.AUDITOR])
def test_other_roles_may_not_change_clients(desk: Desk, role: Role) -> None:
    made = _create(desk)
    desk.caller = desk.asking(role)
    for attempt in (
        lambda: _create(desk),
        lambda: _change(desk, access.rotate_client, made.client.client_id),
        lambda: _change(desk, access.revoke_client, made.client.client_id),
    ):
        assert isinstance(error_of(attempt), NotPermitted)
    with desk.store.read() as transaction:
        listed = error_of(lambda: access.list_clients(transaction, desk.caller))
    assert isinstance(listed, NotPermitted | None)
    assert (listed is None) is (role is Role.AUDITOR)


def test_trail_names_client_and_change_and_no_secret(desk: Desk) -> None:
    made = _create(desk)
    _change(desk, access.rotate_client, made.client.client_id)
    created, rotated = desk.audit_trail()
    assert (created.action, rotated.action) == ("create", "rotate")
    assert {entry.subject_id for entry in (created, rotated)} == {made.client.client_id}
    assert json.loads(created.state_after or "") == {
        "name": "app",
        "role": "issuer",
        "entity_ids": [desk.caller.entity_id],
    }


def test_blocked_login_stands_in_the_trail_of_a_client_that_exists(desk: Desk) -> None:
    made = _create(desk)

    def record(client_id: str) -> None:
        desk.run(
            lambda tx: access.record_blocked_login(
                tx, client_id, request_id=str(uuid.uuid4()), clock=desk.clock
            )
        )

    for client_id in (made.client.client_id, str(uuid.uuid4()), "x", "\0"):
        record(client_id)
    assert [(entry.action, entry.actor) for entry in desk.audit_trail()[1:]] == [
        ("login_blocked", "anonymous")
    ]


def test_expired_tokens_are_swept_and_living_ones_stay(desk: Desk) -> None:
    made = _create(desk)
    old = _grant(desk, made).access_token
    desk.clock.forward(minutes=30)
    new = _grant(desk, made).access_token
    desk.clock.forward(minutes=30)
    sweep(desk.store, clock=desk.clock)
    rows = execute(
        desk.store,
        "SELECT 1 FROM seriatim_access_token WHERE tenant_id = :tenant_id",
        {"tenant_id": desk.caller.tenant_id},
    )
    assert len(rows) == 1
    assert (_holder(desk, old), _holder(desk, new) is None) == (None, False)


def test_comparison_costs_the_same_for_a_client_that_does_not_exist(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    class Counting:
        def verify(self, stored: str, _: str) -> bool:
            compared.append(stored)
            raise VerificationError

    made = _create(desk)
    monkeypatch.setattr(secrets, "_hasher", Counting())
    for client_id in (made.client.client_id, str(uuid.uuid4()), "nonsense"):
        assert _proven(desk, client_id, "wrong") is None
    assert len(compared) == 3
