"""Stormshield Network Security (SNS): `id=firewall time="…" fw="…" tz=+0900 … logtype="alarm"`,
one notation for all its log files (WELF).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text, zone_of_offset
from hinomi.normalise.rows import natives, outcomes
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "logtype", "fw", "time", "tz", "pri", "slotlevel", "ruleid", "rulename", "action", "src",
    "srcport", "srcname", "srcmac", "srcif", "srcifname", "modsrc", "modsrcport", "dst",
    "dstport", "dstname", "dstif", "dstifname", "origdst", "origdstport", "ipproto", "proto",
    "user", "domain", "method", "error", "msg", "class", "classification", "alarmid", "risk",
    "sensible", "target", "sent", "rcvd", "duration", "op", "arg", "result", "cat_site",
    "virus", "spamlevel", "filename", "hash", "sandboxing", "sandboxinglevel", "remotenet",
    "localnet", "phase", "side", "sessionid",
)  # fmt: skip
_ECS = natives({
    "event.action": "action op",
    "event.reason": "msg error",
    "event.code": "alarmid error",
    "event.dataset": "logtype",
    "log.level": "pri",
    "observer.hostname": "fw",
    "observer.serial_number": "fw",
    "observer.ingress.interface.name": "srcifname srcif",
    "observer.egress.interface.name": "dstifname dstif",
    "source.ip": "src",
    "source.port": "srcport",
    "source.mac": "srcmac",
    "source.domain": "srcname",
    "source.bytes": "sent",
    "source.nat.ip": "modsrc",
    "source.nat.port": "modsrcport",
    "client.ip": "remotenet",
    "destination.ip": "dst",
    "destination.port": "dstport",
    "destination.mac": "dstmac",
    "destination.domain": "dstname",
    "destination.bytes": "rcvd",
    "network.transport": "ipproto",
    "network.protocol": "proto",
    "rule.id": "ruleid",
    "rule.name": "rulename",
    "rule.category": "cat_site class",
    "user.name": "user",
    "user.domain": "domain",
    "group.name": "usergroup",
    "url.original": "arg",
    "url.domain": "host",
    "file.name": "filename",
    "file.size": "filesize",
    "file.hash.sha256": "hash",
    "threat.indicator.name": "virus",
    "email.from.address": "mailfrom",
    "email.to.address": "rcpt",
})  # fmt: skip
_ALIASES = {
    "src_ip": "src", "dst_ip": "dst", "src_port": "srcport", "dst_port": "dstport",
    "SourceIp": "src", "DestinationIp": "dst", "SourcePort": "srcport",
    "DestinationPort": "dstport", "username": "user", "c-uri": "arg", "cs-method": "op",
    "cs-host": "dstname", "r-dns": "dstname", "Signature": "virus", "Filename": "filename",
}  # fmt: skip
_OUTCOMES = outcomes({
    Disposition.STOPPED: "block blocked drop reset",
    Disposition.LET_THROUGH: "pass",
})  # fmt: skip
_kind_of_alarm = kind_by_words(
    (r"ransom", ThreatKind.RANSOMWARE),
    (r"botnet|\bc&c\b|command.and.control|backdoor|trojan|callback", ThreatKind.CALLBACK),
    (r"virus|malware", ThreatKind.MALWARE),
    (r"port probe|port scan|scan\b|sweep", ThreatKind.SCAN),
    (r"flood|\bdos\b|denial of service", ThreatKind.FLOOD),
    (r"brute.?force", ThreatKind.BRUTE_FORCE),
    (r"licen[cs]e.{0,60}expired|update.{0,40}failed", ThreatKind.FAULT),
)
_WEB_METHODS = frozenset({"GET", "POST", "PUT", "HEAD", "DELETE", "CONNECT", "OPTIONS"})


def _sniff(line: Line) -> bool:
    head = line.text[:400]
    return "fw=" in head and ("startime=" in head or ("id=firewall" in head and "tz=" in head))


def _parse(line: Line) -> Fields:
    fields = scan_pairs(line.header.body)
    if "fw" not in fields or ("logtype" not in fields and "startime" not in fields):
        raise NotThisFormat("No fw= and logtype=.")
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    own = zone_of_offset(fields.get("tz", ""))
    for name in ("time", "startime"):
        text = fields.get(name, "")
        if name == "time" and text.count("-") == 2 and ":" not in text:
            continue  # monitor logs write `time=2026-11-20 09:56:16` without quotes
        if found := from_text(text, own or zone, receive):
            return Stated(found.at) if own else found
    return None


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    log = fields.get("logtype", "")
    if log == "auth":
        return ThreatKind.LOGIN_FAILED if fields.get("error", "0") != "0" else None
    if log == "sandboxing" or fields.get("sandboxinglevel") in ("malicious", "suspicious"):
        level = fields.get("sandboxinglevel", "").lower()
        return ThreatKind.MALWARE if level in ("malicious", "suspicious") else None
    if fields.get("virus", "").lower() == "infected":
        is_mail = log in ("smtp", "pop3")
        return ThreatKind.MAIL_MALWARE if is_mail else ThreatKind.MALWARE
    if log in ("alarm", "system"):
        said = f"{fields.get('msg', '')} {fields.get('class', '')}"[:1_000]
        kind = _kind_of_alarm(said)
        return kind if kind or log == "system" else _plain_alarm(fields)
    return None


def _plain_alarm(fields: Mapping[str, str]) -> ThreatKind | None:
    """Most alarms are about protocols that are not kept to the letter: minor, and let pass."""
    level = fields.get("pri", "")
    is_minor = len(level) == 1 and level in "456789"  # 1 major, 4 minor
    if fields.get("class") == "filter" or (is_minor and fields.get("action") != "block"):
        return None
    return ThreatKind.EXPLOIT


def _disposition(fields: Mapping[str, str]) -> Disposition:
    kind = _kind(fields)
    if kind in NO_DEED:
        return Disposition.UNKNOWN
    return _OUTCOMES.get(fields.get("action", "").lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    if kind is None:
        return None
    return Verdict(kind, first(fields, ("virusname", "msg", "filename", "method")))


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if fields.get("logtype") == "auth":
        ecs.setdefault("event.action", "authentication")
    if (method := fields.get("op", "")) in _WEB_METHODS:
        ecs["http.request.method"] = method
    if original := fields.get("origdst"):
        translated = fields.get("dst", "")
        if translated and original != translated:
            ecs_values.put(ecs, "destination.nat.ip", translated)
    if url := fields.get("arg"):
        ecs_values.add_url(ecs, url)
        if host := fields.get("dstname"):
            ecs.setdefault("url.domain", host)
    if server := fields.get("dnsname"):
        ecs["dns.question.name"] = server
    seconds = fields.get("duration", "").partition(".")[0]
    if seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _ocsf_class(fields: Mapping[str, str]) -> int:
    log = fields.get("logtype", "")
    if _kind(fields) not in NO_DEED:
        return 2004
    return {"auth": 3002, "web": 4002, "filter": 4001, "connection": 4001, "plugin": 4001,
            "vpn": 4014, "xvpn": 4014, "ssl": 4002, "ftp": 4001}.get(log, 0)  # fmt: skip


FORMAT = Format(
    name="stormshield",
    title_ja="Stormshield（SNS）",
    title_en="Stormshield Network Security",
    shape="stormshield",
    sniff=_sniff,
    marks=("startime=", "id=firewall"),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("fw",),
    user=("user",),
    serial=("fw",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Stormshield",
    product="SNS",
    seen_ja=(
        "SNS 3・4系のsyslog（auth、alarm、filter、connection、web、vpn、xvpn、monitorなど）。",
    ),
    lost_ja=("軽い警報（pri 4以上）で通したものは、判定として数えません。",),
)
