"""A folder of rules → a pack: only rules that load, whose own examples come true, with a changelog.

Whoever signs says with it that these rules were tested; so they are, here.
"""

from __future__ import annotations

import hashlib
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hinomi import __version__
from hinomi.core.errors import Place, UsageError
from hinomi.detect import load_rules, rule_files
from hinomi.detect.packs import (
    LARGEST_CHANGELOG,
    Manifest,
    PackFile,
    PackRefused,
    decode,
    encode,
    rules_of,
    section_of,
)
from hinomi.pipeline.packs.parcel import Pack
from hinomi.pipeline.rule_sequences import run_sequences
from hinomi.pipeline.rules import run_examples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_SHOWN = 5


def build_pack(
    folder: Path, *, name: str, version: str, changelog: Path, now: datetime, hinomi: str = ""
) -> Pack:
    """`hinomi` is the least version of the program it needs (default: this one)."""
    files = _read(folder)
    manifest = Manifest(
        name=name,
        version=version,
        made_at=now,
        hinomi=hinomi or __version__,
        changelog=_changelog(changelog, version),
        rules=rules_of(files),
        files=tuple(_file(path, content) for path, content in files.items()),
    )
    _require_examples(folder, now)
    decode(encode(manifest), where=str(folder))  # what we would refuse is not built
    return Pack(manifest, files)


def _read(folder: Path) -> Mapping[str, bytes]:
    if not folder.is_dir():
        raise UsageError("A pack is built from a folder of rules.", place=Place(str(folder)))
    found = {
        str(PurePosixPath(path.relative_to(folder))): path.read_bytes()
        for path in rule_files([folder])
    }
    if not found:
        raise UsageError("No rule is in this folder.", place=Place(str(folder)))
    return dict(sorted(found.items()))


def _file(path: str, content: bytes) -> PackFile:
    return PackFile(path, hashlib.sha256(content).hexdigest(), len(content))


def _changelog(path: Path, version: str) -> str:
    """Who is asked to activate a version must be able to read what is new in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackRefused(
            "A pack needs a changelog in UTF-8.",
            place=Place(str(path)),
            advice="Write CHANGELOG.md into the folder, or give --changelog FILE.",
        ) from error
    if len(text) > LARGEST_CHANGELOG:
        raise PackRefused(f"longer than {LARGEST_CHANGELOG:,} characters", place=Place(str(path)))
    if not section_of(text, version):
        raise PackRefused(
            f"The changelog says nothing of {version}.",
            place=Place(str(path)),
            advice=f"Add `## {version}` and what is new below it.",
        )
    return text


def _require_examples(folder: Path, now: datetime) -> None:
    """Correlations are played against the rules of the pack alone."""
    loaded = load_rules([folder])
    ran = chain(run_examples(loaded.rules, now=now), run_sequences(loaded, now=now))
    wrong = [verdict for verdict in ran if verdict.fault]
    if wrong:
        shown = "; ".join(
            f"{one.rule.title}: {one.expected} {one.number} {one.fault}" for one in wrong[:_SHOWN]
        )
        raise PackRefused(
            f"{len(wrong)} examples of its rules do not come true: {shown}",
            place=Place(str(folder)),
            advice="See `hinomi rules test FOLDER`.",
        )
