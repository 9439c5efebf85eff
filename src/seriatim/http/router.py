"""From a path to what answers there, without regular expressions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from seriatim.http.answer import Answer
from seriatim.http.exchange import Exchange

Action = Callable[[Exchange], Awaitable[Answer]]

_METHODS_IN_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(slots=True)
class RoutedPath:
    """One path template and its methods; HEAD comes with GET, OPTIONS with everything."""

    template: str
    parameter_names: tuple[str, ...]
    actions: dict[str, Action] = field(default_factory=dict)

    def action(self, method: str) -> Action | None:
        return self.actions.get("GET" if method == "HEAD" else method)

    @property
    def allow(self) -> bytes:
        allowed = {*self.actions, "OPTIONS"} | ({"HEAD"} if "GET" in self.actions else set())
        return ", ".join(name for name in _METHODS_IN_ORDER if name in allowed).encode("ascii")


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routed: RoutedPath | None = None


Found = tuple[RoutedPath, tuple[str, ...]]


class Router:
    """Shape: templates such as `/v1/series/{id}/gaps`; a parameter is one whole segment and
    never empty; a literal segment goes before a parameter.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self._without_parameters: dict[str, Found] = {}
        self._ending_in_parameter: dict[str, RoutedPath] = {}

    def add(self, method: str, template: str, action: Action) -> None:
        """Errors: ValueError for a method given twice, or a parameter with two names."""
        node, names = self._root, []
        for segment in _segments(template):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if node.routed is None:
            node.routed = RoutedPath(template, tuple(names))
            parent, _, last = template.rpartition("/")
            if not names:
                self._without_parameters[template] = (node.routed, ())
            elif len(names) == 1 and last.startswith("{"):
                self._ending_in_parameter[parent] = node.routed
        elif node.routed.template != template:
            raise ValueError(f"'{template}' and '{node.routed.template}' are one path")
        if method in node.routed.actions:
            raise ValueError(f"{method} {template} is routed twice")
        node.routed.actions[method] = action

    def find(self, path: str) -> Found | None:
        """Cost: one look-up for paths without parameters, two for `/…/{key}`."""
        found = self._without_parameters.get(path)
        if found is not None:
            return found
        if not path.startswith("/") or "\x00" in path:
            return None
        parent, _, last = path.rpartition("/")
        routed = self._ending_in_parameter.get(parent)
        if routed is not None and last:
            return routed, (last,)
        return _walk(self._root, _segments(path), 0, ())

    def find_quoted(self, raw_path: bytes) -> Found | None:
        """The same for a path as it was sent, in which a quoted slash is part of its segment."""
        path = raw_path.partition(b"?")[0]
        if not path.startswith(b"/"):
            return None
        try:
            segments = [unquote_to_bytes(one).decode() for one in path[1:].split(b"/")]
        except UnicodeDecodeError:
            return None
        if any("\x00" in segment for segment in segments):
            return None
        return _walk(self._root, segments, 0, ())


def _segments(path: str) -> list[str]:
    return path[1:].split("/")


def _walk(node: _Node, segments: list[str], depth: int, values: tuple[str, ...]) -> Found | None:
    """Descend; the depth is that of the route table, however long the path."""
    if depth == len(segments):
        return (node.routed, values) if node.routed is not None else None
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None and (found := _walk(literal, segments, depth + 1, values)):
        return found
    if node.parameter is None or not segment:
        return None
    return _walk(node.parameter, segments, depth + 1, (*values, segment))
