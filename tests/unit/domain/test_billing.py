"""Documents: what they say of themselves."""

from __future__ import annotations

import pytest

from seriatim.domain.billing import STATES, DocumentState
from seriatim.domain.document_type import DocumentType
from tests.samples import sample_document


@pytest.mark.parametrize("state", DocumentState)
def test_only_a_draft_is_a_draft(state: DocumentState) -> None:
    assert sample_document(state=state).is_draft == (state is DocumentState.DRAFT)


def test_only_billing_documents_are_drafted_and_posted() -> None:
    drafted = {one for one, states in STATES.items() if DocumentState.DRAFT in states}
    processed = {one for one, states in STATES.items() if DocumentState.PROCESSED in states}
    assert drafted == {DocumentType.INVOICE, DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO}
    assert processed == {DocumentType.PAYMENT, DocumentType.REFUND}
