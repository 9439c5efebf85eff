"""Invoice Settlement: off, memos are neither asked for, taken nor shown; nothing is lost."""

from __future__ import annotations

import pytest

from seriatim.domain.document_type import MEMOS, DocumentType
from seriatim.domain.errors import Category
from seriatim.domain.sequence_set import FAULTY
from tests.conformance.desk import Desk
from tests.samples import new_set, numbering, wanted_set

OFF = Category.NOT_PERMITTED
CREDIT_MEMO, DEBIT_MEMO = DocumentType.CREDIT_MEMO, DocumentType.DEBIT_MEMO


@pytest.fixture
def off(desk: Desk) -> Desk:
    desk.create(new_set("BEFORE"))
    desk.set_settings(invoice_settlement=False)
    return desk


def _shown(desk: Desk, key: str) -> set[DocumentType]:
    return {series.document_type for series in desk.get(key).series}


def test_memos_are_not_shown(off: Desk) -> None:
    for key in ("DEFAULT", "BEFORE"):
        assert not _shown(off, key) & MEMOS
    (view,) = off.create(wanted_set("NEW", invoice=("N", 1))).sets
    assert [series.prefix for series in view.series] == ["N"]


def test_memos_are_not_required(off: Desk) -> None:
    off.create(wanted_set("NEW", invoice=("N", 1)))
    assert off.refusal(lambda: off.create(wanted_set("X"))) == {
        ("sequence_sets.0.invoice", Category.MISSING_FIELD)
    }


def test_memos_are_not_accepted(off: Desk) -> None:
    assert off.refusal(lambda: off.create(new_set("NEW"))) == {
        ("sequence_sets.0.credit_memo", OFF),
        ("sequence_sets.0.debit_memo", OFF),
    }
    assert off.refusal(lambda: off.update("BEFORE", wanted_set(credit_memo="X"))) == {
        ("credit_memo", OFF)
    }


def test_memo_that_was_reported_already_is_not_reported_again(off: Desk) -> None:
    wanted = wanted_set("-", invoice=("N", 1), credit_memo=FAULTY)
    assert off.refusal(lambda: off.create(wanted)) == {
        ("sequence_sets.0.name", Category.INVALID_VALUE)
    }


@pytest.mark.parametrize("document_type", sorted(MEMOS))
def test_memos_are_not_numbered(off: Desk, document_type: DocumentType) -> None:
    assert off.refusal(lambda: off.issue(document_type)) == {("document_type", OFF)}
    assert off.series(document_type.default_prefix, document_type).last_number == 0


def test_other_types_go_on(off: Desk) -> None:
    assert off.texts(sequence_set="BEFORE") == ["BEFORE-I-00000001"]
    off.update("BEFORE", wanted_set("AFTER", invoice=("NEW-", 1), payment="PAY-"))
    assert _shown(off, "AFTER") == {DocumentType.INVOICE, DocumentType.PAYMENT}


def test_turned_on_again_nothing_is_lost(off: Desk) -> None:
    off.create(wanted_set("DURING", invoice=("N", 1)))
    off.update("BEFORE", wanted_set(chronological=True))
    off.set_settings(invoice_settlement=True)
    assert _shown(off, "BEFORE") >= MEMOS
    assert off.texts(CREDIT_MEMO, "BEFORE") == ["BEFORE-C-00000001"]
    # a set made meanwhile uses DEFAULT's until it is given some
    assert not _shown(off, "DURING") & MEMOS
    assert off.texts(CREDIT_MEMO, "DURING") == ["CM00000001"]
    assert off.refusal(
        lambda: off.update("DURING", wanted_set(debit_memo=numbering(start_number=3)))
    ) == {("debit_memo.prefix", Category.MISSING_FIELD)}
    off.update("DURING", wanted_set(debit_memo=("D", 3)))
    assert off.texts(DEBIT_MEMO, "DURING") == ["D00000003"]


def test_effects_leave_out_what_is_not_shown(off: Desk) -> None:
    effects = off.update("BEFORE", wanted_set(invoice="NEW-"), with_effects=True).effects
    assert [effect.document_type for effect in effects] == [DocumentType.INVOICE]
    effects = off.delete("BEFORE", with_effects=True)
    assert {effect.document_type for effect in effects} == {DocumentType.INVOICE}


def test_trail_keeps_what_is_not_shown(off: Desk) -> None:
    off.update("BEFORE", wanted_set("AFTER"))
    assert "credit_memo" in (off.audit_trail()[-1].state_after or "")
