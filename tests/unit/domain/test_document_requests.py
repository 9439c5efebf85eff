"""Changing some of the fields that are kept as they came."""

from __future__ import annotations

import pytest

from seriatim.domain.document_requests import (
    AccountChange,
    InvoiceChange,
    ItemChange,
    MemoFromInvoice,
    NewInvoice,
    NewMemo,
    merged,
)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {"notes": "old", "billTo": {"city": "Kiel", "zip": "1"}}),
        ({"notes": None, "absent": None}, {"billTo": {"city": "Kiel", "zip": "1"}}),
        (
            {"billTo": {"zip": None, "state": "SH"}},
            {"notes": "old", "billTo": {"city": "Kiel", "state": "SH"}},
        ),
        ({"billTo": "elsewhere"}, {"notes": "old", "billTo": "elsewhere"}),
        (
            {"notes": {"a": None}},
            {"notes": {"a": None}, "billTo": {"city": "Kiel", "zip": "1"}},
        ),
    ],
)
def test_changed_details_are_merged_field_by_field(
    changed: dict[str, object], expected: dict[str, object]
) -> None:
    stored = {"notes": "old", "billTo": {"city": "Kiel", "zip": "1"}}
    assert merged(stored, changed) == expected
    assert stored == {"notes": "old", "billTo": {"city": "Kiel", "zip": "1"}}


def test_what_a_request_does_not_ask_for_is_not_done() -> None:
    assert not AccountChange().changes_sequence_set
    assert not InvoiceChange().clears_due_date
    assert not ItemChange().is_deleted
    assert not NewInvoice().is_posted
    assert not NewMemo().is_posted
    assert not MemoFromInvoice().is_posted
    assert not MemoFromInvoice().is_applied
