"""Ours: threads of one process that call the library, `Numbering.issue`, each call for as many numbers
as the plan says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.side import plan, take_turns
from bench.threads import turn_of_threads
from seriatim import Numbering


def _main() -> None:
    wanted = plan()
    count: int = wanted["count"]
    with Numbering(wanted["url"]) as numbering:

        @contextmanager
        def prepared() -> Iterator[Callable[[], None]]:
            def step() -> None:
                issued = numbering.issue("invoice", count=count)
                if issued.count != count:
                    raise AssertionError(f"{issued.count} numbers instead of {count}")

            yield step

        take_turns(lambda seconds: turn_of_threads(wanted["callers"], prepared, seconds))


if __name__ == "__main__":
    _main()
