"""A new database is laid as it is; an old one walks through the migrations. Both end alike."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_a_laid_database_equals_a_walked_one(tmp_path: Path) -> None:
    """Tests and new towers lay; a tower that is updated walks. A migration that forgets an index
    or says another type would show only at customers."""
    laid, walked = tmp_path / "laid", tmp_path / "walked"
    _run(laid, "-m", "hinomi.portal.manage", "migrate")
    _run(walked, "-m", "hinomi.portal.manage", "django", "migrate", "-v0")
    one, other = _described(laid), _described(walked)
    assert one.keys() == other.keys()
    assert {table: one[table] for table in one if one[table] != other[table]} == {
        table: other[table] for table in one if one[table] != other[table]
    }


def test_a_kill_while_laying_leaves_an_empty_database(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    _run(folder, "-c", _DIES_LATE, "migrate", check=False)
    with closing(sqlite3.connect(folder / "portal.sqlite")) as database_file:
        assert database_file.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    _run(folder, "-m", "hinomi.portal.manage", "migrate")
    assert _described(folder)["applied"]


_DIES_LATE = """
import os, sys
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.ensure_schema = lambda recorder: os._exit(9)
from hinomi.portal.manage import main
sys.exit(main())
"""


def _run(folder: Path, *words: str, check: bool = True) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "HINOMI_DATA": str(folder), "HINOMI_DATABASE": ""},
        check=check,
        capture_output=True,
    )


def _described(folder: Path) -> dict[str, Any]:
    """What can differ, without what may: the order of columns and of constraints."""
    with closing(sqlite3.connect(folder / "portal.sqlite")) as database_file:
        rows = database_file.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        described = {
            f"{kind} {name}": _parts(sql)
            for kind, name, _, sql in rows
            if not name.startswith("sqlite_")
        }
        described["applied"] = sorted(
            database_file.execute("SELECT app, name FROM django_migrations")
        )
    return described


def _parts(sql: str) -> list[str]:
    """The definition cut at its commas outside of brackets, sorted."""
    text = re.sub(r"\s+", " ", sql)
    depth, parts = 0, [""]
    for letter in text.removesuffix(")"):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += letter
    head, _, first = parts[0].partition("(")
    return [head.strip(), *sorted(part.strip() for part in (first, *parts[1:]))]
