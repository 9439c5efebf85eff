"""A draft or document that is being made holds its set and account, though nobody sees it yet.

On PostgreSQL, where two transactions run side by side; SQLite has one writer at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from seriatim.domain.document_requests import AccountChange
from seriatim.domain.errors import Rejected, SeriatimError
from seriatim.domain.rules.accounts import account_with_drafts_keeps_its_set
from seriatim.service.account_sets import Outcome, assign_set
from seriatim.service.accounts import delete_account, update_account
from seriatim.service.numbers import carry_out_documents
from seriatim.store.sql_store import SqlStore, Transaction
from tests.conformance.desk import Desk, error_of, execute, new_desk
from tests.conformance.document_desk import DocumentDesk
from tests.samples import new_set

BLOCKED = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def office(postgres_shared_store: SqlStore) -> DocumentDesk:
    desk = new_desk(postgres_shared_store)
    desk.create(new_set("FR"))
    return DocumentDesk(desk)


def _delete_set(office: DocumentDesk) -> object:
    return office.desk.delete("FR")


def _delete_account(office: DocumentDesk) -> object:
    desk, key = office.desk, office.account.account_id
    return desk.run(lambda tx: delete_account(tx, desk.asking(), key, clock=desk.clock))


def _change_set_of_account(office: DocumentDesk) -> object:
    desk, key = office.desk, office.account.account_id
    change = AccountChange(changes_sequence_set=True, sequence_set="FR")
    return desk.run(lambda tx: update_account(tx, desk.asking(), key, change, clock=desk.clock))


def _assign_set_to_accounts(office: DocumentDesk) -> object:
    desk = office.desk
    others = [office.new_account().account_id for _ in range(3)]
    ids = [*others, office.account.account_id]
    done = assign_set(desk.store, desk.asking(), ids, "FR", clock=desk.clock)
    refused = [one for one in done if one.outcome is Outcome.REFUSED]
    assert len(done) - len(refused) == len(others)
    if refused:
        raise Rejected(account_with_drafts_keeps_its_set(has_drafts="draft" in refused[0].reason))
    return done


@pytest.mark.parametrize(
    "attempt", [_delete_set, _delete_account, _change_set_of_account, _assign_set_to_accounts]
)
def test_change_that_a_draft_forbids_waits_for_one_that_is_being_made(
    office: DocumentDesk, attempt: Callable[[DocumentDesk], object]
) -> None:
    outcomes: list[SeriatimError | None] = []
    other = threading.Thread(target=lambda: outcomes.append(error_of(lambda: attempt(office))))

    def make(transaction: Transaction) -> None:
        order = office.invoice_order(sequence_set="FR")
        carry_out_documents(transaction, office.desk.asking(), [order], clock=office.desk.clock)
        if not outcomes and not other.is_alive():
            other.start()
        _until_blocked_or_done(office.desk, other)

    office.desk.run(make)
    other.join(30)
    (refusal,) = outcomes
    assert isinstance(refusal, Rejected), "the draft was not seen"


def _until_blocked_or_done(desk: Desk, thread: threading.Thread) -> None:
    while thread.is_alive() and not execute(desk.store, BLOCKED):
        thread.join(0.01)
