"""How many known facts normalise finds: by value anywhere in the ECS view, and under its ECS name.

    python benchmarks/facts.py [--jsonl FOLDER] [--failures VENDOR]

The folder holds `<vendor>.jsonl` with `{stream, id, raw, facts}` a line. It is not part of the
project: HINOMI_SHARED names the folder that holds `data/logs-dev`, else the one beside the
checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from hinomi.core.ids import ulid
from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record, view

SAYS = "share of known facts that normalise finds, by value and by ECS name"
# By value >= 98 %, under the right name >= 95 %. One a line, so that two people can add theirs.
CLAIMED = (
    "apache",
    "azure",
    "barracuda",
    "beats",
    "bind",
    "broadcom",
    "checkpoint",
    "cisco",
    "clavister",
    "crowdstrike",
    "cybereason",
    "eset",
    "fortinet",
    "freeradius",
    "harfanglab",
    "isc_dhcp",
    "juniper",
    "microsoft",
    "netflow",
    "nginx",
    "office_365",
    "openldap",
    "openssh",
    "openvpn",
    "palo_alto_networks",
    "panda_security",
    "postfix",
    "sentinelone",
    "sonicwall",
    "sophos",
    "squid",
    "stormshield",
    "suricata",
    "trellix",
    "trend_micro",
    "umbrella",
    "watchguard",
    "windows",
    "withsecure",
)


def main() -> int:
    """Print the table, or the facts of one vendor that were not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jsonl", type=Path, default=_default_folder())
    parser.add_argument("--failures", metavar="VENDOR", default="")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    if not arguments.jsonl.is_dir():
        print(f"No folder {arguments.jsonl}; set HINOMI_SHARED or --jsonl.", file=sys.stderr)
        return 1
    counts = _count(arguments.jsonl, failures_of=arguments.failures)
    if not arguments.failures:
        _print(counts, arguments.format)
    return 0


def run() -> dict[str, object]:
    """Shares in percent per claimed vendor and over all; says so when the data is not there."""
    folder = _default_folder()
    if not folder.is_dir():
        return {"skipped": "no facts beside the checkout (HINOMI_SHARED names their folder)"}
    counts = _count(folder)
    counts["all"] = sum((count for count in counts.values()), Counter[str]())
    return {
        f"{vendor}_by_{kind}_percent": round(
            100 * counts[vendor][f"facts by {kind}"] / max(counts[vendor]["facts"], 1), 1
        )
        for vendor in (*CLAIMED, "all")
        for kind in ("value", "name")
    }


def _count(folder: Path, *, failures_of: str = "") -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for file in sorted(folder.glob("*.jsonl")):
        for text in file.read_text(encoding="utf-8").splitlines():
            missed = judge(json.loads(text), counts[file.stem])
            if file.stem == failures_of and missed:
                print(missed)
    return counts


def ecs_of(raw: bytes) -> tuple[str, dict[str, object]]:
    """Shape and ECS view of one record, read as the command line reads it."""
    now = datetime.now(UTC)
    record = RawRecord(ulid(time_ms=0), "-", "-", "auto", "Asia/Tokyo", now, raw)
    result = read_record(record)
    if isinstance(result, Event):
        return result.shape, view(result, "ecs")
    return f"set aside: {result.reason}", {}


def judge(case: dict[str, object], count: Counter[str]) -> str:
    """Add one case to the counts; the answer lists its facts that were not found by name."""
    raw, facts = str(case["raw"]), case["facts"]
    assert isinstance(facts, dict)
    shape, ecs = ecs_of(raw.encode())
    values = {plain for value in ecs.values() for plain in _plain("", value)}
    count["cases"] += 1
    missed = []
    for name, wanted in facts.items():
        expected = _plain(name, wanted)
        by_value = expected <= values
        by_name = expected <= _plain(name, ecs.get(name))
        kind = "time" if name == "@timestamp" else "fact"
        count[f"{kind}s"] += 1
        count[f"{kind}s by value"] += by_value
        count[f"{kind}s by name"] += by_name
        if not by_name:
            missed.append(f"    {'NAME' if by_value else 'LOST'} {name} = {wanted!r:.150}"
                          f"   got {ecs.get(name)!r:.80}")  # fmt: skip
    if not missed:
        return ""
    return "\n".join([f"{case['stream']} {case['id']} ({shape})", f"  {raw[:1500]}", *missed])


def _plain(name: str, value: object) -> set[str]:
    """Values in a comparable spelling; times to the millisecond."""
    if isinstance(value, list):
        return {text for item in value for text in _plain(name, item)}
    if value is None:
        return set()
    text = str(value)
    if name == "@timestamp" or re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return {f"{moment.timestamp():.2f}"}
        except ValueError:
            return {text}
    return {text.lower()}


def _print(counts: dict[str, Counter[str]], form: str) -> None:
    total: Counter[str] = Counter()
    rows = []
    for vendor, count in sorted(counts.items()):
        total += count
        rows.append((vendor, count))
    rows.append(("all", total))
    if form == "json":
        print(json.dumps({vendor: dict(count) for vendor, count in rows}))
        return
    print("vendor                 cases  facts  by value  by name  times  right")
    for vendor, count in rows:
        facts = max(count["facts"], 1)
        mark = "*" if vendor in CLAIMED else ""
        print(
            f"{vendor + mark:22}{count['cases']:6}{count['facts']:7}"
            f"{100 * count['facts by value'] / facts:9.1f}%"
            f"{100 * count['facts by name'] / facts:8.1f}%"
            f"{count['times']:7}{count['times by name']:7}"
        )


def _default_folder() -> Path:
    beside = Path(__file__).resolve().parents[1].parent / "shared"
    return Path(os.environ.get("HINOMI_SHARED") or beside) / "data" / "logs-dev"


if __name__ == "__main__":
    sys.exit(main())
