"""Rule packs as values: what a pack says of itself, and what differs between two. Pure."""

from __future__ import annotations

from hinomi.detect.packs.compare import Changes, changes_between, section_of
from hinomi.detect.packs.manifest import (
    LARGEST_CHANGELOG,
    MOST_FILES,
    Manifest,
    PackFile,
    PackRefused,
    PackRule,
    decode,
    encode,
    require_name,
    require_version,
    rules_of,
    version_key,
)

__all__ = [
    "LARGEST_CHANGELOG",
    "MOST_FILES",
    "Changes",
    "Manifest",
    "PackFile",
    "PackRefused",
    "PackRule",
    "changes_between",
    "decode",
    "encode",
    "require_name",
    "require_version",
    "rules_of",
    "section_of",
    "version_key",
]
