"""Certificates of completeness, and the checkpoints that upkeep signs.

Source: contract/numbering.md, Register 4; docs/reference/certificates.md.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta

from seriatim import telemetry
from seriatim.domain.caller import Caller
from seriatim.domain.checkpoint import Checkpoint
from seriatim.domain.clock import Clock
from seriatim.domain.document_number import NumberRange
from seriatim.domain.errors import Category, NotFound, Rejected, Violation
from seriatim.domain.limits import SEQUENTIAL_NUMBER_MAX
from seriatim.domain.register import EntryKind, SeriesKey
from seriatim.domain.sequence_set import Series
from seriatim.engine.certificate import (
    RUNS_MAX,
    Certificate,
    ChainWalk,
    Period,
    RangeAccount,
    hash_before_all,
    signed_certificate,
)
from seriatim.engine.checkpoint import CheckpointWatch, Keys, signed_checkpoint
from seriatim.service.certified_range import (
    RESOURCE,
    CertificateRequest,
    CertifiedRange,
    certificate_fault,
)
from seriatim.service.permissions import Right, require
from seriatim.service.series import find_series
from seriatim.service.verifying import insert, keep_checkpoint, read_with_latest_checkpoint
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction
from seriatim.verifier.seriatim_verifier import FaultFound, described_fault

_ENTRIES_PER_SLICE = 1000
_SERIES_PER_SLICE = 500
_ID = re.compile(r"[0-9a-fA-F]{32}")
_log = telemetry.logger("proofs")


def make_certificate(
    store: SqlStore,
    caller: Caller,
    series_id: str,
    request: CertificateRequest,
    *,
    keys: Keys | None,
    clock: Clock,
    shape_faults: Sequence[Violation] = (),
) -> Certificate:
    """Account for every number of a range, as of the last entry there is, and sign that.

    Errors: NotFound; Rejected for a range that is not given out, for a service without a key, and
        where the register has a fault: then nothing is certified.
    Cost: reads what concerns the range, and the chain from the last checkpoint before it to its
        head, in slices; holds no lock meanwhile.
    """
    require(caller, Right.READ)
    with store.read() as transaction:
        key = find_series(transaction, caller, series_id).key
        latest, series = read_with_latest_checkpoint(transaction, key)
        wanted = CertifiedRange(
            transaction.books(caller.tenant_id, caller.entity_id), series, request
        )
        numbers = wanted.numbers(shape_faults)
    if keys is None:
        message = "this service has no signing key: 'seriatim init' makes one"
        raise Rejected([certificate_fault(Category.RULE, message)])
    try:
        making = _Making(store, series, latest, numbers, keys)
        certificate = making.certificate(wanted.period, clock)
    except FaultFound as found:
        message = described_fault(found.fault)
        _log.error("register_fault", series=series.key.series_id, message=message)
        message = f"the register has a fault, so nothing is certified: {message}"
        raise Rejected([certificate_fault(Category.RULE, message)]) from found
    store.run(lambda transaction: _keep(transaction, caller, certificate))
    return certificate


def get_certificate(transaction: Transaction, caller: Caller, certificate_id: str) -> str:
    """The text of a certificate as it was made. Errors: NotFound."""
    require(caller, Right.READ)
    text = None
    if _ID.fullmatch(certificate_id):
        books = transaction.books(caller.tenant_id, caller.entity_id)
        text = books.get_certificate(certificate_id.lower())
    if text is None:
        raise NotFound(RESOURCE, certificate_id)
    return text


def latest_checkpoints(
    transaction: Transaction, caller: Caller, series: Sequence[Series]
) -> dict[str, Checkpoint]:
    """Of each series that has one, the last checkpoint: as far as it was found sound and signed."""
    require(caller, Right.READ)
    books = transaction.books(caller.tenant_id, caller.entity_id)
    found: dict[str, Checkpoint] = {}
    for one in series:
        checkpoint = books.find_latest_checkpoint(
            one.key.series_id, up_to_entry_number=one.last_entry_number
        )
        if checkpoint is not None:
            found[one.key.series_id] = checkpoint
    return found


def sign_moved_series(store: SqlStore, *, keys: Keys, clock: Clock, every: timedelta) -> int:
    """Sign the heads of all series that moved since their last checkpoint; how many.

    Shape: one that was signed less than `every` ago waits.
    Errors: none for a series whose head or last checkpoint is not what its register says: it is
        logged, and not signed.
    Cost: a few rows for each such series, whatever the length of its register.
    """
    now, signed = clock.now(), 0
    after: SeriesKey | None = None
    while True:
        with store.read() as transaction:
            found = transaction.list_series_that_moved(after=after, row_count=_SERIES_PER_SLICE)
        for moved in found:
            if moved.signed_at is None or moved.signed_at <= now - every:
                signed += _sign_head(store, moved.series, keys, clock)
        if len(found) < _SERIES_PER_SLICE:
            return signed
        after = found[-1].series


def _sign_head(store: SqlStore, key: SeriesKey, keys: Keys, clock: Clock) -> bool:
    with store.read() as transaction:
        latest, series = read_with_latest_checkpoint(transaction, key)
        number = series.last_entry_number
        books = transaction.books(key.tenant_id, key.entity_id)
        wanted = [number] if latest is None else [number, latest.entry_number]
        hashes = {n: one.hash for n, one in books.get_entries(key.series_id, wanted).items()}
    try:
        _check_head(series, latest, hashes, keys)
    except FaultFound as found:
        message = described_fault(found.fault)
        _log.error("register_fault", series=key.series_id, message=message)
        return False
    keep_checkpoint(store, series, keys, clock.now())
    telemetry.note_series_used(key.series_id, series.last_number / SEQUENTIAL_NUMBER_MAX)
    return True


def _check_head(
    series: Series, latest: Checkpoint | None, hashes: dict[int, bytes], keys: Keys
) -> None:
    """Whether the head may be signed, as far as two entries can show. Errors: FaultFound."""
    number = series.last_entry_number
    if hashes.get(number) != series.head_hash:
        raise FaultFound(number, 4, "the head of the series is not that of its entries")
    if latest is not None:
        watch = CheckpointWatch(keys)
        watch.expect([latest])
        if latest.entry_number <= number:
            watch.meet(latest.entry_number, hashes.get(latest.entry_number, b""), None)
        watch.finish(number)


class _Making:
    """One certificate on its way. Errors: FaultFound, wherever the register is not sound."""

    def __init__(
        self,
        store: SqlStore,
        series: Series,
        latest: Checkpoint | None,
        numbers: NumberRange,
        keys: Keys,
    ) -> None:
        self._store = store
        self._series = series
        self._latest = latest
        self._numbers = numbers
        self._keys = keys

    def certificate(self, period: Period | None, clock: Clock) -> Certificate:
        self._check_ends()
        account = self._account()
        account.account.finish()
        hashes = self._hashes(account)
        return signed_certificate(
            uuid.uuid4().hex,
            self._series,
            account,
            period=period,
            hashes=hashes,
            checkpoint=signed_checkpoint(self._series, self._keys, clock.now()),
            keys=self._keys,
        )

    def _check_ends(self) -> None:
        """The chain does not bind the origin and the last number of a series: its entries do."""
        series = self._series
        with self._store.read() as transaction:
            books = self._books(transaction)
            near = [
                *books.list_covering(
                    series.key.series_id, from_number=1, row_count=_ENTRIES_PER_SLICE
                ),
                *books.list_covering(
                    series.key.series_id,
                    from_number=series.last_number + 1,
                    row_count=_ENTRIES_PER_SLICE,
                ),
            ]
        for entry in near:
            number, numbers = entry.entry_number, entry.content.numbers
            is_given = entry.content.kind is not EntryKind.IMPORTED
            is_within = series.origin <= numbers.first and numbers.last <= series.last_number
            if is_given and not is_within and number <= series.last_entry_number:
                message = f"entry {number} gives numbers outside of what the series counts"
                raise FaultFound(number, 1, message)

    def _account(self) -> RangeAccount:
        series_id, numbers = self._series.key.series_id, self._numbers
        account = RangeAccount(numbers, self._series.last_entry_number)
        first = numbers.first
        while first <= numbers.last:
            with self._store.read() as transaction:
                books = self._books(transaction)
                found = books.list_covering(
                    series_id, from_number=first, row_count=_ENTRIES_PER_SLICE
                )
                within = [one for one in found if one.content.numbers.first <= numbers.last]
                referring = books.list_referring(series_id, [one.entry_number for one in within])
            for entry in within:
                account.take(entry, referring.get(entry.entry_number, []))
            if account.has_too_many_runs:
                message = f"the range falls into more than {RUNS_MAX} runs: certify parts of it"
                raise Rejected([certificate_fault(Category.RULE, message, "last_number")])
            if len(within) < _ENTRIES_PER_SLICE:
                break
            first = within[-1].content.numbers.last + 1
        return account

    def _hashes(self, account: RangeAccount) -> dict[int, bytes]:
        """Walk the chain from a head that was signed before the range to the head of today."""
        first_entry, last_entry = account.entries
        walk = self._walk_from(first_entry - 1, (first_entry - 1, last_entry))
        series = self._series
        series_id, end = series.key.series_id, series.last_entry_number
        while walk.entry_number < end:
            at, wanted = walk.entry_number, min(_ENTRIES_PER_SLICE, end - walk.entry_number)
            with self._store.read() as transaction:
                books = self._books(transaction)
                checkpoints = books.list_checkpoints(
                    series_id, after_entry_number=at, up_to_entry_number=at + wanted
                )
                entries = books.list_entries(series_id, after_entry_number=at, row_count=wanted)
            walk.expect(checkpoints)
            walk.take(entries)
            if not entries:
                break
        if self._latest is not None and self._latest.entry_number > end:
            walk.expect([self._latest])
        walk.finish(series)
        return walk.hashes

    def _walk_from(self, up_to_entry: int, wanted: tuple[int, int]) -> ChainWalk:
        series = self._series
        with self._store.read() as transaction:
            signed = self._books(transaction).find_latest_checkpoint(
                series.key.series_id, up_to_entry_number=up_to_entry
            )
        if signed is None:
            return ChainWalk(0, hash_before_all(series), self._keys, wanted)
        CheckpointWatch(self._keys).expect([signed])
        return ChainWalk(signed.entry_number, signed.head_hash, self._keys, wanted)

    def _books(self, transaction: Transaction) -> EntityBooks:
        return transaction.books(self._series.key.tenant_id, self._series.key.entity_id)


def _keep(transaction: Transaction, caller: Caller, certificate: Certificate) -> None:
    insert(transaction, certificate.checkpoint)
    transaction.books(caller.tenant_id, caller.entity_id).insert_certificate(
        certificate.certificate_id,
        certificate.series.key.series_id,
        certificate.numbers,
        body=certificate.text,
        actor=caller.actor,
        issued_at=certificate.checkpoint.signed_at,
    )
