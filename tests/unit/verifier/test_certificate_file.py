"""Certificates: what they say, and that nothing of them can be changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.verifier.seriatim_verifier import (
    FaultFound,
    certificate_text,
    check_certificate,
    compact,
    described,
)
from tests.unit.verifier.paper_register import HOLD_UNTIL, KEYS, OTHER_KEYS, paper_register

REGISTER = paper_register()
TEXT = REGISTER.certificate().text.encode()
KEY = KEYS.public_key
HELD = HOLD_UNTIL.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _is_refused(text: bytes, key: bytes | None = KEY) -> bool:
    try:
        check_certificate(text, key)
    except FaultFound:
        return True
    return False


def _resigned(keys: Any = KEYS, **changes: object) -> bytes:
    """What whoever holds the key could sign."""
    content = {**json.loads(TEXT)["certificate"], **changes}
    return certificate_text(content, keys.sign).encode()


def test_certificate_accounts_for_every_integer() -> None:
    found = check_certificate(TEXT, KEY)
    assert (found.first, found.last, found.as_of_entry) == (5, 30, 10)
    assert found.content["runs"] == [
        ["5", "10", "issued", None, None],
        ["11", "11", "reserved", None, HELD],
        ["12", "12", "voided", "never sent", None],
        ["13", "13", "voided", 'a "wrong" one, größer\n', None],
        ["14", "19", "skipped", "start number raised to 22", None],
        ["20", "21", "imported", None, None],
        ["22", "22", "issued", None, None],
        ["23", "24", "voided", "printed twice", None],
        ["25", "30", "issued", None, None],
    ]
    assert found.content["counts"] == {
        "issued": "13",
        "voided": "4",
        "skipped": "6",
        "imported": "2",
        "reserved": "1",
    }
    assert (found.content["first_entry"], found.content["last_entry"]) == ("2", "10")
    assert found.content["checkpoint"]["head_hash"] == REGISTER.series.head_hash.hex()
    assert found.content["hash_before"] == REGISTER.entries[0].hash.hex()


def test_part_of_a_series_binds_to_the_entries_that_concern_it() -> None:
    found = check_certificate(REGISTER.certificate(14, 21).text.encode(), KEY)
    assert [run[2] for run in found.content["runs"]] == ["skipped", "imported"]
    assert (found.content["first_entry"], found.content["last_entry"]) == ("3", "7")
    assert found.content["hash_before"] == REGISTER.entries[1].hash.hex()
    assert found.content["hash_after"] == REGISTER.entries[6].hash.hex()


def test_period_stands_beside_the_range_that_encloses_it() -> None:
    found = check_certificate(REGISTER.certificate(by_period=True).text.encode(), KEY)
    assert found.content["period"] == {"from": "2026-11-23", "to": "2026-11-23"}
    assert "the documents of 2026-11-23 to 2026-11-23" in described(found)[2]


def test_flipping_any_bit_is_refused() -> None:
    for place in range(len(TEXT)):
        for bit in (0, 5):  # 5 is the difference of small and capital letters
            changed = bytearray(TEXT)
            changed[place] ^= 1 << bit
            assert _is_refused(bytes(changed)), (place, bit)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_change_of_any_kind_is_accepted(data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(TEXT)))
    last = data.draw(st.integers(first, min(len(TEXT), first + 40)))
    changed = TEXT[:first] + data.draw(st.binary(max_size=40)) + TEXT[last:]
    assert changed == TEXT or _is_refused(changed)


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        inner = [_paths(part, (*path, name)) for name, part in value.items()]
    elif isinstance(value, list):
        inner = [_paths(part, (*path, place)) for place, part in enumerate(value)]
    else:
        return [path]
    return [path, *(one for part in inner for one in part)]


@pytest.mark.parametrize("other", ["1", "x", None, 1, [], {}])
def test_replacing_any_part_is_refused(other: object) -> None:
    for path in _paths(json.loads(TEXT)):
        changed = json.loads(TEXT)
        if not path:
            changed = other
        else:
            place = changed
            for part in path[:-1]:
                place = place[part]
            if place[path[-1]] == other:
                continue
            place[path[-1]] = other
        assert _is_refused(compact(changed) + b"\n"), path


def test_removing_or_doubling_any_member_is_refused() -> None:
    for name in json.loads(TEXT)["certificate"]:
        changed = json.loads(TEXT)
        value = changed["certificate"].pop(name)
        assert _is_refused(compact(changed) + b"\n"), name
        member = compact({name: value})[1:-1]
        assert _is_refused(TEXT.replace(member, member + b"," + member, 1)), name


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b"null\n",
        TEXT.rstrip(b"\n"),
        TEXT + b"\n",
        b" " + TEXT,
        json.dumps(json.loads(TEXT), indent=1).encode() + b"\n",
        json.dumps(json.loads(TEXT)).encode() + b"\n",
        b"\xef\xbb\xbf" + TEXT,
        b"\xff\n",
        b"[" * 100_000,
        b"9" * 10_000,
        b'{"certificate":{},"signature":"\\ud800"}\n',
    ],
)
def test_another_form_of_the_file_is_refused(text: bytes) -> None:
    assert _is_refused(text)


def test_certificate_of_another_key_is_refused() -> None:
    other = REGISTER.certificate(keys=OTHER_KEYS).text.encode()
    assert check_certificate(other).public_key == OTHER_KEYS.public_key
    with pytest.raises(FaultFound, match="is signed with another key"):
        check_certificate(other, KEY)


def test_content_signed_by_another_under_our_name_is_refused() -> None:
    with pytest.raises(FaultFound, match="the signature does not fit the content"):
        check_certificate(_resigned(OTHER_KEYS), KEY)


def test_checkpoint_of_another_key_is_refused() -> None:
    theirs = json.loads(REGISTER.certificate(keys=OTHER_KEYS).text)["certificate"]["checkpoint"]
    with pytest.raises(FaultFound, match="checkpoint: the signature does not fit"):
        check_certificate(_resigned(checkpoint=theirs), KEY)


RUNS = json.loads(TEXT)["certificate"]["runs"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_number": "4"}, "the range is not possible"),
        ({"last_number": "31"}, "the range is not possible"),
        ({"first_entry": "11"}, "the entries are not in order"),
        ({"hash_after": "0" * 64}, "hash_after: is not the head's"),
        ({"period": {"from": "2026-02-01", "to": "2026-01-31"}}, "period: runs backwards"),
        ({"runs": RUNS[1:]}, "runs: 5 is not accounted for once"),
        ({"runs": RUNS[:-1]}, "runs: 25 is not accounted for once"),
        ({"runs": [*RUNS[:4], *RUNS[5:]]}, "runs: 14 is not accounted for once"),
        ({"runs": [RUNS[0], *RUNS]}, "runs: 11 is not accounted for once"),
        ({"runs": {}}, "runs: is no list"),
        ({"runs": [["5", "30", "lost", None, None]]}, "runs: one is in no known state"),
        ({"runs": [["5", "30", "issued", "so", None]]}, "runs: a reason"),
        ({"runs": [["5", "30", "voided", None, None]]}, "runs: a reason"),
        ({"runs": [["5", "30", "issued", None, HELD]]}, "runs: a deadline"),
        ({"runs": [["5", "30", "issued", None, None]]}, "counts: are not those of the runs"),
        ({"key_id": "0" * 32}, "key_id: is not that of public_key"),
        ({"format": "seriatim-certificate-2"}, "format: is not of its form"),
        ({"prefix": "INV\n"}, "prefix: is not of its form"),
    ],
)
def test_contradiction_is_refused_though_it_is_signed(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(FaultFound, match=message):
        check_certificate(_resigned(**changes), KEY)
