"""The list of rules: each is one function that yields violations, with its source.

`docs/compatibility.md` lists the same names; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ParamSpec

from seriatim.domain.errors import Violation

Arguments = ParamSpec("Arguments")

RULE_SOURCES: dict[str, str] = {}


def rule(
    source: str,
) -> Callable[[Callable[Arguments, Iterator[Violation]]], Callable[Arguments, Iterator[Violation]]]:
    def register(
        function: Callable[Arguments, Iterator[Violation]],
    ) -> Callable[Arguments, Iterator[Violation]]:
        if function.__name__ in RULE_SOURCES:
            raise ValueError(f"two rules are named {function.__name__}")
        RULE_SOURCES[function.__name__] = source
        return function

    return register
