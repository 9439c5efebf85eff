"""Files of used numbers over the API: sent in parts, then taken in like any other file.

Source: contract/numbering.md, Import; contract/operations.md. The way is ours.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from seriatim.domain.caller import Caller
from seriatim.domain.clock import Clock
from seriatim.domain.errors import Category, Conflict, NotFound, Overloaded, Rejected, Violation
from seriatim.domain.limits import (
    IMPORT_BYTES_MAX,
    IMPORT_HOURS_KEPT,
    IMPORTS_AT_ONCE_MAX,
    UPLOADS_PER_ENTITY_MAX,
)
from seriatim.service.import_lines import LineList
from seriatim.service.imports import ImportOptions, ImportOutcome, ImportState, import_numbers
from seriatim.service.permissions import Right, require
from seriatim.store.import_queries import ImportJob
from seriatim.store.sql_store import EntityBooks, SqlStore, Transaction
from seriatim.store.upload_queries import ImportUpload

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RESOURCE = "import"
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_ID = re.compile(r"[0-9a-fA-F]{32}")
_UPLOADS_PER_SWEEP = 100
_PARTS_PER_STEP = 16


@dataclass(frozen=True, slots=True)
class ImportView:
    """How far a file has come.

    Shape: `upload` is None once it is imported, `job` until something of it was written.
    """

    import_id: str
    upload: ImportUpload | None
    job: ImportJob | None


def begin_upload(
    transaction: Transaction,
    caller: Caller,
    *,
    file_sha256: str,
    byte_count: int,
    clock: Clock,
) -> ImportView:
    """Announce a file; the one that is there, if it was announced before or is imported.

    Shape: from here on it is kept for IMPORT_HOURS_KEPT, then swept away as abandoned.
    Errors: Rejected; Overloaded where the entity has too much under way.
    """
    require(caller, Right.CONFIGURE)
    _check_announced(file_sha256, byte_count)
    books = _books(transaction, caller)
    books.lock_entity()
    now = clock.now()
    import_id = file_sha256.lower()[:32]
    view = _view(books, import_id)
    if view.job is not None and view.job.finished_at is not None:
        return view
    if view.upload is not None:
        books.renew_import_upload(import_id, now)
        return _view(books, import_id)
    count, taken_bytes = books.count_import_uploads()
    if count >= UPLOADS_PER_ENTITY_MAX or taken_bytes + byte_count > IMPORT_BYTES_MAX:
        message = "too many files are under way: finish them, or wait until they are forgotten"
        raise Overloaded(message, retry_after_s=3600)
    file_hash = bytes.fromhex(file_sha256)
    books.insert_import_upload(ImportUpload(import_id, file_hash, byte_count, 0, now))
    return _view(books, import_id)


def _check_announced(file_sha256: str, byte_count: int) -> None:
    faults = []
    if not _HASH.fullmatch(file_sha256):
        faults.append(_fault("must be 64 hex digits", "file_sha256"))
    if not 0 <= byte_count <= IMPORT_BYTES_MAX:
        faults.append(_fault(f"must be 0 to {IMPORT_BYTES_MAX}", "byte_count"))
    if faults:
        raise Rejected(faults)


def append_part(
    transaction: Transaction, caller: Caller, import_id: str, *, offset: int, content: bytes
) -> ImportView:
    """Take the next bytes of a file. A part that is there already changes nothing.

    Errors: NotFound; Rejected for one that is empty, too much or not the next; Conflict.
    """
    require(caller, Right.CONFIGURE)
    books = _books(transaction, caller)
    view = find_import(transaction, caller, import_id)
    upload = view.upload
    if upload is None:
        return view  # imported meanwhile
    end = offset + len(content)
    if not content:
        raise Rejected([_fault("a part may not be empty")])
    if end <= upload.received_bytes:
        return view
    if end > upload.byte_count:
        message = f"the file was announced with {upload.byte_count} bytes, this would be {end}"
        raise Rejected([_fault(message, "offset", Category.RULE)])
    if offset != upload.received_bytes:
        message = f"the next part begins at {upload.received_bytes}"
        raise Rejected([_fault(message, "offset", Category.RULE)])
    books.append_import_part(upload.import_id, first_byte=offset, content=content)
    return _view(books, upload.import_id)


def find_import(transaction: Transaction, caller: Caller, import_id: str) -> ImportView:
    """Errors: NotFound."""
    require(caller, Right.CONFIGURE)
    if _ID.fullmatch(import_id):
        view = _view(_books(transaction, caller), import_id.lower())
        if view.upload is not None or view.job is not None:
            return view
    raise NotFound(RESOURCE, import_id)


class ImportRuns:
    """The files that this process takes in now. Each takes a thread and room on the disk."""

    def __init__(self) -> None:
        self._running: set[tuple[str, str]] = set()
        self._lock = Lock()

    @contextmanager
    def one(self, place: tuple[str, str]) -> Iterator[None]:
        """Errors: Conflict for a file that is being taken in; Overloaded."""
        with self._lock:
            if place in self._running:
                raise Conflict("the same file is being imported")
            if len(self._running) >= IMPORTS_AT_ONCE_MAX:
                raise Overloaded("other files are being imported", retry_after_s=5)
            self._running.add(place)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(place)


def run_import(
    store: SqlStore,
    caller: Caller,
    import_id: str,
    options: ImportOptions,
    *,
    runs: ImportRuns,
    clock: Clock,
) -> ImportOutcome:
    """Check a file that was sent whole, and take it in; as `import_numbers` does, and as often.

    Errors: NotFound, Rejected, Conflict, Overloaded; those of `import_numbers`.
    """
    with store.read() as transaction:
        view = find_import(transaction, caller, import_id)
    upload = view.upload
    if upload is None:
        lines = 0 if view.job is None else view.job.lines_applied
        before = ImportState.IMPORTED_BEFORE
        return ImportOutcome(before, 0, lines, LineList(), LineList(), [])
    if not upload.is_whole:
        message = f"{upload.received_bytes} of {upload.byte_count} bytes are here: send the rest"
        raise Rejected([_fault(message, category=Category.RULE)])
    with runs.one((caller.entity_id, upload.import_id)):
        store.run(lambda tx: _books(tx, caller).renew_import_upload(upload.import_id, clock.now()))
        _check_hash(store, caller, upload)
        outcome = import_numbers(
            store,
            caller,
            io.BufferedReader(_Parts(store, caller, upload)),
            options,
            clock=clock,
            size_bytes=upload.byte_count,
        )
    if outcome.state in {ImportState.IMPORTED, ImportState.IMPORTED_BEFORE}:
        _forget(store, caller, upload)
    return outcome


def _check_hash(store: SqlStore, caller: Caller, upload: ImportUpload) -> None:
    """Errors: Rejected where the bytes are not those of the file; they are forgotten."""
    found = hashlib.sha256()
    parts = _Parts(store, caller, upload)
    while piece := parts.next_part():
        found.update(piece)
    if found.digest() != upload.file_hash:
        _forget(store, caller, upload)
        message = "the bytes that were sent are not those of the file: announce and send it anew"
        raise Rejected([_fault(message, "file_sha256", Category.RULE)])


def sweep_abandoned_uploads(store: SqlStore, *, clock: Clock) -> int:
    """Forget files that were announced long ago and never imported; how many.

    Cost: many short transactions rather than one long one: a file goes from its end, a few parts
        in each, and is a sound beginning of itself until it is gone.
    """
    created_until = clock.now() - timedelta(hours=IMPORT_HOURS_KEPT)
    with store.read() as transaction:
        found = transaction.list_abandoned_uploads(created_until, row_count=_UPLOADS_PER_SWEEP)
    for tenant_id, entity_id, import_id in found:
        while store.run(_shortening(tenant_id, entity_id, import_id, created_until)):
            pass
    return len(found)


def _shortening(
    tenant_id: str, entity_id: str, import_id: str, created_until: datetime
) -> Callable[[Transaction], bool]:
    return lambda transaction: transaction.books(tenant_id, entity_id).shorten_abandoned_upload(
        import_id, created_until=created_until, parts_max=_PARTS_PER_STEP
    )


def _forget(store: SqlStore, caller: Caller, upload: ImportUpload) -> None:
    store.run(lambda tx: _books(tx, caller).delete_import_upload(upload.import_id))


class _Parts(io.RawIOBase):
    """The file, read part by part; no transaction stays open between two.

    Errors: Conflict where it was forgotten meanwhile, so that nobody takes a piece for the whole.
    """

    def __init__(self, store: SqlStore, caller: Caller, upload: ImportUpload) -> None:
        super().__init__()
        self._store = store
        self._caller = caller
        self._upload = upload
        self._next_byte = 0
        self._rest = b""

    def next_part(self) -> bytes:
        with self._store.read() as transaction:
            books = _books(transaction, self._caller)
            part = books.get_import_part(self._upload.import_id, first_byte=self._next_byte)
        if not part and self._next_byte < self._upload.byte_count:
            raise Conflict("the file was forgotten while it was read: announce and send it anew")
        self._next_byte += len(part)
        return part

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if not self._rest:
            self._rest = self.next_part()
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _view(books: EntityBooks, import_id: str) -> ImportView:
    return ImportView(
        import_id, books.get_import_upload(import_id), books.get_import_job(import_id)
    )


def _fault(
    message: str, field: str | None = None, category: Category = Category.INVALID_VALUE
) -> Violation:
    return Violation(RESOURCE, () if field is None else (field,), category, message)


def _books(transaction: Transaction, caller: Caller) -> EntityBooks:
    return transaction.books(caller.tenant_id, caller.entity_id)
