"""Every rule is registered with its source and tested for what it refuses and what it lets pass."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import seriatim.domain.rules.accounts
import seriatim.domain.rules.documents
import seriatim.domain.rules.issuing
import seriatim.domain.rules.set_requests
import seriatim.domain.rules.set_state
from seriatim.domain.rules.registry import RULE_SOURCES, rule

HERE = Path(__file__).parent


def _test_names() -> set[str]:
    return {
        node.name
        for file in HERE.glob("test_rules_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("name", sorted(RULE_SOURCES))
def test_rule_has_a_test_of_what_it_refuses_and_of_what_it_accepts(name: str) -> None:
    assert {f"test_{name}_broken_is_refused", f"test_{name}_kept_is_accepted"} <= _test_names()


@pytest.mark.parametrize(("name", "source"), sorted(RULE_SOURCES.items()))
def test_rule_names_the_page_of_the_contract_it_comes_from(name: str, source: str) -> None:
    pages = ("sequence-sets", "numbering", "documents")
    assert source.startswith(tuple(f"contract/{page}.md, " for page in pages)), name


def test_rules_are_as_many_as_the_functions_that_yield_violations() -> None:
    """A rule that nobody registered would be missing from the documentation."""
    folder = Path(seriatim.domain.rules.issuing.__file__).parent
    functions = [
        node
        for file in folder.glob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.returns is not None
    ]
    yielding = {
        function.name
        for function in functions
        if ast.unparse(function.returns or function) == "Iterator[Violation]"
    }
    assert yielding - set(RULE_SOURCES) == {"fields_are_well_formed"}  # the sum of several


def test_second_rule_of_one_name_is_refused() -> None:
    with pytest.raises(ValueError, match="two rules are named set_name_is_free"):
        rule("a test")(seriatim.domain.rules.set_state.set_name_is_free)
