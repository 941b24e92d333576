"""Rules for firewalls, proxies, web servers, DNS, audit and Cisco find those formats' records."""

# ruff: noqa: E501 — lines of devices stand as they come
from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.records import Event, RawRecord
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_record

if TYPE_CHECKING:
    from pathlib import Path

RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
_RULE = """
title: A rule of the test
id: 5b0a7a51-0000-4000-8000-000000000001
status: test
logsource: {source}
detection:
  selection: {selection}
  condition: selection
level: medium
"""
ACCESS = (
    '203.0.113.9 - - [20/Nov/2026:18:00:00 +0900] "GET /a.php?x=../../etc HTTP/1.1" 200 5 "-" "E"'
)
CASES = [
    ("{category: firewall}", "{dst_ip: 198.51.100.77}",
     ("%ASA-6-302013: Built outbound TCP connection 1 for outside:198.51.100.77/443 "
     "(198.51.100.77/443) to inside:10.20.1.31/60211 (192.0.2.1/60211)")),
    ("{category: firewall}", "{src_ip: 10.20.1.31, dst_port: 443}",
     ("%FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.20.1.31, DstIP: 198.51.100.77, "
     "SrcPort: 5, DstPort: 443, Protocol: tcp")),
    ("{category: firewall}", "{dst_ip: 198.51.100.8, dst_port: 23}",
     "%SEC-6-IPACCESSLOGP: list IN denied tcp 203.0.113.44(40100) -> 198.51.100.8(23), 1 packet"),
    ("{category: firewall}", "{src_ip: 10.20.1.31}",
     ("1795167602.253011885 MX firewall allow src=10.20.1.31 dst=198.51.100.77 protocol=tcp "
     "sport=1 dport=2")),
    ("{category: proxy}", "{c-uri|contains: bad.example.jp}",
     ("1795167604.000      0 10.20.1.2 TCP_DENIED/403 3900 GET http://bad.example.jp/ - HIER_NONE/- "
     "text/html")),
    ("{category: proxy}", "{cs-host: www.example.jp}",
     ("1795167596.494 17 10.20.1.39 TCP_TUNNEL/200 35 CONNECT www.example.jp:443 - "
     "HIER_DIRECT/198.51.100.14 -")),
    ("{category: webserver}", "{cs-uri-query|contains: ../../etc, sc-status: 200}", ACCESS),
    ("{category: webserver}", "{cs-uri-stem|endswith: .php, cs-method: GET}",
     f"Nov 20 18:00:00 web-1 nginx: {ACCESS}"),
    ("{category: dns}", "{query: bad.example.jp}",
     "client 10.20.1.31#5353 (bad.example.jp): query: bad.example.jp IN A + (10.20.0.53)"),
    ("{category: dns}", "{query: bad.example.jp, record_type: TXT}",
     "Nov 20 18:00:00 gw dnsmasq[412]: query[TXT] bad.example.jp from 10.20.1.31"),
    ("{category: dns}", "{query|endswith: example.jp}",
     "[1795167600] unbound[812:0] info: 10.20.1.31 bad.example.jp. A IN"),
    ("{category: dns}", "{query: bad.example.jp}",
     ('{"timestamp":"2026-11-20T18:00:03.1+0900","flow_id":4,"event_type":"dns",'
     '"src_ip":"10.20.1.31","dest_ip":"10.20.0.53","dns":{"rrname":"bad.example.jp"}}')),
    ("{product: zeek, service: dns}", "{query: bad.example.jp}",
     '{"ts":1795167601.0,"uid":"Cx","id.orig_h":"10.20.1.31","query":"bad.example.jp"}'),
    ("{product: cisco, service: aaa}", "{command|contains: no logging}",
     "%PARSER-5-CFGLOG_LOGGEDCMD: User:kanri  logged command:no logging host 10.20.0.30"),
    ("{service: nginx}", "{message|contains: core dumped}",
     "2026/11/20 18:00:03 [alert] 12#12: worker process 77 exited on signal 6 (core dumped)"),
    ("{service: netflow}", "{destination.port: 23}",
     '{"IPV4_SRC_ADDR":"10.20.1.31","IPV4_DST_ADDR":"203.0.113.9","SRC_PORT":5,"DST_PORT":23}'),
    ("{product: linux, service: auditd}", "{type: EXECVE, a0: curl, a1: '-s'}",
     ('{"ID":"1795165200.1:45","SYSCALL":{"a0":"0x55","exe":"/usr/bin/curl"},'
     '"EXECVE":{"argc":2,"ARGV":["curl","-s"]}}')),
    ("{product: linux, category: process_creation}", "{Image|endswith: /curl, CommandLine: curl}",
     '{"ID":"1795165200.1:45","SYSCALL":{"exe":"/usr/bin/curl"},"EXECVE":{"ARGV":["curl"]}}'),
    ("{product: linux}", "{message|contains: Relay access denied}",
     ("Nov 20 18:00:06 mx-1 postfix/smtpd[2211]: NOQUEUE: reject: RCPT from unknown[203.0.113.44]: "
     "554 5.7.1 <a@example.net>: Relay access denied")),
]  # fmt: skip


@pytest.mark.parametrize(("source", "selection", "raw"), CASES, ids=lambda text: text[:40])
def test_a_rule_of_the_kind_reads_the_record(
    tmp_path: Path, source: str, selection: str, raw: str
) -> None:
    file = tmp_path / "rule.yml"
    file.write_text(_RULE.format(source=source, selection=selection), encoding="utf-8")
    loaded = load_rules([file])
    assert not loaded.refused
    event = read_record(RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, raw.encode()))
    assert isinstance(event, Event)
    matcher = RuleSet(loaded.rules, aliases=aliases_by_shape())
    assert [match.rule.title for match in matcher.match(event)] == ["A rule of the test"], (
        event.shape,
        event.fields,
    )
