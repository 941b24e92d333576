"""Rule files out of a folder, a file, a zip or a tar.gz: bounded, and nothing is unpacked to disk.

Names from archives are labels only; no path is ever made of them.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from hinomi.core.archives import BROKEN_ARCHIVE
from hinomi.core.errors import Place, UnreadableFile, UsageError
from hinomi.detect import LARGEST_BYTES, rule_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_FILES = 50_000
_MOST_BYTES = 500 * 1024 * 1024  # unpacked; all of SigmaHQ is 12 MB
_SUFFIXES = (".yml", ".yaml")
_BROKEN: tuple[type[Exception], ...] = (*BROKEN_ARCHIVE, tarfile.TarError)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file's bytes. `fault` says why it is not used; then `content` is empty."""

    path: str
    content: bytes
    fault: str = ""


def read_rule_files(source: Path) -> Iterator[RuleFile]:
    """Raises UsageError when there is no such path, UnreadableFile for a broken archive."""
    if source.is_file() and zipfile.is_zipfile(source):
        yield from _bounded(_from_zip(source), source)
    elif source.is_file() and _is_tar(source):
        yield from _bounded(_from_tar(source), source)
    elif source.is_file() and not source.name.endswith(_SUFFIXES):
        raise UsageError(
            "not a rule file or an archive of them",
            place=Place(str(source)),
            advice="Give a .yml file, a folder, a .zip or a .tar.gz.",
        )
    else:
        for path in rule_files([source]):
            with path.open("rb") as stream:
                yield _read(str(path), stream)


def _bounded(files: Iterator[RuleFile], source: Path) -> Iterator[RuleFile]:
    total = count = 0
    try:
        for file in files:
            count, total = count + 1, total + len(file.content)
            if count > _MOST_FILES or total > _MOST_BYTES:
                limits = f"{_MOST_FILES:,} files or {_MOST_BYTES >> 20} MB"
                raise UnreadableFile(f"more than {limits} of rules", place=Place(str(source)))
            yield file
    except _BROKEN as error:
        raise UnreadableFile(f"the archive is broken: {error}", place=Place(str(source))) from error


def _from_zip(source: Path) -> Iterator[RuleFile]:
    with zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            if _is_wanted(member.filename):
                if member.flag_bits & 1:
                    yield RuleFile(f"{source}!{member.filename}", b"", "it is encrypted")
                    continue
                with archive.open(member) as stream:
                    yield _read(f"{source}!{member.filename}", stream)


def _from_tar(source: Path) -> Iterator[RuleFile]:
    with tarfile.open(source) as archive:
        for member in archive:
            if not _is_wanted(member.name):
                continue
            if member.issym() or member.islnk():
                yield RuleFile(f"{source}!{member.name}", b"", "it is a link, not a file")
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield _read(f"{source}!{member.name}", stream)


def _read(name: str, stream: IO[bytes]) -> RuleFile:
    """One byte more than allowed is enough to know; a bomb is not unpacked further."""
    content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        return RuleFile(name, b"", f"larger than {LARGEST_BYTES:,} bytes")
    return RuleFile(name, content)


def _is_wanted(name: str) -> bool:
    leaf = name.replace("\\", "/").rsplit("/", 1)[-1]
    return leaf.endswith(_SUFFIXES) and not leaf.startswith(".") and "__MACOSX" not in name


def _is_tar(source: Path) -> bool:
    try:
        return tarfile.is_tarfile(source)
    except (OSError, EOFError, zlib.error):
        return False
