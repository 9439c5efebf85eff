"""Files that were made once and must be readable for ever: a change of format breaks this test.

They are made anew, on purpose only, with `python -m tests.unit.verifier.test_golden_files`.
"""

from __future__ import annotations

from pathlib import Path

from seriatim.verifier.seriatim_verifier import (
    check_certificate,
    check_register,
    read_public_key,
)
from tests.unit.verifier.paper_register import KEYS, paper_register, write

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
CERTIFICATE = GOLDEN / "certificate.json"
REGISTER = GOLDEN / "register.jsonl"
PUBLIC_KEY = GOLDEN / "public-key.pem"


def test_golden_files_are_verified() -> None:
    key = read_public_key(str(PUBLIC_KEY))
    certificate = check_certificate(CERTIFICATE.read_bytes(), key)
    report = check_register(REGISTER, key, certificate)
    assert (report.entries, certificate.first, certificate.last) == (10, 5, 30)


def test_same_register_still_gives_the_same_bytes() -> None:
    register = paper_register()
    assert "".join(register.lines()).encode() == REGISTER.read_bytes()
    assert register.certificate().text.encode() == CERTIFICATE.read_bytes()
    assert KEYS.public_pem.encode() == PUBLIC_KEY.read_bytes()


def make_anew() -> None:
    register = paper_register()
    write(REGISTER, register.lines())
    write(CERTIFICATE, [register.certificate().text])
    write(PUBLIC_KEY, [KEYS.public_pem])


if __name__ == "__main__":
    make_anew()
