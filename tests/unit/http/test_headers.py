from __future__ import annotations

import uuid

import pytest

from seriatim.http.faults import TransportFault
from seriatim.http.headers import MAY_STAND_ONCE, bearer_token, idempotency_key, mapped
from seriatim.http.request_ids import checked_track_id, new_request_id


def test_request_id_is_a_random_uuid_in_canonical_form() -> None:
    ids = [new_request_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    for text in ids:
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)


@pytest.mark.parametrize("value", [b"x", b"A-1_b.2/c d", b"x" * 64, b"\\~!@#$%^&*()"])
def test_track_id_within_its_rules_is_taken(value: bytes) -> None:
    assert checked_track_id(value) == value


@pytest.mark.parametrize(
    "value", [b"x" * 65, b"a:b", b"a;b", b'a"b', b"a'b", b"\xe4", b"a\tb", b"a\x7f", b"a\x85b"]
)
def test_track_id_beyond_its_rules_is_refused(value: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        checked_track_id(value)
    assert (caught.value.status, caught.value.path) == (400, ("Zuora-Track-Id",))


def test_list_headers_are_joined() -> None:
    pairs = [(b"accept-encoding", b"br"), (b"host", b"a"), (b"accept-encoding", b"gzip")]
    assert mapped(pairs) == {b"accept-encoding": b"br, gzip", b"host": b"a"}


@pytest.mark.parametrize("name", sorted(MAY_STAND_ONCE))
def test_header_that_decides_may_stand_once(name: bytes) -> None:
    with pytest.raises(TransportFault) as caught:
        mapped([(name, b"1"), (name, b"1")])
    assert caught.value.status == 400
    assert MAY_STAND_ONCE[name] in caught.value.message


@pytest.mark.parametrize("key", ["k", "x" * 255, "a b~!"])
def test_idempotency_key_within_its_rules_is_taken(key: str) -> None:
    assert idempotency_key({b"idempotency-key": key.encode()}) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "\xe4", "a\tb"])
def test_idempotency_key_beyond_its_rules_is_refused(key: str) -> None:
    with pytest.raises(TransportFault) as caught:
        idempotency_key({b"idempotency-key": key.encode("latin-1")})
    assert caught.value.status == 400


def test_no_idempotency_key() -> None:
    assert idempotency_key({}) is None


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer abc.def", "abc.def"),
        (b"bearer  abc", "abc"),
        (b"BEARER abc", "abc"),
        (b"Bearer ", None),
        (b"Bearer", None),
        (b"Basic abc", None),
        (b"Bearerabc", None),
        (b"Bearer \xe4", None),
    ],
)
def test_bearer_token(value: bytes, token: str | None) -> None:
    assert bearer_token({b"authorization": value}) == token
    assert bearer_token({}) is None
