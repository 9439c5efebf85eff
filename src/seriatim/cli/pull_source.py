"""The server that numbers are pulled from: any that speaks the original's public API.

Nothing is changed there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from seriatim.cli.backend import ACCOUNTS, SEQUENCE_SETS, Call, Json, Reply
from seriatim.cli.faults import (
    AnswerNotUnderstood,
    RefusedByService,
    ServerUnreachable,
    UsageFault,
    kind_of,
)
from seriatim.cli.input_files import read_lines
from seriatim.cli.progress import Progress
from seriatim.cli.pull_books import DEFAULT, Books, ShownSet, read_set, text_in, text_or_none
from seriatim.cli.refusals import refusal_of
from seriatim.cli.repeating import settled
from seriatim.cli.reporting import lines_of
from seriatim.cli.server_client import Credentials, ServerClient
from seriatim.domain.document_number import fold
from seriatim.domain.errors import (
    Conflict,
    EditedSince,
    NotAuthenticated,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    SeriatimError,
    StoreUnavailable,
)
from seriatim.domain.limits import PAGE_SIZE_MAX

OBJECT_QUERY: Final = ("object-query", "accounts")
OBJECT_QUERY_PAGE_SIZE: Final = 50  # the original refuses more
PAGES_MAX: Final = 100_000
_OF_ONE_THING: Final = (Rejected, NotFound, Conflict, EditedSince)
_OF_THE_WHOLE_SOURCE: Final = (
    NotAuthenticated,
    OutcomeUnknown,
    Overloaded,
    ServerUnreachable,
    StoreUnavailable,
)


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """An account of the source. Shape: `set_id` is None where DEFAULT numbers it; `problem` says
    why the account could not be read.
    """

    number: str
    set_id: str | None = None
    problem: str | None = None


def is_of_one_thing(error: SeriatimError) -> bool:
    """Whether an error is about the one thing asked for, so that others may still succeed."""
    return issubclass(kind_of(error), _OF_ONE_THING)


def is_of_the_whole_source(error: SeriatimError) -> bool:
    """Whether an error would meet any other request too."""
    return issubclass(kind_of(error), _OF_THE_WHOLE_SOURCE)


class SourceServer:
    """Shape: `url` is what messages name it by. `entity` picks one of several entities."""

    def __init__(self, url: str, credentials: Credentials, entity: str | None) -> None:
        self.url = url
        self._client = ServerClient(url, credentials)
        self._headers = {} if entity is None else {"Zuora-Entity-Ids": entity}

    def call(self, call: Call) -> Reply:
        """Errors: RefusedByService, whatever happened, with the address of the source."""
        try:
            return settled(call, lambda: self._once(call))
        except SeriatimError as error:
            raise RefusedByService(kind_of(error), self._lines(error)) from error

    def close(self) -> None:
        """Nothing stays open between two calls."""

    def read_books(self, progress: Progress) -> Books:
        """Errors: AnswerNotUnderstood beside those of a call."""
        call = Call("GET", SEQUENCE_SETS, query={"pageSize": str(PAGE_SIZE_MAX)})
        found: list[ShownSet] = []
        for body in self._read_all(call, "sequenceSets"):
            place = f"{self.url}: sequenceSets[{len(found)}]"
            found.append(read_set(body, place))
            progress("reading the sets of the source", len(found), None)
        books = Books(found)
        if books.named(DEFAULT) is None:  # whoever may see nothing would find all of it equal
            raise AnswerNotUnderstood(f"{self.url}: sequenceSets: there is no set {DEFAULT}")
        return books

    def list_accounts(self, progress: Progress) -> list[SourceAccount]:
        """Every account, in the way that the source has: a list, as ours, or an object query, as
        the original's.

        Errors: RefusedByService with what each way was refused for.
        """
        ways = (
            (Call("GET", ACCOUNTS, query={"pageSize": str(PAGE_SIZE_MAX)}), "accounts"),
            (Call("GET", OBJECT_QUERY, query={"pageSize": str(OBJECT_QUERY_PAGE_SIZE)}), "data"),
        )
        refusals: list[str] = []
        for call, name in ways:
            found: dict[str, SourceAccount] = {}
            try:
                for body in self._read_all(call, name):
                    account = _account_in(body, f"{self.url}: {name}[{len(found)}]")
                    found.setdefault(fold(account.number), account)
                    progress("reading the accounts of the source", len(found), None)
            except SeriatimError as error:
                if found or is_of_the_whole_source(error):
                    raise
                refusals += [f"{line} (GET {call.path})" for line in lines_of(error)]
            else:
                return list(found.values())
        advice = "the source lists no accounts: name them with --accounts FILE, or give --sets-only"
        raise RefusedByService(Rejected, [*refusals, advice])

    def find_accounts(self, numbers: Sequence[str], progress: Progress) -> list[SourceAccount]:
        """These accounts, one at a time; one that cannot be read says why."""
        found = []
        for number in numbers:
            try:
                body = self.read_account(number)
                account = replace(_account_in(body, f"{self.url}: {number}"), number=number)
            except SeriatimError as error:
                if not is_of_one_thing(error):
                    raise
                account = SourceAccount(number, problem="; ".join(lines_of(error)))
            found.append(account)
            progress("reading the accounts of the source", len(found), len(numbers))
        return found

    def read_account(self, number: str) -> Json:
        return self.call(Call("GET", (*ACCOUNTS, number))).body

    def _lines(self, error: SeriatimError) -> list[str]:
        """What happened, each line with the address of the source."""
        lines = [line if self.url in line else f"{self.url}: {line}" for line in lines_of(error)]
        return [*lines, error.detail] if error.detail else lines

    def _once(self, call: Call) -> Reply:
        target = call.path + (f"?{urlencode(call.query)}" if call.query else "")
        answer = self._client.send(call.method, target, headers=self._headers, body=call.body)
        # An object query says nothing of success; an empty object was no JSON.
        if answer.status != 200 or answer.body.get("success", True) is not True or not answer.body:
            raise refusal_of(answer.status, answer.body)
        return Reply(answer.body)

    def _read_all(self, call: Call, name: str) -> Iterator[Mapping[str, Any]]:
        """Every item of a list. Of the next page only its query counts, or it is a bare cursor, as
        an object query gives it: no answer leads the credentials to another host.
        """
        seen: set[str] = set()
        while len(seen) < PAGES_MAX:
            body = self.call(call).body
            items, next_page = body.get(name), text_or_none(body.get("nextPage"))
            if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
                raise AnswerNotUnderstood(f"{self.url}: {name}: is no list of objects")
            yield from items
            if next_page is None:
                return
            if next_page in seen:
                raise AnswerNotUnderstood(f"{self.url}: nextPage: leads back to a page before it")
            seen.add(next_page)
            call = replace(call, query=_query_of(next_page, call.query))
        raise AnswerNotUnderstood(f"{self.url}: {name}: has more than {PAGES_MAX} pages")


def _query_of(next_page: str, query: Mapping[str, str]) -> dict[str, str]:
    if next_page.startswith(("http://", "https://", "/")):
        return dict(parse_qsl(urlsplit(next_page).query))
    return {**query, "cursor": next_page}


def _account_in(body: Mapping[str, Any], place: str) -> SourceAccount:
    """An account, as a list, an object query or a read of one gives it."""
    basics = body.get("basicInfo")
    info = basics if isinstance(basics, dict) else body
    number = text_in(info, "accountNumber", place)
    return SourceAccount(number, text_or_none(info.get("sequenceSetId")))


def numbers_in_file(source: str) -> list[str]:
    """The account numbers of a file, each once: one a line, or a column of a CSV file.

    Shape: the column whose title is some form of "account number"; without one, the first.
    Errors: UsageFault.
    """
    try:
        rows = [row for row in csv.reader(read_lines(source)) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UsageFault(f"{source}: is no CSV: {error}") from None
    if rows:
        rows[0][0] = rows[0][0].removeprefix("\ufeff")
    titles = [re.sub(r"[^a-z]", "", cell.lower()) for cell in rows[0]] if rows else []
    column = next((at for at, one in enumerate(titles) if one.endswith("accountnumber")), None)
    if column is not None:
        rows = rows[1:]
    cells = [row[column or 0].strip() for row in rows if len(row) > (column or 0)]
    found: dict[str, str] = {}
    for cell in cells:
        if cell:
            found.setdefault(fold(cell), cell)
    if not found:
        raise UsageFault(f"{source}: holds no account numbers")
    return list(found.values())
