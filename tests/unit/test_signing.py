"""The signing key: made once, for its owner's eyes, and found again."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from seriatim.domain.errors import StoreRefused
from seriatim.service.signing import (
    SigningKeys,
    load_signing_keys,
    make_signing_keys,
    new_signing_keys,
)
from seriatim.verifier.seriatim_verifier import is_signed, key_id_of, read_public_key


def test_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing-key.pem"
    assert load_signing_keys(path) is None
    made = make_signing_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_signing_keys(path).public_key == made.public_key
    found = load_signing_keys(path)
    assert found is not None
    assert found.key_id == made.key_id == key_id_of(made.public_key)
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, path.name + ".pub"]


def test_public_half_lies_beside_it_for_anybody(tmp_path: Path) -> None:
    made = make_signing_keys(tmp_path / "key.pem")
    assert read_public_key(str(tmp_path / "key.pem.pub")) == made.public_key
    signature = made.sign(b"message")
    assert is_signed(made.public_key, b"message", signature)
    assert made.is_signed(made.key_id, b"message", signature)
    assert not made.is_signed(made.key_id, b"another", signature)
    assert not made.is_signed("0" * 32, b"message", signature)


def test_signatures_of_an_earlier_key_still_count(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    earlier = make_signing_keys(path)
    path.unlink()
    later = make_signing_keys(path)
    assert later.key_id != earlier.key_id
    assert later.is_signed(earlier.key_id, b"message", earlier.sign(b"message"))
    assert read_public_key(str(tmp_path / "key.pem.pub")) == later.public_key
    (tmp_path / "key.pem.pub").unlink()
    forgotten = load_signing_keys(path)
    assert forgotten is not None
    assert not forgotten.is_signed(earlier.key_id, b"message", earlier.sign(b"message"))


def test_of_two_that_make_it_at_once_both_have_the_same(tmp_path: Path) -> None:
    barrier = Barrier(4)

    def make(_: int) -> str:
        barrier.wait()
        return make_signing_keys(tmp_path / "key.pem").key_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(4)))) == 1


def _elliptic_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no private key in PEM without a password"),
        (b"\xff\xff", "holds no private key in PEM without a password"),
        (new_signing_keys().public_pem.encode(), "holds no private key in PEM"),
        (_elliptic_key(), "not one of Ed25519"),
    ],
)
def test_file_that_holds_something_else_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    for attempt in (load_signing_keys, make_signing_keys):
        with pytest.raises(StoreRefused, match=message):
            attempt(path)
    assert path.read_bytes() == content


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="cannot be made: No such file"):
        make_signing_keys(tmp_path / "absent" / "key.pem")
    with pytest.raises(StoreRefused, match="cannot be read"):
        load_signing_keys(tmp_path)


def test_key_is_never_shown(tmp_path: Path) -> None:
    keys = make_signing_keys(tmp_path / "key.pem")
    assert repr(keys) == f"SigningKeys({keys.key_id})"
    assert isinstance(keys, SigningKeys)
