"""The tree of errors: what it tells, and that it never blurs issued and not issued."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seriatim.domain import errors
from seriatim.domain.clock import SystemClock
from seriatim.domain.errors import Category, NotFound, Overloaded, Rejected, Violation, all_under


def test_violation_under_a_base_keeps_its_own_path() -> None:
    """The stable code is looked up by the path alone, wherever the part stands."""
    violation = Violation("sequence_set", ("invoice", "prefix"), Category.RULE, "no")
    (moved,) = all_under(("sequence_sets", 3), [violation])
    assert moved.path == violation.path
    assert moved.full_path == ("sequence_sets", 3, "invoice", "prefix")
    assert moved.under("body").full_path == ("body", *moved.full_path)
    assert violation.full_path == violation.path


def test_rejection_lists_every_violation() -> None:
    violations = [Violation("x", (), Category.RULE, text) for text in ("one", "two")]
    refused = Rejected(iter(violations))
    assert refused.violations == tuple(violations)
    assert refused.message == str(refused) == "one; two"


def test_rejection_as_text_names_each_field() -> None:
    count = Violation("document_number", ("count",), Category.INVALID_VALUE, "must be 1 or more")
    prefix = Violation("sequence_set", ("invoice", "prefix"), Category.RULE, "is taken")
    refused = Rejected([count, prefix.under("sequence_sets", 0)])
    assert str(refused) == ("count: must be 1 or more; sequence_sets.0.invoice.prefix: is taken")


def test_rejection_without_a_violation_is_a_defect() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Rejected([])


def test_thing_that_is_absent_is_named_by_its_key() -> None:
    missing = NotFound("sequence_set", "EU")
    assert missing.message == "no sequence set with the key 'EU'"
    assert (missing.resource, missing.key) == ("sequence_set", "EU")


def test_overload_says_when_to_come_back() -> None:
    assert Overloaded("full").retry_after_s == 1
    assert Overloaded("full", retry_after_s=7, detail="queue").detail == "queue"


def test_not_issued_and_perhaps_issued_are_never_one_another() -> None:
    assert not issubclass(errors.OutcomeUnknown, errors.StoreUnavailable)
    assert not issubclass(errors.StoreUnavailable, errors.OutcomeUnknown)
    assert not issubclass(errors.OutcomeUnknown, errors.Conflict)


def test_system_clock_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
