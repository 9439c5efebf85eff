"""YAML and JSON that commands read, from a file or from standard input."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final, cast

import yaml

from seriatim.cli.faults import UsageFault
from seriatim.http.faults import TransportFault
from seriatim.http.json_codec import decode

INPUT_BYTES_MAX: Final = 64 * 1024 * 1024
STANDARD_INPUT: Final = "-"

_TAG = "tag:yaml.org,2002:"
_MAP = _TAG + "map"


def read_document(source: str) -> object:
    """The content of a file as the API's JSON would be.

    Shape: `-` is standard input; a name ending in .json is JSON, one in .yaml or .yml YAML, any
        other is told by its first character.
    Errors: UsageFault for what cannot be read, means two things or is too long.
    """
    content = _content(source)
    shown = "standard input" if source == STANDARD_INPUT else source
    suffix = Path(source).suffix.lower()
    if suffix == ".json" or (
        suffix not in {".yaml", ".yml"} and content.lstrip()[:1] in {b"{", b"["}
    ):
        return _from_json(content, shown)
    return _from_yaml(content, shown)


def read_lines(source: str) -> list[str]:
    """The lines of a file, without their ends. Errors: UsageFault."""
    try:
        return _content(source).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageFault(f"{source}: is not UTF-8 at byte {error.start}") from None


def to_yaml(document: object) -> str:
    """Shape: texts are quoted, so that no reader takes `NO` for false or `010` for eight."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def to_json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _content(source: str) -> bytes:
    if source == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise UsageFault("name a file, or give the content on standard input")
        content = sys.stdin.buffer.read(INPUT_BYTES_MAX + 1)
    else:
        try:
            with Path(source).open("rb") as file:
                content = file.read(INPUT_BYTES_MAX + 1)
        except OSError as error:
            raise UsageFault(f"{source}: cannot be read: {error.strerror}") from error
    if len(content) > INPUT_BYTES_MAX:
        raise UsageFault(f"{source}: is longer than {INPUT_BYTES_MAX} bytes")
    return content


def _from_json(content: bytes, shown: str) -> object:
    try:
        return decode(content)
    except TransportFault as fault:
        raise UsageFault(f"{shown}: {fault.message}") from None


def _from_yaml(content: bytes, shown: str) -> object:
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split()) or type(error).__name__
        raise UsageFault(f"{shown}: is no YAML that can be read: {problem}") from None


class _Loader(yaml.SafeLoader):
    """Plain values mean what they say: `NO`, `010`, `1:30` and `2026-01-01` are texts.

    Two equal keys are refused, and so are references: neither has a form in JSON.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = cast("Any", self).peek_event().start_mark
            raise yaml.constructor.ConstructorError(None, None, "a reference (*) stands here", mark)
        return super().compose_node(parent, index)

    def construct_object_of_texts(self, node: yaml.MappingNode) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str) or key in found:
                message = (
                    "a key is no text" if not isinstance(key, str) else f"'{key}' stands twice"
                )
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            found[key] = self.construct_object(value_node, deep=True)
        return found


_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_constructors = {
    tag: constructor
    for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.removeprefix(_TAG) in {"bool", "int", "null", "seq", "str"}
}
_Loader.add_constructor(_MAP, _Loader.construct_object_of_texts)
_Loader.add_implicit_resolver(_TAG + "int", re.compile(r"-?(0|[1-9][0-9]*)\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"(true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"(null|~|)\Z"), ["n", "~", ""])


class _Quoted(str):
    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def represent_texts(self, given: dict[str, object]) -> yaml.Node:
        quoted = {
            name: _Quoted(value) if isinstance(value, str) else value
            for name, value in given.items()
        }
        return self.represent_mapping(_MAP, quoted.items())

    def represent_quoted(self, text: _Quoted) -> yaml.Node:
        return self.represent_scalar(_TAG + "str", str(text), style='"')

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(dict, _Dumper.represent_texts)
_Dumper.add_representer(_Quoted, _Dumper.represent_quoted)
