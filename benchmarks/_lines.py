"""Bulk lines for benchmarks, by format: rehearse's templates with values that keep changing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.rehearse.lines import fortigate, linux, sophos, windows, yamaha

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = datetime(2026, 11, 20, tzinfo=UTC)


def _windows_json(number: int, moment: datetime) -> bytes:
    user = f"OFFICE\\user{number % 17}"
    data = {
        "RuleName": "-",
        "UtcTime": moment.strftime("%Y-%m-%d %H:%M:%S.000"),
        "ProcessGuid": f"{{5fc0cfbe-{number % 65536:04x}-674c-0000-{number:012d}}}",
        "ProcessId": str(number * 31 % 65536),
        "Image": f"C:\\Program Files\\Tool {number % 90}\\tool.exe",
        "CommandLine": f"tool.exe /in report-{number}.txt /out report-{number % 90}.pdf /quiet",
        "CurrentDirectory": "C:\\Windows\\System32\\",
        "User": user,
        "LogonId": f"0x{number % 5000:x}",
        "IntegrityLevel": "Medium",
        "Hashes": f"SHA256={number:064X}",
        "ParentProcessId": str(number * 17 % 65536),
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ParentCommandLine": "C:\\Windows\\Explorer.EXE",
        "ParentUser": user,
    }
    return windows.line("process", moment, computer=f"PC-{number % 40:03}", data=data)


def _fortigate(number: int, moment: datetime) -> bytes:
    return fortigate.line(
        "traffic",
        moment,
        device="FGT-1",
        serial="FGT40F0000000001",
        src=f"192.168.1.{number % 250}",
        sport=40_000 + number % 9_000,
        dst=f"198.51.100.{number % 250}",
        dport=443,
        session=number,
        sent=number % 1_000 * 100,
        received=number % 1_000 * 1_000,
    )


def _sophos(number: int, moment: datetime) -> bytes:
    return sophos.line(
        "allowed",
        moment,
        serial="X11600AAAAAAAA1",
        mac="02:00:5e:00:53:01",
        src=f"192.168.2.{number % 250}",
        sport=40_000 + number % 9_000,
        dst=f"198.51.100.{number % 250}",
        dport=443,
        session=number,
        sent=number % 1_000 * 100,
        received=number % 1_000 * 1_000,
    )


def _linux(number: int, moment: datetime) -> bytes:
    kind = ("failed_password", "session", "cron", "accepted_key")[number % 4]
    return linux.line(
        kind,
        moment,
        host="files-1",
        pid=number % 32_768,
        user=f"user{number % 17}",
        src=f"198.51.100.{number % 250}",
        sport=40_000 + number % 9_000,
    )


def _yamaha(number: int, moment: datetime) -> bytes:
    address = f"192.168.3.{number % 250}"
    return yamaha.line(
        "inspect", moment, src=address, sport=number % 60_000, dst="198.51.100.7", dport=443
    )


LINES: dict[str, Callable[[int, datetime], bytes]] = {
    "windows_json": _windows_json,
    "fortigate": _fortigate,
    "sophos": _sophos,
    "linux": _linux,
    "yamaha": _yamaha,
}


def write_lines(path: Path, form: str, *, count: int) -> None:
    """A log of so many records, ten a second."""
    make = LINES[form]
    with path.open("wb") as stream:
        for number in range(count):
            stream.write(make(number, START + timedelta(milliseconds=100 * number)) + b"\n")
