"""Files of used numbers, sound and unsound, on both databases: each fault with its line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from seriatim.service.imports import ImportState
from tests.conformance.desk import Desk
from tests.conformance.import_desk import HEADER, book, csv_of, faults, import_file, numbers, texts

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [1]),
        (b"\xff\xfe\n", [1]),
        (csv_of("invoice,INV00000001,2025-03-04,", header="type,number,documentDate,ref"), [1]),
        (csv_of(header=HEADER + ",reference"), [1]),
        (csv_of("invoice,INV00000001,,2025-03-04,", header=HEADER.replace(",", ";")), [1]),
        (b"x" * 5_000_000, [1]),
        (csv_of("invoice,INV00000001,2025-03-04,a"), [2]),  # a field too few
        (csv_of("invoice,INV00000001,,2025-03-04,a,b"), [2]),
        (csv_of("invoices,INV00000001,,2025-03-04,"), [2]),
        (csv_of("Invoice,INV00000001,,2025-03-04,"), [2]),
        (csv_of("invoice,,,2025-03-04,"), [2]),
        (csv_of("invoice, INV00000001,,2025-03-04,"), [2]),
        (csv_of("invoice,INV0000\x070001,,2025-03-04,"), [2]),
        (csv_of(f"invoice,{'x' * 45},,2025-03-04,"), [2]),
        (csv_of(f"invoice,INV00000001,,2025-03-04,{'x' * 256}"), [2]),
        (csv_of("invoice,INV00000001,,2025-03-04,a\0b"), [2]),
        (csv_of("invoice,INV00000001,,2025-02-29,"), [2]),
        (csv_of("invoice,INV00000001,,20250304,"), [2]),
        (csv_of("invoice,INV00000001,,2025-W10-2,"), [2]),
        (csv_of("invoice,INV00000001,,04.03.2025,"), [2]),
        (csv_of(f"invoice,INV00000001,,{TODAY + timedelta(days=367)},"), [2]),
        (csv_of("invoice,INV00000005,INV00000004,2025-03-04,"), [2]),
        (csv_of("invoice,INV00000005,CM00000006,2025-03-04,"), [2]),
        (csv_of("invoice,INV00000005,INV6,2025-03-04,"), [2]),
        (csv_of("invoice,old-1,old-2,2025-03-04,"), [2]),
        (csv_of(f"invoice,INV{10**20},,2025-03-04,"), [2]),  # 21 digits
        (csv_of("invoice,TMP-INV-00000001,,2025-03-04,"), [2]),
        (csv_of('invoice,"INV00000001,,2025-03-04,'), [2]),
        (csv_of('invoice,"INV"00000001,,2025-03-04,'), [2]),
        (csv_of("invoice,INV00000001,,2025-03-04,") + b"invoice,INV\xff,,2025-03-04,\n", [3]),
        (csv_of("invoice,INV00000001,," + "x" * 10_000, "invoice,x,,2025-03-04,"), [2]),
        (csv_of("invoice,INV00000001,,2025-03-04,", "invoice,INV00000001,,2025-03-04,"), [3]),
        (csv_of("invoice,INV00000001,,2025-03-04,", "invoice,inv00000001,,2025-03-04,"), [3]),
        (csv_of("invoice,old-1,,2025-03-04,", "refund,OLD-1,,2025-03-04,"), [3]),
        (numbers("INV00000001..INV00000009", "INV00000005"), [3]),
        (numbers("INV00000005", "INV00000001..INV00000009"), [2]),
        (numbers("INV00000001..INV00000005", "INV00000005..INV00000009"), [3]),
        (numbers("INV99999998..INV100000002", "INV100000000", "INV100000003"), [3]),
    ],
)
def test_bad_file_is_refused_whole_with_its_lines(
    desk: Desk, content: bytes, expected: list[int]
) -> None:
    outcome = import_file(desk, content)
    assert [line for line, _ in faults(outcome)] == expected
    assert outcome.state is ImportState.REFUSED
    assert (desk.entries("INV"), texts(desk)) == ([], [])
    if expected == [1]:
        assert import_file(desk, content, skip_bad=True).state is ImportState.REFUSED


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + numbers("INV00000001"),
        numbers("INV00000001").replace(b"\n", b"\r\n"),
        numbers("INV00000001").rstrip(b"\n"),
        numbers("INV00000001") + b"\n\n  \n",
        b"reference,documentDate,number,documentType\n,2025-03-04,INV00000001,invoice\n",
        csv_of('"invoice","INV00000001","","2025-03-04",""'),
        csv_of("invoice,INV00000001,,," + "é" * 255),
        csv_of(f"invoice,INV00000001,,{TODAY + timedelta(days=366)},"),
    ],
)
def test_file_that_looks_odd_but_is_sound_is_taken(desk: Desk, content: bytes) -> None:
    outcome = import_file(desk, content)
    assert (faults(outcome), outcome.lines_taken) == ([], 1)
    assert book(desk, "INV") == [("imported", 1, 1)]


def test_file_without_numbers_changes_nothing(desk: Desk) -> None:
    outcome = import_file(desk, csv_of())
    assert (outcome.state, outcome.lines_taken) == (ImportState.CHECKED, 0)


def test_many_faults_are_counted_and_the_first_ones_shown(desk: Desk) -> None:
    content = csv_of(*(f"invoice,INV{n:08d},,never," for n in range(5000, 0, -1)))
    outcome = import_file(desk, content)
    assert outcome.faults.total == 5000
    assert [line for line, _ in faults(outcome)] == list(range(2, 102))
