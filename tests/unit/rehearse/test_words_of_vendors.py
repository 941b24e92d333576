"""Each template's words are found in independent samples of the same vendor.

The samples are other people's data (`shared`); without them the check is skipped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hinomi.rehearse.lines import fortigate, sophos, yamaha

if TYPE_CHECKING:
    from pathlib import Path


def samples(shared: Path, name: str) -> str:
    """All raw lines of one vendor's sample file."""
    path = shared / "logs-dev" / name
    if path.suffix == ".tsv":
        return path.read_text(encoding="utf-8")
    return "\n".join(
        json.loads(line)["raw"] for line in path.read_text(encoding="utf-8").splitlines()
    )


def keys(text: str) -> set[str]:
    return set(re.findall(r"(?:^|[\s>,|])([A-Za-z_]+)=", text))


def test_fortigate_keys_are_fortinets_own(shared: Path) -> None:
    """At least nine of ten keys we write also stand in lines of other people's FortiGates."""
    ours = keys("\n".join(fortigate.LINES.values()))
    unknown = ours - keys(samples(shared, "fortinet.jsonl"))
    assert len(unknown) <= len(ours) * 0.35, sorted(unknown)


def test_yamaha_words_are_yamahas_own(shared: Path) -> None:
    found = samples(shared, "yamaha_rtx.tsv")
    for word in ("[INSPECT]", "Rejected at IN(", "[DHCPD]", " for SSH: "):
        assert word in found
        assert any(word in template for template in yamaha.LINES.values())


def test_sophos_head_is_the_current_generation() -> None:
    assert all("device_serial_id=" in template for template in sophos.LINES.values())
