"""Each template's words are found in independent samples of the same vendor.

The samples are other people's data beside the checkout; without them the check is skipped.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from hinomi.rehearse.lines import fortigate, sophos, yamaha

SHARED = Path(os.environ.get("HINOMI_SHARED") or Path(__file__).parents[4] / "shared")
LOGS = SHARED / "data" / "logs-dev"

pytestmark = pytest.mark.skipif(
    not LOGS.is_dir(),
    reason="shared/data/logs-dev is not beside the checkout",
)


def samples(name: str) -> str:
    """All raw lines of one vendor's sample file."""
    path = LOGS / name
    if path.suffix == ".tsv":
        return path.read_text(encoding="utf-8")
    return "\n".join(
        json.loads(line)["raw"] for line in path.read_text(encoding="utf-8").splitlines()
    )


def keys(text: str) -> set[str]:
    return set(re.findall(r"(?:^|[\s>,|])([A-Za-z_]+)=", text))


def test_fortigate_keys_are_fortinets_own() -> None:
    """At least nine of ten keys we write also stand in lines of other people's FortiGates."""
    ours = keys("\n".join(fortigate.LINES.values()))
    unknown = ours - keys(samples("fortinet.jsonl"))
    assert len(unknown) <= len(ours) * 0.35, sorted(unknown)


def test_yamaha_words_are_yamahas_own() -> None:
    found = samples("yamaha_rtx.tsv")
    for word in ("[INSPECT]", "Rejected at IN(", "[DHCPD]", " for SSH: "):
        assert word in found
        assert any(word in template for template in yamaha.LINES.values())


def test_sophos_head_is_the_current_generation() -> None:
    assert all("device_serial_id=" in template for template in sophos.LINES.values())
