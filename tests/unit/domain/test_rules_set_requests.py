"""Rules that a request breaks by itself: what each refuses, and what it must let pass."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.rules import set_requests as rules
from seriatim.domain.sequence_set import (
    FAULTY,
    EntitySettings,
    NumberingInput,
    SequenceSetInput,
)
from tests.samples import new_set, numbering, wanted_set

INVOICE, PAYMENT, REFUND = DocumentType.INVOICE, DocumentType.PAYMENT, DocumentType.REFUND
MEMOS_OFF = EntitySettings(invoice_settlement=False)


def only(violations: Iterable[Violation]) -> Violation:
    (found,) = violations
    assert found.resource == "sequence_set"
    assert found.base == ()
    return found


def told(violations: Iterable[Violation]) -> set[tuple[str, Category]]:
    return {(".".join(map(str, one.path)), one.category) for one in violations}


@pytest.mark.parametrize("count", [0, 101, 10_000])
def test_request_holds_1_to_100_sets_broken_is_refused(count: int) -> None:
    found = only(rules.request_holds_1_to_100_sets(count))
    assert (found.path, found.category) == (("sequence_sets",), Category.INVALID_VALUE)
    assert "1 to 100 sets" in found.message
    assert str(count) in found.message


@pytest.mark.parametrize("count", [1, 2, 100])
def test_request_holds_1_to_100_sets_kept_is_accepted(count: int) -> None:
    assert not list(rules.request_holds_1_to_100_sets(count))


@pytest.mark.parametrize(
    "name",
    ["", "-EU", "E_U", "E U", "EÜ", "EU ", " EU", "EU\n", "EU/1", "a" * 16, "\N{KELVIN SIGN}"],
)
def test_set_name_is_well_formed_broken_is_refused(name: str) -> None:
    found = only(rules.set_name_is_well_formed(name))
    assert (found.path, found.category) == (("name",), Category.INVALID_VALUE)
    assert "1 to 15 letters" in found.message
    assert "first one a letter or digit" in found.message


@pytest.mark.parametrize("name", ["E", "1", "9-", "eu-2026", "a" * 15, "DEFAULT", "SS-00000001"])
def test_set_name_is_well_formed_kept_is_accepted(name: str) -> None:
    assert not list(rules.set_name_is_well_formed(name))


@pytest.mark.parametrize(
    "number", ["", " ", "a/b", " a", "a ", "ä", "a\tb", "a\x7f", "a\n", "x" * 33]
)
def test_set_number_is_well_formed_broken_is_refused(number: str) -> None:
    found = only(rules.set_number_is_well_formed(number))
    assert (found.path, found.category) == (("sequence_set_number",), Category.INVALID_VALUE)
    assert "1 to 32 printable ASCII characters" in found.message
    assert "'/'" in found.message


@pytest.mark.parametrize("number", ["x", "SS-00000001", "a b", "!~", "x" * 32, "a_b.c:d"])
def test_set_number_is_well_formed_kept_is_accepted(number: str) -> None:
    assert not list(rules.set_number_is_well_formed(number))


@pytest.mark.parametrize(
    "prefix",
    ["", "-A", "_A", "A B", "Ä", "A/", "A.", "A\n", "٣", "x" * 17, "\N{LATIN SMALL LETTER LONG S}"],
)
@pytest.mark.parametrize("document_type", DocumentType)
def test_prefix_is_well_formed_broken_is_refused(document_type: DocumentType, prefix: str) -> None:
    found = only(rules.prefix_is_well_formed(document_type, prefix))
    assert found.path == (document_type.field_name, "prefix")
    assert found.category is Category.INVALID_VALUE
    assert "1 to 16 letters" in found.message
    assert "dashes and underscores" in found.message


@pytest.mark.parametrize("prefix", ["A", "7", "2026", "INV-", "a_b-C", "x" * 16, "1-", "Z_"])
def test_prefix_is_well_formed_kept_is_accepted(prefix: str) -> None:
    assert not list(rules.prefix_is_well_formed(INVOICE, prefix))


@pytest.mark.parametrize("prefix", ["7", "2026", "PAY1", "P-0"])
@pytest.mark.parametrize("document_type", [PAYMENT, REFUND])
def test_payment_prefix_ends_in_no_digit_broken_is_refused(
    document_type: DocumentType, prefix: str
) -> None:
    found = only(rules.payment_prefix_ends_in_no_digit(document_type, prefix))
    assert found.path == (document_type.field_name, "prefix")
    assert found.category is Category.INVALID_VALUE
    assert f"'{prefix}' ends in a digit" in found.message


@pytest.mark.parametrize(
    ("document_type", "prefix"),
    [(PAYMENT, "PAY"), (PAYMENT, "2-"), (REFUND, "R2_"), (REFUND, "1x")]
    + [(one, prefix) for one in DocumentType if one.is_billing_document for prefix in ("2", "I9")],
)
def test_payment_prefix_ends_in_no_digit_kept_is_accepted(
    document_type: DocumentType, prefix: str
) -> None:
    assert not list(rules.payment_prefix_ends_in_no_digit(document_type, prefix))


@pytest.mark.parametrize(
    ("document_type", "prefix", "is_default"),
    [
        (document_type, prefix, is_default)
        for document_type in DocumentType
        for prefix in ("PREVIEW-", "TMP-INV-", "tmp-cm-", "Tmp-Dm-", "PM-", "pg-")
        for is_default in (False, True)
    ]
    + [
        (PAYMENT, "P-", False),
        (REFUND, "R-", False),
        (PAYMENT, "p-", False),
        (PAYMENT, "R-", True),
        (REFUND, "P-", True),
        (INVOICE, "P-", True),
        (INVOICE, "r-", True),
    ],
)
def test_prefix_is_not_reserved_broken_is_refused(
    document_type: DocumentType, prefix: str, *, is_default: bool
) -> None:
    violations = rules.prefix_is_not_reserved(document_type, prefix, set_is_default=is_default)
    found = only(violations)
    assert found.path == (document_type.field_name, "prefix")
    assert found.category is Category.RULE
    assert f"'{prefix}' is reserved" in found.message


@pytest.mark.parametrize(
    ("document_type", "prefix", "is_default"),
    [
        (PAYMENT, "P-", True),
        (REFUND, "R-", True),
        (PAYMENT, "FP-", False),
        (REFUND, "FR-P-", False),
        (INVOICE, "P", False),
        (INVOICE, "P-1", False),
        (INVOICE, "PM", False),
        (INVOICE, "TMP-", False),
        (INVOICE, "XPREVIEW-", False),
        (PAYMENT, "PM-X", False),
    ],
)
def test_prefix_is_not_reserved_kept_is_accepted(
    document_type: DocumentType, prefix: str, *, is_default: bool
) -> None:
    assert not list(rules.prefix_is_not_reserved(document_type, prefix, set_is_default=is_default))


@pytest.mark.parametrize("start_number", [0, -1, 10**20, 10**40])
def test_start_number_has_1_to_20_digits_broken_is_refused(start_number: int) -> None:
    found = only(rules.start_number_has_1_to_20_digits(INVOICE, start_number))
    assert found.path == ("invoice", "start_number")
    assert found.category is Category.INVALID_VALUE
    assert "99999999999999999999 (20 digits)" in found.message


@pytest.mark.parametrize("start_number", [1, 2**53 + 1, 2**63, 10**19, 10**20 - 1])
def test_start_number_has_1_to_20_digits_kept_is_accepted(start_number: int) -> None:
    assert not list(rules.start_number_has_1_to_20_digits(INVOICE, start_number))


@pytest.mark.parametrize(
    ("requested", "settings", "missing"),
    [
        (wanted_set(), EntitySettings(), {"name", "invoice", "credit_memo", "debit_memo"}),
        (wanted_set(), MEMOS_OFF, {"name", "invoice"}),
        (wanted_set("EU", invoice=("A", 1)), EntitySettings(), {"credit_memo", "debit_memo"}),
        (new_set("EU", invoice=numbering("A")), EntitySettings(), {"invoice.start_number"}),
        (new_set("EU", invoice=numbering()), EntitySettings(), {"invoice.start_number"}),
    ],
)
def test_new_set_has_its_required_fields_broken_is_refused(
    requested: SequenceSetInput, settings: EntitySettings, missing: set[str]
) -> None:
    violations = list(rules.new_set_has_its_required_fields(requested, settings))
    assert told(violations) == {(path, Category.MISSING_FIELD) for path in missing}
    assert {one.message for one in violations} == {"is required"}


@pytest.mark.parametrize(
    ("requested", "settings"),
    [
        (new_set("EU"), EntitySettings()),
        (new_set("EU", payment=numbering("PAY-")), EntitySettings()),
        (new_set("EU", payment=None, refund=None), EntitySettings()),
        (wanted_set("EU", invoice=("A", 1)), MEMOS_OFF),
        # present but already reported
        (wanted_set(FAULTY, invoice=FAULTY, credit_memo=FAULTY, debit_memo=FAULTY), MEMOS_OFF),
        (new_set("EU", invoice=numbering("A", FAULTY)), EntitySettings()),
    ],
)
def test_new_set_has_its_required_fields_kept_is_accepted(
    requested: SequenceSetInput, settings: EntitySettings
) -> None:
    assert not list(rules.new_set_has_its_required_fields(requested, settings))


def test_only_payments_and_refunds_are_null_broken_is_refused() -> None:
    requested = wanted_set(invoice=None, credit_memo=None, debit_memo=None, payment=None)
    violations = list(rules.only_payments_and_refunds_are_null(requested))
    missing = {(path, Category.MISSING_FIELD) for path in ("invoice", "credit_memo", "debit_memo")}
    assert told(violations) == missing
    assert {one.message for one in violations} == {"is required and cannot be null"}


def test_only_payments_and_refunds_are_null_kept_is_accepted() -> None:
    requested = wanted_set(payment=None, refund=None, invoice=("A", 1), credit_memo=FAULTY)
    assert not list(rules.only_payments_and_refunds_are_null(requested))


@pytest.mark.parametrize("given", [numbering(), numbering(start_number=5)])
def test_first_numbering_names_its_prefix_broken_is_refused(given: NumberingInput) -> None:
    found = only(rules.first_numbering_names_its_prefix(PAYMENT, given, set_has_one=False))
    assert (found.path, found.category) == (("payment", "prefix"), Category.MISSING_FIELD)
    assert "no prefix for this document type yet" in found.message


@pytest.mark.parametrize(
    ("given", "set_has_one"),
    [
        (numbering("PAY-"), False),
        (numbering("PAY-", 5), True),
        (numbering(start_number=5), True),
        (numbering(), True),
        (numbering(FAULTY), False),
    ],
)
def test_first_numbering_names_its_prefix_kept_is_accepted(
    given: NumberingInput, *, set_has_one: bool
) -> None:
    assert not list(rules.first_numbering_names_its_prefix(PAYMENT, given, set_has_one=set_has_one))


def test_memos_need_invoice_settlement_broken_is_refused() -> None:
    violations = list(rules.memos_need_invoice_settlement(new_set("EU"), MEMOS_OFF))
    assert told(violations) == {
        ("credit_memo", Category.NOT_PERMITTED),
        ("debit_memo", Category.NOT_PERMITTED),
    }
    assert all("Invoice Settlement is switched off" in one.message for one in violations)


@pytest.mark.parametrize(
    ("requested", "settings"),
    [
        (new_set("EU", payment="PAY-", refund=None), EntitySettings()),
        (wanted_set("EU", invoice=("A", 1), payment="PAY-", refund=None), MEMOS_OFF),
    ],
)
def test_memos_need_invoice_settlement_kept_is_accepted(
    requested: SequenceSetInput, settings: EntitySettings
) -> None:
    assert not list(rules.memos_need_invoice_settlement(requested, settings))


def test_single_values_that_are_all_bad_are_all_reported() -> None:
    requested = wanted_set("-", number="/", invoice=("PM-", 0), credit_memo=("_", 10**20))
    found = told(rules.fields_are_well_formed(requested, set_is_default=False))
    assert found == {
        ("name", Category.INVALID_VALUE),
        ("sequence_set_number", Category.INVALID_VALUE),
        ("invoice.prefix", Category.RULE),
        ("invoice.start_number", Category.INVALID_VALUE),
        ("credit_memo.prefix", Category.INVALID_VALUE),
        ("credit_memo.start_number", Category.INVALID_VALUE),
    }


def test_single_values_that_are_blank_are_passed_over() -> None:
    requested = wanted_set(
        FAULTY, number=FAULTY, invoice=numbering(FAULTY, FAULTY), payment=None, refund=FAULTY
    )
    assert not list(rules.fields_are_well_formed(requested, set_is_default=False))


def test_malformed_prefix_is_told_once() -> None:
    """Not also for its last digit: one fault, one sentence."""
    requested = wanted_set(payment=("_9", 1))
    assert len(list(rules.fields_are_well_formed(requested, set_is_default=False))) == 1
