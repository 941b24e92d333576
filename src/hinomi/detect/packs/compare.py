"""What a new version of a pack adds, changes and takes away, and what its changelog says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hinomi.detect.packs.manifest import Manifest, PackRule

_HEADING = re.compile(r"^##?[ \t]+\[?v?([0-9][0-9.]*)\]?(?=[ \t:\-–—(]|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Changes:
    """`changed` are as they are now; a rule that only moved to another file did not change."""

    added: tuple[PackRule, ...]
    changed: tuple[PackRule, ...]
    removed: tuple[PackRule, ...]


def changes_between(old: Manifest | None, new: Manifest) -> Changes:
    """None is the empty pack."""
    before = {rule.id: rule for rule in old.rules} if old else {}
    after = {rule.id: rule for rule in new.rules}
    return Changes(
        added=tuple(rule for rule in new.rules if rule.id not in before),
        changed=tuple(
            rule
            for rule in new.rules
            if rule.id in before and before[rule.id].digest != rule.digest
        ),
        removed=tuple(rule for id_, rule in before.items() if id_ not in after),
    )


def section_of(changelog: str, version: str) -> str:
    """What stands under the version's heading (`## 1.2`), without it; "" when there is none."""
    headings = list(_HEADING.finditer(changelog))
    for number, heading in enumerate(headings):
        if heading[1].rstrip(".") == version:
            line_end = changelog.find("\n", heading.end())
            end = headings[number + 1].start() if number + 1 < len(headings) else len(changelog)
            return changelog[line_end:end].strip() if line_end >= 0 else ""
    return ""
