"""Accounts: the parties that documents are made for, and the set each was given."""

from __future__ import annotations

from typing import cast

from seriatim.domain.billing import Account, Details
from seriatim.domain.document_number import fold
from seriatim.domain.exact_json import from_json_text, json_text
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Row


class AccountQueries(EntityQueries):
    def get_account(self, account_id: str) -> Account | None:
        row = self._row("get_account", account_id=account_id)
        return None if row is None else self._account_from(row)

    def find_account_by_number(self, account_number: str) -> Account | None:
        row = self._row("find_account_by_number", account_number_folded=fold(account_number))
        return None if row is None else self._account_from(row)

    def find_account_ids(self, account_numbers: list[str]) -> dict[str, str]:
        """Of each number that an account has, folded, that account's id."""
        folded = self._values.list_in([fold(number) for number in account_numbers])
        return dict(self._rows("find_account_ids", numbers_folded=folded))

    def list_accounts(self, *, after_position: int, row_count: int) -> list[Account]:
        """Order: by creation."""
        rows = self._rows("list_accounts", after_position=after_position, row_count=row_count)
        return [self._account_from(row) for row in rows]

    def list_accounts_of_set(
        self, sequence_set_id: str | None, *, after_position: int, row_count: int
    ) -> list[Account]:
        """Those that were given one set, or none at all. Order: by creation."""
        place = {"after_position": after_position, "row_count": row_count}
        if sequence_set_id is None:
            rows = self._rows("list_accounts_without_set", **place)
        else:
            rows = self._rows("list_accounts_of_set", sequence_set_id=sequence_set_id, **place)
        return [self._account_from(row) for row in rows]

    def find_last_account_position(self) -> int:
        """Where the newest account stands in the list; 0 without any."""
        row = self._row("find_last_account_position")
        return 0 if row is None else row[0]

    def lock_accounts(self, account_ids: list[str]) -> list[Account]:
        """The accounts, kept as they are until the transaction ends; documents share the lock."""
        rows = self._rows("lock_accounts", account_ids=self._values.list_in(account_ids))
        return [self._account_from(row) for row in rows]

    def lock_account(self, account_id: str) -> Account | None:
        """The account, for this transaction alone."""
        row = self._row("lock_account", account_id=account_id)
        return None if row is None else self._account_from(row)

    def insert_account(self, new: Account) -> None:
        self._execute(
            "insert_account",
            **self._account_in(new),
            position=new.position,
            recorded_at=self._moment(new.created_at),
        )

    def update_account(self, changed: Account) -> None:
        self._execute(
            "update_account",
            **self._account_in(changed),
            recorded_at=self._moment(changed.updated_at),
        )

    def delete_account(self, account_id: str) -> None:
        self._execute("delete_account", account_id=account_id)

    def is_account_used(self, account_id: str) -> bool:
        """Whether any document is the account's."""
        row = self._row("is_account_used", account_id=account_id)
        return row is not None and bool(row[0])

    def is_account_drafting(self, account_id: str) -> bool:
        """Whether the account has a draft."""
        row = self._row("is_account_drafting", account_id=account_id)
        return row is not None and bool(row[0])

    def _account_in(self, account: Account) -> dict[str, object]:
        return {
            "account_id": account.account_id,
            "account_number": account.account_number,
            "account_number_folded": fold(account.account_number),
            "name": account.name,
            "currency": account.currency,
            "sequence_set_id": account.sequence_set_id,
            "details": json_text(account.details),
        }

    def _account_from(self, row: Row) -> Account:
        return Account(
            account_id=row[0],
            account_number=row[1],
            name=row[2],
            currency=row[3],
            sequence_set_id=row[4],
            details=details_from(row[5]),
            position=row[6],
            created_at=self._values.moment_out(row[7]),
            updated_at=self._values.moment_out(row[8]),
        )


def details_from(text: str) -> Details:
    return cast("Details", from_json_text(text))
