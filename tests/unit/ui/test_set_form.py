"""What the editor's form asks for: what was changed in it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.sequence_set import ABSENT, FAULTY, NumberingInput
from seriatim.ui.forms import Form
from seriatim.ui.set_form import TypedSet, as_request, field_of, typed_in

INVOICE, PAYMENT = DocumentType.INVOICE, DocumentType.PAYMENT
WAS = {
    "name": "FR",
    "chronological": "",
    "invoice.prefix": "FINV",
    "invoice.start_number": "7",
    "payment.prefix": "FP-",
    "payment.start_number": "3",
}


def _typed(**changed: str) -> TypedSet:
    fields = {name.replace("__", "."): value for name, value in changed.items()}
    return TypedSet({**WAS, **fields}, WAS, etag='"x-1"')


def _numbering(typed: TypedSet) -> Any:
    return as_request(typed, [INVOICE, PAYMENT])[0].numbering


def test_untouched_form_asks_for_nothing() -> None:
    request, faults = as_request(_typed(), [INVOICE, PAYMENT])
    assert (request.name, request.chronological, faults) == (ABSENT, ABSENT, [])
    assert request.numbering == {INVOICE: NumberingInput(), PAYMENT: NumberingInput()}
    assert not _typed().has_changes


def test_only_what_was_changed_is_asked_for() -> None:
    typed = _typed(invoice__start_number="70", chronological="yes", name="FRA")
    request, _ = as_request(typed, [INVOICE, PAYMENT])
    assert (request.name, request.chronological) == ("FRA", True)
    assert request.numbering[INVOICE] == NumberingInput(start_number=70)
    assert typed.has_changes


def test_new_prefix_alone_leaves_the_number_to_the_series() -> None:
    assert _numbering(_typed(invoice__prefix="X"))[INVOICE] == NumberingInput("X")


def test_emptied_optional_row_is_cleared_and_an_emptied_required_one_is_a_fault() -> None:
    assert _numbering(_typed(payment__prefix=""))[PAYMENT] is None
    assert _numbering(_typed(invoice__prefix=""))[INVOICE] == NumberingInput("")


@pytest.mark.parametrize("text", ["1.5", "-1", "1e3", "٣", "0x1", "9" * 401])
def test_start_number_is_digits_alone(text: str) -> None:
    request, faults = as_request(_typed(invoice__start_number=text), [INVOICE])
    assert request.numbering[INVOICE] == NumberingInput(start_number=FAULTY)
    assert [field_of(fault) for fault in faults] == ["invoice.start_number"]


def test_twenty_digits_stay_exact() -> None:
    assert _numbering(_typed(invoice__start_number="9" * 20))[INVOICE].start_number == 10**20 - 1


def test_new_set_asks_for_all_that_was_typed() -> None:
    typed = TypedSet({"name": "N", "invoice.prefix": "N-", "invoice.start_number": "1"}, {})
    request, _ = as_request(typed, [])
    assert (request.name, request.chronological) == ("N", False)
    assert request.numbering == {INVOICE: NumberingInput("N-", 1)}


def test_edits_of_others_stay_where_i_typed_nothing() -> None:
    now = TypedSet({**WAS, "name": "Theirs", "invoice.start_number": "8"}, {}, etag='"x-2"')
    merged = _typed(invoice__prefix="MINE").onto(TypedSet(now.typed, now.typed, now.etag))
    assert merged.typed["name"] == "Theirs"
    assert merged.typed["invoice.prefix"] == "MINE"
    assert merged.etag == '"x-2"'
    request, _ = as_request(merged, [INVOICE])
    assert (request.name, request.numbering[INVOICE]) == (ABSENT, NumberingInput("MINE"))


def test_form_comes_back_from_its_hidden_fields() -> None:
    typed = _typed(invoice__start_number="70")
    assert typed_in(Form(typed.hidden)) == typed


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("name",), "name"),
        (("invoice", "prefix"), "invoice.prefix"),
        (("credit_memo",), "credit_memo.prefix"),
        ((), ""),
    ],
)
def test_fault_stands_beside_its_field(path: tuple[str, ...], field: str) -> None:
    violation = Violation("sequence_set", path, Category.RULE, "no").under("sequence_sets", 0)
    assert field_of(violation) == field
