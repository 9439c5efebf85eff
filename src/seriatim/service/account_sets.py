"""Giving a set to several accounts at once: what it would do, and doing it account by account.

Source: contract/documents.md, Resources: accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from seriatim.domain.billing import Account
from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.document_requests import AccountChange
from seriatim.domain.errors import Category, NotFound, Rejected, SeriatimError, Violation
from seriatim.domain.limits import ACCOUNTS_ASSIGNED_AT_ONCE_MAX
from seriatim.domain.rules.accounts import account_with_drafts_keeps_its_set, violation
from seriatim.domain.sequence_set import SequenceSet
from seriatim.domain.wording import told
from seriatim.service.accounts import get_account, update_account
from seriatim.service.permissions import Right, require
from seriatim.store.sql_store import SqlStore, Transaction

_ACCOUNTS_PER_TRANSACTION = 50


class Outcome(StrEnum):
    """What becomes, or became, of an account that is to get a set."""

    CHANGED = "changed"
    KEPT = "kept"  # it has the set already
    REFUSED = "refused"
    GONE = "gone"  # deleted meanwhile
    FAILED = "failed"  # by a fault of the service; nothing changed, or perhaps


@dataclass(frozen=True, slots=True)
class Assignment:
    """One account's part. Shape: `account` as it was before, None where it is gone; `reason` is
    empty unless the set was refused or could not be given.
    """

    account_id: str
    account: Account | None
    outcome: Outcome
    reason: str = ""


def review_assignment(
    transaction: Transaction, caller: Caller, accounts: Sequence[Account], set_key: str | None
) -> tuple[SequenceSet | None, list[Assignment]]:
    """The set that a key means, and what giving it to the accounts would do. Order: as given.

    Shape: `set_key` is an id, number or name; None takes the accounts' sets away.
    Errors: Rejected for an unknown set, or for more accounts than are done at once.
    """
    require(caller, Right.ISSUE)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    _require_bounded(len(accounts))
    row = None if set_key is None else books.get_set(set_key)
    if set_key is not None and row is None:
        message = told("no sequence set with the id, number or name '%(key)s'", key=set_key)
        raise Rejected([violation(Category.NOT_FOUND, message, "sequence_set_id")])
    wanted = None if row is None else row.sequence_set
    wanted_id = None if wanted is None else wanted.sequence_set_id
    reviewed: list[Assignment] = []
    for account in accounts:
        if account.sequence_set_id == wanted_id:
            reviewed.append(Assignment(account.account_id, account, Outcome.KEPT))
            continue
        has_drafts = books.is_account_drafting(account.account_id)
        faults = list(account_with_drafts_keeps_its_set(has_drafts=has_drafts))
        outcome = Outcome.REFUSED if faults else Outcome.CHANGED
        reviewed.append(Assignment(account.account_id, account, outcome, _reason(faults)))
    return wanted, reviewed


def assign_set(
    store: SqlStore,
    caller: Caller,
    account_ids: Sequence[str],
    set_key: str | None,
    *,
    clock: Clock,
) -> list[Assignment]:
    """Give the accounts a set, or take theirs away; what refuses one holds up no other.

    Order: by id. Cost: a transaction for every 50 accounts, so that nobody waits long for them.
    Errors: Rejected for more accounts than are done at once. A failure of the service ends it:
        what was not done says so.
    """
    require(caller, Right.ISSUE)
    _require_bounded(len(account_ids))
    change = AccountChange(changes_sequence_set=True, sequence_set=set_key)
    keys = sorted(set(account_ids))
    done: list[Assignment] = []
    while len(done) < len(keys):
        slice_ = keys[len(done) : len(done) + _ACCOUNTS_PER_TRANSACTION]
        try:
            done += store.run(partial(_assign, caller, slice_, change, clock))
        except SeriatimError as failure:
            left = keys[len(done) :]
            done += [Assignment(key, None, Outcome.FAILED, failure.message) for key in left]
    return done


def _assign(
    caller: Caller,
    account_ids: Sequence[str],
    change: AccountChange,
    clock: Clock,
    transaction: Transaction,
) -> list[Assignment]:
    """Order: accounts are locked by ascending id, as documents lock them."""
    # Nobody else changes accounts meanwhile, so that what is told of before was so.
    transaction.books(caller.tenant_id, caller.entity_id).lock_entity()
    done: list[Assignment] = []
    for key in account_ids:
        try:
            before = get_account(transaction, caller, key)
        except NotFound:
            done.append(Assignment(key, None, Outcome.GONE))
            continue
        try:
            after = update_account(transaction, caller, before.account_id, change, clock=clock)
        except Rejected as refusal:
            reason = _reason(refusal.violations)
            done.append(Assignment(key, before, Outcome.REFUSED, reason))
            continue
        outcome = Outcome.KEPT if after == before else Outcome.CHANGED
        done.append(Assignment(key, before, outcome))
    return done


def _require_bounded(account_count: int) -> None:
    """Errors: Rejected."""
    if account_count > ACCOUNTS_ASSIGNED_AT_ONCE_MAX:
        message = told(
            "at most %(most)s accounts are given a set at once", most=ACCOUNTS_ASSIGNED_AT_ONCE_MAX
        )
        raise Rejected([violation(Category.INVALID_VALUE, message, "accounts")])


def _reason(faults: Sequence[Violation]) -> str:
    if len(faults) == 1:
        return faults[0].message  # which can still be said in another language
    return "; ".join(one.message for one in faults)
