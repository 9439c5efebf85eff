"""Exported registers: sound ones pass; edited, cut, reordered and recomputed ones are found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seriatim.domain.register import EntryContent, EntryKind
from seriatim.verifier import seriatim_verifier
from seriatim.verifier.seriatim_verifier import (
    Certificate,
    Fault,
    FaultFound,
    check_certificate,
    check_register,
    main,
)
from tests.samples import sample_content
from tests.unit.verifier.paper_register import (
    CONTENTS,
    HOLD_UNTIL,
    KEYS,
    OTHER_KEYS,
    edited,
    paper_register,
    write,
)

REGISTER = paper_register()
LINES = REGISTER.lines()
CERTIFICATE = check_certificate(REGISTER.certificate().text.encode(), KEYS.public_key)
KEY = KEYS.public_key


def _fault(
    path: Path,
    lines: list[str],
    key: bytes | None = KEY,
    certificate: Certificate | None = CERTIFICATE,
) -> Fault | None:
    try:
        check_register(write(path / "register.jsonl", lines), key, certificate)
    except FaultFound as found:
        return found.fault
    return None


def test_sound_register_and_its_certificate_are_verified(tmp_path: Path) -> None:
    path = write(tmp_path / "register.jsonl", LINES)
    report = check_register(path, KEY, CERTIFICATE)
    assert (report.entries, report.numbers, report.signed_by) == (10, 28, KEYS.key_id)


def test_register_that_went_on_still_fits_an_older_certificate(tmp_path: Path) -> None:
    """What came after, a void of a certified number too, is not yet known to it."""
    later = [
        *CONTENTS,
        sample_content(5, 6, kind=EntryKind.VOIDED, refers_to=2, reason="returned"),
        sample_content(31, 40),
    ]
    assert _fault(tmp_path, paper_register(later).lines()) is None
    part = check_certificate(paper_register(later).certificate(8, 40).text.encode(), KEY)
    assert _fault(tmp_path, paper_register(later).lines(), KEY, part) is None


def test_series_without_entries_is_verified(tmp_path: Path) -> None:
    assert _fault(tmp_path, paper_register([]).lines(None), None, None) is None


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (
            lambda lines: [*lines[:2], edited(lines[2], actor="nobody"), *lines[3:]],
            Fault(2, 4, "the hash of entry 2 does not fit its content"),
        ),
        (
            lambda lines: [*lines[:3], *lines[4:]],
            Fault(4, 4, "entry 3 is missing: 4 follows 2"),
        ),
        (
            lambda lines: [*lines[:3], lines[2], *lines[3:]],
            Fault(2, 4, "entry 3 is missing: 2 follows 2"),
        ),
        (
            lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
            Fault(3, 4, "entry 2 is missing: 3 follows 1"),
        ),
        (lambda lines: lines[:-1], Fault(None, 4, "the series counts 10 entries, not 9")),
        (lambda lines: lines[:1], Fault(None, 4, "the series counts 10 entries, not 0")),
        (lambda lines: [lines[0], lines[1].replace("{", "[", 1), *lines[2:]], None),
        (lambda lines: [lines[0], "\n", *lines[1:]], None),
        (lambda lines: [lines[0], *(line.replace("3" * 32, "9" * 32) for line in lines[1:])], None),
        (lambda lines: [REGISTER.header(prefix="INW"), *lines[1:]], None),
        (lambda lines: [REGISTER.header(origin="4"), *lines[1:]], None),
        (lambda lines: [REGISTER.header(entries="11"), *lines[1:]], None),
        (lambda lines: [REGISTER.header(last_number="31"), *lines[1:]], None),
        (lambda lines: [REGISTER.header(head_hash="0" * 64), *lines[1:]], None),
        (lambda lines: [REGISTER.header(more="1"), *lines[1:]], None),
        (lambda lines: lines[1:], None),
        (lambda _: [], None),
        (lambda _: ["not JSON\n"], None),
    ],
)
def test_tampering_is_found(
    tmp_path: Path, tamper: Callable[[list[str]], list[str]], fault: Fault | None
) -> None:
    for certificate in (None, CERTIFICATE):
        found = _fault(tmp_path, tamper(LINES), KEY, certificate)
        assert found is not None
        if fault is not None and certificate is None:
            assert found == fault


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_changed_value_of_an_entry_goes_unnoticed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = data.draw(st.integers(1, len(LINES) - 1))
    line = json.loads(LINES[place])
    name = data.draw(st.sampled_from(sorted(line)))
    value = data.draw(st.none() | st.text(max_size=10) | st.integers(0, 40).map(str))
    lines = [*LINES[:place], edited(LINES[place], **{name: value}), *LINES[place + 1 :]]
    found = _fault(tmp_path_factory.mktemp("edited"), lines, KEY, None)
    assert (found is None) == (line[name] == value)


@pytest.mark.parametrize(
    "respelled",
    [
        lambda line: line.replace('":"', '": "', 1),
        lambda line: line.replace('","', '", "', 1),
        lambda line: f" {line}",
        lambda line: line.replace("}", " }"),
        lambda line: line.replace("\n", " \n"),
        lambda line: line.replace("\n", "\r\n"),
        lambda line: line.removesuffix("\n"),
        lambda line: line.replace("seriatim", "\\u0073eriatim", 1),
    ],
)
def test_other_spelling_of_the_same_entry_is_refused(
    tmp_path: Path, respelled: Callable[[str], str]
) -> None:
    place, last = len(LINES) - 1, LINES[-1]
    lines = [*LINES[:-1], respelled(last)]
    assert lines[-1] != last
    assert json.loads(lines[-1]) == json.loads(last)
    expected = Fault(place, 4, f"entry {place} is not of the form of an entry")
    assert _fault(tmp_path, lines, KEY, None) == expected


def _forged(change: Callable[[list[EntryContent]], list[EntryContent]]) -> list[str]:
    """A register whose entries were changed, and every hash and count computed anew."""
    return paper_register(change(list(CONTENTS))).lines(None)


FORGERIES: list[Callable[[list[EntryContent]], list[EntryContent]]] = [
    lambda contents: contents[:-1],
    lambda contents: [*contents[:-1], contents[-1]._replace(reason="another")],
    lambda contents: [*contents[:1], contents[1]._replace(reference="order 4712"), *contents[2:]],
    lambda contents: contents[:8],
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_recomputed_chain_and_cut_tail_look_sound_but_for_what_was_signed(
    tmp_path: Path, forge: Callable[[list[EntryContent]], list[EntryContent]]
) -> None:
    lines = _forged(forge)
    assert _fault(tmp_path, lines, None, None) is None
    assert _fault(tmp_path, lines, None, CERTIFICATE) is not None
    nobody = _fault(tmp_path, lines, KEY, None)
    assert nobody is not None
    assert nobody.message == "the register carries no checkpoint, so nobody signed it"


@pytest.mark.parametrize("forge", FORGERIES)
def test_forgery_under_the_signed_head_of_the_original_is_found(
    tmp_path: Path, forge: Callable[[list[EntryContent]], list[EntryContent]]
) -> None:
    forged = paper_register(forge(list(CONTENTS)))
    signed = json.loads(LINES[0])["checkpoint"]
    lines = [forged.header(checkpoint=signed), *forged.lines()[1:]]
    found = _fault(tmp_path, lines, KEY, None)
    assert found is not None
    assert found.invariant == 4


def test_head_signed_by_another_is_refused(tmp_path: Path) -> None:
    lines = REGISTER.lines(OTHER_KEYS)
    assert _fault(tmp_path, lines, None, None) is None
    found = _fault(tmp_path, lines, KEY, None)
    assert found is not None
    assert "another key" in found.message


def test_register_of_another_series_does_not_fit(tmp_path: Path) -> None:
    other = [line.replace("3" * 32, "9" * 32) for line in LINES]
    found = _fault(tmp_path, other)
    assert found is not None
    assert found.message == "the certificate is of another series"


RESERVED = sample_content(5, 9, kind=EntryKind.RESERVED, hold_until=HOLD_UNTIL)


def _moved(kind: EntryKind, first: int, last: int, refers_to: int = 1) -> EntryContent:
    reason = "wrong" if kind is EntryKind.VOIDED else None
    return sample_content(first, last, kind=kind, refers_to=refers_to, reason=reason)


CONFIRM, VOID = EntryKind.CONFIRMED, EntryKind.VOIDED


@pytest.mark.parametrize(
    ("contents", "fault"),
    [
        ([RESERVED, _moved(CONFIRM, 5, 9), _moved(VOID, 5, 9)], None),
        ([RESERVED, _moved(CONFIRM, 5, 6), _moved(VOID, 6, 7)], None),
        ([sample_content(5), _moved(VOID, 5, 5)], None),
        (
            [RESERVED, _moved(CONFIRM, 5, 7), _moved(CONFIRM, 7, 7)],
            Fault(3, 1, "entry 3: 7 was confirmed before"),
        ),
        (
            [RESERVED, _moved(VOID, 8, 9), _moved(VOID, 6, 8)],
            Fault(3, 1, "entry 3: 8 was voided before"),
        ),
        (
            [RESERVED, _moved(VOID, 7, 7), _moved(CONFIRM, 5, 9)],
            Fault(3, 1, "entry 3: 7 was voided before"),
        ),
        (
            [sample_content(5), _moved(CONFIRM, 5, 5)],
            Fault(2, 1, "entry 2: issued numbers cannot be confirmed"),
        ),
        (
            [sample_content(5, kind=EntryKind.SKIPPED, reason="x"), _moved(VOID, 5, 5)],
            Fault(2, 1, "entry 2: skipped numbers cannot be voided"),
        ),
        (
            [sample_content(5, kind=EntryKind.IMPORTED), _moved(CONFIRM, 5, 5)],
            Fault(2, 1, "entry 2: imported numbers cannot be confirmed"),
        ),
        (
            [RESERVED, sample_content(10), _moved(VOID, 9, 10)],
            Fault(3, 1, "entry 3 goes beyond the numbers of 1"),
        ),
        (
            [RESERVED, _moved(VOID, 5, 5), _moved(VOID, 5, 5, refers_to=2)],
            Fault(3, 1, "entry 3 refers to 2, which covers nothing"),
        ),
        (
            [RESERVED, _moved(VOID, 5, 5, refers_to=2)],
            Fault(2, 1, "entry 2 refers to no entry before it"),
        ),
        (
            [RESERVED, _moved(VOID, 5, 5, refers_to=7)],
            Fault(2, 1, "entry 2 refers to no entry before it"),
        ),
    ],
)
def test_move_is_checked_against_what_it_refers_to(
    tmp_path: Path, contents: list[EntryContent], fault: Fault | None
) -> None:
    assert _fault(tmp_path, paper_register(contents).lines(), KEY, None) == fault


def test_command_tells_what_is_in_order_and_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register = write(tmp_path / "register.jsonl", LINES)
    certificate = write(tmp_path / "certificate.json", [REGISTER.certificate().text])
    key = write(tmp_path / "key.pem", [KEYS.public_pem])
    fits = ["certificate", str(certificate), "--public-key", str(key), "--register", str(register)]
    assert main(fits) == 0
    said = capsys.readouterr().out
    assert "5 to 30: 26 numbers, all accounted for" in said
    assert "fits the register of 10 entries" in said
    assert "compare it" not in said
    assert main(["register", str(register)]) == 0
    assert "compare it" in capsys.readouterr().out
    assert main(["register", str(register), "--public-key", OTHER_KEYS.public_key.hex()]) == 1
    assert capsys.readouterr().err.startswith("fault: checkpoint: is signed with another key")
    write(register, LINES[:-1])
    assert main(["register", str(register)]) == 1
    expected = "fault: invariant 4: the series counts 10 entries, not 9\n"
    assert capsys.readouterr().err == expected
    assert main(["register", str(tmp_path / "absent")]) == 2
    assert main(["register", str(register), "--public-key", "ab"]) == 2


def test_file_runs_alone_without_anything_installed(tmp_path: Path) -> None:
    """Isolated, without site-packages, from a copy outside of the project."""
    register = write(tmp_path / "register.jsonl", LINES)
    certificate = write(tmp_path / "certificate.json", [REGISTER.certificate().text])
    alone = tmp_path / "seriatim_verifier.py"
    alone.write_bytes(Path(seriatim_verifier.__file__).read_bytes())
    arguments = ["certificate", str(certificate), "--register", str(register)]
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), *arguments],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "13 issued, 4 voided, 6 skipped, 2 imported, 1 reserved; as of entry 10" in run.stdout
