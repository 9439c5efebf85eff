"""Assigning sets to accounts: what it would do, the confirmation, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from seriatim.domain.billing import Account
from seriatim.domain.errors import NotFound, Rejected
from seriatim.domain.limits import ACCOUNTS_ASSIGNED_AT_ONCE_MAX
from seriatim.domain.sequence_set import SequenceSet
from seriatim.service.account_sets import Assignment, Outcome, assign_set, review_assignment
from seriatim.service.accounts import get_account
from seriatim.service.document_desk import as_id
from seriatim.service.permissions import Right, require
from seriatim.service.sequence_sets import find_set_id
from seriatim.service.set_search import living_set_names
from seriatim.store.sql_store import Transaction
from seriatim.ui.accounts import FIELDS, accounts_page, wanted_accounts
from seriatim.ui.places import place_in, place_out
from seriatim.ui.rendering import marked
from seriatim.ui.visit import Visit

_TICKED: Final = "account."
_FILTER: Final = "filter."
_SHOWN_FIRST: Final = (Outcome.FAILED, Outcome.REFUSED, Outcome.GONE, Outcome.CHANGED)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the form asks for. Shape: `set_key` None takes sets away; `chosen` are ids of accounts;
    `after` is where a walk over all that match begins.
    """

    set_key: str | None
    chosen: Sequence[str]
    is_all: bool
    after: int
    fields: dict[str, str]

    @property
    def hidden(self) -> dict[str, str]:
        """What a later step of the same wish needs to know, beside accounts and set."""
        filters = {f"{_FILTER}{name}": value for name, value in self.fields.items()}
        return {**filters, "assign": "clear" if self.set_key is None else "give"}


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """Shape: `next_place` is where the walk goes on, "" where these were all."""

    given: SequenceSet | None
    assignments: Sequence[Assignment]
    next_place: str


def take(visit: Visit) -> Response:
    """One step: the look ahead, or what was confirmed."""
    require(visit.caller, Right.ISSUE)
    wish = _wish(visit)
    if visit.form.get("intent") == "save":
        return _assign(visit, wish)
    if wish.set_key == "":
        return _again(visit, wish, "to_set", marked("name the set, or take the sets away"))
    if not wish.is_all and not wish.chosen:
        return _again(visit, wish, "chosen", marked("Tick at least one account."))
    try:
        with visit.store.read() as transaction:
            reviewed = _review(visit, transaction, wish)
            names = (
                {} if reviewed is None else _names_before(visit, transaction, reviewed.assignments)
            )
    except Rejected as refusal:
        messages = [one.message for one in refusal.violations]
        return _list_again(visit, wish, {"to_set": messages})
    if reviewed is None:
        return _list_again(visit, wish, {})
    values = {
        **_told(reviewed.assignments),
        "given_name": reviewed.given.name if reviewed.given else "",
        "set_names": names,
        "next_place": reviewed.next_place,
        "hidden": {
            **wish.hidden,
            "to_set": reviewed.given.sequence_set_id if reviewed.given else "",
        },
        "changing": " ".join(
            one.account_id for one in reviewed.assignments if one.outcome is Outcome.CHANGED
        ),
        "at_once_max": ACCOUNTS_ASSIGNED_AT_ONCE_MAX,
    }
    return visit.page("account_sets_review.html", values)


def _assign(visit: Visit, wish: _Wish) -> Response:
    done = assign_set(visit.store, visit.caller, wish.chosen, wish.set_key, clock=visit.clock)
    with visit.store.read() as transaction:
        names = _names_before(visit, transaction, done)
        given = find_set_id(transaction, visit.caller, wish.set_key or "")
        given_names = living_set_names(transaction, visit.caller, {given} if given else ())
    values = {
        **_told(done),
        "given_name": given_names.get(given or "", ""),
        "set_names": names,
        "next_place": visit.form.get("next"),
        "hidden": {**wish.hidden, "to_set": wish.set_key or ""},
    }
    return visit.page("account_sets_done.html", values)


def _wish(visit: Visit) -> _Wish:
    form = visit.form
    ticked = [name.removeprefix(_TICKED) for name in form.fields if name.startswith(_TICKED)]
    ids = (as_id(key) for key in [*ticked, *form.get("accounts").split()])
    place = place_in(form.get("next"), int)
    return _Wish(
        set_key=None if form.get("assign") == "clear" else form.get("to_set"),
        chosen=list(dict.fromkeys(one for one in ids if one is not None)),
        is_all=form.get("intent") == "all",
        after=0 if place is None else place[0],
        fields={name: form.get(f"{_FILTER}{name}") for name in FIELDS},
    )


def _review(visit: Visit, transaction: Transaction, wish: _Wish) -> _Reviewed | None:
    """None where the filter itself is at fault. Errors: Rejected."""
    accounts, gone, next_place = list[Account](), list[Assignment](), ""
    if wish.is_all:
        wanted = wanted_accounts(visit, transaction, wish.fields)
        if wanted.faults:
            return None
        page = wanted.page(
            transaction,
            visit,
            after_position=wish.after,
            row_count=ACCOUNTS_ASSIGNED_AT_ONCE_MAX,
        )
        accounts += page.accounts
        next_place = "" if page.ends_at is None else place_out((page.ends_at,))
    else:
        for key in wish.chosen[: ACCOUNTS_ASSIGNED_AT_ONCE_MAX + 1]:
            try:
                accounts.append(get_account(transaction, visit.caller, key))
            except NotFound:
                gone.append(Assignment(key, None, Outcome.GONE))
    given, reviewed = review_assignment(transaction, visit.caller, accounts, wish.set_key)
    return _Reviewed(given, [*reviewed, *gone], next_place)


def _told(assignments: Sequence[Assignment]) -> dict[str, Any]:
    """How many there are of each outcome, and those worth a row: what went wrong stands first."""
    counts = Counter(one.outcome for one in assignments)
    rows = [one for outcome in _SHOWN_FIRST for one in assignments if one.outcome is outcome]
    return {"counts": {one.value: counts[one] for one in Outcome}, "rows": rows}


def _names_before(
    visit: Visit, transaction: Transaction, assignments: Sequence[Assignment]
) -> dict[str, str]:
    """The names of the sets that the accounts had before."""
    ids = {one.account.sequence_set_id for one in assignments if one.account} - {None}
    return living_set_names(transaction, visit.caller, {one for one in ids if one})


def _again(visit: Visit, wish: _Wish, name: str, fault: str) -> Response:
    return _list_again(visit, wish, {name: [visit.text(fault)]})


def _list_again(visit: Visit, wish: _Wish, faults: dict[str, list[str]]) -> Response:
    """The list as it was, with what was ticked and typed."""
    return accounts_page(
        visit, wish.fields, after=visit.form.get("page"), chosen=wish.chosen, faults=faults
    )
