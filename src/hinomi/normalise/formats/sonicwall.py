"""SonicWall firewalls (SonicOS 5 to 7): Syslog and Enhanced Syslog (`id=firewall sn=… m=…`) and
CEF (ArcSight). An end is written `address:port:interface:name`; its parts get names of their own.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.rows import natives, outcomes, renamed, scan_marked
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_VENDOR = re.compile(r"(?:^|CEF:)\s*0\|SonicWALL\|", re.IGNORECASE)
_LOOK = re.compile(r"\bsn=\"?[0-9A-Fa-f]{6,16}\b.*\bfw=|\bfw=\S+.*\bsn=|\bc=\d+ m=\d+")
_END = re.compile(
    r"(?P<ip>\d+\.\d+\.\d+\.\d+|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]+:[0-9A-Fa-f]+\]?(?=:\d+:|\Z))?"
    r"(?::(?P<port>\d*))?(?::(?P<if>[^:]*))?(?::(?P<name>.*))?\Z"
)
_ENDS = {"src": "src", "dst": "dst", "natSrc": "nat_src", "natDst": "nat_dst"}
_PARTS = {"ip": "ip", "port": "port", "if": "if", "name": "name"}
# CEF's keys → SonicOS's own tags.
_FROM_CEF = {
    "DeviceEventClassID": "m", "Name": "event_name", "cat": "c", "smac": "srcMac",
    "dmac": "dstMac", "spt": "src_port", "dpt": "dst_port", "deviceInboundInterface": "src_if",
    "deviceOutboundInterface": "dst_if", "shost": "src_name", "dhost": "dst_name",
    "sourceTranslatedAddress": "natSrc", "destinationTranslatedAddress": "natDst",
    "sourceTranslatedPort": "nat_src_port", "destinationTranslatedPort": "nat_dst_port",
    "susr": "usr", "suser": "usr", "duser": "dst_usr", "in": "rcvd", "out": "sent",
    "act": "fw_action", "request": "arg", "cnt": "n", "rt": "time", "dvc": "fw",
    "deviceExternalId": "sn", "app": "appName", "reason": "note", "requestMethod": "op",
    "outcome": "result", "deviceMacAddress": "sn",
}  # fmt: skip
_DECLARED = (
    "sn", "fw", "time", "pri", "c", "gcat", "m", "msg", "event_name", "n", "src", "src_ip",
    "src_port", "src_if", "src_name", "dst", "dst_ip", "dst_port", "dst_if", "dst_name", "srcMac",
    "dstMac", "natSrc", "natDst", "proto", "fw_action", "rule", "usr", "sent", "rcvd", "spkt",
    "rpkt", "dur", "cdur", "op", "arg", "dstname", "Category", "code", "result", "sid", "ipscat",
    "ipspri", "spycat", "appName", "appcat", "note", "vpnpolicy", "sess", "virus",
)  # fmt: skip
_ECS = natives({
    "event.code": "m",
    "event.action": "fw_action af_action",
    "event.reason": "msg event_name",
    "event.severity": "pri",
    "log.level": "pri Severity",
    "observer.serial_number": "sn",
    "observer.ip": "fw",
    "observer.version": "DeviceVersion",
    "observer.product": "DeviceProduct",
    "observer.ingress.interface.name": "src_if",
    "observer.egress.interface.name": "dst_if",
    "observer.ingress.zone": "srcZone",
    "observer.egress.zone": "dstZone",
    "source.ip": "src_ip srcV6",
    "source.port": "src_port",
    "source.mac": "srcMac",
    "source.domain": "src_name",
    "source.bytes": "sent",
    "source.packets": "spkt",
    "source.nat.ip": "nat_src_ip natSrcV6",
    "source.nat.port": "nat_src_port",
    "source.user.name": "usr user",
    "destination.ip": "dst_ip dstV6",
    "destination.port": "dst_port",
    "destination.mac": "dstMac",
    "destination.domain": "dst_name dstname",
    "destination.bytes": "rcvd",
    "destination.packets": "rpkt",
    "destination.nat.ip": "nat_dst_ip natDstV6",
    "destination.nat.port": "nat_dst_port",
    "network.transport": "transport",
    "network.protocol": "service",
    "network.application": "appName app",
    "rule.name": "rule af_policy",
    "rule.id": "sid uuid af_polid",
    "rule.category": "Category ipscat spycat appcat catid",
    "user.name": "usr user",
    "user.domain": "domain",
    "user_agent.original": "agent",
    "url.domain": "dstname",
    "url.path": "arg",
    "http.request.method": "method",
    "http.response.status_code": "result code",
    "http.request.referrer": "referer",
    "file.name": "fileid filename",
    "file.hash.md5": "md5",
    "threat.indicator.name": "virus threat",
})  # fmt: skip
_ALIASES = {
    "SourceIp": "src_ip", "DestinationIp": "dst_ip", "SourcePort": "src_port",
    "DestinationPort": "dst_port", "action": "fw_action", "username": "usr", "cs-host": "dstname",
    "r-dns": "dstname", "c-uri": "arg", "src_mac": "srcMac", "Signature": "virus",
}  # fmt: skip
_METHODS = {"0": "", "1": "GET", "2": "POST", "3": "HEAD", "4": "PUT", "5": "DELETE"}
_OUTCOMES = outcomes({
    Disposition.STOPPED: "drop dropped deny denied block blocked reject reset",
    Disposition.LET_THROUGH: "forward allow allowed pass",
})  # fmt: skip
# The words of SonicOS's messages → what was judged, and what the words themselves say was done.
_kind_said = kind_by_words(
    (r"gateway anti-virus (?:alert|status)|\bvirus\b|capture atp.*malicious",
     ThreatKind.MALWARE),
    (r"anti-spyware (?:prevention|detection)|botnet|command.and.control", ThreatKind.CALLBACK),
    ((r"\bI[DP]P? (?:prevention|detection) alert|\bIPS (?:prevention|detection)|sub ?seven|"
     r"net ?spy|back orifice|striker attack|ripper attack|senna spy"),
     ThreatKind.EXPLOIT),
    (r"port scan|fin scan|xmas (?:scan|tree)|null scan|host scan", ThreatKind.SCAN),
    (r"flood", ThreatKind.FLOOD),
    ((r"ip spoof|land attack|ping of death|smurf|arp attack|teardrop|tcp fragment attack|"
     r"dns rebind"), ThreatKind.INTRUSION),
    ((r"login (?:denied|failed|disallowed)|bad credentials|authentication fail|"
     r"incorrect password|unknown user attempted"), ThreatKind.LOGIN_FAILED),
    ((r"(?:licen[cs]e|subscription|service)s? (?:has |have |is )?(?:expired|exceeded)|"
     r"signature.{0,40}(?:download|update).{0,20}fail"), ThreatKind.FAULT),
    (r"web ?site (?:access )?(?:denied|blocked)|application control prevention",
     ThreatKind.POLICY),
)  # fmt: skip
_STOPPED = re.compile(r"prevention|blocked|dropped|denied|stopped|deleted|prohibited", re.I)
_DONE = re.compile(r" (?:blocked|dropped|detected)\.?\s*\Z")
_SEEN = re.compile(r"detection|detected|possible|probable", re.IGNORECASE)
_BAD_SITES = re.compile(r"malware|phishing|hacking|malicious|botnet|spyware|adware", re.IGNORECASE)


def _sniff(line: Line) -> bool:
    text = line.text
    start = text[:200]
    if "|sonicwall|" in start.lower() and _VENDOR.search(start):
        return True
    head = text[:600]
    return "sn=" in head and ("id=" in head or " m=" in head) and bool(_LOOK.search(head))


def _parse(line: Line) -> Fields:
    if _VENDOR.search(line.text[:200]):
        fields = renamed(scan_marked(line.text), _FROM_CEF)
    else:
        fields = scan_pairs(line.header.body)
    if "m" not in fields and "msg" not in fields:
        raise NotThisFormat("No message number and no message.")
    for name, prefix in _ENDS.items():
        _split_end(fields, name, prefix)
    protocol, slash, service = fields.get("proto", "").partition("/")
    if protocol:
        fields["transport"] = protocol.lower()
        if slash and service:
            fields["service"] = service.lower()
    if method := _METHODS.get(fields.get("op", ""), fields.get("op", "")):
        fields["method"] = method
    return fields


def _split_end(fields: Fields, name: str, prefix: str) -> None:
    """`192.0.2.7:51234:X0:pc07`; an end of IPv6 stands in `srcV6`, and here only `:51234:X0`."""
    if not (value := fields.get(name, "")) or len(value) > 400:
        return
    found = _END.match(value)
    parts = found.groupdict() if found else {}
    for part, suffix in _PARTS.items():
        if text := parts.get(part):
            fields.setdefault(f"{prefix}_{suffix}", text.strip("[]"))


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time", "")
    if text.endswith(" UTC"):
        found = from_text(text[:-4], UTC, receive)
        return Stated(found.at) if found else None
    return from_text(text, zone, receive)


def _said(fields: Mapping[str, str]) -> str:
    return f"{fields.get('msg', '')} {fields.get('event_name', '')}"[:1_000]


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    said = _said(fields)
    kind = _kind_said(said)
    if kind is ThreatKind.POLICY and _BAD_SITES.search(fields.get("Category", "")):
        return ThreatKind.BAD_SITE
    return kind


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """The message's own words, then fw_action; the action of plain traffic judges nothing."""
    kind = _kind(fields)
    if kind in NO_DEED:
        return Disposition.UNKNOWN
    said = _said(fields)
    if _STOPPED.search(said):
        return Disposition.STOPPED
    done = _OUTCOMES.get(fields.get("fw_action", "").strip('"').lower(), Disposition.UNKNOWN)
    if done is Disposition.STOPPED:
        return done
    return Disposition.SEEN if _SEEN.search(said) else done


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    if kind is None:
        return None
    said = fields.get("msg", "") or fields.get("event_name", "")
    name = _DONE.sub("", said.partition(": ")[2])
    return Verdict(kind, name or first(fields, ("virus", "ipscat", "spycat", "dstname")) or said)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := str(ecs.get("url.path", "")):
        path, question, query = url.partition("?")
        ecs["url.path"] = path
        if question and query:
            ecs["url.query"] = query
        if host := fields.get("dstname"):
            ecs.setdefault("url.original", f"{host}{url}")
    milliseconds = fields.get("cdur", "")
    if milliseconds.isdecimal() and len(milliseconds) < 13:
        ecs["event.duration"] = int(milliseconds) * 1_000_000
    if fields.get("usr") and "user.name" in ecs:
        ecs_values.put(ecs, "user.name", fields["usr"])


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = _kind(fields)
    if kind is ThreatKind.LOGIN_FAILED or "login" in _said(fields).lower():
        return 3002
    if kind in (ThreatKind.POLICY, ThreatKind.BAD_SITE) or fields.get("m") == "97":
        return 4002
    if kind is ThreatKind.FAULT:
        return 0
    return 2004 if kind else (4001 if fields.get("src") else 0)


FORMAT = Format(
    name="sonicwall",
    title_ja="SonicWall",
    title_en="SonicWall SonicOS",
    shape="sonicwall",
    sniff=_sniff,
    marks=("0|", "sn="),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("fw", "sn"),
    user=("usr", "user"),
    serial=("sn",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="SonicWall",
    product="SonicOS",
    seen_ja=(
        "SonicOS 5～7のSyslogとEnhanced Syslog、CEF（ArcSight）。IPv6の書き方（srcV6）を含みます。",
    ),
    lost_ja=(
        "時刻に「UTC」がないときは、設定した時間帯で読みます（機器の設定でUTCにできます）。",
        "止めたかどうかが文にも書かれない記録は「不明」です。",
    ),
)
