"""Sets and series as values."""

from __future__ import annotations

import pytest

from seriatim.domain.document_type import BILLING_DOCUMENTS, MEMOS, DocumentType
from seriatim.domain.sequence_set import EntitySettings, Series, SetName
from tests.samples import SET_ID, sample_series, sample_set


@pytest.mark.parametrize(
    ("series", "next_number", "min_start", "text"),
    [
        (sample_series(), 1, 1, "INV00000001"),
        (sample_series(origin=500), 500, 1, "INV00000500"),
        (sample_series(last_number=17), 18, 18, "INV00000018"),
        (sample_series(last_number=10**20 - 2), 10**20 - 1, 10**20 - 1, "INV" + "9" * 20),
        (sample_series(last_number=10**20 - 1), 10**20, 10**20, None),
    ],
)
def test_series_tells_what_comes_next(
    series: Series, next_number: int, min_start: int, text: str | None
) -> None:
    assert series.next_number == next_number
    assert series.min_start_number == min_start
    assert series.next_document_number == text


@pytest.mark.parametrize("start", [1, 7, 10**20 - 1])
def test_series_started_elsewhere_has_its_origin_there(start: int) -> None:
    started = sample_series(origin=5).starting_at(start)
    assert (started.origin, started.next_number, started.has_entries) == (start, start, False)


def test_etag_names_the_set_and_its_revision() -> None:
    assert sample_set().etag == f'"{SET_ID}-1"'


def test_keys_of_a_set_are_compared_without_case() -> None:
    assert SetName(SET_ID, "Eu", "SS-1").folded_keys == {"eu", "ss-1", SET_ID}
    assert SetName(SET_ID, "SS-1", "ss-1").folded_keys == {"ss-1", SET_ID}


@pytest.mark.parametrize("document_type", DocumentType)
def test_memos_are_shown_with_invoice_settlement_only(document_type: DocumentType) -> None:
    assert EntitySettings().shows(document_type)
    off = EntitySettings(invoice_settlement=False)
    assert off.shows(document_type) is (document_type not in MEMOS)


def test_document_types_are_five_and_in_their_order() -> None:
    assert [(one.value, one.field_name, one.default_prefix) for one in DocumentType] == [
        ("invoice", "invoice", "INV"),
        ("creditMemo", "credit_memo", "CM"),
        ("debitMemo", "debit_memo", "DM"),
        ("payment", "payment", "P-"),
        ("refund", "refund", "R-"),
    ]
    assert {one for one in DocumentType if one.is_billing_document} == BILLING_DOCUMENTS
    assert {one for one in DocumentType if one.needs_invoice_settlement} == MEMOS
