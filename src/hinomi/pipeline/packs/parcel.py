"""A pack as one file: two lines of text, who signed what follows, then a zip of manifest and rules.

The signature is over every byte of the zip and is checked before one of them is read as anything.
`tail -n +3 FILE > pack.zip` gives a plain zip.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.archives import BROKEN_ARCHIVE
from hinomi.core.errors import Place, UnreadableFile
from hinomi.detect import LARGEST_BYTES
from hinomi.detect.packs import Manifest, PackRefused, decode, encode, rules_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAGIC = b"hinomi-pack 1\n"
LARGEST_PACK = 64 << 20  # packed; all of SigmaHQ is 6 MB
_LARGEST_UNPACKED = 500 << 20
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 32 << 20
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same rules give the same bytes
_UNSIGNED = "unsigned"
_BROKEN: tuple[type[Exception], ...] = (*BROKEN_ARCHIVE, KeyError)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A pack's bytes, not yet believed. `key_id` is "" for an unsigned one."""

    place: str
    key_id: str
    signature: bytes
    body: bytes

    @property
    def message(self) -> bytes:
        """What the signature is over."""
        return MAGIC + self.body

    @property
    def sha256(self) -> str:
        """Of what is signed: two builds of the same rules are the same pack, whoever signed."""
        return hashlib.sha256(self.message).hexdigest()


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose files are what its manifest says."""

    manifest: Manifest
    files: Mapping[str, bytes]


def read_sealed(path: Path) -> Sealed:
    """Raises UnreadableFile for what is no pack at all."""
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_PACK + 1)
    except OSError as error:
        raise UnreadableFile(f"not readable: {error.strerror}", place=place) from error
    if len(content) > LARGEST_PACK:
        raise UnreadableFile(f"larger than {LARGEST_PACK >> 20} MB", place=place)
    if not content.startswith(MAGIC):
        raise UnreadableFile(
            "This is no rule pack.", place=place, advice="`hinomi rules pack build` makes one."
        )
    line, _, body = content[len(MAGIC) :].partition(b"\n")
    key_id, signature = _seal(line, place)
    return Sealed(str(path), key_id, signature, body)


def open_pack(sealed: Sealed) -> Pack:
    """What is inside, checked against its own manifest. Call after the signature was checked."""
    try:
        with zipfile.ZipFile(io.BytesIO(sealed.body)) as archive:
            body = _member(archive, _MANIFEST, _LARGEST_MANIFEST)
            manifest = decode(body, where=sealed.place)
            files = _files(archive, manifest, sealed.place)
    except _BROKEN as error:
        raise PackRefused(f"{sealed.place}: the pack is broken: {error}") from error
    except RuntimeError as error:  # zipfile's word for a password
        raise PackRefused(f"{sealed.place}: the pack is encrypted") from error
    if rules_of(files) != manifest.rules:
        raise PackRefused(f"{sealed.place}: its rules are not those its manifest lists.")
    return Pack(manifest, files)


def pack_body(pack: Pack) -> bytes:
    """The zip: equal packs give equal bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        members = {_MANIFEST: encode(pack.manifest), **pack.files}
        for name, content in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def seal(body: bytes, *, key_id: str = "", signature: bytes = b"") -> bytes:
    """The whole file; without a key the line says that it is unsigned."""
    said = f"ed25519 {key_id} {base64.b64encode(signature).decode()}" if key_id else _UNSIGNED
    return MAGIC + said.encode() + b"\n" + body


def _seal(line: bytes, place: Place) -> tuple[str, bytes]:
    words = line[:300].decode("ascii", "replace").split(" ")
    if words == [_UNSIGNED]:
        return "", b""
    try:
        kind, key_id, signature = words
        if kind == "ed25519" and key_id:
            return key_id, base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        pass
    raise PackRefused("The line with the signature is broken.", place=place)


def _files(archive: zipfile.ZipFile, manifest: Manifest, where: str) -> dict[str, bytes]:
    wanted = {file.path: file for file in manifest.files}
    present = set(archive.namelist()) - {_MANIFEST}
    if present != wanted.keys() or len(archive.infolist()) != len(wanted) + 1:
        raise PackRefused(f"{where}: it does not hold the files its manifest lists.")
    if sum(file.size_bytes for file in manifest.files) > _LARGEST_UNPACKED:
        raise PackRefused(f"{where}: unpacked it is larger than {_LARGEST_UNPACKED >> 20} MB.")
    files = {}
    for path, file in wanted.items():
        files[path] = _member(archive, path, LARGEST_BYTES)
        if hashlib.sha256(files[path]).hexdigest() != file.sha256:
            raise PackRefused(f"{where}: {path} is not the file its manifest lists.")
    return files


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One byte more than allowed is enough to know; a bomb is not unpacked further."""
    with archive.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise PackRefused(f"{name} is larger than {most:,} bytes.")
    return content
