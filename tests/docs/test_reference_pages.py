"""The reference pages say what the code does: no rule, code, route or page is left out."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from seriatim.domain import rules
from seriatim.domain.clock import SystemClock
from seriatim.domain.rules.registry import RULE_SOURCES
from seriatim.http.resource_codes import RESOURCE_CODES
from seriatim.http.routes import all_endpoints
from seriatim.http.wire.paths import camel_path
from seriatim.store.open import open_store

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_compatibility_page_lists_every_rule_and_no_other() -> None:
    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    page = (DOCS / "compatibility.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z0-9_]+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(RULE_SOURCES)


def test_errors_page_lists_every_resource_code() -> None:
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    for resource, fields in RESOURCE_CODES.items():
        for path, code in fields.items():
            name = resource.replace("_", " ")
            field = f": `{camel_path(path)}`" if path else ""
            assert f"| {code} | {name}{field} |" in page


def test_api_page_lists_every_route(sqlite_url: str) -> None:
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    store = open_store(sqlite_url)
    try:
        endpoints = all_endpoints(store, SystemClock())
    finally:
        store.close()
    missing = [
        f"{one.method} {one.path}" for one in endpoints if f"`{one.method} {one.path}`" not in page
    ]
    assert missing == []


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda page: page.name
)
def test_page_links_only_to_files_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
