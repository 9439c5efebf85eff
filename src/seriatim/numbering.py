"""The library: document numbers without a server, and inside the caller's own transaction.

Source: contract/numbering.md, Inside your own transaction.
"""

from __future__ import annotations

import os
import pwd
import uuid
from collections.abc import Sequence
from datetime import date
from types import TracebackType

from seriatim.domain.caller import Caller, Role
from seriatim.domain.clock import Clock, SystemClock
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Rejected, Violation
from seriatim.library.answers import (
    CreatedSet,
    ExplainedNumber,
    IssuedNumbers,
    MovedNumbers,
    VerifiedRegister,
    created_set,
    explained_number,
    issued_numbers,
    moved_numbers,
    verified_series,
)
from seriatim.library.kept_answers import fingerprint, kept_numbers, kept_refusal, numbers_of
from seriatim.library.places import Place, Places
from seriatim.library.requests import (
    CheckedRequest,
    PrefixAndStart,
    issue_request,
    key_faults,
    key_needs_own_connection,
    set_input,
    text_faults,
)
from seriatim.service.idempotency import FinishedAnswer, KeyUse
from seriatim.service.number_history import explain_number
from seriatim.service.number_moves import confirm_numbers, void_numbers
from seriatim.service.numbers import IssueAsk, NumbersIssued, issue_numbers
from seriatim.service.sequence_sets import create_sets
from seriatim.service.series import list_series, verify_series

_SERIES_PER_PAGE = 100
_NOT_KEPT = FinishedAnswer(200, (), b"")


class Numbering:
    """Gives document numbers out of one entity's sequence sets.

    Shape: `url` is `sqlite:///numbers.db` or `postgresql://user@host/name`. Nothing is opened
        before the first call that needs it. Every method takes `connection`: then it runs inside
        the transaction that is open there (a connection of SQLAlchemy, psycopg, apsw or sqlite3),
        and neither commits it nor rolls it back. May be shared by threads, not by processes.
    Errors: every method raises those of `seriatim`, all of them SeriatimError: Rejected (the
        request breaks a rule), NotFound, Conflict (try again), Overloaded, StoreUnavailable
        (nothing was done), OutcomeUnknown (perhaps done), StoreRefused (the database or the
        connection must not be used as it is, with the reason).
    """

    def __init__(
        self,
        url: str,
        *,
        initialise: bool = False,
        entity: str | None = None,
        actor: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        """An empty SQLite file is initialised by itself, PostgreSQL only with `initialise`.

        Shape: `entity` is a name or an id, by default the first entity; `actor` stands in the
            register with every number, by default the login name.
        """
        self._clock = clock or SystemClock()
        self._actor = f"library:{actor or _login_name()}"
        self._places = Places(
            url, initialise=initialise, entity=entity, actor=self._actor, clock=self._clock
        )

    def __enter__(self) -> Numbering:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give out what other threads still wait for, then close; connections given stay open."""
        self._places.close()

    def initialise(self, *, connection: object | None = None) -> None:
        """Make the tables and the first entity now, where they are missing, not at first use.

        Errors: StoreRefused on PostgreSQL, unless this Numbering was told to initialise it.
        """
        self._places.write(connection, lambda transaction, place: None)

    def issue(
        self,
        document_type: DocumentType | str,
        *,
        sequence_set: str | None = None,
        count: int | None = None,
        reference: str | None = None,
        references: Sequence[str] | None = None,
        document_date: date | None = None,
        idempotency_key: str | None = None,
        connection: object | None = None,
    ) -> IssuedNumbers:
        """Give out the next numbers of a series.

        Shape: one number, or `count` of them, or one for each of `references`. With an
            `idempotency_key`, the same request again gets the same numbers for 24 hours; inside
            the caller's transaction, the caller's own rows say whether it was carried out.
        Order: numbers rise in commit order.
        Cost: one transaction, shared with the threads that wait at the same moment.
        """
        checked = issue_request(
            document_type,
            sequence_set=sequence_set,
            count=count,
            reference=reference,
            references=references,
            document_date=document_date,
        )
        return self._give(checked, idempotency_key, connection)

    def reserve(
        self,
        document_type: DocumentType | str,
        *,
        hold_seconds: int,
        sequence_set: str | None = None,
        count: int | None = None,
        reference: str | None = None,
        references: Sequence[str] | None = None,
        document_date: date | None = None,
        idempotency_key: str | None = None,
        connection: object | None = None,
    ) -> IssuedNumbers:
        """Hold the next numbers for 1 to 86 400 seconds; then they are void unless confirmed."""
        checked = issue_request(
            document_type,
            sequence_set=sequence_set,
            count=count,
            reference=reference,
            references=references,
            document_date=document_date,
            hold_seconds=hold_seconds,
        )
        return self._give(checked, idempotency_key, connection)

    def confirm(
        self, number: str, *, last_number: str | None = None, connection: object | None = None
    ) -> MovedNumbers:
        """Turn a reserved number, or all from it to `last_number`, into issued ones."""
        faults = text_faults(number=number, last_number=last_number)
        return self._places.write(
            connection,
            lambda transaction, place: moved_numbers(
                confirm_numbers(
                    transaction,
                    self._caller(place),
                    number,
                    last_number=last_number,
                    clock=self._clock,
                    shape_faults=faults,
                )
            ),
        )

    def void(
        self,
        number: str,
        *,
        reason: str,
        last_number: str | None = None,
        connection: object | None = None,
    ) -> MovedNumbers:
        """Say that a number, or all from it to `last_number`, will never be used, and why."""
        faults = text_faults(number=number, last_number=last_number, reason=reason)
        return self._places.write(
            connection,
            lambda transaction, place: moved_numbers(
                void_numbers(
                    transaction,
                    self._caller(place),
                    number,
                    last_number=last_number,
                    reason=reason,
                    clock=self._clock,
                    shape_faults=faults,
                )
            ),
        )

    def explain(self, number: str, *, connection: object | None = None) -> ExplainedNumber:
        """Why this number: who got it, when, from which set, and what became of it."""
        _refuse(text_faults(number=number))
        workplace = self._places.read(connection)
        with workplace.store.read() as transaction:
            caller = self._caller(workplace.place)
            return explained_number(explain_number(transaction, caller, number, clock=self._clock))

    def verify(self, *, connection: object | None = None) -> VerifiedRegister:
        """Recompute the invariants of every series from its entries.

        Cost: reads every entry once, in flat memory.
        """
        workplace = self._places.read(connection)
        caller = self._caller(workplace.place)
        verified = []
        after: tuple[str, str] | None = None
        has_more = True
        while has_more:
            with workplace.store.read() as transaction:
                page = list_series(transaction, caller, after=after, row_count=_SERIES_PER_PAGE)
            for series in page.series:
                found = verify_series(workplace.store, caller, series.key.series_id)
                verified.append(verified_series(series, found))
                after = series.prefix, series.document_type.value
            has_more = page.has_more
        return VerifiedRegister(tuple(verified))

    def create_set(
        self,
        name: str,
        *,
        invoice: PrefixAndStart | None = None,
        credit_memo: PrefixAndStart | None = None,
        debit_memo: PrefixAndStart | None = None,
        payment: PrefixAndStart | None = None,
        refund: PrefixAndStart | None = None,
        sequence_set_number: str | None = None,
        chronological: bool = False,
        connection: object | None = None,
    ) -> CreatedSet:
        """Make a sequence set. Each type is a prefix, or a prefix and its start number.

        Shape: `invoice`, `credit_memo` and `debit_memo` are required while the entity uses
            Invoice Settlement; a type that is left out is numbered by DEFAULT.
        """
        _refuse(text_faults(name=name, sequence_set_number=sequence_set_number))
        wanted = set_input(
            name,
            {
                DocumentType.INVOICE: invoice,
                DocumentType.CREDIT_MEMO: credit_memo,
                DocumentType.DEBIT_MEMO: debit_memo,
                DocumentType.PAYMENT: payment,
                DocumentType.REFUND: refund,
            },
            sequence_set_number=sequence_set_number,
            chronological=chronological,
        )
        return self._places.write(
            connection,
            lambda transaction, place: created_set(
                create_sets(transaction, self._caller(place), [wanted], clock=self._clock)
            ),
        )

    def _give(
        self, checked: CheckedRequest, key: str | None, connection: object | None
    ) -> IssuedNumbers:
        if connection is not None:
            _refuse(key_needs_own_connection(key))
            return self._places.write(
                connection,
                lambda transaction, place: issued_numbers(
                    issue_numbers(
                        transaction,
                        self._caller(place),
                        checked.request,
                        clock=self._clock,
                        shape_faults=checked.faults,
                    )
                ),
            )
        caller = self._caller(self._places.opened().place)
        if key is None:
            return self._give_together(checked, caller)
        return self._give_once(checked, caller, key)

    def _give_together(self, checked: CheckedRequest, caller: Caller) -> IssuedNumbers:
        given: list[NumbersIssued] = []

        def finish(issued: NumbersIssued) -> FinishedAnswer:
            given[:] = [issued]  # the last run counts: an earlier one was undone
            return _NOT_KEPT

        ask = IssueAsk(caller, checked.request, checked.faults, finish, kept_refusal)
        self._places.issuing().issue(ask)
        return issued_numbers(given[0])

    def _give_once(self, checked: CheckedRequest, caller: Caller, key: str) -> IssuedNumbers:
        _refuse(key_faults(key))
        key_use = KeyUse(
            tenant_id=caller.tenant_id,
            entity_id=caller.entity_id,
            client_id=str(uuid.uuid5(uuid.NAMESPACE_OID, caller.actor)),
            key=key,
            fingerprint=fingerprint(caller.entity_id, checked.request),
        )
        ask = IssueAsk(
            caller,
            checked.request,
            checked.faults,
            lambda issued: kept_numbers(issued_numbers(issued)),
            kept_refusal,
            key_use,
        )
        return numbers_of(self._places.issuing().issue(ask))

    def _caller(self, place: Place) -> Caller:
        return Caller(place.tenant_id, place.entity_id, self._actor, Role.ADMIN, str(uuid.uuid4()))


def _refuse(faults: tuple[Violation, ...]) -> None:
    if faults:
        raise Rejected(faults)


def _login_name() -> str:
    """From the process and not from the environment, which anybody may change."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
