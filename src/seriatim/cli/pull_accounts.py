"""The accounts of a pull: which set numbers each, and bringing the target to that."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from seriatim.cli.backend import ACCOUNTS, Backend, Call, Json, pages
from seriatim.cli.faults import kind_of
from seriatim.cli.progress import Progress
from seriatim.cli.pull_books import DEFAULT, Books
from seriatim.cli.pull_source import SourceAccount, SourceServer, is_of_one_thing
from seriatim.cli.reporting import lines_of
from seriatim.domain.document_number import fold
from seriatim.domain.errors import NotFound, SeriatimError
from seriatim.http.wire.kept_fields import NewContact

Action = Literal["create", "assign", "keep", "missing"]

ASKED_ONE_BY_ONE_MAX: Final = 40  # more than a page of them: then reading the whole list is cheaper


@dataclass(slots=True)
class PlannedAccount:
    """One account of the source.

    Shape: sets are named, DEFAULT where the account has none; `wanted` is None where the set is
        not known, `before` where the target has no such account, and so `account_id`.
    """

    number: str
    wanted: str | None
    before: str | None = None
    account_id: str | None = None
    action: Action = "keep"
    problem: str | None = None
    is_done: bool = False

    @property
    def is_waiting(self) -> bool:
        return self.action in ("create", "assign") and self.wanted is not None


def planned_accounts(
    backend: Backend,
    accounts: Sequence[SourceAccount],
    source: Books,
    target: Books,
    progress: Progress,
    *,
    creates: bool,
) -> list[PlannedAccount]:
    """What is to be done with each account. Accounts of one number are the same account."""
    plans = [_wanted(one, source) for one in accounts]
    current = _read_target(backend, [one.number for one in plans], progress)
    for plan in plans:
        shown = current.get(fold(plan.number))
        if shown is None:
            plan.action = "create" if creates else "missing"
            continue
        plan.account_id, set_id = shown
        found = target.with_id(set_id) if set_id else None
        plan.before = found.name if found else DEFAULT
        if plan.wanted is not None and fold(plan.wanted) != fold(plan.before):
            plan.action = "assign"
    return plans


def carry_out(
    backend: Backend,
    source: SourceServer,
    plans: Sequence[PlannedAccount],
    target: Books,
    progress: Progress,
) -> None:
    """Assign and create, account by account; a refusal stays with its account.

    Errors: those that are not about one account; what was done before stays.
    """
    waiting = [one for one in plans if one.is_waiting]
    for done, plan in enumerate(waiting):
        progress("copying the accounts", done, len(waiting))
        try:
            _carry(backend, source, plan, target)
        except SeriatimError as error:
            if not is_of_one_thing(error):
                raise
            plan.problem = "; ".join(lines_of(error))
        else:
            plan.is_done = True


def reread(
    backend: Backend, plans: Sequence[PlannedAccount], target: Books, progress: Progress
) -> dict[str, str]:
    """The set of each account on the target as it is now, by the account's folded number."""
    current = _read_target(backend, [one.number for one in plans], progress)
    found = {}
    for number, (_, set_id) in current.items():
        shown = target.with_id(set_id) if set_id else None
        found[number] = shown.name if shown else DEFAULT
    return found


def _wanted(account: SourceAccount, source: Books) -> PlannedAccount:
    if account.problem is not None:
        return PlannedAccount(account.number, None, problem=account.problem)
    if account.set_id is None:
        return PlannedAccount(account.number, DEFAULT)
    found = source.with_id(account.set_id)
    if found is None:
        problem = f"the source has no sequence set of the id {account.set_id}"
        return PlannedAccount(account.number, None, problem=problem)
    return PlannedAccount(account.number, found.name)


_Shown = tuple[str, str | None]


def _read_target(backend: Backend, numbers: Sequence[str], progress: Progress) -> dict[str, _Shown]:
    """The id of each account that there is, and of its set."""
    found: dict[str, _Shown] = {}
    stage = "reading the accounts of the target"
    if len(numbers) <= ASKED_ONE_BY_ONE_MAX:
        for number in numbers:
            try:
                shown = backend.call(Call("GET", (*ACCOUNTS, number))).body
            except SeriatimError as error:
                if not issubclass(kind_of(error), NotFound):
                    raise
            else:
                found |= _basics(shown)
        return found
    asked_for = {fold(number) for number in numbers}
    for done, account in enumerate(pages(backend, ACCOUNTS, "accounts")):
        progress(stage, done, None)
        found |= {key: one for key, one in _basics(account).items() if key in asked_for}
    return found


def _basics(account: Json) -> dict[str, _Shown]:
    info = account["basicInfo"]
    return {fold(info["accountNumber"]): (info["id"], info.get("sequenceSetId"))}


def _carry(backend: Backend, source: SourceServer, plan: PlannedAccount, target: Books) -> None:
    name = plan.wanted or DEFAULT
    found = target.named(name)
    if found is None:
        raise NotFound("sequence_set", name)
    set_id = None if found.is_default else found.set_id
    if plan.account_id is not None:
        body: Json = {"sequenceSetId": set_id}
        backend.call(Call("PUT", (*ACCOUNTS, plan.account_id), body=body, is_idempotent=True))
        return
    body = _new_account(source.read_account(plan.number), plan.number)
    if set_id is not None:
        body["sequenceSetId"] = set_id
    backend.call(Call("POST", ACCOUNTS, body=body, idempotency_key=str(uuid.uuid4())))


def _new_account(shown: Json, number: str) -> Json:
    """What an account is made with: its names, its currency, its contact; and nothing else."""
    contact = _part(shown, "billToContact")
    return {
        "accountNumber": number,
        "name": _part(shown, "basicInfo").get("name"),
        "currency": _part(shown, "billingAndPayment").get("currency"),
        "billToContact": {
            name: value
            for name, value in contact.items()
            if name in NewContact.model_fields and value not in (None, "")
        },
    }


def _part(shown: Json, name: str) -> dict[str, Any]:
    part = shown.get(name)
    return part if isinstance(part, dict) else {}
