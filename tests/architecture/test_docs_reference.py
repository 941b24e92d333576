"""The reference tells the truth: generated pages are fresh, their examples do what they show."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tools.reference import Example, notes

from hinomi.collect.answers import REFUSALS
from hinomi.columns.batch import schema_of
from hinomi.portal.access.permissions import ROLE_PERMISSIONS, Permission

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference"
EXAMPLES = [
    pytest.param(example, id=example.run.replace("/", "."))
    for about in notes().commands.values()
    for example in about.examples
    if example.checked
]
# Somebody who adds a rule need not touch the examples: only the number of rules may differ.
_COUNTS = re.compile(r"\d+(?= (?:of \d+ )?rules)|(?<=of )\d+(?= rules)|\d+(?= examples of)")
_USED = re.compile(r"(Rules used +)\d+")


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def test_the_generated_pages_are_fresh() -> None:
    """`python -m tools.reference` writes them anew; the diff is the review."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.reference", "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, f"{done.stderr}Run: python -m tools.reference"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_does_what_the_page_shows(example: Example) -> None:
    environment = {name: value for name, value in os.environ.items() if "HINOMI" not in name}
    words = shlex.split(example.run)
    assert words[0] == "hinomi"
    done = subprocess.run(
        [sys.executable, "-m", "hinomi.cli.main", *words[1:]],
        input=example.stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == example.exit, done.stderr
    assert _without_counts(done.stdout) == _without_counts(example.shows)


def _without_counts(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return _USED.sub(r"\1N", _COUNTS.sub("N", "\n".join(lines)))


def test_every_refusal_of_the_ingest_address_is_documented() -> None:
    text = page("ingest.md")
    for status, word in REFUSALS.values():
        assert re.search(rf"\| {status} \|.*`{word}`", text), f"{status} {word}"


def test_every_table_of_the_stores_is_documented() -> None:
    text = page("data.md")
    files = list((ROOT / "src" / "hinomi" / "store" / "schema").rglob("*.sql"))
    made = {
        name: file.name
        for file in files
        for name in re.findall(r"CREATE TABLE (\w+)", file.read_text(encoding="utf-8"))
    }
    assert made
    assert not {name: file for name, file in made.items() if f"`{name}`" not in text}


def test_every_column_of_the_lake_is_documented() -> None:
    names = schema_of((), shape="any").names
    assert not [name for name in names if f"`{name}`" not in page("data.md")]


def test_every_permission_and_role_is_documented() -> None:
    text = page("access.md")
    assert not [each for each in (*Permission, *ROLE_PERMISSIONS) if f"`{each}`" not in text]
