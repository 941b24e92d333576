"""Finds every code that the portal's sources hand to `audit.record`, by reading them.

A code made of parts is followed: what a variable is set to in its function, and what callers in the
same app pass for a parameter.
"""

from __future__ import annotations

import ast
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import hinomi.portal
from hinomi.portal.access.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTAL = Path(hinomi.portal.__file__).parent
UNKNOWN = "*"  # what reading alone cannot tell


def codes() -> set[str]:
    """Every code, parts that nobody can read off the source as `*`."""
    found: set[str] = set()
    for app in sorted(path for path in PORTAL.iterdir()):
        files = [app] if app.suffix == ".py" else sorted(app.rglob("*.py"))
        trees = [ast.parse(file.read_text("utf-8")) for file in files]
        for tree in trees:
            for function in _functions(tree):
                for call in _calls(function, "record"):
                    found |= {
                        code
                        for keyword in call.keywords
                        if keyword.arg == "what"
                        for code in _values(keyword.value, function, trees, 0)
                    }
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if getattr(called, "attr", getattr(called, "id", "")) == name:
                yield node


def _values(
    node: ast.expr, function: ast.FunctionDef, trees: list[ast.Module], depth: int
) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _values(node.body, function, trees, depth) | _values(
            node.orelse, function, trees, depth
        )
    if isinstance(node, ast.JoinedStr):
        parts = [
            _values(
                part.value if isinstance(part, ast.FormattedValue) else part, function, trees, depth
            )
            for part in node.values
        ]
        return {"".join(each) for each in itertools.product(*parts)}
    if isinstance(node, ast.Attribute) and node.attr == "value":
        right = getattr(node.value, "attr", "")
        return {Permission[right].value} if right in Permission.__members__ else {UNKNOWN}
    if isinstance(node, ast.Name) and depth < 4:
        return _named(node.id, function, trees, depth) or {UNKNOWN}
    return {UNKNOWN}


def _named(name: str, function: ast.FunctionDef, trees: list[ast.Module], depth: int) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            found |= _values(node.value, function, trees, depth + 1)
    places = [argument.arg for argument in function.args.args]
    if name not in places + [argument.arg for argument in function.args.kwonlyargs]:
        return found
    own = [tree for tree in trees if function in ast.walk(tree)]
    for tree in own if function.name.startswith("_") else trees:
        for caller in _functions(tree):
            for call in _calls(caller, function.name):
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                if name in places and places.index(name) < len(call.args):
                    given[name] = call.args[places.index(name)]
                if name in given:
                    found |= _values(given[name], caller, trees, depth + 1)
    return found
