"""Cisco IOS, IOS XE, IOS XR, NX-OS and wireless controllers: `%FACILITY-5-MNEMONIC: text`.

The same mark is used by other switches that follow Cisco's habit; they read as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.sentences import (
    IP,
    LONGEST,
    MAC,
    TEXT_ALIASES,
    TEXT_ECS,
    parts,
    parts_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_MARK = re.compile(r"%([A-Z][A-Z0-9_]*(?:-[A-Z][A-Z0-9_]*)*?)-(?:SP-|STBY-|SW\d-)?(\d)-(\w+): ?")
_TIME = re.compile(
    r"(?:\d{4} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2}(?: \d{4})? "
    r"\d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{3,4}\b)?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
)
_YEAR_FIRST = re.compile(r"(\d{4}) (\w{3} +\d+) (.*)")
_HOST = re.compile(r"(?:^|[\s:])([A-Za-z][\w.\-]*|\d+\.\d+\.\d+\.\d+):? *$")
_INTERFACE = r"(?P<src_if>[A-Za-z][A-Za-z\-]*\d(?:[\w/:]|\.\d)*)"
_PARTS = parts(
    (
        (
            "[user",
            (
                r"\[user: ?(?P<user>[^\]]*?)\] \[Source: ?(?P<src_ip>[^\]]*)\] "
                r"\[localport: ?(?P<src_port>\d+)\]"
            ),
        ),
        ("[Reason", r"\[Reason: ?(?P<reason>[^\]]*)\]"),
        (
            "Command",
            (
                r"Username: ?(?P<user>\S+) Privilege level: ?(?P<privilege>\d+) "
                r"Command: ?(?P<command>.*)$"
            ),
        ),
        ("logged command", r"User: ?(?P<user>\S+) +logged command: ?(?P<command>.*)$"),
        (
            "Configured from",
            (
                rf"Configured from (?P<method>\S+)(?: by (?P<user>\S+))?(?: on \S+)?"
                rf"(?: \((?P<src_ip>{IP})\))?"
            ),
        ),
        (
            "list ",
            (
                rf"list (?P<rule>\S+) (?P<verb>permitted|denied) "
                rf"(?P<proto>[\w\-]+)? ?(?P<src_ip>{IP})"
                rf"(?:\((?P<src_port>\d+)\))?(?: \([^)]*\))? ->\s+(?P<dst_ip>{IP})"
                r"(?:\((?P<dst_port>\d+)\))?"
            ),
        ),
        ("list ", rf"list (?P<rule>\S+) (?P<verb>permitted|denied) (?P<src_ip>{IP})\b"),
        (" packet", r", (?P<packets>\d+) packets?\b"),
        ("->", rf"\[(?P<src_ip>{IP}):(?P<src_port>\d+) -> (?P<dst_ip>{IP}):(?P<dst_port>\d+)\]"),
        (
            "initiator",
            (
                rf"initiator \((?P<src_ip>{IP}):(?P<src_port>\d+)\) sent "
                rf"(?P<src_bytes>\d+) bytes -- "
                rf"responder \((?P<dst_ip>{IP}):(?P<dst_port>\d+)\) sent (?P<dst_bytes>\d+)"
            ),
        ),
        (
            "",
            (
                rf"\b(?P<proto>\w{{1,20}}) (?:session|pak\S{{0,20}}) (?P<src_ip>{IP})"
                rf":(?P<src_port>\d+) (?:=> )?(?P<dst_ip>{IP}):(?P<dst_port>\d+)"
            ),
        ),
        ("rom ", rf"[Ff]rom (?:host )?(?P<src_ip>{IP})(?::(?P<src_port>\d+)| \(tty)?"),
        ("to host", rf"to host (?P<dst_ip>{IP})(?: port (?P<dst_port>\d+))?"),
        ("srcaddr", rf"srcaddr=(?P<src_ip>{IP})"),
        ("destaddr", rf"destaddr=(?P<dst_ip>{IP})"),
        ("tty session", rf"tty session \d+ ?\((?P<src_ip>{IP})\)"),
        ("", rf"(?:neighbor|Nbr|peer|client|address|(?<!to )host|entry:) (?P<src_ip>{IP})"),
        ("ser", r"\b[Uu]ser(?:name)? ?(?:with username)?[:=]? ?'(?P<user>[^']+)'"),
        ("ser", r"\b(?:username|user|User|Username): (?P<user>[^\s\]]+)"),
        (
            "ser ",
            (
                r"\b[Uu]ser (?P<user>[\w.\-@\\]+) "
                r"(?:has|logged|was|from|on|authent|succeed|failed|login)"
            ),
        ),
        ("", rf"(?:MAC address|client|hw:|mac|[Hh]ost) \(?(?P<src_mac>{MAC})\)?"),
        ("", r"(?:Line protocol on )?(?:[Ii]nterface|port|on) " + _INTERFACE),
        (
            "",
            (
                r"changed state to (?:administratively )?(?P<action>up|down)\b|"
                r"\bis (?P<action_2>up|down)\b|\b(?P<action_3>Up|Down)\b"
            ),
        ),
        (": ", r"^(?:Switch \d+ )?R\w+/\d+(?:/\d+)?: (?P<process>[\w\-]+):"),
        ("for ", r"for (?P<app>netconf over ssh|\w+ over \w+)\b"),
        ("://", r"\((?P<url>[a-z]+://[^)\s]+)\)"),
        ("Sig:", r"Sig:(?P<rule_id>\d+) (?:Subsig:\d+ )?Sev:\d+ (?P<rule>.+?) \["),
    )
)
_NX_REASON = re.compile(r"Interface [\w/.\-]+, (operational .*)$", re.DOTALL)
_DECLARED = (
    "facility", "severity", "mnemonic", "message", "host", "action", "outcome", "reason", "user",
    "src_ip", "src_port", "src_mac", "src_if", "dst_ip", "dst_port", "proto", "app", "rule",
    "rule_id", "verb", "command", "url", "process", "privilege", "packets",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **TEXT_ECS,
    "event.code": ("mnemonic",),
    "event.provider": ("facility",),
    "event.action": ("action", "verb"),
    "event.reason": ("summary", "message"),
    "process.name": ("process",),
    "message": ("message",),
}
_OUTCOMES = {
    "LOGIN_FAILED": "failure", "AUTHENTICATION_FAILED": "failure", "AUTHFAIL": "failure",
    "LOGIN_SUCCESS": "success", "AUTH_PASSED": "success", "QUIET_MODE_ON": "failure",
    "WEBLOGIN_SUCCESS": "success", "TACACS_ACCOUNTING_MESSAGE": "", "FAIL": "failure",
    "AUTHENTICATION_SUCCESS": "success", "SSH2_USERAUTH": "",
}  # fmt: skip
_K, _D = ThreatKind, Disposition
_JUDGED: dict[str, tuple[ThreatKind, Disposition]] = {
    "LOGIN_FAILED": (_K.LOGIN_FAILED, _D.STOPPED),
    "AUTHENTICATION_FAILED": (_K.LOGIN_FAILED, _D.STOPPED),
    "AUTHFAIL": (_K.LOGIN_FAILED, _D.STOPPED),
    "WEBLOGIN_FAILED": (_K.LOGIN_FAILED, _D.STOPPED),
    "QUIET_MODE_ON": (_K.BRUTE_FORCE, _D.STOPPED),
    "USERNAME_CONFIGURATION": (_K.NEW_ADMIN, _D.SEEN),
    "CONFIG_I": (_K.SETTING_CHANGED, _D.SEEN),
    "VSHD_SYSLOG_CONFIG_I": (_K.SETTING_CHANGED, _D.SEEN),
    "SIGNATURE": (_K.INTRUSION, _D.SEEN),
    "HOST_TCP_ALERT_ON": (_K.FLOOD, _D.SEEN),
    "PSECURE_VIOLATION": (_K.INTRUSION, _D.STOPPED),
    "DHCP_SNOOPING_DENY": (_K.TAMPERING, _D.STOPPED),
    "INVALID_ARP": (_K.TAMPERING, _D.STOPPED),
    "STCKYARPOVR": (_K.TAMPERING, _D.STOPPED),
    "DHCP_SNOOPING_UNTRUSTED_PORT": (_K.SUSPICIOUS, _D.STOPPED),
    "TCPMD5AUTHENFAIL": (_K.SUSPICIOUS, _D.STOPPED),
}


def _sniff(line: Line) -> bool:
    return "%" in line.text[:160] and bool(_MARK.search(line.text, 0, 240))


def _parse(line: Line) -> Fields:
    found = _MARK.search(line.text, 0, 240)
    if found is None:
        raise NotThisFormat("No %FACILITY-N-MNEMONIC mark.")
    text = line.text[found.end() :].strip()
    fields = {
        "facility": found[1],
        "severity": found[2],
        "mnemonic": found[3],
        "message": text,
    }
    _add_lead(fields, line, line.text[: found.start()])
    if outcome := _OUTCOMES.get(found[3].upper(), ""):
        fields["outcome"] = outcome
    parts_in(_PARTS, text, fields)
    if "outcome" not in fields and text.endswith(("Succeeded", "Failed")):
        fields["outcome"] = "success" if text.endswith("Succeeded") else "failure"
    if reason := _NX_REASON.match(text[:LONGEST]):
        fields["summary"] = reason[1]
    if "action" in fields:
        fields["action"] = fields["action"].lower()
    return fields


def _add_lead(fields: Fields, line: Line, lead: str) -> None:
    """`<189>1234: sw-1: *Mar  1 …: `, `HOST: Oct 14 …: `, `2026 Nov 20 …: `, a relay's header."""
    if times := list(_TIME.finditer(lead)):
        fields["time"] = _YEAR_FIRST.sub(r"\2 \1 \3", times[-1][0])
        before, after = lead[: times[-1].start()].rstrip("*. "), lead[times[-1].end() :]
    else:
        before, after = "", lead
    for text in (after, before):
        name = _HOST.search(text.rstrip(": "))
        if name and not _TIME.search(name[0]):
            fields["host"] = name[1]
            return
    if line.header.host:
        fields["host"] = line.header.host


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    return from_text(text, zone, receive) if text else None


def _judged(fields: Mapping[str, str]) -> tuple[ThreatKind, Disposition] | None:
    return _JUDGED.get(fields.get("mnemonic", "").upper())


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    judged = _judged(fields)
    name = first(fields, ("rule", "reason", "command")) if judged else ""
    return Verdict(judged[0], name) if judged else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    judged = _judged(fields)
    return judged[1] if judged else Disposition.UNKNOWN


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)


FORMAT = Format(
    name="cisco_ios",
    title_ja="Cisco ルーター・スイッチ (IOS・IOS XE・NX-OS)",
    title_en="Cisco routers and switches (IOS, IOS XE, NX-OS)",
    shape="cisco_ios",
    sniff=_sniff,
    marks=("%",),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=TEXT_ALIASES,
    device=("host",),
    user=("user",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        4001
        if "ACCESSLOG" in fields.get("mnemonic", "")
        else 3002
        if "LOGIN" in fields.get("mnemonic", "")
        else 0
    ),
    verdict=_verdict,
    vendor="Cisco",
    product="IOS",
    seen_ja=(
        "IOS・IOS XE・IOS XR・NX-OS・無線LANコントローラーの「%機能-重大度-名前: 本文」。",
        "時刻の書き方（年・ミリ秒・時差名・通し番号・装置名のあり、なし）。",
    ),
    lost_ja=(
        "時差名のうち意味が一つでないもの（PST、CSTなど）は、登録した時差で読みます。",
        "文の部品は共通の書き方だけを読み、残りは本文に残ります。",
    ),
)
