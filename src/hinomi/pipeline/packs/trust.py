"""Whom we believe: a pack comes in when a key of this installation signed exactly these bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.detect.packs import PackRefused
from hinomi.pipeline.packs.keys import FOLDER, trusted_keys

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.pipeline.packs.keys import Signer
    from hinomi.pipeline.packs.parcel import Sealed


class NotTrusted(PackRefused):
    """Nobody we know signed it. A person may let it in all the same; never one that was altered."""


def signer_of(sealed: Sealed, *, data: Path) -> Signer:
    """Raises NotTrusted, and PackRefused for a known signer's pack whose bytes are others."""
    advice = (
        f"Ask who made it for a signed pack, or put the maker's public key into {data / FOLDER}."
    )
    if not sealed.key_id:
        raise NotTrusted(f"{sealed.place}: nobody signed this pack.", advice=advice)
    known = [one for one in trusted_keys(data) if one.id == sealed.key_id]
    if not known:
        raise NotTrusted(
            f"{sealed.place}: its key {sealed.key_id} is not trusted here.",
            advice=advice,
        )
    if not known[0].has_signed(sealed.signature, sealed.message):
        raise PackRefused(
            f"{sealed.place}: it is not what {known[0].name} signed; it was altered or cut short.",
            advice="Fetch it again. Do not install it.",
        )
    return known[0]
