"""Ed25519 of the stand-alone verifier: the vectors of RFC 8032, and the library's judgement."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.verifier.seriatim_verifier import is_signed

# RFC 8032, 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
            "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ),
]
L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19


@pytest.mark.parametrize(("public_key", "message", "signature"), VECTORS)
def test_vector_of_the_standard_is_verified(public_key: str, message: str, signature: str) -> None:
    key, text, made = (bytes.fromhex(one) for one in (public_key, message, signature))
    assert is_signed(key, text, made)
    assert not is_signed(key, text + b"\0", made)


def test_second_form_of_one_signature_is_refused() -> None:
    """S and S + L fit the same equation: only the lower one is a signature."""
    key, message, signature = (bytes.fromhex(one) for one in VECTORS[1])
    factor = int.from_bytes(signature[32:], "little") + L
    assert not is_signed(key, message, signature[:32] + factor.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "encoded",
    [
        (P + 1).to_bytes(32, "little"),  # the neutral point, not in its one form
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # no point has this y
    ],
)
def test_key_that_is_no_point_in_its_one_form_is_refused(encoded: bytes) -> None:
    _, message, signature = (bytes.fromhex(one) for one in VECTORS[1])
    assert not is_signed(encoded, message, signature)
    assert not is_signed(bytes.fromhex(VECTORS[1][0]), message, encoded + signature[32:])


@pytest.mark.parametrize(("key_length", "length"), [(31, 64), (33, 64), (32, 63), (32, 65)])
def test_wrong_length_is_refused(key_length: int, length: int) -> None:
    assert not is_signed(b"\1" * key_length, b"", b"\1" * length)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=200),
    bit=st.none() | st.integers(0, 96 * 8 - 1),
)
def test_judgement_is_that_of_the_library(seed: bytes, message: bytes, bit: int | None) -> None:
    """On sound signatures, and with one bit of key or signature turned over."""
    private_key = Ed25519PrivateKey.from_private_bytes(seed)
    both = bytearray(private_key.public_key().public_bytes_raw() + private_key.sign(message))
    if bit is not None:
        both[bit // 8] ^= 1 << bit % 8
    key, signature = bytes(both[:32]), bytes(both[32:])
    assert is_signed(key, message, signature) == _library_says(key, message, signature)


def _library_says(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
