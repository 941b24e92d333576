"""The twelve cases of ux.md §3.6 as records on the wire: which company, which machine, which lines.

Lines are made here from the makers' manuals, with the moment they are sent; one machine per case,
since different cases on one machine within an hour are one story.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Lines = Callable[[datetime], list[bytes]]

JST = timezone(timedelta(hours=9))
HELP = "help"  # no machine saw it: the owner pressed 困った
DEFENDER = "Microsoft-Windows-Windows Defender"


@dataclass(frozen=True, slots=True)
class Case:
    """`number` is the case's in ux.md; `machine` the source that speaks ("gate", "pc", "box") or
    HELP; `kind` and `level` what must come of it. `lines` is None where silence is the case."""

    number: int
    title: str
    company: str
    machine: str
    kind: str
    level: str
    lines: Lines | None


def gate(**fields: str) -> Lines:
    """One FortiGate record."""
    told = " ".join(f'{name}="{value}"' for name, value in fields.items())

    def lines(moment: datetime) -> list[bytes]:
        local = moment.astimezone(JST)
        head = (
            f"date={local:%Y-%m-%d} time={local:%H:%M:%S} "
            f'eventtime={int(moment.timestamp() * 1_000_000_000)} tz="+0900" '
            'devname="HONSHA-FW" devid="FGT40FTK26000009" '
        )
        return [(head + told).encode()]

    return lines


def repeated(lines: Lines, *, times: int) -> Lines:
    """The same a second apart, the last of them now."""
    return lambda moment: [
        line
        for number in range(times)
        for line in lines(moment - timedelta(seconds=times - 1 - number))
    ]


def windows(channel: str, provider: str, number: int, computer: str, **data: str) -> Lines:
    """One Windows event as Winlogbeat 8 sends it."""

    def lines(moment: datetime) -> list[bytes]:
        record = {
            "@timestamp": moment.isoformat().replace("+00:00", "Z"),
            "event": {"code": str(number), "kind": "event", "provider": provider},
            "host": {"name": computer.lower()},
            "winlog": {
                "channel": channel,
                "provider_name": provider,
                "event_id": str(number),
                "computer_name": computer,
                "record_id": int(moment.timestamp() * 1000) % 10_000_000,
                "event_data": {name.replace("_", " "): value for name, value in data.items()},
            },
            "agent": {"type": "winlogbeat", "version": "8.15.0"},
        }
        return [json.dumps(record, ensure_ascii=False).encode()]

    return lines


def started(computer: str, image: str, command: str, parent: str) -> Lines:
    """A started program, as Sysmon writes it."""
    return windows(
        "Microsoft-Windows-Sysmon/Operational",
        "Microsoft-Windows-Sysmon",
        1,
        computer,
        Image=image,
        OriginalFileName=image.rsplit("\\", 1)[-1],
        CommandLine=command,
        ParentImage=parent,
        ParentCommandLine=parent,
        User=f"{computer}\\user",
        IntegrityLevel="High",
    )


def defender(computer: str, number: int, threat: str, path: str, **more: str) -> Lines:
    """What Windows' own protection found (1116) or removed (1117)."""
    told = {"Threat_Name": threat, "Path": f"file:_{path}", "Detection_User": f"{computer}\\user"}
    return windows(f"{DEFENDER}/Operational", DEFENDER, number, computer, **told, **more)


def several(*parts: Lines) -> Lines:
    """One after the other."""
    return lambda moment: [line for part in parts for line in part(moment)]


_WEB = {"type": "utm", "subtype": "webfilter", "dstport": "443", "proto": "6"}
_SIX = ("HackTool:Win32/Mimikatz.D", "Trojan:Win32/Wacatac.B!ml", "Trojan:Win32/Tiggre!rfn",
        "Trojan:Win32/Emotet!pz", "Trojan:Win32/Glupteba", "Trojan:Win32/Zenpak.CA")  # fmt: skip

CASES = (
    Case(1, "古いパソコンがウイルスを受け取った", "aoba", "gate", "old_pc_malware", "now", gate(
        logid="0211008193", type="utm", subtype="virus", eventtype="infected", level="notice",
        msg="File is infected.", action="passthrough", service="HTTP", srcip="192.168.1.77",
        dstip="203.0.113.80", dstport="80", osname="Windows XP", srcname="KAKOUKI",
        filename="driver.exe", virus="W32/Sality.AA", url="http://files.example/driver.exe")),
    Case(2, "登録のないスマホが危険なサーバーと通信した", "bunkyo", "gate", "unknown_device",
         "today", gate(**_WEB, logid="0316013056", eventtype="ftgd_blk", level="warning",
         srcip="192.168.1.201", srcmac="00:00:5e:00:53:21", osname="iOS", dstip="203.0.113.141",
         hostname="cdn.bad.example", action="blocked", url="https://cdn.bad.example/p", cat="26",
         catdesc="Malicious Websites")),
    Case(3, "添付ファイルから命令が動いた", "minato", "pc", "emotet", "now", started(
        "MINATO-EIGYO1", "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
        "powershell.exe -w hidden -enc JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAE4AZQB0AC4AVwBlAGIA",
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE")),
    Case(4, "取引先からウイルス付きのメールが来た", "aoba", "gate", "partner_mail_malware", "check",
         gate(logid="0211008192", type="utm", subtype="virus", eventtype="infected",
         level="warning", msg="File is infected.", action="blocked", service="POP3",
         srcip="192.168.1.30", dstip="203.0.113.25", dstport="110", filename="seikyusho.doc",
         virus="VBA/Agent.EMO!tr.dldr", **{"from": "keiri@yamada-buhin.example"},
         to="info@aoba.example", subject="請求書のお支払いについて")),
    Case(5, "無料ソフトがウイルスと判定された", "bunkyo", "pc", "unwanted_software", "today",
         defender("BUNKYO-KEIRI2", 1116, "PUA:Win32/InstallCore", "C:\\Downloads\\henkan.exe",
         Severity_Name="Low", Category_Name="Potentially Unwanted Software", Category_ID="27",
        Action_Name="Not Applicable", Action_ID="9", Process_Name="C:\\Windows\\explorer.exe")),
    Case(6, "攻撃者のサーバーと通信した", "aoba", "gate", "c2_communication", "now", gate(
        logid="0419016384", type="utm", subtype="ips", eventtype="signature", level="alert",
        severity="critical", srcip="192.168.1.42", srcname="SOUMU-01", dstip="198.51.100.66",
        dstport="443", action="detected", proto="6", service="HTTPS",
        attack="Cobalt.Strike.Beacon", direction="outgoing", msg="botnet: Cobalt.Strike.Beacon")),
    Case(7, "1台からウイルスなどが6個見つかった", "minato", "pc", "remote_tools_found", "now",
         several(*(defender("SEKKEI-03", 1117, threat, f"C:\\Users\\Public\\{place}.exe",
                   Action_Name="Quarantine", Error_Code="0x00000000")
          for place, threat in enumerate(_SIX)))),
    Case(8, "ファイルを元に戻すための控えが消された", "bunkyo", "pc", "ransomware", "now", started(
        "BUNKYO-SERVER", "C:\\Windows\\System32\\vssadmin.exe",
        "C:\\Windows\\System32\\vssadmin.exe delete shadows /all /quiet",
        "C:\\Users\\f\\AppData\\Local\\Temp\\seikyusho.exe")),
    Case(9, "外からVPNに入ろうとする動きが続いた", "minato", "gate", "login_attempts", "today",
         repeated(gate(logid="0101039426", type="event", subtype="vpn", level="alert",
         logdesc="SSL VPN login fail", action="ssl-login-fail", tunneltype="ssl-web",
         remip="198.51.100.61", user="admin", reason="sslvpn_login_unknown_user",
         msg="SSL user failed to logged in"), times=30)),
    Case(10, "見守り機器から連絡がない", "aoba", "box", "sensor_silent", "today", None),
    Case(11, "にせの警告画面が出た", "minato", HELP, "fake_warning", "now", None),
    Case(12, "偽サイトへの接続を止めた", "bunkyo", "gate", "phishing_blocked", "none", gate(
        **_WEB, logid="0316013056", eventtype="ftgd_blk", level="warning", srcip="192.168.1.54",
        srcname="EIGYO-04", dstip="203.0.113.140", service="HTTPS", action="blocked",
        hostname="takuhai-fuzai.example", url="https://takuhai-fuzai.example/login",
        direction="outgoing", msg="URL belongs to a denied category in policy", cat="61",
        catdesc="Phishing")),
)  # fmt: skip
