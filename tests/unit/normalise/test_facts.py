"""The share of known facts found, on other people's samples when they are there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import orjson
import pytest
from benchmarks import facts

if TYPE_CHECKING:
    from pathlib import Path


# Beats of other people's versions spell some names as no ECS does.
BY_NAME = {"beats": 0.94}


@pytest.mark.parametrize("vendor", facts.CLAIMED)
def test_claimed_vendors_stay_above_what_we_promise(shared: Path, vendor: str) -> None:
    count: Counter[str] = Counter()
    file = shared / "logs-dev" / f"{vendor}.jsonl"
    for line in file.read_bytes().splitlines():
        facts.judge(orjson.loads(line), count)
    assert count["facts by value"] / count["facts"] >= 0.98
    assert count["facts by name"] / count["facts"] >= BY_NAME.get(vendor, 0.95)


def test_a_fact_counts_only_when_its_whole_value_is_there() -> None:
    """The yardstick itself: a part of a value, or the right value under another name, is less."""
    count: Counter[str] = Counter()
    raw = "<134>Login failed for SSH: 198.51.100.44 root"
    wanted = {"source.ip": "198.51.100.44", "user.full_name": "root", "user.id": "roo"}
    facts.judge({"stream": "x", "id": "1", "raw": raw, "facts": wanted}, count)
    assert (count["facts"], count["facts by value"], count["facts by name"]) == (3, 2, 1)
