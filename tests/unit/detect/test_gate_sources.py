"""Sigma's firewall, proxy and dns rules read the firewalls we know, under the rules' own names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import Rule, RuleSet, parse_rules
from hinomi.normalise import aliases_by_shape, read_record

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RULES = b"""
title: flow
id: 11111111-1111-4111-8111-111111111111
logsource: {category: firewall}
detection:
  selection: {dst_ip: 203.0.113.66, dst_port: 443, src_ip|startswith: 192.168.}
  condition: selection
---
title: site
id: 22222222-2222-4222-8222-222222222222
logsource: {category: proxy}
detection: {selection: {c-uri|contains: /gate.php}, condition: selection}
---
title: name
id: 33333333-3333-4333-8333-333333333333
logsource: {category: dns}
detection: {selection: {query|endswith: c2.example.net}, condition: selection}
"""
MATCHER = RuleSet(
    [one for one in parse_rules(RULES, path="x.yml") if isinstance(one, Rule)],
    aliases=aliases_by_shape(),
)
_PAN = (
    "1,2026/11/20 10:00:00,0017,{kind},2816,2026/11/20 10:00:00,192.168.1.21,203.0.113.66,,,r,,,"
    "ssl,vsys1,a,b,e1,e2,d,2026/11/20 10:00:00,2,1,60975,443,0,0,0x41c,tcp,{rest}"
)


LINES = {
    "checkpoint": (
        (
            '[action:"Accept"; loguid:"{0x1}"; origin:"192.0.2.1"; src:"192.168.1.21"; '
            'dst:"203.0.113.66"; service:"443"; resource:"http://203.0.113.66/gate.php"]'
        ),
        ["flow", "site"],
    ),
    "palo_alto traffic": (_PAN.format(kind="TRAFFIC,end", rest="allow,1,1,0,1"), ["flow"]),
    "palo_alto url": (
        _PAN.format(kind="THREAT,url", rest='alert,"x.example.net/gate.php",(9999),any,low'),
        ["flow", "site"],
    ),
    "sonicwall": (
        (
            'id=firewall sn=C0EAE4000001 fw=198.51.100.1 pri=6 c=64 m=97 msg="x" '
            "src=192.168.1.21:5:X0 dst=203.0.113.66:443:X1 dstname=x.example.net arg=/gate.php"
        ),
        ["flow", "site"],
    ),
    "watchguard": (
        (
            "LEEF:1.0|WatchGuard|XTM|12.1|1DFF000F|src=192.168.1.21\tdst=203.0.113.66\tdstPort=443\t"
            "question=a.c2.example.net"
        ),
        ["flow", "name"],
    ),
    "stormshield": (
        (
            'id=firewall time="2026-11-20 10:00:00" fw="sns" tz=+0900 startime="2026-11-20 10:00" '
            'src=192.168.1.21 dst=203.0.113.66 dstport=443 arg="/gate.php" logtype="web"'
        ),
        ["flow", "site"],
    ),
    "clavister": (
        (
            "id=00600001 event=conn_open connsrcip=192.168.1.21 conndestip=203.0.113.66 "
            "conndestport=443"
        ),
        ["flow"],
    ),
    "juniper": (
        "RT_FLOW_SESSION_DENY: session denied 192.168.1.21/4->203.0.113.66/443 0x0 None 6(0) p t u",
        ["flow"],
    ),
    "barracuda": (
        "Info     CGF1 Allow: type=FWD|proto=TCP|srcIP=192.168.1.21|dstIP=203.0.113.66|dstPort=443",
        ["flow"],
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_a_rule_of_a_category_reads_each_firewall(name: str) -> None:
    raw, titles = LINES[name]
    record = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode())
    event = read_record(record)
    assert isinstance(event, Event)
    assert event.shape == name.split(" ", maxsplit=1)[0]
    assert [match.rule.title for match in MATCHER.match(event)] == titles
