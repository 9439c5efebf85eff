"""Files of used numbers on their way over the API, in parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seriatim.domain.errors import Conflict
from seriatim.store.entity_queries import EntityQueries
from seriatim.store.session import Session


@dataclass(frozen=True, slots=True)
class ImportUpload:
    """Shape: `import_id` is made from the file's hash, as that of its job is."""

    import_id: str
    file_hash: bytes
    byte_count: int
    received_bytes: int
    created_at: datetime

    @property
    def is_whole(self) -> bool:
        return self.received_bytes == self.byte_count


class UploadQueries(EntityQueries):
    def get_import_upload(self, import_id: str) -> ImportUpload | None:
        row = self._row("get_import_upload", import_id=import_id)
        if row is None:
            return None
        return ImportUpload(import_id, row[0], row[1], row[2], self._values.moment_out(row[3]))

    def count_import_uploads(self) -> tuple[int, int]:
        """How many files are under way, and their bytes."""
        row = self._row("count_import_uploads")
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def insert_import_upload(self, upload: ImportUpload) -> None:
        self._execute(
            "insert_import_upload",
            import_id=upload.import_id,
            file_hash=upload.file_hash,
            byte_count=upload.byte_count,
            created_at=self._moment(upload.created_at),
        )

    def append_import_part(self, import_id: str, *, first_byte: int, content: bytes) -> None:
        """Errors: Conflict if somebody else sends the same file."""
        changed = self._execute(
            "advance_import_upload",
            import_id=import_id,
            first_byte=first_byte,
            received_bytes=first_byte + len(content),
        )
        if changed != 1:
            raise Conflict("the same file is being sent by somebody else")
        self._execute(
            "insert_import_part", import_id=import_id, first_byte=first_byte, content=content
        )

    def get_import_part(self, import_id: str, *, first_byte: int) -> bytes:
        """The part that begins there; no bytes where none does."""
        row = self._row("get_import_part", import_id=import_id, first_byte=first_byte)
        return b"" if row is None else bytes(row[0])

    def renew_import_upload(self, import_id: str, created_at: datetime) -> None:
        """Let a file count as announced now."""
        self._execute(
            "renew_import_upload", import_id=import_id, created_at=self._moment(created_at)
        )

    def list_last_import_parts(self, import_id: str, *, row_count: int) -> list[int]:
        """The bytes that the last parts begin with. Order: from the end."""
        rows = self._rows("list_last_import_parts", import_id=import_id, row_count=row_count)
        return [row[0] for row in rows]

    def delete_import_upload(self, import_id: str) -> None:
        self._execute("delete_import_parts", import_id=import_id, first_byte=0)
        self._execute("delete_import_upload", import_id=import_id)

    def shorten_abandoned_upload(
        self, import_id: str, *, created_until: datetime, parts_max: int
    ) -> bool:
        """Take the last parts from a file that was announced before then, and the file itself
        with the first of them; whether some are left.

        Order: whoever sends the file meanwhile is told that somebody else does.
        """
        last_parts = self.list_last_import_parts(import_id, row_count=parts_max)
        first_byte = last_parts[-1] if len(last_parts) == parts_max else 0
        shortened = self._execute(
            "shorten_abandoned_upload",
            import_id=import_id,
            received_bytes=first_byte,
            created_until=self._moment(created_until),
        )
        if not shortened:
            return False
        if first_byte == 0:
            self.delete_import_upload(import_id)
            return False
        self._execute("delete_import_parts", import_id=import_id, first_byte=first_byte)
        return True


def list_abandoned_uploads(
    session: Session, created_until: datetime, *, row_count: int
) -> list[tuple[str, str, str]]:
    """Tenants, entities and ids of files announced before then. Order: the oldest first."""
    moment = session.values.moment_in(created_until)
    rows = session.rows("list_abandoned_uploads", {"created_until": moment, "row_count": row_count})
    return [(row[0], row[1], row[2]) for row in rows]
