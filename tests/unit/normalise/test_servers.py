"""What devices and servers judged, and what they said they did; a plain denial is traffic."""

# ruff: noqa: E501 — lines of devices stand as they come
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.normalise import view

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event

# raw, shape, disposition, kind of threat ("" = no verdict)
JUDGED = [
    (
        (
            "%ASA-4-106023: Deny tcp src outside:203.0.113.4/4 dst inside:10.0.0.5/3389 by access-group"
            ' "x"'
        ),
        ("cisco_asa", "unknown", ""),
    ),
    (
        '%ASA-6-605004: Login denied from 203.0.113.44/40200 to outside:198.51.100.1/ssh for user "x"',
        ("cisco_asa", "stopped", "login_failed"),
    ),
    (
        (
            "%FTD-1-430001: SrcIP: 203.0.113.44, DstIP: 10.0.0.8, SID: 9, Message: x, "
            "InlineResult: Would have dropped"
        ),
        ("cisco_asa", "seen", "intrusion"),
    ),
    (
        (
            "%FTD-1-430005: SrcIP: 10.0.0.1, DstIP: 203.0.113.2, FileAction: Malware Block, "
            "FileDisposition: Malware, ThreatName: Invented, FileName: a.exe"
        ),
        ("cisco_asa", "stopped", "malware"),
    ),
    (
        (
            "%FTD-1-430005: SrcIP: 10.0.0.1, DstIP: 203.0.113.2, FileAction: Malware Cloud Lookup, "
            "FileDisposition: Malware, ThreatName: Invented, FileName: a.exe"
        ),
        ("cisco_asa", "seen", "malware"),
    ),
    (
        (
            "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: x] [Source: 203.0.113.4] [localport: 22] "
            "[Reason: y]"
        ),
        ("cisco_ios", "stopped", "login_failed"),
    ),
    ("%SYS-5-CONFIG_I: Configured from console by x", ("cisco_ios", "seen", "setting_changed")),
    (
        (
            "1795167610.809783000 MX security_event ids_alerted signature=1:9:1 src=203.0.113.44:80 "
            "dst=10.0.0.1:5 decision=allowed message: invented"
        ),
        ("cisco_meraki", "seen", "intrusion"),
    ),
    (
        (
            "1795167610.809783000 MX security_event ids_alerted signature=1:9:1 src=203.0.113.44:80 "
            "dst=10.0.0.1:5 decision=blocked message: invented"
        ),
        ("cisco_meraki", "stopped", "intrusion"),
    ),
    (
        (
            '{"flow_id":1,"event_type":"alert","src_ip":"203.0.113.4","dest_ip":"10.0.0.1",'
            '"alert":{"action":"allowed","signature":"x","category":"Attempted Administrator '
            'Privilege Gain"}}'
        ),
        ("suricata", "seen", "exploit"),
    ),
    (
        (
            '{"flow_id":1,"event_type":"alert","src_ip":"203.0.113.4","dest_ip":"10.0.0.1",'
            '"alert":{"action":"blocked","signature":"x","category":"A Network Trojan was detected"}}'
        ),
        ("suricata", "stopped", "callback"),
    ),
    (
        (
            '{"flow_id":1,"event_type":"alert","src_ip":"203.0.113.4","dest_ip":"10.0.0.1",'
            '"alert":{"action":"allowed","signature":"ping","category":"Misc activity"}}'
        ),
        ("suricata", "seen", ""),
    ),
    (
        '{"ts":1795167603.0,"uid":"Cx","id.orig_h":"203.0.113.4","note":"Scan::Port_Scan"}',
        ("zeek", "seen", "scan"),
    ),
    (
        "client 10.0.0.1#5 (a.example.jp): rpz QNAME NXDOMAIN rewrite a.example.jp/A/IN via x.rpz",
        ("bind", "stopped", "bad_site"),
    ),
    (
        "client 10.0.0.1#5 (a.example.jp): rpz QNAME PASSTHRU rewrite a.example.jp/A/IN via x.rpz",
        ("bind", "let_through", ""),
    ),
    (
        "warning: unknown[203.0.113.44]: SASL LOGIN authentication failed: x",
        ("postfix", "stopped", "login_failed"),
    ),
    (
        "203.0.113.44:40222 TLS Auth Error: Auth Username/Password verification failed for peer",
        ("openvpn", "stopped", "login_failed"),
    ),
    ("conn=11 op=0 RESULT tag=97 err=49 text=", ("openldap", "stopped", "login_failed")),
    ("conn=11 op=0 RESULT tag=97 err=0 text=", ("openldap", "unknown", "")),
]


@pytest.mark.parametrize(("raw", "expected"), JUDGED, ids=lambda value: str(value)[:44])
def test_a_record_says_what_was_judged_and_what_was_done(
    event: Callable[..., Event], raw: str, expected: tuple[str, str, str]
) -> None:
    found = event(raw)
    kind = found.fields.get("verdict.kind", "")
    assert (found.shape, found.disposition.value, kind) == expected


def test_the_side_that_opened_the_connection_is_the_source(event: Callable[..., Event]) -> None:
    """The ASA names the outside end first, also where the office opened the connection."""
    ends = "outside:198.51.100.77/443 (198.51.100.77/443) to inside:10.0.0.31/6 (192.0.2.1/7)"
    out = view(event(f"%ASA-6-302013: Built outbound TCP connection 1 for {ends}"), "ecs")
    inward = view(event(f"%ASA-6-302013: Built inbound TCP connection 1 for {ends}"), "ecs")
    assert (out["source.ip"], out["destination.ip"]) == ("10.0.0.31", "198.51.100.77")
    assert (out["source.nat.ip"], out["source.nat.port"]) == ("192.0.2.1", 7)
    assert (inward["source.ip"], inward["destination.ip"]) == ("198.51.100.77", "10.0.0.31")


def test_a_wrong_password_is_not_repeated(event: Callable[..., Event]) -> None:
    found = event(
        "Nov 20 18:00:02 rad-1 radiusd[99]: (14) Login incorrect: [admin/guess-1] "
        "(from client ap-2f port 3)"
    )
    assert "guess-1" not in " ".join(found.fields.values())


def test_a_sensor_without_a_year_gets_the_past_one(event: Callable[..., Event]) -> None:
    line = (
        "11/20-18:00:01.123456  [**] [1:2:1] x [**] [Priority: 1] {UDP} 10.0.0.1:1 -> 10.0.0.2:53"
    )
    assert event(line).event_time.isoformat() == "2026-11-20T09:00:01.123456+00:00"


@pytest.mark.parametrize(
    ("raw", "shape"),
    [
        ("Nov 20 18:00:00 mx-1 postfix/smtpd[2]: connect from unknown[203.0.113.44]", "postfix"),
        ("Nov 20 18:00:00 ns-1 named[7]: running", "bind"),
        ("Nov 20 18:00:00 web-1 sshd[7]: Invalid user x from 203.0.113.44 port 4", "linux"),
        ("Nov 20 18:00:00 web-1 something[7]: a line nobody knows", "linux"),
        ("type=CWD msg=audit(1795110253.123:4512): cwd=/srv", "auditd"),
    ],
)
def test_a_linux_server_sends_what_all_its_programs_write(
    event: Callable[..., Event], raw: str, shape: str
) -> None:
    """People register the server, not each daemon on it."""
    assert event(raw, kind="linux").shape == shape


def test_a_program_named_by_its_path_is_known_with_and_without_a_header(
    event: Callable[..., Event],
) -> None:
    """Junos and other BSDs write so."""
    for start in ("", "<78>Nov 20 18:00:01 srx1 "):
        found = event(f"{start}/usr/sbin/cron[4140]: (root) CMD (   sh /var/etc/rotate.sh)")
        assert found.shape == "linux"
        assert (found.fields["action"], found.fields["command"]) == (
            "cron_command",
            "sh /var/etc/rotate.sh",
        )


def test_a_juniper_source_sends_what_its_daemons_write_too(event: Callable[..., Event]) -> None:
    line = (
        "<38>Nov 20 18:00:01 srx1 sshd[88]: Failed password for jdoe from 192.0.2.9 port 6000 ssh2"
    )
    found = event(line, kind="juniper")
    assert (found.shape, found.fields["action"], found.user) == ("linux", "ssh_login", "jdoe")
    assert view(found, "ecs")["event.reason"] == "Failed password"
