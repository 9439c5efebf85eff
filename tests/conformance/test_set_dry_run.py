"""What a change would do: told exactly, and undone."""

from __future__ import annotations

import uuid

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, SeriatimError
from seriatim.service.idempotency import FinishedAnswer, KeyUse, answer_once
from seriatim.service.sequence_sets import create_sets
from seriatim.service.set_effects import Effect
from seriatim.store.sql_store import Transaction
from tests.conformance.desk import Desk
from tests.conformance.import_desk import imported
from tests.samples import new_set, numbering, wanted_set

INVOICE, PAYMENT = DocumentType.INVOICE, DocumentType.PAYMENT


def _next(effects: list[Effect], document_type: DocumentType = INVOICE) -> list[str]:
    (effect,) = [one for one in effects if one.document_type is document_type]
    return effect.next_document_numbers


def test_creation_tells_of_every_type_of_every_set(desk: Desk) -> None:
    effects = desk.create(new_set("A", payment="PAY-"), new_set("B"), with_effects=True).effects
    assert [(one.sequence_set, one.document_type) for one in effects] == [
        ("A", DocumentType.INVOICE),
        ("A", DocumentType.CREDIT_MEMO),
        ("A", DocumentType.DEBIT_MEMO),
        ("A", DocumentType.PAYMENT),
        ("B", DocumentType.INVOICE),
        ("B", DocumentType.CREDIT_MEMO),
        ("B", DocumentType.DEBIT_MEMO),
    ]
    assert effects[0] == Effect(
        "A", INVOICE, ["A-I-00000001", "A-I-00000002", "A-I-00000003"], None, 0, 0
    )


def test_change_tells_of_the_types_it_names(desk: Desk) -> None:
    desk.create(new_set("A"))
    desk.issue(sequence_set="A", count=4)
    set_id = desk.get("A").sequence_set.sequence_set_id
    desk.insert_account("ONE", set_id)
    desk.insert_account("TWO", set_id)
    desk.insert_draft(set_id)
    wanted = wanted_set("B", invoice=numbering(start_number=10), payment="PAY-")
    invoice, payment = desk.update("A", wanted, with_effects=True).effects
    assert invoice == Effect(
        "B",
        INVOICE,
        ["A-I-00000010", "A-I-00000011", "A-I-00000012"],
        ("A-I-00000005", "A-I-00000009", 5),
        accounts=2,
        drafts=1,
    )
    assert payment == Effect(
        "B", PAYMENT, ["PAY-00000001", "PAY-00000002", "PAY-00000003"], None, 2, 0
    )


def test_series_raised_twice_in_one_request_tells_all_it_skips(desk: Desk) -> None:
    desk.issue()
    saved = desk.create(
        new_set("A", invoice=("INV", 5)), new_set("B", invoice=("INV", 9)), with_effects=True
    )
    skips = {one.skips for one in saved.effects if one.document_type is INVOICE}
    assert skips == {("INV00000002", "INV00000008", 7)}


def test_imported_numbers_on_the_way_are_not_counted_as_skipped(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("AI-", 1)))
    imported(desk, "AI-00000003..AI-00000004", "AI-00000008..AI-00000009", keep_free=True)
    wanted = wanted_set(invoice=numbering(start_number=10))
    (effect,) = desk.update("A", wanted, with_effects=True).effects
    assert effect.skips == ("AI-00000001", "AI-00000007", 5)
    assert desk.series("AI-").skipped_count == 5


def test_raise_over_imported_numbers_alone_skips_nothing(desk: Desk) -> None:
    desk.create(new_set("A", invoice=("AI-", 1)))
    desk.issue(sequence_set="A")
    imported(desk, "AI-00000003..AI-00000009", keep_free=True)
    desk.issue(sequence_set="A")
    assert desk.series("AI-").next_number == 10
    wanted = wanted_set(invoice=numbering(start_number=10))
    (effect,) = desk.update("A", wanted, with_effects=True).effects
    assert effect.skips is None


def test_series_without_entries_skips_nothing(desk: Desk) -> None:
    desk.create(new_set("A"))
    wanted = wanted_set(invoice=numbering(start_number=10))
    (effect,) = desk.update("A", wanted, with_effects=True).effects
    assert effect.skips is None


def test_next_numbers_end_where_the_series_ends(desk: Desk) -> None:
    saved = desk.create(new_set("A", invoice=("A-", 10**20 - 2)), with_effects=True)
    assert _next(saved.effects) == ["A-99999999999999999998", "A-99999999999999999999"]
    desk.issue(sequence_set="A", count=2)
    assert _next(desk.delete("A", with_effects=True)) == []


def test_next_numbers_step_over_taken_text(desk: Desk) -> None:
    desk.create(new_set("B", invoice=("23", 1)))
    desk.issue(sequence_set="B", count=2)
    saved = desk.create(new_set("A", invoice=("2", 300_000_000)), with_effects=True)
    assert _next(saved.effects) == ["2300000000", "2300000003", "2300000004"]


def _dry(desk: Desk, key_use: KeyUse | None) -> bytes:
    def work(transaction: Transaction) -> FinishedAnswer:
        saved = create_sets(
            transaction, desk.asking(), [new_set("A")], clock=desk.clock, with_effects=True
        )
        return FinishedAnswer(200, (), ",".join(_next(saved.effects)).encode())

    def refuse(error: SeriatimError) -> FinishedAnswer:
        return FinishedAnswer(200, (), error.message.encode())

    return answer_once(
        desk.store, key_use, work, refuse, clock=desk.clock, keeps_effect=False
    ).answer.body


@pytest.mark.parametrize("with_key", [False, True])
def test_dry_run_leaves_nothing_behind(desk: Desk, *, with_key: bool) -> None:
    caller = desk.caller
    use = KeyUse(caller.tenant_id, caller.entity_id, str(uuid.uuid4()), "k", b"f" * 32)
    for _ in range(2):
        body = _dry(desk, use if with_key else None)
        assert body == b"A-I-00000001,A-I-00000002,A-I-00000003"
    assert desk.names() == ["DEFAULT"]
    assert len(desk.all_series()) == 5
    assert desk.audit_trail() == []
    # not even the prefix has an owner now
    desk.create(new_set("X", credit_memo=("A-I-", 1)))


def test_dry_run_refuses_as_the_real_call_would(desk: Desk) -> None:
    desk.create(new_set("A"))
    assert desk.refusal(lambda: _dry(desk, None)) == {("sequence_sets.0.name", Category.RULE)}
