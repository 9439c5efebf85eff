from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import seriatim.domain.rules
from seriatim.domain.document_type import DocumentType
from seriatim.domain.errors import Category, Violation
from seriatim.http.resource_codes import RESOURCE_CODES, WHOLE, code_of, resource_code


def test_codes_are_unique_and_have_six_digits() -> None:
    codes = [code for fields in RESOURCE_CODES.values() for code in fields.values()]
    assert len(codes) == len(set(codes))
    assert all(500_000 <= code <= 999_999 for code in codes)


def test_every_resource_has_a_code_as_a_whole_and_its_own_block() -> None:
    blocks = [{code // 1000 for code in fields.values()} for fields in RESOURCE_CODES.values()]
    assert all(WHOLE in fields for fields in RESOURCE_CODES.values())
    assert all(len(block) == 1 for block in blocks)


def test_codes_once_given_stay() -> None:
    """The ones that clients have been told of; a change here breaks them."""
    assert resource_code("sequence_set", ("name",)) == 621001
    assert resource_code("sequence_set", ("sequence_set_number",)) == 621002
    assert resource_code("sequence_set", ("refund", "start_number")) == 621017
    assert resource_code("sequence_set", ("sequence_sets",)) == 621019
    assert resource_code("document_number", ("last_number",)) == 622011
    assert resource_code("settings", ("time_zone",)) == 624004
    assert resource_code("oauth_client", ("entity_ids",)) == 626003
    assert resource_code("header", ("Idempotency-Key",)) == 627002
    assert resource_code("account", ("sequence_set_id",)) == 629004
    assert resource_code("document", ("invoice_items", 0, "amount")) == 630011
    assert resource_code("request", ()) == 500000


@pytest.mark.parametrize("document_type", DocumentType)
def test_every_document_type_of_a_set_has_its_codes(document_type: DocumentType) -> None:
    fields = RESOURCE_CODES["sequence_set"]
    name = document_type.field_name
    assert {(name,), (name, "prefix"), (name, "start_number")} <= set(fields)


def test_index_does_not_count() -> None:
    assert resource_code("document_number", ("references", 17)) == 622007


def test_code_is_resource_then_category() -> None:
    path = ("invoice", "prefix")
    assert code_of(Violation("sequence_set", path, Category.INVALID_VALUE, "")) == 62100420
    based = Violation("sequence_set", path, Category.RULE, "", base=("sequence_sets", 3))
    assert code_of(based) == 62100430


def test_unknown_field_counts_as_its_resource() -> None:
    for path in (("colour",), ("invoice", "colour"), ("name",)):
        violation = Violation("sequence_set", path, Category.UNKNOWN_FIELD, "")
        assert code_of(violation) == 62100021


def test_forgotten_row_is_a_poorer_code_and_no_failure() -> None:
    assert resource_code("sequence_set", ("forgotten",)) == 621000
    assert resource_code("forgotten", ("name",)) == 500000


def test_every_field_that_a_rule_names_has_a_code() -> None:
    """Reads the rules' own text, so that a new rule on a new field fails here."""
    named = {
        (module, fields) for module, tree in _rule_modules().items() for fields in _fields_in(tree)
    }
    assert named, "no rule names a field: this test looks in the wrong place"
    resource_of = {module: _resource_of(module) for module, _ in named}
    missing = [
        (module, fields)
        for module, fields in named
        if fields not in RESOURCE_CODES[resource_of[module]]
    ]
    assert missing == []


def _rule_modules() -> dict[str, ast.Module]:
    package = seriatim.domain.rules
    names = [f"{package.__name__}.{item.name}" for item in pkgutil.iter_modules(package.__path__)]
    trees = {}
    for name in names:
        file = importlib.import_module(name).__file__
        assert file is not None
        trees[name] = ast.parse(Path(file).read_text(encoding="utf-8"))
    return trees


def _resource_of(module: str) -> str:
    """The resource that the module's `violation` names, wherever that was imported from."""
    home = importlib.import_module(module).violation.__module__
    resource: str = importlib.import_module(home).RESOURCE
    return resource


def _fields_in(tree: ast.Module) -> set[tuple[str, ...]]:
    """The literal paths given to `violation(category, message, *path)`."""
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "violation":
            parts = [
                part.value
                for part in node.args[2:]
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            type_part = any(
                isinstance(part, ast.Attribute) and part.attr == "field_name"
                for part in node.args[2:]
            )
            if parts or type_part:
                found.add(("invoice", *parts) if type_part else tuple(parts))
    return found
