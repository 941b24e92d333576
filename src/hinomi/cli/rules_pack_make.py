"""`hinomi rules pack key, build, verify`: the side of whoever makes packs; nothing is installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.pipeline.packs.parcel import MAGIC, open_pack, pack_body, read_sealed, seal
from hinomi.pipeline.report.visible import visible

if TYPE_CHECKING:
    import argparse

    from hinomi.config import Config


def add_key(part: argparse.ArgumentParser) -> None:
    """Arguments of `key`."""
    part.add_argument("file", type=Path, metavar="FILE", help="the private key; FILE.pub beside it")


def add_build(part: argparse.ArgumentParser) -> None:
    """Arguments of `build`."""
    part.add_argument("folder", type=Path, metavar="DIR", help="a folder of rules")
    part.add_argument("--version", required=True, metavar="X", help="e.g. 2026.11.1")
    part.add_argument("--key", type=Path, metavar="FILE", help="private key that signs it")
    part.add_argument("--unsigned", action="store_true", help="sign nothing, for trials at home")
    part.add_argument("--name", default="", help="name of the pack (default: the folder's)")
    part.add_argument(
        "--changelog", type=Path, metavar="FILE", help="with `## X` (default: DIR/CHANGELOG.md)"
    )
    part.add_argument("--needs", default="", metavar="X", help="least version of hinomi")
    part.add_argument(
        "--output", type=Path, metavar="FILE", help="default: NAME-X.hinomi-pack, here"
    )


def add_file(part: argparse.ArgumentParser) -> None:
    """A pack file."""
    part.add_argument("file", type=Path, metavar="FILE")


def make_key(arguments: argparse.Namespace, _config: Config) -> int:
    """A pair: one half signs, the other is what others trust."""
    from hinomi.pipeline.packs.keys import FOLDER, draw_key

    signer = draw_key(arguments.file)
    print(f"key {signer.id}: {arguments.file} signs and stays secret.")
    print(f"Who shall trust it puts {arguments.file}.pub into DATA/{FOLDER}/.")
    return 0


def build(arguments: argparse.Namespace, config: Config) -> int:
    """A folder of rules → one file."""
    from hinomi.pipeline.packs.build import build_pack
    from hinomi.pipeline.packs.keys import read_private, signed_by

    if bool(arguments.key) == arguments.unsigned:
        raise UsageError("Who signs it?", advice="--key FILE, or --unsigned")
    pack = build_pack(
        arguments.folder,
        name=arguments.name or arguments.folder.resolve().name,
        version=arguments.version,
        changelog=arguments.changelog or arguments.folder / "CHANGELOG.md",
        now=config.clock.now(),
        hinomi=arguments.needs,
    )
    body = pack_body(pack)
    key_id, signature = "", b""
    if arguments.key:
        key_id, signature = signed_by(read_private(arguments.key), MAGIC + body)
    name = f"{pack.manifest.name}-{pack.manifest.version}.hinomi-pack"
    output: Path = arguments.output or Path(name)
    output.write_bytes(seal(body, key_id=key_id, signature=signature))
    signed = f"signed with key {key_id}" if key_id else "unsigned"
    print(f"{output}: {pack.manifest.label}, {len(pack.manifest.rules):,} rules, {signed}")
    return 0


def verify(arguments: argparse.Namespace, config: Config) -> int:
    """Who signed it and what it is; installs nothing."""
    from hinomi.pipeline.packs.trust import signer_of

    sealed = read_sealed(arguments.file)
    signer = signer_of(sealed, data=config.data)
    manifest = open_pack(sealed).manifest
    print(
        visible(
            f"{manifest.label}: {len(manifest.rules):,} rules, signed by {signer.name}"
            f" (key {signer.id}), made {manifest.made_at:%Y-%m-%d}, needs hinomi {manifest.hinomi}"
        )
    )
    return 0
