"""Which numbers a certificate is to account for.

Source: docs/reference/certificates.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from seriatim.domain.document_number import NumberRange, format_number, parse_number
from seriatim.domain.errors import Category, Rejected, Violation
from seriatim.domain.sequence_set import Series
from seriatim.domain.wording import told
from seriatim.engine.certificate import Period
from seriatim.store.sql_store import EntityBooks

RESOURCE = "certificate"


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What to certify: a range by its document numbers, or the numbers of a period; or all.

    Shape: an end of the range that is left out is the series' own; a period has both ends.
    """

    first_number: str | None = None
    last_number: str | None = None
    period_start: date | None = None
    period_end: date | None = None

    @property
    def is_by_period(self) -> bool:
        return self.period_start is not None or self.period_end is not None


class CertifiedRange:
    """What a request asks for, in numbers of the series as it stands."""

    def __init__(self, books: EntityBooks, series: Series, request: CertificateRequest) -> None:
        self._books = books
        self._series = series
        self._request = request
        start, end = request.period_start, request.period_end
        self.period = None if start is None or end is None else Period(start, end)

    def numbers(self, shape_faults: Sequence[Violation]) -> NumberRange:
        """Errors: Rejected with every fault."""
        series, faults = self._series, list(shape_faults)
        if faults:
            raise Rejected(faults)
        if series.last_number < series.origin:
            message = told("the series has given no number yet")
            raise Rejected([certificate_fault(Category.RULE, message)])
        whole = NumberRange(series.origin, series.last_number)
        numbers = self._dated(whole) if self._request.is_by_period else self._given(whole)
        if numbers.first > numbers.last:
            message = told("must not lie before the first number")
            raise Rejected([certificate_fault(Category.RULE, message, "last_number")])
        return numbers

    def _given(self, whole: NumberRange) -> NumberRange:
        request, faults = self._request, list[Violation]()
        first = self._parsed("first_number", request.first_number, whole.first, whole, faults)
        last = self._parsed("last_number", request.last_number, whole.last, whole, faults)
        if faults:
            raise Rejected(faults)
        return NumberRange(first, last)

    def _parsed(
        self,
        field: str,
        text: str | None,
        otherwise: int,
        whole: NumberRange,
        faults: list[Violation],
    ) -> int:
        prefix = self._series.prefix
        number = otherwise if text is None else parse_number(prefix, text)
        if number is None:
            message = told(
                "'%(text)s' is not a number of the series '%(prefix)s'", text=text, prefix=prefix
            )
            faults.append(certificate_fault(Category.INVALID_VALUE, message, field))
            return otherwise
        if not whole.first <= number <= whole.last:
            message = told(
                "must lie within what the series has given: %(first)s to %(last)s",
                first=format_number(prefix, whole.first),
                last=format_number(prefix, whole.last),
            )
            faults.append(certificate_fault(Category.RULE, message, field))
        return number

    def _dated(self, whole: NumberRange) -> NumberRange:
        faults = self._period_faults()
        if faults or self.period is None:
            raise Rejected(faults)
        found = self._books.find_numbers_dated(
            self._series.key.series_id,
            period=(self.period.first, self.period.last),
            within=whole,
            up_to_entry_number=self._series.last_entry_number,
        )
        if found is None:
            message = told("no number of the series has a document date in this period")
            raise Rejected([certificate_fault(Category.RULE, message, "period_start")])
        return found

    def _period_faults(self) -> list[Violation]:
        request = self._request
        lacking = told("is required: a period has two ends")
        faults = [
            certificate_fault(Category.MISSING_FIELD, lacking, field)
            for field, day in (
                ("period_start", request.period_start),
                ("period_end", request.period_end),
            )
            if day is None
        ]
        if self.period is not None and self.period.last < self.period.first:
            message = told("must not lie before the start")
            faults.append(certificate_fault(Category.RULE, message, "period_end"))
        for field in ("first_number", "last_number"):
            if getattr(request, field) is not None:
                message = told("cannot stand beside a period")
                faults.append(certificate_fault(Category.RULE, message, field))
        return faults


def certificate_fault(category: Category, message: str, *path: str) -> Violation:
    return Violation(RESOURCE, path, category, message)
