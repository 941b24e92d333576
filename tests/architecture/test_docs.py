"""What the documents name is there: files, functions, links."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from hinomi.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "hinomi"
TOUR = ROOT / "docs" / "tour.md"
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").glob("*.md"))
    if path.name != "0000-template.md"
)
_NAMED = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|yml|txt|md))(?::([\w.]+))?`")
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_COMMAND = re.compile(r"(?:`|^\$ |\| )hinomi ([a-z]+)", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def named(path: Path) -> list[tuple[str, str]]:
    """(file, function or "") of everything a page names in backticks."""
    return _NAMED.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))


def find(name: str) -> Path | None:
    """A file named from the checkout's root or from the package."""
    return next((base / name for base in (ROOT, SRC) if (base / name).is_file()), None)


def definitions(path: Path) -> set[str]:
    """`function`, `Class` and `Class.method` of a module."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (ast.FunctionDef, ast.AsyncFunctionDef)
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, methods)}
    return found


def test_every_file_and_function_of_the_tour_exists() -> None:
    """A newcomer opens each of them; a name that is gone would cost their trust in the rest."""
    names = named(TOUR)
    assert len([function for _, function in names if function]) > 30
    missing = []
    for name, function in names:
        path = find(name)
        if path is None or (function and function not in definitions(path)):
            missing.append(f"{name}:{function}")
    assert not missing


def test_the_tour_is_read_in_ten_minutes() -> None:
    text = TOUR.read_text(encoding="utf-8")
    assert len(text.split()) < 1_400
    assert len(text.splitlines()) < 80


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_page_names_exists(path: Path) -> None:
    names = {name for name, _ in named(path) if "/" in name}
    beside = {name for name in names if (path.parent / name).is_file()}
    assert not [name for name in names - beside if find(name) is None]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target, anchor in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        leads_to = (path.parent / target) if target else path
        if not leads_to.exists() or (anchor and anchor not in anchors(leads_to)):
            broken.append(f"{target}#{anchor}")
    assert not broken


def anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_a_page_names_exists(path: Path) -> None:
    found = set(_COMMAND.findall(path.read_text(encoding="utf-8")))
    assert not found - set(COMMANDS)
