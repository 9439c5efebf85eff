"""Rules of accounts: what each refuses, by its field, and what it lets pass."""

from __future__ import annotations

import pytest

from seriatim.domain.errors import Category
from seriatim.domain.rules.accounts import (
    account_currency_is_a_code,
    account_name_is_well_formed,
    account_number_is_free,
    account_number_is_well_formed,
    account_with_documents_keeps_its_currency,
    account_with_drafts_keeps_its_set,
    deleted_account_has_no_documents,
)

INVALID, RULE = Category.INVALID_VALUE, Category.RULE


@pytest.mark.parametrize("name", ["", "  ", "x" * 256])
def test_account_name_is_well_formed_broken_is_refused(name: str) -> None:
    (fault,) = account_name_is_well_formed(name)
    assert (fault.resource, fault.path, fault.category) == ("account", ("name",), INVALID)


@pytest.mark.parametrize("name", ["A", "Müller & Söhne", "x" * 255])
def test_account_name_is_well_formed_kept_is_accepted(name: str) -> None:
    assert list(account_name_is_well_formed(name)) == []


@pytest.mark.parametrize("number", ["", " A1", "A1 ", "A/1", "Ä1", "A\t1", "x" * 51])
def test_account_number_is_well_formed_broken_is_refused(number: str) -> None:
    (fault,) = account_number_is_well_formed(number)
    assert (fault.path, fault.category) == (("account_number",), INVALID)


@pytest.mark.parametrize("number", ["A", "A00000001", "a.b c_d", "x" * 50])
def test_account_number_is_well_formed_kept_is_accepted(number: str) -> None:
    assert list(account_number_is_well_formed(number)) == []


def test_account_number_is_free_broken_is_refused() -> None:
    (fault,) = account_number_is_free("A1", is_taken=True)
    assert (fault.path, fault.category) == (("account_number",), RULE)
    assert "'A1'" in fault.message


def test_account_number_is_free_kept_is_accepted() -> None:
    assert list(account_number_is_free("A1", is_taken=False)) == []


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "EU", "EU1", "ÉUR"])
def test_account_currency_is_a_code_broken_is_refused(currency: str) -> None:
    (fault,) = account_currency_is_a_code(currency)
    assert (fault.path, fault.category) == (("currency",), INVALID)


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_account_currency_is_a_code_kept_is_accepted(currency: str) -> None:
    assert list(account_currency_is_a_code(currency)) == []


def test_account_with_documents_keeps_its_currency_broken_is_refused() -> None:
    (fault,) = account_with_documents_keeps_its_currency(has_documents=True)
    assert (fault.path, fault.category) == (("currency",), RULE)


def test_account_with_documents_keeps_its_currency_kept_is_accepted() -> None:
    assert list(account_with_documents_keeps_its_currency(has_documents=False)) == []


def test_account_with_drafts_keeps_its_set_broken_is_refused() -> None:
    (fault,) = account_with_drafts_keeps_its_set(has_drafts=True)
    assert (fault.path, fault.category) == (("sequence_set_id",), RULE)


def test_account_with_drafts_keeps_its_set_kept_is_accepted() -> None:
    assert list(account_with_drafts_keeps_its_set(has_drafts=False)) == []


def test_deleted_account_has_no_documents_broken_is_refused() -> None:
    (fault,) = deleted_account_has_no_documents(has_documents=True)
    assert (fault.path, fault.category) == ((), RULE)


def test_deleted_account_has_no_documents_kept_is_accepted() -> None:
    assert list(deleted_account_has_no_documents(has_documents=False)) == []
