"""Installed versions, side by side: DATA/packs/<name>/<version>/ with its manifest and its receipt.

A version is unpacked beside, synced and renamed into place: it is there whole or not at all, and
never changes afterwards.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - read at run time when a receipt is decoded
from typing import TYPE_CHECKING

import msgspec

from hinomi import __version__
from hinomi.core import crash
from hinomi.core.errors import Place, StoreDamaged, UsageError
from hinomi.detect.packs import Manifest, PackRefused, decode, encode, version_key
from hinomi.pipeline.packs.state_file import FOLDER, only_one
from hinomi.store.durable import sync, sync_tree

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.pipeline.packs.parcel import Pack

_MANIFEST = "manifest.json"
_RECEIPT = "receipt.json"
_ASIDE = ".unpacking-"


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a version came here. `signer` "" means that nobody known signed it: `who` let it in."""

    sha256: str
    signer: str
    key_id: str
    installed_at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Installed:
    """One version on disk."""

    folder: Path
    manifest: Manifest
    receipt: Receipt


def require_fit(manifest: Manifest) -> None:
    """Raises PackRefused when the pack needs a newer program."""
    if version_key(manifest.hinomi) > version_key(__version__):
        raise PackRefused(
            f"{manifest.label} needs hinomi {manifest.hinomi}; this is {__version__}.",
            advice="Update hinomi first.",
        )


def install(pack: Pack, receipt: Receipt, *, data: Path) -> Installed:
    """Put it beside the others; nothing is used differently for it. Twice is once."""
    manifest = pack.manifest
    require_fit(manifest)
    target = _folder(data, manifest.name, manifest.version)
    with only_one(data):
        _sweep(data)
        if target.exists():
            return _same(target, receipt)
        aside = data / FOLDER / f"{_ASIDE}{secrets.token_hex(8)}"
        _unpack(pack, receipt, aside)
        crash.point("pack:unpacked")
        target.parent.mkdir(exist_ok=True, mode=0o700)
        aside.rename(target)
        crash.point("pack:renamed")
        sync(target.parent)
        sync(data / FOLDER)
    return Installed(target, manifest, receipt)


def installed(data: Path) -> list[Installed]:
    """Every version, by name and then newest first; one that cannot be read is left out."""
    found = []
    for path in (data / FOLDER).glob(f"[!.]*/[!.]*/{_MANIFEST}"):
        try:
            found.append(_read(path.parent))
        except (StoreDamaged, PackRefused):
            continue
    found.sort(key=lambda one: version_key(one.manifest.version), reverse=True)
    return sorted(found, key=lambda one: one.manifest.name)


def find(data: Path, name: str, version: str) -> Installed:
    """Raises UsageError that names what is there."""
    known = [one.manifest.version for one in installed(data) if one.manifest.name == name]
    if version not in known:
        there = ", ".join(known) or "none"
        raise UsageError(
            f"{name} {version} is not installed; installed are: {there}.",
            advice="hinomi rules pack install FILE",
        )
    return _read(_folder(data, name, version))


def checked(data: Path, name: str, version: str) -> Path:
    """The folder, once every rule file in it was found as the manifest lists it.

    Raises StoreDamaged: a torn or altered file must not decide what is seen as an attack.
    """
    folder = _folder(data, name, version)
    manifest = _read(folder).manifest
    for file in manifest.files:
        path = folder / file.path
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            sha256 = ""
        if sha256 != file.sha256:
            raise _damaged(path, "it is not the file that was installed")
    return folder


def _folder(data: Path, name: str, version: str) -> Path:
    return data / FOLDER / name / version


def _unpack(pack: Pack, receipt: Receipt, aside: Path) -> None:
    written = {
        _MANIFEST: encode(pack.manifest),
        _RECEIPT: msgspec.json.format(msgspec.json.encode(receipt), indent=1),
        **pack.files,
    }
    for name, content in written.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
        sync(path)
    sync_tree(aside)


def _same(folder: Path, receipt: Receipt) -> Installed:
    present = _read(folder)
    if present.receipt.sha256 != receipt.sha256:
        raise PackRefused(
            f"{present.manifest.label} is installed already, with other content.",
            advice="A version never changes: build it again under a new one.",
        )
    return present


def _read(folder: Path) -> Installed:
    """Raises StoreDamaged or PackRefused."""
    try:
        manifest = decode((folder / _MANIFEST).read_bytes(), where=str(folder))
        receipt = msgspec.json.decode((folder / _RECEIPT).read_bytes(), type=Receipt)
    except (OSError, msgspec.MsgspecError) as error:
        raise _damaged(folder, str(error)) from error
    if (manifest.name, manifest.version) != (folder.parent.name, folder.name):
        raise _damaged(folder, f"it holds {manifest.label}")
    return Installed(folder, manifest, receipt)


def _damaged(path: Path, reason: str) -> StoreDamaged:
    return StoreDamaged(
        f"an installed rule pack is damaged: {reason}",
        place=Place(str(path)),
        advice="Move the version's folder away and install the pack again.",
    )


def _sweep(data: Path) -> None:
    """What a kill left half unpacked."""
    for path in (data / FOLDER).glob(f"{_ASIDE}*"):
        shutil.rmtree(path, ignore_errors=True)
