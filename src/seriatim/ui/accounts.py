"""Accounts: the list, and one account with the set that numbers its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from seriatim.service.accounts import AccountPage, SetGiven, get_account, list_accounts
from seriatim.service.sequence_sets import find_set_id
from seriatim.service.set_search import first_set_names, living_set_names
from seriatim.store.sql_store import Transaction
from seriatim.ui.places import place_in, place_out
from seriatim.ui.rendering import marked
from seriatim.ui.visit import KINDS, Visit

FIELDS: Final = ("number", "set", "without")
_ROWS_SHOWN: Final = 25
_SET_NAMES_OFFERED: Final = 100


@dataclass(frozen=True, slots=True)
class AccountsWanted:
    """The filters of the list as they were asked for. Shape: `faults` by the fields' names."""

    fields: Mapping[str, str]
    number: str | None = None
    given: SetGiven | None = None
    faults: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])

    def page(
        self, transaction: Transaction, visit: Visit, *, after_position: int, row_count: int
    ) -> AccountPage:
        return list_accounts(
            transaction,
            visit.caller,
            number=self.number,
            given=self.given,
            after_position=after_position,
            row_count=row_count,
        )


def show_list(visit: Visit) -> Response:
    fields = {name: visit.asked(name) for name in FIELDS}
    return accounts_page(visit, fields, after=visit.asked("after"))


def show(visit: Visit) -> Response:
    with visit.store.read() as transaction:
        account = get_account(transaction, visit.caller, visit.path_value("key"))
        set_id = account.sequence_set_id
        set_names = living_set_names(transaction, visit.caller, {set_id} if set_id else ())
        offered = first_set_names(transaction, visit.caller, row_count=_SET_NAMES_OFFERED)
    values: dict[str, Any] = {
        "account": account,
        "set_name": set_names.get(set_id or ""),
        "offered": offered,
        "kinds": [(one, path) for one, path in KINDS.items() if visit.place.settings.shows(one)],
        "faults": {},
        "filter": {},
        "page_place": "",
    }
    return visit.page("account.html", values)


def wanted_accounts(
    visit: Visit, transaction: Transaction, fields: Mapping[str, str]
) -> AccountsWanted:
    """What the fields of the list's form ask for."""
    given = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    number, set_key, without = (given.get(name) for name in FIELDS)
    if set_key is None:
        return AccountsWanted(given, number, SetGiven(None) if without else None)
    if without:
        fault = visit.text(marked("leave it empty to see accounts without a set"))
        return AccountsWanted(given, number, None, {"set": [fault]})
    set_id = find_set_id(transaction, visit.caller, set_key)
    if set_id is None:
        fault = visit.text(marked("names no sequence set"))
        return AccountsWanted(given, number, None, {"set": [fault]})
    return AccountsWanted(given, number, SetGiven(set_id))


def accounts_page(
    visit: Visit,
    fields: Mapping[str, str],
    *,
    after: str,
    chosen: Sequence[str] = (),
    faults: Mapping[str, list[str]] | None = None,
) -> Response:
    """The list. Shape: `chosen` are the ids of accounts that were ticked, on this page or another;
    `faults` are those of the assignment that was asked for.
    """
    place = place_in(after, int)
    with visit.store.read() as transaction:
        wanted = wanted_accounts(visit, transaction, fields)
        found = AccountPage([])
        if not wanted.faults:
            found = wanted.page(
                transaction,
                visit,
                after_position=0 if place is None else place[0],
                row_count=_ROWS_SHOWN,
            )
        set_ids = {one.sequence_set_id for one in found.accounts if one.sequence_set_id}
        names = living_set_names(transaction, visit.caller, set_ids)
        offered = first_set_names(transaction, visit.caller, row_count=_SET_NAMES_OFFERED)
    shown = {one.account_id for one in found.accounts}
    next_place = "" if found.ends_at is None else place_out((found.ends_at,))
    narrowed = dict(wanted.fields)
    values: dict[str, Any] = {
        "accounts": found.accounts,
        "names": names,
        "offered": offered,
        "fields": {name: narrowed.get(name, "") for name in FIELDS},
        "faults": {**wanted.faults, **(faults or {})},
        "filter": narrowed,
        "page_place": after if place is not None else "",
        "chosen": set(chosen),
        "chosen_elsewhere": [one for one in chosen if one not in shown],
        "is_narrowed": bool(narrowed),
        "is_first_page": place is None,
        "first_url": f"?{urlencode(narrowed)}",
        "next_url": f"?{urlencode({**narrowed, 'after': next_place})}" if next_place else "",
    }
    return visit.page("accounts.html", values, status=422 if values["faults"] else 200)
