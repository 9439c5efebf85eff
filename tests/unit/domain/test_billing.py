"""Documents: what they say of themselves."""

from __future__ import annotations

import pytest

from seriatim.domain.billing import DocumentState
from tests.samples import sample_document


@pytest.mark.parametrize("state", DocumentState)
def test_only_a_draft_is_a_draft(state: DocumentState) -> None:
    assert sample_document(state=state).is_draft == (state is DocumentState.DRAFT)
