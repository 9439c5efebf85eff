"""A PostgreSQL and a store in a network of their own, whose cable is pulled at a chosen moment.

    python -m tests.integration.pulled_cable

Shape: prints one JSON object: what each issue came to. Run it as root in a network namespace
    (`unshare --net`): whoever else talks over the loopback device there is cut off as well.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from unittest.mock import patch

from seriatim.domain.errors import SeriatimError, StoreUnavailable
from seriatim.store.open import open_store
from seriatim.store.postgres_statements import PreparedStatements
from tests.conformance.desk import Desk, new_desk
from tests.conftest import make_template
from tests.postgres_server import temporary_server

TRIES_MAX = 30
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def set_cable(*, is_in: bool) -> None:
    """Of the loopback device. Out, what was sent is lost without a word to either side."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, _SIOCGIFFLAGS, asked), 16)
        flags = flags | _IFF_UP if is_in else flags & ~_IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags))


@contextmanager
def pulled_before_commit() -> Iterator[None]:
    """The cable is pulled when a transaction is about to be committed."""
    command = PreparedStatements.command

    def pull_then_send(self: PreparedStatements, text: bytes) -> object:
        if text == b"COMMIT":
            set_cable(is_in=False)
        return command(self, text)

    with patch.object(PreparedStatements, "command", pull_then_send):
        yield


def issued(desk: Desk) -> str:
    """The number, or the name of the error."""
    try:
        return desk.texts()[0]
    except SeriatimError as error:
        return type(error).__name__


def issued_again(desk: Desk) -> str:
    """The number, as soon as there is one: each connection may first find out that it is dead."""
    for _ in range(TRIES_MAX):
        given = issued(desk)
        if given != StoreUnavailable.__name__:
            return given
        time.sleep(1)
    return "never"


def faults(desk: Desk, url: str) -> list[str]:
    with closing(open_store(url)) as store:
        reports = replace(desk, store=store).verify()
    return [name for name, report in reports.items() if not report.is_verified]


def main() -> None:
    set_cable(is_in=True)
    with temporary_server() as server:
        url = server.create_database("cable")
        make_template(url)
        store = open_store(url)
        desk = new_desk(store)
        story: dict[str, object] = {"before": issued(desk)}
        with pulled_before_commit():
            story["pulled before COMMIT"] = issued(desk)
        set_cable(is_in=True)
        story["put in again"] = issued_again(desk)
        store.close()
        story["faults"] = faults(desk, url)
    sys.stdout.write(json.dumps(story))


if __name__ == "__main__":
    main()
