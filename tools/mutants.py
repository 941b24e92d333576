"""Mutation testing of the detection core: do the tests notice when the code is wrong?

`python tools/mutants.py [--sample N] [--seed N] [FILE …]` changes one spot at a time in a copy of
the checkout (a comparison, an and/or, a not, a constant) and runs the tests of detect. Prints the
mutants that nobody noticed, and the share that was killed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
CORE = Path("src/hinomi/detect")
FILES = [
    *(CORE / "plan" / f"{name}.py" for name in (
        "asked", "bucket", "classes", "keys", "layout", "memory", "needles", "program", "search",
        "settle", "shape", "text", "compiled", "view",
    )),
    *(CORE / f"{name}.py" for name in ("reference", "modifiers", "values")),
]  # fmt: skip
TESTS = [
    f"tests/unit/detect/test_{name}.py"
    for name in ("goldens", "modifiers", "placeholders", "needles", "limits", "ruleset", "explain",
                 "kept", "written", "plan", "batches")
]  # fmt: skip
_TIMEOUT_S = 180  # a mutant that never ends is noticed, too
# What only says how a class or a library stores things; no answer depends on it.
_STYLE = {"frozen", "slots", "array_like", "store_patterns"}
_SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def spots(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """(place in the walk, line, what would be changed) for each spot that can be."""
    for place, node in enumerate(ast.walk(tree)):
        said = _change(copy.deepcopy(node))
        if said:
            yield place, getattr(node, "lineno", 0), said


def mutant(source: str, place: int) -> str:
    """The source with the spot changed."""
    tree = ast.parse(source)
    _change(next(node for index, node in enumerate(ast.walk(tree)) if index == place))
    return ast.unparse(tree)


def _change(node: ast.AST) -> str:
    """Changes the node in place and says how; "" when there is nothing to change."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        before, node.ops[0] = node.ops[0], _SWAPS[type(node.ops[0])]()
        return f"{type(before).__name__} → {type(node.ops[0]).__name__}"
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return "and ↔ or"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
        return "not removed"
    if isinstance(node, ast.keyword):
        return _turn(node.value) if node.arg not in _STYLE else ""
    if isinstance(node, (ast.Return, ast.Assign)) and node.value is not None:
        return _turn(node.value)
    if isinstance(node, ast.BinOp) and _is_of_sets(node):
        before, node.op = node.op, ast.BitAnd() if isinstance(node.op, ast.BitOr) else ast.BitOr()
        return f"{type(before).__name__} → {type(node.op).__name__}"
    if isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
        return "branches swapped"
    return ""


def _turn(value: ast.expr) -> str:
    if not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
        return ""
    value.value = not value.value
    return f"{not value.value} → {value.value}"


def _is_of_sets(node: ast.BinOp) -> bool:
    """`a | b` on values; `str | None` is a type, which nothing runs."""
    names = [side.id for side in (node.left, node.right) if isinstance(side, ast.Name)]
    is_type = isinstance(node.right, ast.Constant) or any(name[0].isupper() for name in names)
    return isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Sub)) and not is_type


def is_noticed(checkout: Path) -> bool:
    """Whether any test fails on the changed copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    try:
        done = subprocess.run(
            command, cwd=checkout, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode == 1  # 0: passed; others: the tests did not run, which proves nothing


def main() -> int:
    """The share of mutants that the tests noticed; 1 below 85 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--sample", type=int, default=100, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = [
        (file, place, line, said)
        for file in arguments.files or FILES
        for place, line, said in spots(ast.parse((ROOT / file).read_text()))
    ]
    random.Random(arguments.seed).shuffle(found)
    tried = found[: arguments.sample]
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder, "checkout")
        for name in ("src", "tests", "rules", "benchmarks", "pyproject.toml"):
            part = ROOT / name
            copy_part = shutil.copytree if part.is_dir() else shutil.copy
            checkout.mkdir(exist_ok=True)
            copy_part(part, checkout / name)
        for file, place, line, said in tried:
            whole = (checkout / file).read_text()
            (checkout / file).write_text(mutant(whole, place))
            if is_noticed(checkout):
                killed += 1
            else:
                print(f"{file}:{line}: nobody noticed: {said}", flush=True)
            (checkout / file).write_text(whole)
    share = killed / len(tried) if tried else 1.0
    print(f"{killed} of {len(tried)} mutants killed ({share:.0%}); there are {len(found)} in all.")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())
