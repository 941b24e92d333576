"""What a rule pack says of itself: name, version, changelog, and the hash of all that is in it.

The manifest is inside what was signed, so that everything in it can be believed once the signature
holds; its shape is checked all the same, because a key may be lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - read at run time when a manifest is decoded
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.errors import HinomiError
from hinomi.detect.load import head_of, parse_documents
from hinomi.detect.rule import Filter, Refusal, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FORMAT = 1
MOST_FILES = 20_000  # all of SigmaHQ is 3,800
LARGEST_CHANGELOG = 256 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){0,3}")
# A path inside the pack: what cannot lead out of a folder and is a rule file by its name.
_PATH = re.compile(r"([A-Za-z0-9_][A-Za-z0-9._-]{0,150}/){0,8}[A-Za-z0-9_][A-Za-z0-9._-]{0,150}")
_SUFFIXES = (".yml", ".yaml")


class PackRefused(HinomiError):
    """A pack is not what it should be: altered, not signed by a known key, or not for us."""


@dataclass(frozen=True, slots=True)
class PackFile:
    """One rule file. `path` is relative, with `/`."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class PackRule:
    """One document. `kind` is rule, filter or correlation; `digest` changes with its meaning."""

    id: str
    title: str
    kind: str
    digest: str
    path: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version of one pack. `hinomi` is the least version of the program that can use it."""

    name: str
    version: str
    made_at: datetime
    hinomi: str
    changelog: str
    rules: tuple[PackRule, ...]
    files: tuple[PackFile, ...]
    format: int = FORMAT

    @property
    def label(self) -> str:
        """Name and version, for a person."""
        return f"{self.name} {self.version}"


def encode(manifest: Manifest) -> bytes:
    """JSON for people too; equal manifests give equal bytes."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode(body: bytes, *, where: str) -> Manifest:
    """Raises PackRefused when it is no manifest of ours, a newer one, or names what it may not."""
    try:
        found = msgspec.json.decode(body, type=Manifest)
    except msgspec.MsgspecError as error:
        raise PackRefused(f"{where}: its manifest cannot be read: {error}") from error
    if found.format > FORMAT:
        raise PackRefused(
            f"{where}: its form is newer than this program knows.", advice="Update hinomi first."
        )
    require_name(found.name)
    for version in (found.version, found.hinomi):
        require_version(version)
    _require_paths(found, where)
    return found


def require_name(name: str) -> None:
    """Raises PackRefused: the name becomes a folder's."""
    if not _NAME.fullmatch(name):
        raise PackRefused(
            f"{name!r} is no name for a pack.",
            advice="Small letters, digits and hyphens, at most 63, e.g. hinomi.",
        )


def require_version(version: str) -> None:
    """Raises PackRefused: the version becomes a folder's name and must have an order."""
    if not _VERSION.fullmatch(version):
        raise PackRefused(
            f"{version!r} is no version.", advice="One to four numbers with dots, e.g. 2026.11.2."
        )


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions as people do: 1.9 before 1.10, and 1.0 is 1."""
    numbers = [int(number) for number in version.split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def rules_of(files: Mapping[str, bytes]) -> tuple[PackRule, ...]:
    """What the files hold. Raises PackRefused at the first document that this program refuses,
    and for an id that is there twice: of two, nobody could say which one worked."""
    found: dict[str, PackRule] = {}
    for rule in _documents(files):
        first = found.setdefault(rule.id, rule)
        if first is not rule:
            raise PackRefused(f"{rule.path}: the id {rule.id} is already used by {first.path}.")
    return tuple(sorted(found.values(), key=lambda rule: rule.id))


def _documents(files: Mapping[str, bytes]) -> Iterator[PackRule]:
    for path in sorted(files):
        for one in parse_documents(files[path], path=path):
            if isinstance(one, Refusal):
                raise PackRefused(
                    one.reason, place=one.place, advice="A pack holds only rules that load."
                )
            head = head_of(one)
            kind = {Rule: "rule", Filter: "filter"}.get(type(head), "correlation")
            level = "" if isinstance(head, Filter) else head.level.value
            yield PackRule(head.id, head.title, kind, head.digest, path, level)


def _require_paths(found: Manifest, where: str) -> None:
    paths = [file.path for file in found.files]
    if len(paths) > MOST_FILES or len(found.changelog) > LARGEST_CHANGELOG:
        raise PackRefused(f"{where}: more than {MOST_FILES:,} files, or too long a changelog.")
    bad = next(_unfit(paths), None)
    if bad is not None:
        raise PackRefused(f"{where}: {bad!r} is no name for a rule file.")
    if len({path.lower() for path in paths}) != len(paths):
        raise PackRefused(f"{where}: two files have the same name.")


def _unfit(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if not (_PATH.fullmatch(path) and path.endswith(_SUFFIXES)))
