"""Hunting a million events: a rule and an indicator by columns, and the same rule event by event.

The lake is written fresh (not timed). Ratios are of one run: the parts follow each other on the
same files, and what is read is what the kernel counted.
"""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.columns.batch import to_table
from hinomi.columns.mask import Mask, uniform
from hinomi.columns.parquet import write_parquet
from hinomi.core.records import Event
from hinomi.detect import RuleSet, parse_rules
from hinomi.detect.rule import Rule
from hinomi.normalise import aliases_by_shape, declared_fields
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.hunt import hunt
from hinomi.pipeline.hunt_indicators import IndicatorQuarry, named_indicators
from hinomi.pipeline.hunt_rules import RuleQuarry
from hinomi.store.hunt_rows import Portion, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.columns.groups import Group
    from hinomi.pipeline.hunt import Quarry

SAYS = "a rule and an indicator over a lake of a million events, by columns and event by event"
EVENTS, IN_A_FILE, COMPANIES = 1_000_000, 50_000, 20
NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = b"""
title: Shadow copies deleted
id: 11111111-2222-4333-8444-555555555555
level: high
logsource: {product: windows, category: process_creation}
detection:
  image: {Image|endswith: '\\vssadmin.exe'}
  command: {CommandLine|contains|all: [delete, shadows]}
  condition: image and command
"""
BAD_ADDRESS = "198.51.100.77"


class _Everything(RuleQuarry):
    """The same rule without the sieve: each row becomes an event."""

    def candidates(self, group: Group) -> Mask:
        return uniform(answer=True, rows=group.rows)


def run(events: int = EVENTS) -> dict[str, object]:
    """Events a second of each way, and shares of the lake that were read."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        portions = list(_fill(lake, events))
        size = sum((lake / each.file).stat().st_size for each in portions)
        few = portions[: max(1, len(portions) // 10)]
        rule = _timed(_rule(RuleQuarry), portions, lake)
        address = _timed(_address(), portions, lake)
        plain = _timed(_rule(_Everything), few, lake)
    slow_rate = sum(each.records for each in few) / plain[0]
    return {
        "events": events,
        "lake MB": size / 1e6,
        "rule: s": rule[0],
        "rule: events/s": round(events / rule[0]),
        "rule: hits": rule[1],
        "rule: share of the lake read": rule[2] / size,
        "indicator: s": address[0],
        "indicator: events/s": round(events / address[0]),
        "indicator: hits": address[1],
        "indicator: share of the lake read": address[2] / size,
        "rule event by event: events/s": round(slow_rate),
        "by columns ÷ event by event": events / rule[0] / slow_rate,
    }


def _timed(quarry: Quarry, portions: list[Portion], lake: Path) -> tuple[float, int, int]:
    """Seconds, findings, bytes read."""
    scope = Scope(tuple(_company(number) for number in range(COMPANIES)))
    before, start = _bytes_read(), time.perf_counter()
    hits = sum(len(look.findings) for look in hunt(portions, quarry, lake=lake, scope=scope))
    return time.perf_counter() - start, hits, _bytes_read() - before


def _rule(kind: type[RuleQuarry]) -> RuleQuarry:
    rules = [found for found in parse_rules(RULE, path="bench") if isinstance(found, Rule)]
    aliases = aliases_by_shape()
    matcher = RuleSet(rules, aliases=aliases)
    return kind(matcher, versions=Versions(), aliases=aliases, found_at=NOW)


def _address() -> IndicatorQuarry:
    known = named_indicators([f"ip:{BAD_ADDRESS}"])
    return IndicatorQuarry(known, versions=Versions(), aliases=aliases_by_shape(), found_at=NOW)


def _fill(lake: Path, events: int) -> Iterator[Portion]:
    chance = random.Random(7)
    for first in range(0, events, IN_A_FILE):
        count = min(IN_A_FILE, events - first)
        shape = "windows" if first // IN_A_FILE % 2 == 0 else "fortigate"
        make = _process if shape == "windows" else _traffic
        records = [make(number, chance) for number in range(first, first + count)]
        name = f"{first:09d}.parquet"
        table = to_table(records, declared=declared_fields(shape), shape=shape)
        write_parquet([table], lake / name)
        yield Portion(name, shape, count, tuple(_company(n) for n in range(COMPANIES)))


def _process(number: int, chance: random.Random) -> Event:
    image = f"C:\\Program Files\\App{chance.randrange(300)}\\app{chance.randrange(30)}.exe"
    command = f'"{image}" --session {chance.getrandbits(40):x} --user u{number % 500}'
    if number % 100_000 == 17:
        image, command = "C:\\Windows\\vssadmin.exe", "vssadmin delete shadows /all"
    fields = {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": str(chance.choice((1, 1, 3, 5, 7, 11))) if "vss" not in image else "1",
        "Provider_Name": "Microsoft-Windows-Sysmon",
        "Computer": f"PC-{number % 900}",
        "Image": image,
        "CommandLine": command,
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ProcessGuid": f"{chance.getrandbits(128):032x}",
    }
    return _event(number, "windows", fields)


def _traffic(number: int, chance: random.Random) -> Event:
    address = f"203.0.113.{chance.randrange(250)}" if number % 100_000 != 60_017 else BAD_ADDRESS
    fields = {
        "type": "traffic",
        "subtype": "forward",
        "srcip": f"192.168.1.{chance.randrange(250)}",
        "dstip": address,
        "srcport": str(chance.randrange(40_000, 60_000)),
        "dstport": "443",
        "action": "accept",
        "sessionid": str(chance.getrandbits(32)),
        "sentbyte": str(chance.randrange(1_000_000)),
    }
    return _event(number, "fortigate", fields)


def _event(number: int, shape: str, fields: dict[str, str]) -> Event:
    moment = NOW - timedelta(seconds=number)
    return Event(
        event_id=f"E{number:025d}",
        organisation=_company(number),
        source="src_1",
        shape=shape,
        device=f"PC-{number % 900}",
        event_time=moment,
        receive_time=moment,
        fields=fields,
        raw=" ".join(f'{name}="{value}"' for name, value in fields.items()).encode(),
    )


def _company(number: int) -> str:
    return f"org_{number % COMPANIES:02d}"


def _bytes_read() -> int:
    """What this process asked the kernel for; 0 where the kernel does not say."""
    counts = Path("/proc/self/io")
    if not counts.exists():
        return 0
    lines = dict(line.split(": ") for line in counts.read_text().splitlines())
    return int(lines["rchar"])
