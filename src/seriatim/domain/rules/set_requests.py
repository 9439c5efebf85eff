"""Rules a sequence set's request breaks or keeps by itself, whatever the database holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seriatim.domain.document_number import fold
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.domain.limits import (
    PREFIX_CHARACTERS_MAX,
    SEQUENTIAL_NUMBER_MAX,
    SET_NAME_CHARACTERS_MAX,
    SET_NUMBER_CHARACTERS_MAX,
    SETS_PER_REQUEST_MAX,
)
from seriatim.domain.rules.registry import rule
from seriatim.domain.sequence_set import (
    ABSENT,
    FAULTY,
    Blank,
    EntitySettings,
    NumberingInput,
    SequenceSetInput,
)
from seriatim.domain.wording import told

RESOURCE = "sequence_set"

RESERVED_PREFIXES = frozenset(
    fold(prefix)
    for prefix in ("PREVIEW-", "TMP-INV-", "TMP-CM-", "TMP-DM-", "PM-", "PG-", "P-", "R-")
)

_DEFAULTS_OWN_PREFIXES = {DocumentType.PAYMENT: "p-", DocumentType.REFUND: "r-"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SET_NUMBER = re.compile(r"[!-.0-~](?:[ -.0-~]*[!-.0-~])?")  # printable ASCII without "/"


def violation(category: Category, message: str, *path: str) -> Violation:
    return Violation(RESOURCE, path, category, message)


@rule("contract/sequence-sets.md, Operations: 1 to 100 sets a request")
def request_holds_1_to_100_sets(count: int) -> Iterator[Violation]:
    if not 1 <= count <= SETS_PER_REQUEST_MAX:
        message = f"must hold 1 to {SETS_PER_REQUEST_MAX} sets, not {count}"
        yield violation(Category.INVALID_VALUE, message, "sequence_sets")


@rule("contract/sequence-sets.md, Fields: name")
def set_name_is_well_formed(name: str) -> Iterator[Violation]:
    if len(name) > SET_NAME_CHARACTERS_MAX or not _NAME.fullmatch(name):
        message = told(
            "must be 1 to %(most)s letters (A-Z, a-z), digits and dashes, "
            "the first one a letter or digit",
            most=SET_NAME_CHARACTERS_MAX,
        )
        yield violation(Category.INVALID_VALUE, message, "name")


@rule("contract/sequence-sets.md, Fields: sequenceSetNumber; characters: ours")
def set_number_is_well_formed(number: str) -> Iterator[Violation]:
    if len(number) > SET_NUMBER_CHARACTERS_MAX or not _SET_NUMBER.fullmatch(number):
        message = told(
            "must be 1 to %(most)s printable ASCII characters without '/', "
            "not beginning or ending with a space",
            most=SET_NUMBER_CHARACTERS_MAX,
        )
        yield violation(Category.INVALID_VALUE, message, "sequence_set_number")


@rule("contract/sequence-sets.md, Prefix 1")
def prefix_is_well_formed(document_type: DocumentType, prefix: str) -> Iterator[Violation]:
    if len(prefix) > PREFIX_CHARACTERS_MAX or not _PREFIX.fullmatch(prefix):
        message = told(
            "must be 1 to %(most)s letters (A-Z, a-z), digits, dashes and "
            "underscores, the first one a letter or digit",
            most=PREFIX_CHARACTERS_MAX,
        )
        yield violation(Category.INVALID_VALUE, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Prefix 2")
def payment_prefix_ends_in_no_digit(
    document_type: DocumentType, prefix: str
) -> Iterator[Violation]:
    ends_in_digit = prefix[-1:].isascii() and prefix[-1:].isdigit()
    if ends_in_digit and not document_type.is_billing_document:
        message = told(
            "'%(prefix)s' ends in a digit: that is for invoices and memos only, "
            "the prefix of payments and refunds ends in a letter, dash or underscore",
            prefix=prefix,
        )
        yield violation(Category.INVALID_VALUE, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Prefix 3")
def prefix_is_not_reserved(
    document_type: DocumentType, prefix: str, *, set_is_default: bool
) -> Iterator[Violation]:
    folded = fold(prefix)
    is_defaults_own = set_is_default and _DEFAULTS_OWN_PREFIXES.get(document_type) == folded
    if folded in RESERVED_PREFIXES and not is_defaults_own:
        message = told(
            "'%(prefix)s' is reserved; a longer prefix that contains it may be used", prefix=prefix
        )
        if folded in _DEFAULTS_OWN_PREFIXES.values():
            message = told(
                "'%(prefix)s' is reserved for the set DEFAULT and its own %(types)s; "
                "a longer prefix that contains it may be used",
                prefix=prefix,
                types=told("payments") if folded == "p-" else told("refunds"),
            )
        yield violation(Category.RULE, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Start number 1")
def start_number_has_1_to_20_digits(
    document_type: DocumentType, start_number: int
) -> Iterator[Violation]:
    if not 1 <= start_number <= SEQUENTIAL_NUMBER_MAX:
        message = told(
            "must be a whole number from 1 to %(most)s (20 digits)", most=SEQUENTIAL_NUMBER_MAX
        )
        yield violation(Category.INVALID_VALUE, message, document_type.field_name, "start_number")


@rule("contract/sequence-sets.md, Fields: required on create")
def new_set_has_its_required_fields(
    requested: SequenceSetInput, settings: EntitySettings
) -> Iterator[Violation]:
    if requested.name is ABSENT:
        yield violation(Category.MISSING_FIELD, told("is required"), "name")
    for document_type in DocumentType:
        if not (document_type.is_billing_document and settings.shows(document_type)):
            continue
        numbering = requested.numbering.get(document_type, ABSENT)
        if numbering is ABSENT:
            yield violation(Category.MISSING_FIELD, told("is required"), document_type.field_name)
        elif isinstance(numbering, NumberingInput) and numbering.start_number is ABSENT:
            path = (document_type.field_name, "start_number")
            yield violation(Category.MISSING_FIELD, told("is required"), *path)


@rule("contract/sequence-sets.md, Operations: null for a required field; payment and refund")
def only_payments_and_refunds_are_null(
    requested: SequenceSetInput,
) -> Iterator[Violation]:
    for document_type, numbering in requested.numbering.items():
        if numbering is None and document_type.is_billing_document:
            message = told("is required and cannot be null")
            yield violation(Category.MISSING_FIELD, message, document_type.field_name)


@rule("contract/sequence-sets.md, Operations: a number without a prefix, where the set has none")
def first_numbering_names_its_prefix(
    document_type: DocumentType, numbering: NumberingInput, *, set_has_one: bool
) -> Iterator[Violation]:
    if numbering.prefix is ABSENT and not set_has_one:
        message = told("is required: the set has no prefix for this document type yet")
        yield violation(Category.MISSING_FIELD, message, document_type.field_name, "prefix")


@rule("contract/sequence-sets.md, Invoice Settlement")
def memos_need_invoice_settlement(
    requested: SequenceSetInput, settings: EntitySettings
) -> Iterator[Violation]:
    for document_type, numbering in requested.numbering.items():
        if numbering is not FAULTY and not settings.shows(document_type):
            message = told("Invoice Settlement is switched off for this entity")
            yield violation(Category.NOT_PERMITTED, message, document_type.field_name)


def fields_are_well_formed(
    requested: SequenceSetInput, *, set_is_default: bool
) -> Iterator[Violation]:
    """Every rule about single values, over all values the request gives."""
    if not isinstance(requested.name, Blank):
        yield from set_name_is_well_formed(requested.name)
    if not isinstance(requested.sequence_set_number, Blank):
        yield from set_number_is_well_formed(requested.sequence_set_number)
    for document_type, numbering in requested.numbering.items():
        if not isinstance(numbering, NumberingInput):
            continue
        if not isinstance(numbering.prefix, Blank):
            malformed = list(prefix_is_well_formed(document_type, numbering.prefix))
            yield from malformed
            if not malformed:
                yield from payment_prefix_ends_in_no_digit(document_type, numbering.prefix)
                yield from prefix_is_not_reserved(
                    document_type, numbering.prefix, set_is_default=set_is_default
                )
        if not isinstance(numbering.start_number, Blank):
            yield from start_number_has_1_to_20_digits(document_type, numbering.start_number)
