"""From a request for numbers to the series that gives them, by the rules of precedence.

Source: contract/numbering.md, Issuing; contract/documents.md, Which set numbers what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, InvariantBroken, Rejected, Violation
from seriatim.domain.register import ChosenBy
from seriatim.domain.rules.issuing import (
    count_and_references_exclude_each_other,
    count_is_1_to_a_million,
    document_date_is_within_a_year,
    reference_has_at_most_255_characters,
    references_are_1_to_1000,
    violation,
)
from seriatim.domain.rules.moves import hold_lasts_1_to_86400_seconds
from seriatim.domain.sequence_set import DEFAULT_SET_NAME, EntitySettings, SequenceSet, Series
from seriatim.engine.orders import IssueOrder
from seriatim.store.sql_store import EntityBooks

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
    hold_seconds: int | None = None

    @property
    def names_account(self) -> bool:
        return self.account_id is not None or self.account_number is not None


@dataclass(frozen=True, slots=True)
class SetChosen:
    """The set that numbers something, and the rule that chose it."""

    sequence_set: SequenceSet
    chosen_by: ChosenBy


class SetChoice:
    """Resolves the requests of one transaction in one entity.

    Cost: a set is read once for each way it is spelled, those of `read_sets_of` all at once and
        only with the series they are wanted for; the settings come along with them.
    """

    def __init__(self, books: EntityBooks, now: datetime) -> None:
        self._books = books
        self._now = now
        self._settings: EntitySettings | None = None
        self._sets: dict[str, SequenceSet | None] = {}
        self._series: dict[tuple[str, DocumentType], Series | None] = {}
        self._resolved: dict[IssueRequest, tuple[Series, IssueOrder]] = {}

    @property
    def settings(self) -> EntitySettings:
        if self._settings is None:
            self._settings = self._books.get_settings()
        return self._settings

    @cached_property
    def today(self) -> date:
        return self._now.astimezone(ZoneInfo(self.settings.time_zone)).date()

    def read_sets_of(self, requests: Iterable[IssueRequest]) -> None:
        """Read the sets that requests name, and DEFAULT for those that leave it to us."""
        wanted: dict[DocumentType | None, list[str]] = {}
        for request in requests:
            if request.sequence_set is not None or not request.names_account:
                keys = wanted.setdefault(request.document_type, [])
                named = request.sequence_set
                keys.append(DEFAULT_SET_NAME if named is None else named)
        for document_type, keys in wanted.items():
            self._read_sets(keys, document_type)

    def _read_sets(self, keys: Iterable[str], document_type: DocumentType | None = None) -> None:
        unread = [key for key in dict.fromkeys(keys) if key not in self._sets]
        found = self._books.get_sets(unread, document_type) if unread else {}
        for key in unread:
            row = found.get(key)
            self._sets[key] = None if row is None else row.sequence_set
            if row is None:
                continue
            self._settings = self._settings or row.settings
            self._note_series(row.sequence_set, document_type)

    def _note_series(self, read: SequenceSet, document_type: DocumentType | None) -> None:
        for one in DocumentType if document_type is None else (document_type,):
            self._series[read.sequence_set_id, one] = read.series.get(one)

    def resolve(
        self, request: IssueRequest, shape_faults: Sequence[Violation]
    ) -> tuple[Series, IssueOrder]:
        """The series as it stands before it is locked, and what to issue from it.

        Errors: Rejected with every fault of the request.
        Cost: many requests of one transaction are equal, and resolved once.
        """
        known = None if shape_faults else self._resolved.get(request)
        if known is None:
            known = self._resolved[request] = self._resolve(request, shape_faults)
        return known

    def _resolve(
        self, request: IssueRequest, shape_faults: Sequence[Violation]
    ) -> tuple[Series, IssueOrder]:
        self.read_sets_of([request])
        violations = [*shape_faults, *_request_faults(request, self.settings, self.today)]
        choice = self._choose(request, violations)
        if violations or choice is None or request.document_type is None:
            raise Rejected(violations)
        order = IssueOrder(
            count=len(request.references) if request.references else request.count or 1,
            sequence_set_id=choice.sequence_set.sequence_set_id,
            chosen_by=choice.chosen_by,
            document_date=request.document_date,
            today=self.today,
            reference=request.reference,
            references=request.references or (),
            hold_until=(
                self._now + timedelta(seconds=request.hold_seconds)
                if request.hold_seconds is not None
                else None
            ),
        )
        return self.series_of(choice.sequence_set, request.document_type), order

    def _choose(self, request: IssueRequest, violations: list[Violation]) -> SetChosen | None:
        """The request's set, else the account's, else DEFAULT; unknown ones are violations."""
        account_set = None
        if request.names_account:
            account_set = _account_set(self._books, request, violations)
        if request.sequence_set is not None:
            found = self._set(request.sequence_set)
            if found is None:
                message = f"no sequence set with the id, number or name '{request.sequence_set}'"
                violations.append(violation(Category.NOT_FOUND, message, "sequence_set"))
                return None
            return SetChosen(found, ChosenBy.REQUEST)
        return self.of_account(account_set)

    def named(self, key: str) -> SetChosen | None:
        """The living set with that id, number or name."""
        found = self._set(key)
        return None if found is None else SetChosen(found, ChosenBy.REQUEST)

    def of_account(
        self,
        account_set_id: str | None,
        by_account: ChosenBy = ChosenBy.ACCOUNT,
        by_default: ChosenBy = ChosenBy.DEFAULT,
    ) -> SetChosen:
        """The set that an account was given, else DEFAULT."""
        found = self._set(account_set_id) if account_set_id is not None else None
        if found is not None:
            return SetChosen(found, by_account)
        return SetChosen(self._default(), by_default)

    def as_invoice(self, invoice_set_id: str, account_set_id: str | None) -> SetChosen:
        """The set of the invoice that a memo is made from; if it was deleted, the account's."""
        found = self._set(invoice_set_id)
        if found is not None:
            return SetChosen(found, ChosenBy.INVOICE)
        return self.of_account(
            account_set_id, ChosenBy.ACCOUNT_FOR_INVOICE, ChosenBy.DEFAULT_FOR_INVOICE
        )

    def kept(self, sequence_set_id: str, chosen_by: ChosenBy) -> SetChosen | None:
        """The set that was chosen before, as it is now."""
        found = self._set(sequence_set_id)
        return None if found is None else SetChosen(found, chosen_by)

    def _set(self, key: str) -> SequenceSet | None:
        self._read_sets([key])
        return self._sets[key]

    def _default(self) -> SequenceSet:
        found = self._set(DEFAULT_SET_NAME)
        if found is None:
            raise InvariantBroken("the entity has no set DEFAULT")
        return found

    def series_of(self, chosen: SequenceSet, document_type: DocumentType) -> Series:
        """The set's series, else DEFAULT's, else that of the prefix DEFAULT was born with."""
        series = self._series_in(chosen, document_type)
        series = series or self._series_in(self._default(), document_type)
        if series is None:
            series = self._books.find_series_by_prefix(document_type, document_type.default_prefix)
        if series is None:
            raise InvariantBroken(f"no series for {document_type.value} in the entity")
        return series

    def _series_in(self, chosen: SequenceSet, document_type: DocumentType) -> Series | None:
        place = chosen.sequence_set_id, document_type
        if place not in self._series:  # it was read for another type
            for row in self._books.get_sets([chosen.sequence_set_id]).values():
                self._note_series(row.sequence_set, None)
        return self._series.get(place)


def _request_faults(
    request: IssueRequest, settings: EntitySettings, today: date
) -> list[Violation]:
    violations: list[Violation] = []
    if request.document_type is not None and not settings.shows(request.document_type):
        message = "Invoice Settlement is switched off for this entity"
        violations.append(violation(Category.NOT_PERMITTED, message, "document_type"))
    if request.count is not None:
        violations += count_is_1_to_a_million(request.count)
    if request.hold_seconds is not None:
        violations += hold_lasts_1_to_86400_seconds(request.hold_seconds)
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
