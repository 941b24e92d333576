"""Small packs for tests: rules by a few words, made, signed and installed as the command does."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from hinomi.pipeline.packs.build import build_pack
from hinomi.pipeline.packs.installed import Installed, Receipt, install
from hinomi.pipeline.packs.parcel import Pack, pack_body, seal

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
_RULE = """title: Says {word}
id: 00000000-0000-4000-8000-0000000000{number:02d}
level: {level}
logsource: {{product: linux}}
detection:
  words: ['{word}']
  condition: words
hinomi:
  title_ja: 印
  tests:
    hit: [{{kind: linux, raw: 'Nov 21 10:12:01 srv app[1]: {word} 1'}}]
    miss: [{{kind: linux, raw: 'Nov 21 10:12:01 srv app[1]: quiet 1'}}]
"""


def rule_text(number: int, word: str, *, level: str = "high") -> str:
    """A rule that fires on a word, with its examples."""
    return _RULE.format(number=number, word=word, level=level)


def rule_id(number: int) -> str:
    return f"00000000-0000-4000-8000-0000000000{number:02d}"


def folder_of(path: Path, rules: dict[int, str], *, version: str = "1.0") -> Path:
    """A folder of rules with a changelog that speaks of the version."""
    path.mkdir(parents=True)
    for number, word in rules.items():
        (path / f"rule-{number}.yml").write_text(rule_text(number, word))
    (path / "CHANGELOG.md").write_text(
        f"# Changes\n\n## {version}\n\n- new words\n\n## 0.9\n\nold\n"
    )
    return path


def made(path: Path, rules: dict[int, str], *, version: str = "1.0", name: str = "town") -> Pack:
    """A pack built from such a folder."""
    folder = folder_of(path / f"{name}-{version}", rules, version=version)
    return build_pack(
        folder, name=name, version=version, changelog=folder / "CHANGELOG.md", now=NOW
    )


def put(data: Path, pack: Pack) -> Installed:
    """Installed as if somebody had signed it."""
    receipt = Receipt(sha256(pack_body(pack)).hexdigest(), "守", "key", NOW, "test")
    return install(pack, receipt, data=data)


def written(path: Path, pack: Pack, *, key_id: str = "", signature: bytes = b"") -> Path:
    """The pack as a file."""
    path.write_bytes(seal(pack_body(pack), key_id=key_id, signature=signature))
    return path
