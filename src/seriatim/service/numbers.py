"""Document numbers: issue from the set that the request, the account or DEFAULT decides.

Source: contract/numbering.md, Issuing; contract/documents.md, Which set numbers what.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, InvariantBroken, Rejected, Violation
from seriatim.domain.register import ChosenBy, Entry
from seriatim.domain.rules.issuing import (
    count_and_references_exclude_each_other,
    count_is_1_to_a_million,
    document_date_is_within_a_year,
    reference_has_at_most_255_characters,
    references_are_1_to_1000,
    violation,
)
from seriatim.domain.sequence_set import (
    DEFAULT_SET_NAME,
    EntitySettings,
    SequenceSet,
    Series,
)
from seriatim.engine.issue import issue
from seriatim.engine.orders import IssueOrder, Stamp
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import EntityBooks, Transaction

_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What a caller asks for. A field is None where the request left it out.

    Shape: `document_type` is None only where its fault is among the request's shape faults.
    """

    document_type: DocumentType | None
    sequence_set: str | None = None
    account_id: str | None = None
    account_number: str | None = None
    document_date: date | None = None
    count: int | None = None
    references: tuple[str, ...] | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class NumbersIssued:
    """Shape: `ranges` rise; more than one where taken numbers were stepped over."""

    series: Series
    sequence_set_id: str
    ranges: list[NumberRange]
    document_date: date
    first_entry: Entry
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class _Choice:
    sequence_set: SequenceSet
    chosen_by: ChosenBy


def issue_numbers(
    transaction: Transaction,
    caller: Caller,
    request: IssueRequest,
    *,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> NumbersIssued:
    """Give out the next numbers of the series that the request leads to.

    Errors: Rejected with every fault; nothing is issued then.
    """
    require(caller, Right.ISSUE)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    settings = books.get_settings()
    now = clock.now()
    today = now.astimezone(ZoneInfo(settings.time_zone)).date()
    violations = [*shape_faults, *_request_faults(request, settings, today)]
    choice = _choose_set(books, request, violations)
    if violations or choice is None or request.document_type is None:
        raise Rejected(violations)
    series = _series_of(books, choice.sequence_set, request.document_type)
    order = IssueOrder(
        count=len(request.references) if request.references else request.count or 1,
        sequence_set_id=choice.sequence_set.sequence_set_id,
        chosen_by=choice.chosen_by,
        document_date=request.document_date,
        today=today,
        reference=request.reference,
        references=request.references or (),
    )
    stamp = Stamp(caller.actor, caller.request_id, str(uuid.uuid4()), now)
    issued = issue(books, series, order, stamp)
    return NumbersIssued(
        series=issued.series,
        sequence_set_id=order.sequence_set_id,
        ranges=issued.ranges,
        document_date=issued.document_date,
        first_entry=issued.first_entry,
        issued_at=now,
    )


def _request_faults(
    request: IssueRequest, settings: EntitySettings, today: date
) -> list[Violation]:
    violations: list[Violation] = []
    if request.document_type is not None and not settings.shows(request.document_type):
        message = "Invoice Settlement is switched off for this entity"
        violations.append(violation(Category.NOT_PERMITTED, message, "document_type"))
    if request.count is not None:
        violations += count_is_1_to_a_million(request.count)
    if request.references is not None:
        violations += references_are_1_to_1000(request.references)
    if request.reference is not None:
        violations += reference_has_at_most_255_characters(request.reference)
    violations += count_and_references_exclude_each_other(
        has_count=request.count is not None,
        has_references=request.references is not None,
        has_reference=request.reference is not None,
    )
    if request.document_date is not None:
        violations += document_date_is_within_a_year(request.document_date, today)
    return violations


def _choose_set(
    books: EntityBooks, request: IssueRequest, violations: list[Violation]
) -> _Choice | None:
    """The request's set, else the account's, else DEFAULT; unknown ones are violations."""
    account_set = _account_set(books, request, violations)
    if request.sequence_set is not None:
        row = books.get_set(request.sequence_set)
        if row is None:
            message = f"no sequence set with the id, number or name '{request.sequence_set}'"
            violations.append(violation(Category.NOT_FOUND, message, "sequence_set"))
            return None
        return _Choice(row.sequence_set, ChosenBy.REQUEST)
    if account_set is not None:
        row = books.get_set(account_set)
        if row is not None:
            return _Choice(row.sequence_set, ChosenBy.ACCOUNT)
    return _Choice(_default_set(books), ChosenBy.DEFAULT)


def _account_set(
    books: EntityBooks, request: IssueRequest, violations: list[Violation]
) -> str | None:
    """The set that the request's account was given; None without an account or a set."""
    found = set_id = None
    if request.account_id is not None:
        account_id = request.account_id.replace("-", "").lower()
        found = books.find_account_set(account_id) if _ID.fullmatch(account_id) else None
        if found is None:
            message = f"no account with the id '{request.account_id}'"
            violations.append(violation(Category.NOT_FOUND, message, "account_id"))
        else:
            set_id = found.sequence_set_id
    if request.account_number is not None:
        by_number = books.find_account_set_by_number(request.account_number)
        if by_number is None:
            message = f"no account with the number '{request.account_number}'"
            violations.append(violation(Category.NOT_FOUND, message, "account_number"))
        elif found is not None and by_number.account_id != found.account_id:
            message = "names another account than accountId"
            violations.append(violation(Category.INVALID_VALUE, message, "account_number"))
        else:
            set_id = by_number.sequence_set_id
    return set_id


def _default_set(books: EntityBooks) -> SequenceSet:
    row = books.get_set(DEFAULT_SET_NAME)
    if row is None:
        raise InvariantBroken("the entity has no set DEFAULT")
    return row.sequence_set


def _series_of(books: EntityBooks, chosen: SequenceSet, document_type: DocumentType) -> Series:
    """The set's series, else DEFAULT's, else that of the prefix DEFAULT was born with."""
    series = chosen.series.get(document_type)
    if series is None and not chosen.is_default:
        series = _default_set(books).series.get(document_type)
    if series is None:
        series = books.find_series_by_prefix(document_type, document_type.default_prefix)
    if series is None:
        raise InvariantBroken(f"no series for {document_type.value} in the entity")
    return series
