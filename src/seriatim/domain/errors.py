"""The one tree of errors: what a caller may be told, and what only the log may hold.

Never blurs *issued*, *not issued* and *perhaps issued*: `StoreUnavailable` means nothing
was written, `OutcomeUnknown` that it may have been. HTTP statuses and exit codes are
assigned in one table each, on the outside (`http/error_reply.py`, `cli/exit_codes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

PathPart = str | int


class Category(IntEnum):
    """What kind of fault it is; the last two digits of a reason's code.

    Source: contract/transport.md, Errors.
    """

    NOT_PERMITTED = 10
    NOT_AUTHENTICATED = 11
    INVALID_VALUE = 20
    UNKNOWN_FIELD = 21
    MISSING_FIELD = 22
    MISSING_PARAMETER = 23
    INVALID_PARAMETER = 27
    RULE = 30
    NOT_FOUND = 40
    METHOD_NOT_SUPPORTED = 45
    LOCKED = 50
    INTERNAL = 60
    TEMPORARY = 61
    TOO_MANY_REQUESTS = 70
    MALFORMED = 90


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a request: where it is, of which kind, and what the caller should do.

    Shape: `path` runs from the part that was checked to the field, in our own snake_case
        names and zero-based indexes; `base` is what lies before it in the request. The
        stable resource code is looked up by `resource` and `path` alone, so that the same
        field has the same code wherever it stands.
    """

    resource: str
    path: tuple[PathPart, ...]
    category: Category
    message: str
    base: tuple[PathPart, ...] = ()

    def under(self, *base: PathPart) -> Violation:
        return replace(self, base=(*base, *self.base))

    @property
    def full_path(self) -> tuple[PathPart, ...]:
        return (*self.base, *self.path)


def all_under(base: tuple[PathPart, ...], violations: Iterable[Violation]) -> Iterator[Violation]:
    for violation in violations:
        yield violation.under(*base)


class SeriatimError(Exception):
    """Any refusal or failure of the service.

    Shape: `message` is for the caller and holds nothing secret; `detail` is for the log.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class Rejected(SeriatimError):
    """The request breaks rules; every one of them is listed, and nothing was changed.

    Shape: as text, each stands behind the path of its field.
    """

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        if not self.violations:
            raise ValueError("a rejection names at least one violation")
        super().__init__("; ".join(map(_with_path, self.violations)))


def _with_path(violation: Violation) -> str:
    path = ".".join(map(str, violation.full_path))
    return f"{path}: {violation.message}" if path else violation.message


class NotFound(SeriatimError):
    """What the path of a request names does not exist in the caller's entity."""

    def __init__(self, resource: str, key: str) -> None:
        super().__init__(f"no {resource.replace('_', ' ')} with the key '{key}'")
        self.resource = resource
        self.key = key


class NotAuthenticated(SeriatimError):
    """No valid credentials were given."""


class NotPermitted(SeriatimError):
    """The caller's role or entity does not allow the operation."""


class Conflict(SeriatimError):
    """Another request holds what this one needs; the same request may succeed later."""


class KeyInUse(Conflict):
    """A request with the same idempotency key is still running."""


class KeyReused(SeriatimError):
    """The idempotency key was used before with a different request."""


class EditedSince(SeriatimError):
    """The thing was changed after the version that the caller named in If-Match."""


class Overloaded(SeriatimError):
    """A queue or limit is full; nothing was done, and trying again later is right."""

    def __init__(self, message: str, *, retry_after_s: int = 1, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.retry_after_s = retry_after_s


class StoreUnavailable(SeriatimError):
    """The database cannot be used at the moment; nothing was written."""


class SeriesUnusable(StoreUnavailable):
    """One series gives no numbers at the moment, though the database is there."""


class OutcomeUnknown(SeriatimError):
    """The transaction may or may not have been committed; repeat with the same key."""


class InvariantBroken(SeriatimError):
    """A guard of gaplessness found the books in a state that must not exist: a defect."""


class StoreRefused(SeriatimError):
    """The database cannot be opened as it is: wrong version, not migrated, in use elsewhere."""
