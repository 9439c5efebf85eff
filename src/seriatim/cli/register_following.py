"""Following the register: what is there, then each number as it is given."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Final

from seriatim.cli.backend import DOCUMENT_NUMBERS, SEQUENCE_SETS, SERIES, Backend, Call, Json, pages
from seriatim.cli.faults import kind_of
from seriatim.domain.document_number import fold, format_number, parse_number
from seriatim.domain.errors import NotFound, SeriatimError

POLL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a series was followed: the next number to show, the entries it had then."""

    next_number: int
    entries: int


class Following:
    """Shape: `query` are filters of the list of document numbers; a new number is judged by the
        state in which it is given.
    Cost: keeps one place a series and no row; a request a second while nothing happens.
    """

    def __init__(self, backend: Backend, query: Mapping[str, str]) -> None:
        self._backend = backend
        self._query = query
        self._set_id = self._find_set_id()
        self._places: dict[str, _Place] = {}

    def rows(self) -> Iterator[Json]:
        """Order: the numbers found, as the search gives them; then new ones, in each series by
        number. None is shown twice or left out between the two.
        """
        yield from self._found()
        while True:
            sys.stdout.flush()
            sleep(POLL_SECONDS)
            for series in self._series():
                yield from self._new(series)

    def _find_set_id(self) -> str | None:
        """The set as it is called now. Errors: NotFound."""
        key = self._query.get("sequenceSet")
        if key is None:
            return None
        return str(self._backend.call(Call("GET", (*SEQUENCE_SETS, key))).body["id"])

    def _series(self) -> Iterator[Json]:
        document_type, prefix = self._query.get("documentType"), self._query.get("prefix")
        for one in pages(self._backend, SERIES, "series"):
            is_wanted = document_type in (None, one["documentType"]) and (
                prefix is None or fold(prefix) == fold(one["prefix"])
            )
            if is_wanted:
                yield one

    def _found(self) -> Iterator[Json]:
        """What each series had when it was first looked at; what comes meanwhile is new."""
        ends: dict[tuple[str, str], int] = {}
        for one in self._series():
            self._places[one["id"]] = _Place(one["nextNumber"], one["entries"])
            ends[one["prefix"], one["documentType"]] = one["nextNumber"]
        for row in pages(self._backend, DOCUMENT_NUMBERS, "documentNumbers", self._query):
            number = parse_number(row["prefix"], row["firstNumber"])
            end = ends.get((row["prefix"], row["documentType"]), 0)
            if number is None or number < end:
                yield row

    def _new(self, series: Json) -> Iterator[Json]:
        place = self._places.get(series["id"])
        if place is None or place.entries == 0:
            # Until its first entry, a series may be told to begin elsewhere.
            place = _Place(series["origin"], 0)
        number, end = place.next_number, series["nextNumber"]
        while number < end:
            account = self._account(format_number(series["prefix"], number))
            if account is None:
                break  # a hole, which `gaps` and `verify` tell of
            row, number = _row_and_next(series, account, number)
            self._places[series["id"]] = _Place(number, series["entries"])
            if row is not None and self._accepts(row):
                yield row

    def _account(self, number: str) -> Json | None:
        call = Call("GET", (*DOCUMENT_NUMBERS, number), runs_long=True)
        try:
            return self._backend.call(call).body
        except SeriatimError as error:
            if issubclass(kind_of(error), NotFound):
                return None
            raise

    def _accepts(self, row: Json) -> bool:
        query, day = self._query, row["documentDate"]
        return (
            query.get("reference") in (None, row["reference"])
            and query.get("state") in (None, row["state"])
            and self._set_id in (None, row["sequenceSetId"])
            and ("from" not in query or (day is not None and day >= query["from"]))
            and ("to" not in query or (day is not None and day <= query["to"]))
        )


def _row_and_next(series: Json, account: Json, number: int) -> tuple[Json | None, int]:
    """The entry that gave a number, as a row of the list, and the number behind it.

    Shape: no row where the text belongs to another series, which shows it.
    """
    if account["seriesId"] != series["id"]:
        return None, number + 1
    given = account["history"][0]
    first = parse_number(series["prefix"], given["firstNumber"]) or number
    last = parse_number(series["prefix"], given["lastNumber"]) or number
    row = {
        "firstNumber": given["firstNumber"],
        "lastNumber": given["lastNumber"],
        "count": last - first + 1,
        "documentType": series["documentType"],
        "prefix": series["prefix"],
        "sequenceSetId": account["sequenceSetId"],
        "state": given["kind"],
        "reason": given["reason"],
        "documentDate": account["documentDate"],
        "reference": account["reference"],
        "entryId": account["entryId"],
        "issuedAt": account["issuedAt"],
    }
    return row, last + 1
