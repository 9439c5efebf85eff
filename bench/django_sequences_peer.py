"""The peer: `django-sequences`, with the INSERT of the same columns in the same transaction.

Threads, each with a connection of its own that lasts as long as the turn; Django's settings are
its defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from bench.peer_rows import MAKE_PEER_TABLE, insert_numbered
from bench.side import plan, take_turns
from bench.threads import turn_of_threads

_INSERT: Final = insert_numbered("given", "FROM (SELECT %s::bigint AS given) AS one")


def _configure(url: str) -> None:
    place = urlsplit(url)
    settings.configure(
        INSTALLED_APPS=["sequences"],
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.path.removeprefix("/"),
                "USER": place.username,
                "PASSWORD": place.password,
                "HOST": place.hostname,
                "PORT": place.port,
            }
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def _prepared() -> Iterator[Callable[[], None]]:
    from sequences import get_next_value

    def step() -> None:
        with transaction.atomic():
            number = get_next_value("invoice")
            with connection.cursor() as cursor:
                cursor.execute(_INSERT, [number])

    connection.ensure_connection()
    try:
        yield step
    finally:
        connection.close()


def _main() -> None:
    wanted = plan()
    _configure(wanted["url"])
    with connection.cursor() as cursor:
        cursor.execute(MAKE_PEER_TABLE)
    take_turns(lambda seconds: turn_of_threads(wanted["callers"], _prepared, seconds))


if __name__ == "__main__":
    _main()
