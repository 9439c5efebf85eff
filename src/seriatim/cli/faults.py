"""What can go wrong on this side of the service."""

from __future__ import annotations

from collections.abc import Sequence

from seriatim.domain.errors import SeriatimError


class UsageFault(SeriatimError):
    """The command was given wrongly: nothing was tried."""


class ServerUnreachable(SeriatimError):
    """No request has reached the server; nothing was done."""


class AnswerNotUnderstood(SeriatimError):
    """An answer that no server of this API gives."""


class RefusedByService(SeriatimError):
    """An answer with `success: false`.

    Shape: `kind` is the error of the tree that the answer stands for, `reasons` are its
        messages, each with the path of the field before it.
    """

    def __init__(self, kind: type[SeriatimError], reasons: Sequence[str]) -> None:
        self.kind = kind
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


def kind_of(error: SeriatimError) -> type[SeriatimError]:
    """What an error means, whether it comes from a database or from a server."""
    return error.kind if isinstance(error, RefusedByService) else type(error)
