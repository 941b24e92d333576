"""Keeps what we took from npm honest: `vendor.py` checks, `vendor.py --write` renews our excerpt.

Checks that every vendored file still has the sha256 of VENDOR.json, and that the excerpt of the
design tokens that pages load (only those our styles use: a sixth of the bytes) is up to date.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

STATIC = Path(__file__).parents[1] / "src/hinomi/portal/ui/static/ui"
VENDOR = STATIC / "vendor"
TOKENS = VENDOR / "dads-tokens-1.1.9/tokens.css"
STYLES = ("app.css", "case.css", "console.css", "forms.css")
_START, _END = "/* tokens: written by tools/vendor.py */", "/* end of tokens */"


def changed_files() -> list[str]:
    """Vendored files whose content is not what VENDOR.json says."""
    listed = json.loads((VENDOR / "VENDOR.json").read_text())["files"]
    return [each["path"] for each in listed if _sha256(VENDOR / each["path"]) != each["sha256"]]


def excerpt() -> str:
    """The `:root` block with the tokens our styles use, with the vendor's values."""
    known = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", TOKENS.read_text()))
    used = {name for style in STYLES for name in _names(_own(STATIC / style)) if name in known}
    while more := {name for each in used for name in _names(known[each])} - used:
        used |= more
    lines = "".join(f"{name}:{known[name]};" for name in known if name in used)
    return f"{_START}\n:root{{{lines}}}\n{_END}"


def present() -> str:
    """The excerpt as app.css holds it."""
    text = (STATIC / "app.css").read_text()
    return text[text.index(_START) : text.index(_END) + len(_END)]


def main(argv: list[str]) -> int:
    """Exit 1 when something differs."""
    path = STATIC / "app.css"
    if "--write" in argv:
        path.write_text(path.read_text().replace(present(), excerpt()))
    wrong = changed_files() + ([] if present() == excerpt() else ["app.css: tokens"])
    sys.stdout.write("".join(f"differs: {name}\n" for name in wrong))
    return 1 if wrong else 0


def _own(path: Path) -> str:
    """Our own part of a style sheet."""
    text = path.read_text()
    return text.replace(present(), "") if path.name == "app.css" else text


def _names(text: str) -> list[str]:
    return re.findall(r"var\((--[\w-]+)", text)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
