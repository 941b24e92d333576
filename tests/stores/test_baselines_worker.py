"""Baselines in a real worker: a finding comes out, and a death between batches costs nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.directory import Directory, Organisation, Usual
from hinomi.core.ids import partition_of
from hinomi.core.records import RawRecord
from hinomi.detect.baselines.measure import short_key
from hinomi.store.directory import publish
from hinomi.store.log import SqliteLogWriter
from hinomi.store.pipeline import FILE_NAME, PipelineReader

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.core.findings import Finding

AOI = "org_aoi"
START = datetime(2026, 9, 1, tzinfo=UTC)
LEASE = "<134>[DHCPD] LAN1(port2) Extends 192.0.2.9: 00:11:22:33:44:{last:02x}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "rehearsal").touch()
    (tmp_path / "run").mkdir()
    publish(Directory(organisations=(Organisation(AOI, "葵"),)), data=tmp_path)
    return tmp_path


def write(data: Path, days: list[tuple[int, int]]) -> None:
    """A lease for each (day, last byte of the MAC address)."""
    log = SqliteLogWriter(data / "log")
    log.append(
        [
            RawRecord(f"E{day:04d}{last:04d}".ljust(26, "0"), AOI, "s1", "yamaha", "Asia/Tokyo",
                      START + timedelta(days=day), LEASE.format(last=last).encode())
            for day, last in days
        ]
    )  # fmt: skip
    log.close()


def drain(data: Path, *options: str) -> int:
    command = [sys.executable, "-m", "hinomi.pipeline.worker", "--data", str(data), "--drain"]
    return subprocess.run([*command, *options], timeout=60, stderr=subprocess.DEVNULL).returncode


def findings(data: Path) -> list[Finding]:
    with PipelineReader(data / FILE_NAME) as reader:
        return [one for _, one in reader.findings_after(partition_of(AOI), 0, 100)]


def test_a_new_device_becomes_a_finding_even_over_restarts_and_a_death(data: Path) -> None:
    write(data, [(day, 1) for day in range(14)])
    assert drain(data) == 0
    assert not findings(data)
    write(data, [(15, 1), (15, 2)])
    assert drain(data, "--crash-at", "worker:before-commit") != 0
    assert not findings(data)
    assert drain(data) == 0
    (found,) = findings(data)
    assert found.case == "new_device"
    assert found.device == "00:11:22:33:44:02"
    write(data, [(16, 2)])
    assert drain(data) == 0
    assert len(findings(data)) == 1


def test_what_the_directory_calls_usual_is_not_told(data: Path) -> None:
    usual = Usual(AOI, "baseline-new-device", short_key("mac=001122334402"))
    company = Organisation(AOI, "葵")
    publish(Directory(organisations=(company,), usual=(usual,)), data=data)
    write(data, [*((day, 1) for day in range(14)), (15, 2), (15, 3)])
    assert drain(data) == 0
    assert [found.device for found in findings(data)] == ["00:11:22:33:44:03"]
