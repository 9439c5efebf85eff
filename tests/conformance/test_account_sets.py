"""Sets given to many accounts at once, and the lists to choose them from, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seriatim.domain.billing import Account
from seriatim.domain.caller import Role
from seriatim.domain.errors import NotPermitted, OutcomeUnknown, Rejected
from seriatim.domain.limits import ACCOUNTS_ASSIGNED_AT_ONCE_MAX
from seriatim.service.account_sets import Assignment, Outcome, assign_set, review_assignment
from seriatim.service.accounts import SetGiven, delete_account, get_account, list_accounts
from seriatim.service.sequence_sets import find_set_id
from seriatim.store.sql_store import SqlStore, Transaction
from tests.conformance.desk import Desk
from tests.conformance.document_desk import DocumentDesk
from tests.samples import new_set

CHANGED, KEPT, REFUSED, GONE = Outcome.CHANGED, Outcome.KEPT, Outcome.REFUSED, Outcome.GONE


@pytest.fixture
def office(desk: Desk) -> DocumentDesk:
    desk.create(new_set("FR"), new_set("EU"))
    return DocumentDesk(desk)


def _set_id(office: DocumentDesk, name: str) -> str:
    with office.desk.store.read() as transaction:
        found = find_set_id(transaction, office.desk.caller, name)
    assert found is not None
    return found


def _set_of(office: DocumentDesk, account: Account) -> str | None:
    with office.desk.store.read() as transaction:
        return get_account(transaction, office.desk.caller, account.account_id).sequence_set_id


def _review(office: DocumentDesk, key: str | None, *accounts: Account) -> list[Assignment]:
    with office.desk.store.read() as transaction:
        return review_assignment(transaction, office.desk.caller, accounts, key)[1]


def _assign(office: DocumentDesk, key: str | None, *accounts: Account) -> dict[str, Assignment]:
    ids = [one.account_id for one in accounts]
    done = assign_set(office.desk.store, office.desk.asking(), ids, key, clock=office.desk.clock)
    assert [one.account_id for one in done] == sorted(set(ids))
    return {one.account_id: one for one in done}


def _found(office: DocumentDesk, **wanted: Any) -> list[str]:
    """Account numbers, read in pages of two."""
    numbers, after = list[str](), 0
    while True:
        with office.desk.store.read() as transaction:
            page = list_accounts(
                transaction, office.desk.caller, after_position=after, row_count=2, **wanted
            )
        numbers += [one.account_number for one in page.accounts]
        if page.ends_at is None:
            return numbers
        after = page.ends_at


def test_review_tells_what_assigning_then_does(office: DocumentDesk) -> None:
    plain, has_it, drafting = office.account, office.new_account("FR"), office.new_account("EU")
    office.invoice(account=drafting)
    reviewed = _review(office, "fr", plain, has_it, drafting)
    assert [one.outcome for one in reviewed] == [CHANGED, KEPT, REFUSED]
    assert "draft" in reviewed[2].reason
    assert _set_of(office, plain) is None
    done = _assign(office, "fr", plain, has_it, drafting)
    for one in reviewed:
        assert done[one.account_id] == one
    french, european = _set_id(office, "FR"), _set_id(office, "EU")
    sets = [_set_of(office, one) for one in (plain, has_it, drafting)]
    assert sets == [french, french, european]


def test_sets_are_taken_away_from_several(office: DocumentDesk) -> None:
    accounts = [office.new_account("FR"), office.new_account("EU"), office.account]
    done = _assign(office, None, *accounts)
    assert [done[one.account_id].outcome for one in accounts] == [CHANGED, CHANGED, KEPT]
    assert [_set_of(office, one) for one in accounts] == [None] * 3


def test_every_change_stands_in_the_audit_trail_with_before_and_after(
    office: DocumentDesk,
) -> None:
    accounts = [office.new_account("FR") for _ in range(3)]
    _assign(office, "EU", *accounts)
    trail = office.desk.audit_trail()[-3:]
    assert {one.subject_id for one in trail} == {one.account_id for one in accounts}
    for one in trail:
        assert (one.action, one.subject_kind) == ("update", "account")
        assert _set_id(office, "FR") in (one.state_before or "")
        assert _set_id(office, "EU") in (one.state_after or "")
    numbers = [one.audit_number for one in trail]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_account_deleted_meanwhile_holds_up_no_other(office: DocumentDesk) -> None:
    gone = office.new_account()
    office.desk.run(
        lambda transaction: delete_account(
            transaction, office.desk.asking(), gone.account_id, clock=office.desk.clock
        )
    )
    done = _assign(office, "FR", gone, office.account)
    assert done[gone.account_id] == Assignment(gone.account_id, None, GONE)
    assert done[office.account.account_id].outcome is CHANGED


def test_set_deleted_meanwhile_is_told_of_each_account(office: DocumentDesk) -> None:
    done = _assign(office, "GONE", office.account)[office.account.account_id]
    assert done.outcome is REFUSED
    assert "no sequence set" in done.reason
    with pytest.raises(Rejected, match="no sequence set"):
        _review(office, "GONE", office.account)


def test_more_accounts_than_one_transaction_takes_are_all_done(office: DocumentDesk) -> None:
    accounts = [office.new_account() for _ in range(103)]
    office.invoice(account=accounts[60])
    done = _assign(office, "FR", *accounts, accounts[0])
    outcomes = [done[one.account_id].outcome for one in accounts]
    assert outcomes.count(CHANGED) == 102
    assert outcomes[60] is REFUSED


def test_more_accounts_than_are_done_at_once_are_refused(office: DocumentDesk) -> None:
    one = office.account
    many = [replace(one, account_id=f"{n:032x}") for n in range(ACCOUNTS_ASSIGNED_AT_ONCE_MAX + 1)]
    for attempt in (_assign, _review):
        with pytest.raises(Rejected, match=f"at most {ACCOUNTS_ASSIGNED_AT_ONCE_MAX}"):
            attempt(office, "FR", *many)


def test_failure_between_transactions_says_what_was_done_and_what_not(
    office: DocumentDesk,
) -> None:
    accounts = [office.new_account() for _ in range(120)]

    class Failing(SqlStore):
        runs = 0

        def run(self, work: Callable[[Transaction], Any]) -> Any:
            self.runs += 1
            if self.runs == 2:
                raise OutcomeUnknown("the connection broke")
            return super().run(work)

    store = Failing(office.desk.store.database)
    ids = [one.account_id for one in accounts]
    done = assign_set(store, office.desk.asking(), ids, "FR", clock=office.desk.clock)
    outcomes = [one.outcome for one in done]
    assert outcomes == [CHANGED] * 50 + [Outcome.FAILED] * 70
    assert {one.reason for one in done[50:]} == {"the connection broke"}
    assert store.runs == 2
    french = _set_id(office, "FR")
    assert [_set_of(office, one) == french for one in accounts].count(True) == 50


def test_auditor_neither_assigns_nor_reviews(office: DocumentDesk) -> None:
    auditor = replace(office.desk.caller, role=Role.AUDITOR)
    ids = [office.account.account_id]
    with pytest.raises(NotPermitted):
        assign_set(office.desk.store, auditor, ids, "FR", clock=office.desk.clock)
    with office.desk.store.read() as transaction, pytest.raises(NotPermitted):
        review_assignment(transaction, auditor, [office.account], "FR")


def test_accounts_are_listed_by_the_set_they_were_given(office: DocumentDesk) -> None:
    for index in range(12):
        office.new_account([None, "FR", "EU"][index % 3], account_number=f"N{index}")
    french = SetGiven(_set_id(office, "FR"))
    assert _found(office, given=french) == ["N1", "N4", "N7", "N10"]
    assert _found(office, given=SetGiven(None)) == ["A00000001", "N0", "N3", "N6", "N9"]
    assert _found(office, given=french, number="n4") == ["N4"]
    assert _found(office, given=french, number="N5") == []
    assert _found(office, given=SetGiven(None), number="N3") == ["N3"]
