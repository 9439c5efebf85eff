"""Refusals that only the transport knows: broken requests, wrong paths, wrong headers."""

from __future__ import annotations

from seriatim.domain.errors import Category, PathPart, SeriatimError
from seriatim.http.resource_codes import HEADER, REQUEST

HeaderPairs = tuple[tuple[bytes, bytes], ...]


class TransportFault(SeriatimError):
    """The request broke before any service saw it.

    Shape: `headers` go out with the answer; `closes` ends the connection after it.
    """

    def __init__(
        self,
        status: int,
        category: Category,
        message: str,
        *,
        resource: str = REQUEST,
        path: tuple[PathPart, ...] = (),
        headers: HeaderPairs = (),
        closes: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(message, detail=detail)
        self.status = status
        self.category = category
        self.resource = resource
        self.path = path
        self.headers = headers
        self.closes = closes


class ClientGone(Exception):
    """The client left before its request was whole: there is nobody to answer."""


def bad_header(name: str, message: str, *, status: int = 400) -> TransportFault:
    return TransportFault(
        status, Category.INVALID_VALUE, f"{name}: {message}", resource=HEADER, path=(name,)
    )


def no_such_path() -> TransportFault:
    return TransportFault(404, Category.NOT_FOUND, "there is nothing at this path")


def method_not_allowed(allow: bytes) -> TransportFault:
    message = f"the method is not supported here; supported are {allow.decode('ascii')}"
    return TransportFault(405, Category.METHOD_NOT_SUPPORTED, message, headers=((b"allow", allow),))


def invalid_parameter(name: str, message: str) -> TransportFault:
    """A query parameter that cannot be taken as it is."""
    return TransportFault(400, Category.INVALID_PARAMETER, f"{name}: {message}")


def missing_parameter(name: str) -> TransportFault:
    return TransportFault(400, Category.MISSING_PARAMETER, f"{name}: is required")
