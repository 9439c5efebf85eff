"""Dates of imported numbers and the last date of a chronological series, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from seriatim.domain.errors import Category
from tests.conformance.desk import Desk
from tests.conformance.import_desk import csv_of, import_file, is_sound
from tests.samples import new_set, wanted_set

TODAY = date(2026, 11, 23)
BACK = {("document_date", Category.RULE)}


@pytest.fixture
def chrono(desk: Desk) -> Desk:
    desk.create(new_set("C", invoice=("C-", 1), chronological=True))
    return desk


def issue_on(desk: Desk, day: date | None) -> list[str]:
    return desk.texts(sequence_set="C", document_date=day)


def test_dates_of_imported_numbers_count(chrono: Desk) -> None:
    import_file(
        chrono, csv_of("invoice,C-00000001,,2026-03-04,", "invoice,C-00000002,,2026-02-01,")
    )
    assert chrono.series("C-").last_document_date == date(2026, 3, 4)
    refused = chrono.refusal(lambda: issue_on(chrono, date(2026, 3, 3)))
    assert refused == BACK
    assert issue_on(chrono, date(2026, 3, 4)) == ["C-00000003"]
    assert is_sound(chrono)


def test_earlier_dates_move_nothing_back(chrono: Desk) -> None:
    issue_on(chrono, date(2026, 5, 1))
    import_file(chrono, csv_of("invoice,C-00000002,,2025-01-01,"))
    assert chrono.series("C-").last_document_date == date(2026, 5, 1)


def test_numbers_before_the_origin_count_too(desk: Desk) -> None:
    desk.create(new_set("C", invoice=("C-", 100), chronological=True))
    import_file(desk, csv_of("invoice,C-00000007,,2026-03-04,"))
    assert desk.refusal(lambda: issue_on(desk, date(2026, 3, 3))) == BACK


def test_numbers_that_lie_ahead_do_not_count(chrono: Desk) -> None:
    import_file(chrono, csv_of("invoice,C-00000009,,2026-10-01,"), keep_free=True)
    assert chrono.series("C-").last_document_date is None
    assert issue_on(chrono, date(2026, 1, 1)) == ["C-00000001"]


def test_date_in_the_future_counts_as_today(chrono: Desk) -> None:
    import_file(chrono, csv_of("invoice,C-00000001,,2027-11-01,"))
    assert chrono.series("C-").last_document_date == TODAY
    assert issue_on(chrono, None) == ["C-00000002"]
    assert chrono.series("C-").last_document_date == TODAY


def test_today_is_that_of_the_entity(chrono: Desk) -> None:
    chrono.set_settings(time_zone="Pacific/Kiritimati")  # where it is tomorrow already
    import_file(chrono, csv_of("invoice,C-00000001,,2027-11-01,"))
    assert chrono.series("C-").last_document_date == date(2026, 11, 24)


def test_dates_count_once_a_set_is_made_chronological(desk: Desk) -> None:
    desk.create(new_set("C", invoice=("C-", 1)))
    import_file(desk, csv_of("invoice,C-00000001,,2026-03-04,", "invoice,C-00000002,,,"))
    desk.update("C", wanted_set(chronological=True))
    assert desk.refusal(lambda: issue_on(desk, date(2026, 3, 3))) == BACK
