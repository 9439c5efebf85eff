"""Rules of accounts. Source: contract/documents.md, Resources."""

from __future__ import annotations

from collections.abc import Iterator

from seriatim.domain.errors import Category, PathPart, Violation
from seriatim.domain.limits import ACCOUNT_NAME_CHARACTERS_MAX, ACCOUNT_NUMBER_CHARACTERS_MAX
from seriatim.domain.money import CURRENCY_FAULT, is_currency_code
from seriatim.domain.rules.registry import rule
from seriatim.domain.wording import told

RESOURCE = "account"


def violation(category: Category, message: str, *path: PathPart) -> Violation:
    return Violation(RESOURCE, path, category, message)


@rule("contract/documents.md, Resources: accounts, name")
def account_name_is_well_formed(name: str) -> Iterator[Violation]:
    if not name.strip() or len(name) > ACCOUNT_NAME_CHARACTERS_MAX:
        message = f"must have 1 to {ACCOUNT_NAME_CHARACTERS_MAX} characters"
        yield violation(Category.INVALID_VALUE, message, "name")


@rule("contract/documents.md, Resources: accounts, accountNumber")
def account_number_is_well_formed(number: str) -> Iterator[Violation]:
    is_sound = number.isascii() and number.isprintable() and number == number.strip()
    if not (1 <= len(number) <= ACCOUNT_NUMBER_CHARACTERS_MAX and is_sound and "/" not in number):
        message = (
            f"must have 1 to {ACCOUNT_NUMBER_CHARACTERS_MAX} printable ASCII characters "
            "without '/' and without a space at either end"
        )
        yield violation(Category.INVALID_VALUE, message, "account_number")


@rule("contract/documents.md, Resources: accounts, every key is an id or a number")
def account_number_is_free(number: str, *, is_taken: bool) -> Iterator[Violation]:
    if is_taken:
        message = f"'{number}' is already the number of another account"
        yield violation(Category.RULE, message, "account_number")


@rule("contract/documents.md, Resources: accounts, currency")
def account_currency_is_a_code(currency: str) -> Iterator[Violation]:
    if not is_currency_code(currency):
        yield violation(Category.INVALID_VALUE, CURRENCY_FAULT, "currency")


@rule("contract/documents.md, Resources: a change of currency would change what amounts mean")
def account_with_documents_keeps_its_currency(*, has_documents: bool) -> Iterator[Violation]:
    if has_documents:
        message = "cannot be changed: the account has documents"
        yield violation(Category.RULE, message, "currency")


@rule("contract/documents.md, Resources: the set is kept while a draft of the account exists")
def account_with_drafts_keeps_its_set(*, has_drafts: bool) -> Iterator[Violation]:
    if has_drafts:
        message = told("cannot be changed while a draft document of the account exists")
        yield violation(Category.RULE, message, "sequence_set_id")


@rule("contract/documents.md, Resources: an account with documents is not deleted")
def deleted_account_has_no_documents(*, has_documents: bool) -> Iterator[Violation]:
    if has_documents:
        yield violation(Category.RULE, "the account has documents and cannot be deleted")
