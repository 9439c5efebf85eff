"""A file of used numbers, sent to a server in parts and taken in there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.pool import ThreadPool
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from seriatim.cli.backend import IMPORTS, Backend, Call, Json
from seriatim.cli.progress import Progress
from seriatim.domain.errors import SeriatimError

PART_BYTES: Final = 256 * 1024
POLL_SECONDS: Final = 1.0


def import_over_server(
    backend: Backend, source: BinaryIO, options: Json, *, dry_run: bool, progress: Progress
) -> Json:
    """What became of the file.

    Order: what the server has of it already is not sent again.
    Cost: the file is read twice, a pipe put down first; memory stays flat.
    """
    with _seekable(source) as file:
        file_hash, byte_count = _measured(file, progress)
        announced = {"fileSha256": file_hash, "byteCount": byte_count}
        shown = backend.call(Call("POST", IMPORTS, body=announced, is_idempotent=True)).body
        import_id = shown["importId"]
        while shown["state"] != "imported" and shown["receivedBytes"] is not None:
            offset = shown["receivedBytes"]
            progress("sending", offset, byte_count)
            if offset == byte_count:
                break
            file.seek(offset)
            shown = backend.call(
                Call(
                    "PUT",
                    (*IMPORTS, import_id, "content"),
                    query={"offset": str(offset)},
                    body=file.read(PART_BYTES),
                    is_idempotent=True,
                )
            ).body
    return _run(backend, import_id, options, dry_run=dry_run, progress=progress)


@contextmanager
def _seekable(source: BinaryIO) -> Iterator[BinaryIO]:
    """The file itself, or a copy of what comes through a pipe."""
    if source.seekable():
        yield source
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(source, copy)
        copy.seek(0)
        yield copy


def _measured(file: BinaryIO, progress: Progress) -> tuple[str, int]:
    found, byte_count = hashlib.sha256(), 0
    while piece := file.read(PART_BYTES):
        found.update(piece)
        byte_count += len(piece)
        progress("reading", byte_count, None)
    return found.hexdigest(), byte_count


def _run(
    backend: Backend, import_id: str, options: Json, *, dry_run: bool, progress: Progress
) -> Json:
    """Have the file taken in, and ask meanwhile how far it is."""
    call = Call(
        "POST",
        (*IMPORTS, import_id, "run"),
        body=options,
        query={"dryRun": "true"} if dry_run else {},
        is_idempotent=True,
        runs_long=True,
    )
    progress("checking", 0, None)
    # Its thread is a daemon: whoever interrupts the command need not wait for the server.
    with ThreadPool(1) as pool:
        reply = pool.apply_async(backend.call, (call,))
        while not reply.ready():
            reply.wait(POLL_SECONDS)
            if not reply.ready():
                _show_progress(backend, import_id, progress)
        return reply.get().body


def _show_progress(backend: Backend, import_id: str, progress: Progress) -> None:
    with suppress(SeriatimError):  # it is no more than a look
        shown = backend.call(Call("GET", (*IMPORTS, import_id))).body
        if shown["linesTotal"] is not None:
            progress("importing", shown["linesApplied"], shown["linesTotal"])
