"""The small changes that a test should notice: each turns a module into a mutant of itself."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}


class Change(NamedTuple):
    """Shape: `place` counts within the module; `line` is where it starts."""

    place: int
    line: int
    what: str


def changes_of(source: str) -> list[Change]:
    """Every change that can be made to a module. Order: always the same."""
    walk = _Walk(None)
    walk.visit(ast.parse(source))
    return walk.found


def mutant_of(source: str, change: Change) -> ast.Module:
    tree: ast.Module = _Walk(change.place).visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


class _Walk(ast.NodeTransformer):
    """Finds every change, and makes the one that is wanted.

    Shape: annotations, decorators and messages are left alone: they decide nothing.
    """

    def __init__(self, wanted: int | None) -> None:
        self.found: list[Change] = []
        self._wanted = wanted

    def _makes(self, node: Any, what: str) -> bool:
        self.found.append(Change(len(self.found), node.lineno, what))
        return len(self.found) - 1 == self._wanted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # ast's name
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        node.args.kw_defaults = [one and self.visit(one) for one in node.args.kw_defaults]
        node.body = [self.visit(one) for one in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = node.value and self.visit(node.value)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(one) for one in node.body]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, old in enumerate(node.ops):
            new = _COMPARED[type(old)]
            if self._makes(node, f"{_name(old)} becomes {new.__name__}"):
                node.ops[place] = new()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        if self._makes(node, f"{_name(node.op)} becomes {_name(new)}"):
            node.op = new
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self._makes(node, "Not is left out"):
            return node.operand
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        self._recount(node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        self._recount(node)
        return node

    def _recount(self, node: ast.BinOp | ast.AugAssign) -> None:
        new = _COUNTED.get(type(node.op))
        if new is not None and self._makes(node, f"{_name(node.op)} becomes {new.__name__}"):
            node.op = new()

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            if self._makes(node, f"{node.value} becomes {not node.value}"):
                return ast.copy_location(ast.Constant(not node.value), node)
        elif isinstance(node.value, int) and self._makes(node, f"{node.value} becomes one more"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return node
        self.generic_visit(node)
        self._negate(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        self._negate(node)
        return node

    def _negate(self, node: ast.If | ast.IfExp) -> None:
        # Of a comparison there are changes that say more.
        is_plain = isinstance(node.test, (ast.Name, ast.Attribute, ast.Call))
        if is_plain and self._makes(node, "the condition is negated"):
            node.test = ast.UnaryOp(ast.Not(), node.test)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        is_none = node.value is None or ast.unparse(node.value) == "None"
        if not is_none and self._makes(node, "None is returned"):
            node.value = ast.Constant(None)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        call = node.value
        if isinstance(call, ast.Call) and self._makes(
            node, f"{ast.unparse(call.func)}() is left out"
        ):
            return ast.copy_location(ast.Pass(), node)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if self._makes(node, "raise is left out"):
            return ast.copy_location(ast.Pass(), node)
        return node


def _name(operator: ast.AST) -> str:
    return type(operator).__name__
