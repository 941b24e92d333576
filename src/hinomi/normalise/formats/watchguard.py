"""WatchGuard Firebox (Fireware): LEEF as Dimension and QRadar take it, and the plain syslog text
`msg_id="3000-0148" Deny 1-Trusted 0-External 52 tcp … (Policy-00)`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.rows import is_of, natives, outcomes, renamed, scan_marked
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_MESSAGE_ID = re.compile(r'\bmsg_id="([0-9A-Fa-f\-]+)"')
_SERIAL = re.compile(
    r"(?:^|\s)([0-9A-Z]{12,13}) (?:\((\d{4}-\d\d-\d\dT[\d:]+)\) )?(?=[\w\-]+(?:\[\d+\])?: )"
)
_IP = r"(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)"
_TRAFFIC = re.compile(
    rf"(?P<disp>Allow|Deny|Drop|Block|Strip|Lock) (?P<in_if>\S+) (?P<out_if>\S+) "
    rf"(?:(?P<ip_len>\d+) )?(?P<proto>[a-z][\w\-]*)(?:/(?P<service>\S+))? "
    rf"(?:(?P<ip_hdr>\d+) (?P<ip_TTL>\d+) )?(?P<src>{_IP}) (?P<dst>{_IP})"
    r"(?: (?P<srcPort>\d+) (?P<dstPort>\d+))?"
)
_POLICY = re.compile(r"\(([^()]+)\)\s*\Z")
_LOGIN = re.compile(
    r"(?:[^\[]{0,120}\[(?P<bracketed>[^\]]{1,120})\]|.{0,80}?\b[Uu]ser '?(?P<plain>[\w.@\\\-]+)'?)"
    rf".{{0,200}}?\bfrom (?P<src>{_IP})"
)
_RENAMED = {"msg_id": "EventID", "srcPostNATPORT": "srcPostNATPort", "dstPostNATPORT":
            "dstPostNATPort", "sent_pkts": "sent_packets", "rcvd_pkts": "rcvd_packets"}  # fmt: skip
_DECLARED = (
    "EventID", "DeviceVersion", "serial", "sys_name", "devTime", "policy", "disp", "in_if",
    "out_if", "src", "srcPort", "srcPostNAT", "srcPostNATPort", "dst", "dstPort", "dstPostNAT",
    "dstPostNATPort", "proto", "src_user", "dst_user", "duration", "sent_bytes", "rcvd_bytes",
    "proxy_act", "rule_name", "op", "dstname", "arg", "cats", "msg", "reason", "question",
    "query_type", "app_name", "app_cat_name", "signature_name", "signature_id",
    "signature_cat", "severity", "virus", "file_name", "md5", "geo_src", "geo_dst", "reputation",
    "sender", "recipients", "threat_level",
)  # fmt: skip
_ECS = natives({
    "event.code": "EventID",
    "event.action": "disp action",
    "event.reason": "msg reason",
    "log.level": "severity",
    "observer.version": "DeviceVersion",
    "observer.serial_number": "serial",
    "observer.hostname": "sys_name host_name",
    "observer.ingress.interface.name": "in_if",
    "observer.egress.interface.name": "out_if",
    "source.ip": "src",
    "source.port": "srcPort",
    "source.mac": "src_mac",
    "source.bytes": "sent_bytes",
    "source.packets": "sent_packets",
    "source.nat.ip": "srcPostNAT",
    "source.nat.port": "srcPostNATPort",
    "source.geo.country_name": "geo_src",
    "destination.ip": "dst",
    "destination.port": "dstPort",
    "destination.domain": "dstname host server_name",
    "destination.bytes": "rcvd_bytes",
    "destination.packets": "rcvd_packets",
    "destination.nat.ip": "dstPostNAT",
    "destination.nat.port": "dstPostNATPort",
    "destination.geo.country_name": "geo_dst",
    "destination.user.name": "dst_user",
    "network.transport": "proto",
    "network.application": "app_name",
    "rule.ruleset": "policy",
    "rule.name": "rule_name signature_name",
    "rule.id": "signature_id",
    "rule.category": "proxy_act",
    "user.name": "user",
    "url.domain": "dstname",
    "url.path": "arg",
    "http.request.method": "op",
    "http.response.status_code": "rc",
    "dns.question.name": "question",
    "dns.question.type": "query_type",
    "file.name": "file_name filename",
    "file.hash.md5": "md5",
    "threat.indicator.name": "virus signature_name malware_name",
    "email.from.address": "sender mail_from",
    "email.to.address": "recipients mail_to",
})  # fmt: skip
_ALIASES = {
    "src_ip": "src", "dst_ip": "dst", "src_port": "srcPort", "dst_port": "dstPort",
    "SourceIp": "src", "DestinationIp": "dst", "SourcePort": "srcPort",
    "DestinationPort": "dstPort", "action": "disp", "username": "src_user", "cs-host": "dstname",
    "c-uri": "arg", "cs-method": "op", "query": "question", "record_type": "query_type",
    "r-dns": "dstname", "Signature": "virus", "Filename": "file_name",
}  # fmt: skip
_OUTCOMES = outcomes({
    Disposition.STOPPED: "deny drop block strip lock quarantine denied dropped blocked",
    Disposition.LET_THROUGH: "allow allowed",
})  # fmt: skip
_kind_said = kind_by_words(
    (r"virus|\bAPT\b.*(?:threat|detect)|malware|intelligentav", ThreatKind.MALWARE),
    (r"botnet", ThreatKind.CALLBACK),
    (r"\bIPS\b|intrusion", ThreatKind.EXPLOIT),
    (r"dnswatch|reputation.*(?:bad|denied)|bad reputation", ThreatKind.BAD_SITE),
    (r"(?:port|ip|address) ?(?:space)? scan|probe", ThreatKind.SCAN),
    (r"flood|ddos", ThreatKind.FLOOD),
    (r"spoof|land attack|source rout|ping of death", ThreatKind.INTRUSION),
    (r"\bDLP\b|data loss", ThreatKind.DATA_LEAVING),
    ((r"(?:login|authentication).{0,80}(?:fail|reject|denied)|"
     r"(?:rejected|failed).{0,40}(?:login|authentication)"), ThreatKind.LOGIN_FAILED),
    (r"(?:feature key|licen[cs]e|subscription).{0,60}expired|signature update.{0,30}fail",
     ThreatKind.FAULT),
    (r"request categories|webblocker|url path|application (?:match|control)|spam",
     ThreatKind.POLICY),
)  # fmt: skip
_BAD_CATEGORIES = re.compile(r"malicious|phish|spyware|bot ?net|compromised|hack|proxy av", re.I)


def _sniff(line: Line) -> bool:
    text = line.text[:600]
    return is_of(text, "WatchGuard") or ('msg_id="' in text and bool(_MESSAGE_ID.search(text)))


def _parse(line: Line) -> Fields:
    if is_of(line.text, "WatchGuard"):
        fields = renamed(scan_marked(line.text), _RENAMED)
    else:
        fields = _of_text(line)
    if user := fields.get("src_user", ""):
        name, at, domain = user.partition("@")
        fields.setdefault("user", name)
        if at:
            fields["user_domain"] = domain
    return fields


def _of_text(line: Line) -> Fields:
    text = line.text
    found = _MESSAGE_ID.search(text)
    if not found:
        raise NotThisFormat("No msg_id.")
    fields: Fields = {"EventID": found[1]}
    if head := _SERIAL.search(text[: found.start()][-200:]):
        fields["serial"] = head[1]
        if head[2]:
            fields["devTime"] = f"{head[2]}Z"  # Fireware writes this one in UTC
    header = line.header
    fields |= {
        name: value
        for name, value in (("sys_name", header.host), ("process", header.program))
        if value and value != fields.get("serial")
    }
    rest = text[found.end() :].strip()
    if policy := _POLICY.search(rest[-200:]):
        fields["policy"] = policy[1]
    if traffic := _TRAFFIC.match(rest[:600]):
        fields |= {name: value for name, value in traffic.groupdict().items() if value}
        more = scan_pairs(rest[traffic.end() :][:20_000])
        fields |= {name: _clean(value) for name, value in more.items() if name not in fields}
    else:
        fields["msg"] = rest
        if login := _LOGIN.match(rest[:600]):
            fields |= {"src_user": login["bracketed"] or login["plain"], "src": login["src"]}
    return fields


def _clean(value: str) -> str:
    """The last pair's value without the policy that follows it in brackets."""
    return _POLICY.sub("", value).rstrip().strip('"')


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("devTime", ""), zone, receive)


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    said = f"{fields.get('msg', '')} {fields.get('policy', '')}"[:1_000]
    if fields.get("virus") or fields.get("malware_name"):
        return ThreatKind.MALWARE
    if fields.get("signature_name"):
        return ThreatKind.EXPLOIT
    kind = _kind_said(said)
    if kind is ThreatKind.POLICY and _BAD_CATEGORIES.search(fields.get("cats", "")):
        return ThreatKind.BAD_SITE
    return kind


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Only what a security service said; a packet filter's Allow and Deny route."""
    kind = _kind(fields)
    if kind in NO_DEED:
        return Disposition.UNKNOWN
    said = fields.get("msg", "")
    if said.startswith(("ProxyDrop", "ProxyDeny", "ProxyBlock", "ProxyStrip")):
        return Disposition.STOPPED
    return _OUTCOMES.get(fields.get("disp", "").lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    if kind is None:
        return None
    is_asked = "categories" in fields.get("msg", "")
    if kind is ThreatKind.POLICY and is_asked and fields.get("disp") == "Allow":
        return None  # a site that somebody read, not a judgement
    if kind is ThreatKind.MALWARE and "sender" in fields:
        kind = ThreatKind.MAIL_MALWARE
    name = first(fields, ("virus", "malware_name", "signature_name", "dstname", "cats", "msg"))
    return Verdict(kind, name)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if "@" in fields.get("src_user", ""):
        ecs["user.email"] = fields["src_user"]
    if domain := fields.get("user_domain"):
        ecs_values.put(ecs, "user.domain", domain)
    if path := str(ecs.get("url.path", "")):
        bare, question, query = path.partition("?")
        ecs["url.path"] = bare
        if question and query:
            ecs["url.query"] = query
        if host := fields.get("dstname"):
            ecs.setdefault("url.original", f"{host}{path}")
    seconds = fields.get("duration", "")
    if seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = _kind(fields)
    if kind is ThreatKind.LOGIN_FAILED:
        return 3002
    if fields.get("question"):
        return 4003
    if kind in (ThreatKind.POLICY, ThreatKind.BAD_SITE) or fields.get("dstname"):
        return 4002
    if kind is ThreatKind.FAULT:
        return 0
    return 2004 if kind else (4001 if fields.get("src") else 0)


FORMAT = Format(
    name="watchguard",
    title_ja="WatchGuard Firebox",
    title_en="WatchGuard Firebox",
    shape="watchguard",
    sniff=_sniff,
    marks=("|WatchGuard|", 'msg_id="'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("sys_name", "host_name", "serial"),
    user=("src_user", "user"),
    serial=("serial",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="WatchGuard",
    product="Firebox",
    seen_ja=(
        "Fireware 12系のLEEF（タブ区切り、目印の落ちた行も）と、syslogの文の形（msg_id付き）。",
    ),
    lost_ja=("LEEFに時刻（devTime）を入れない設定では、届いた時刻を使います。",),
)
