"""What a million indicators cost the worker: time per event, memory, and making the file.

    python benchmarks/intel.py

A log of records is drained by a real worker process (log, read, own rules, findings, lake) with and
without the set named in the directory, turn by turn, each process from cold; its processor time
less that of draining an empty log, median of 3. `engine_*` is the same without log and lake, in
this process: the finder beside nothing but reading and matching. `ordinary` repeats addresses and
names as an office does; `hostile` never repeats one.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.core.indicators import Indicator, Kind
from hinomi.core.records import Event, RawRecord
from hinomi.detect import RuleSet, load_rules
from hinomi.detect.intel import Finder, PackedSet, write_packed
from hinomi.normalise import aliases_by_shape, read_sent
from hinomi.pipeline.findings import Versions
from hinomi.pipeline.intel.looks import look_of
from hinomi.pipeline.worker_engine import Engine
from hinomi.store.directory import open_directory
from hinomi.store.log import SqliteLogWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAYS = "a million indicators: share of the worker's time per event, memory, making the file"
INDICATORS = 1_000_000
RECORDS = 20_000
ROUNDS = 3
TURNS = 5
MOST_SHARE_PERCENT = 20.0
_NOW = datetime(2026, 11, 21, tzinfo=UTC)


def main() -> int:
    """Print the figures as JSON."""
    print(json.dumps(run(), indent=2))
    return 0


def run() -> dict[str, object]:
    """Microseconds per event without and with a million indicators; `is_missed` above 20 %."""
    figures: dict[str, object] = {"indicators": INDICATORS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = time.perf_counter()
        path = write_packed(_million(), folder=folder)
        figures["make_file_s"] = round(time.perf_counter() - begin, 1)
        figures["file_mb"] = round(path.stat().st_size / 1e6)
        engine, finder = _engine(), Finder(PackedSet(path), look_of)
        shares = []
        for stream, make in (("ordinary", _ordinary), ("hostile", _hostile)):
            records = list(make())
            figures |= _by_worker(stream, records, path)
            figures |= _by_engine(stream, records, engine, finder)
            shares.append(figures[f"{stream}_share_percent"])
    figures["is_missed"] = any(isinstance(s, float) and s > MOST_SHARE_PERCENT for s in shares)
    return figures


def _by_worker(stream: str, records: list[RawRecord], path: Path) -> dict[str, object]:
    idle, without, with_it = [], [], []
    for _ in range(ROUNDS):
        idle.append(_drain([], None))
        without.append(_drain(records, None))
        with_it.append(_drain(records, path))
    size = len(records)
    start = statistics.median(one.cpu_s for one in idle)
    base = (statistics.median(one.cpu_s for one in without) - start) / size
    whole = (statistics.median(one.cpu_s for one in with_it) - start) / size
    return {
        f"{stream}_us_without": round(1e6 * base, 1),
        f"{stream}_us_with": round(1e6 * whole, 1),
        f"{stream}_share_percent": round(100 * (whole - base) / base, 1),
        f"{stream}_worker_mb_without": round(max(one.peak_mb for one in without)),
        f"{stream}_worker_mb_with": round(max(one.peak_mb for one in with_it)),
    }


@dataclass(frozen=True, slots=True)
class _Drained:
    """What one worker process cost."""

    cpu_s: float
    peak_mb: float


def _drain(records: list[RawRecord], path: Path | None) -> _Drained:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        log = SqliteLogWriter(data / "log")
        for start in range(0, len(records), 500):
            log.append(records[start : start + 500])
        log.close()
        if path is not None:
            (data / "intel").mkdir()
            (data / "intel" / path.name).symlink_to(path)
            with open_directory(data) as directory:
                directory.name_indicators(path.name)
        command = [sys.executable, "-m", "hinomi.pipeline.worker", "--drain", "--data", folder]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"the worker ended with {process.returncode}")
        return _Drained(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _by_engine(
    stream: str, records: list[RawRecord], engine: Engine, finder: Finder
) -> dict[str, object]:
    """Each turn reads its own part of the records, so that only what the stream itself repeats has
    been seen before."""
    size = len(records) // (TURNS + 1)
    _spend(engine, records[:size])  # rules compile on their first event
    without, with_it = [], []
    for number in range(1, TURNS + 1):
        batch = records[number * size : (number + 1) * size]
        without.append(_spend(engine, batch) / size)
        with_it.append(_spend(replace(engine, finders=(finder,)), batch) / size)
    return {
        f"{stream}_engine_us_without": round(1e6 * statistics.median(without), 1),
        f"{stream}_engine_us_with": round(1e6 * statistics.median(with_it), 1),
    }


def _spend(engine: Engine, batch: list[RawRecord]) -> float:
    begin = time.perf_counter()
    for raw in batch:
        record = engine.read(raw)
        if isinstance(record, Event):
            engine.find(record)
    return time.perf_counter() - begin


def _engine() -> Engine:
    rules = load_rules([load_config().own_rules]).rules
    matcher = RuleSet(rules, aliases=aliases_by_shape())
    return Engine(read_sent, matcher, Versions(), aliases_by_shape())


def _million() -> Iterator[Indicator]:
    """Ascending by kind and value: networks, names, addresses, hashes, URLs."""
    share = INDICATORS // 5
    drawn = random.Random(1)
    yield from _sorted(Kind.CIDR, (f"{_network(drawn)}.0/24" for _ in range(share // 100)))
    yield from _sorted(Kind.DOMAIN, (f"{_word(drawn)}.example" for _ in range(share)))
    yield from _sorted(Kind.IP, (f"{_network(drawn)}.{drawn.randrange(256)}" for _ in range(share)))
    yield from _sorted(Kind.SHA256, (f"{drawn.getrandbits(256):064x}" for _ in range(2 * share)))
    paths = (f"{_word(drawn)}.example/{_word(drawn)}" for _ in range(share))
    yield from _sorted(Kind.URL, paths)


def _sorted(kind: Kind, values: Iterator[str]) -> Iterator[Indicator]:
    for value in sorted(set(values)):
        yield Indicator(kind, value, ("bench",), name="Bench", labels=("c2",))


def _ordinary() -> Iterator[RawRecord]:
    drawn = random.Random(2)
    places = [(_address(drawn), f"{_word(drawn)}.test") for _ in range(400)]
    for number in range(RECORDS):
        address, name = places[int(drawn.paretovariate(0.5)) % len(places)]
        yield _record(number, address, name, f"/{drawn.randrange(3_000)}")


def _hostile() -> Iterator[RawRecord]:
    drawn = random.Random(3)
    for number in range(RECORDS):
        yield _record(number, _address(drawn), f"{_word(drawn)}.{_word(drawn)}.test",
                      f"/{_word(drawn)}")  # fmt: skip


def _record(number: int, address: str, name: str, path: str) -> RawRecord:
    """Two kinds a firewall writes most (one in four is the web filter's), and Sysmon's."""
    sender = _SENDERS[number % len(_SENDERS)]
    raw = sender(number, address, name, path).encode()
    return RawRecord(f"e{number}", "aoba", "s1", "auto", "Asia/Tokyo", _NOW, raw)


def _traffic(number: int, address: str, name: str, path: str) -> str:
    return (
        f'date=2026-11-20 time=11:02:44 devname="fw" devid="FGT40FTK26000001" logid="0000000013"'
        f' type="traffic" subtype="forward" level="notice" vd="root" srcip=192.168.1.{number % 200}'
        f' srcport={number % 60000} srcintf="lan" dstip={address} dstport=443 dstintf="wan1"'
        f' action="close" policyid=1 service="HTTPS" proto=6 sentbyte={number} rcvdbyte=812'
    )


def _web(number: int, address: str, name: str, path: str) -> str:
    return (
        f'date=2026-11-20 time=11:02:44 devname="fw" devid="FGT40FTK26000001" logid="0317013312"'
        f' type="utm" subtype="webfilter" eventtype="ftgd_allow" level="notice" vd="root"'
        f' srcip=192.168.1.{number % 200} dstip={address} dstport=443 hostname="{name}"'
        f' action="passthrough" url="https://{name}{path}" catdesc="Business"'
    )


def _sysmon(number: int, address: str, name: str, path: str) -> str:
    return json.dumps(
        {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Provider_Name": "Microsoft-Windows-Sysmon",
            "Computer": f"PC-{number % 50}",
            "Image": f"C:\\Program Files\\App{number % 300}\\app.exe",
            "CommandLine": f'"C:\\Program Files\\App\\app.exe" --job {number}',
            "ParentImage": "C:\\Windows\\explorer.exe",
            "User": "AOBA\\aoi",
            "Hashes": f"MD5={number % 300:032x},SHA256={number % 300:064x},IMPHASH={number:032x}",
        }
    )


_SENDERS: tuple[Callable[[int, str, str, str], str], ...] = (_traffic, _web, _traffic, _sysmon)


def _address(drawn: random.Random) -> str:
    return f"{_network(drawn)}.{drawn.randrange(256)}"


def _network(drawn: random.Random) -> str:
    return f"{drawn.randrange(45, 99)}.{drawn.randrange(256)}.{drawn.randrange(256)}"


def _word(drawn: random.Random) -> str:
    return f"{drawn.getrandbits(48):x}"


if __name__ == "__main__":
    sys.exit(main())
