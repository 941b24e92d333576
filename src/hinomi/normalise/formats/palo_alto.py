"""Palo Alto Networks PAN-OS, Panorama, Prisma Access and Strata Logging Service: CSV whose columns
depend on the log type, CEF, LEEF and JSON, all under PAN-OS's own field names.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.palo_alto_columns import COLUMNS, SERVICE, STANDARD
from hinomi.normalise.rows import is_of, natives, outcomes, renamed, scan_marked, without_labels
from hinomi.normalise.scanners.positional import name_columns, split_columns
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_TYPES = "|".join(COLUMNS)
# The service's names, which CEF writes with "PanOS" before them, and CEF's and LEEF's own.
_MARKED = {f"PanOS{name}": native for name, native in SERVICE.items()} | STANDARD
_LOOK = re.compile(rf"(?:^|[\s:])(\d{{0,3}},[^,]{{8,32}},[\w\-]*,(?:{_TYPES}),)")
_HIGH_RESOLUTION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:[+-]\d\d:\d\d|Z)\Z")
_SHORT_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d\d) (\d{1,2}:\d\d)\Z")
_DECLARED = (
    "type", "subtype", "serial", "device_name", "time_generated", "severity", "action", "src",
    "sport", "dst", "dport", "natsrc", "natsport", "natdst", "natdport", "rule", "rule_uuid",
    "srcuser", "dstuser", "app", "from", "to", "inbound_if", "outbound_if", "proto", "bytes",
    "bytes_sent", "bytes_received", "elapsed", "session_end_reason", "category", "misc",
    "threatid", "thr_category", "direction", "filedigest", "user_agent", "referer", "sender",
    "subject", "recipient", "http_method", "eventid", "object", "opaque", "cmd", "admin",
    "result", "path", "host", "stage", "status", "error", "machinename", "public_ip",
    "private_ip", "vsys",
)  # fmt: skip
_ECS = natives({
    "event.action": "action cmd eventid event",
    "event.outcome": "status result",
    "event.reason": "reason_said threat_name error opaque reason session_end_reason",
    "event.code": "threat_number",
    "event.id": "seqno",
    "log.level": "severity",
    "observer.name": "device_name",
    "observer.serial_number": "serial deviceExternalId",
    "observer.version": "DeviceVersion",
    "observer.ingress.interface.name": "inbound_if said_interface",
    "observer.egress.interface.name": "outbound_if",
    "observer.ingress.zone": "from",
    "observer.egress.zone": "to",
    "source.ip": "src public_ip host ip src_ip_of_admin said_ip",
    "source.port": "sport beginport",
    "source.mac": "src_mac mac",
    "source.domain": "src_host",
    "source.bytes": "bytes_sent",
    "source.packets": "pkts_sent",
    "source.nat.ip": "natsrc",
    "source.nat.port": "natsport",
    "source.user.name": "srcuser admin",
    "destination.ip": "dst said_server",
    "destination.port": "dport said_port endport",
    "destination.mac": "dst_mac",
    "destination.domain": "url_domain said_domain dst_host",
    "destination.bytes": "bytes_received",
    "destination.packets": "pkts_received",
    "destination.nat.ip": "natdst",
    "destination.nat.port": "natdport",
    "destination.user.name": "dstuser",
    "network.transport": "proto",
    "network.application": "app",
    "network.bytes": "bytes",
    "network.packets": "packets",
    "network.direction": "direction",
    "network.forwarded_ip": "xff_ip xff",
    "rule.name": "rule matchname authpolicy policy_name",
    "rule.uuid": "rule_uuid",
    "rule.category": "category thr_category",
    "user.name": "said_user srcuser admin normalize_user user",
    "host.id": "deviceExternalId hostid",
    "host.name": "machinename LogSourceName",
    "host.ip": "private_ip",
    "host.mac": "src_mac mac",
    "host.os.name": "client_os os src_osfamily",
    "host.os.version": "client_os_ver src_osversion",
    "url.original": "url",
    "url.domain": "url_domain",
    "http.request.method": "http_method",
    "http.request.referrer": "referer",
    "user_agent.original": "user_agent",
    "file.path": "file",
    "file.name": "said_file",
    "file.type": "filetype",
    "file.hash.sha256": "filedigest",
    "threat.indicator.name": "url threat_name",
    "email.from.address": "sender",
    "email.to.address": "recipient",
    "email.subject": "subject",
    "tls.version": "tls_version",
    "tls.client.server_name": "sni",
})  # fmt: skip
_ALIASES = {
    "src_ip": "src", "dst_ip": "dst", "src_port": "sport", "dst_port": "dport",
    "SourceIp": "src", "DestinationIp": "dst", "SourcePort": "sport", "DestinationPort": "dport",
    "c-uri": "url", "cs-method": "http_method", "c-useragent": "user_agent",
    "username": "srcuser", "Filename": "file", "Signature": "threat_name", "query": "url_domain",
}  # fmt: skip
# What a SYSTEM log says in words; the first pattern that gives a name counts.
_SAID = tuple(re.compile(text) for text in (
    r"\bfor user '(?P<said_user>[^']+)'",
    r"\b[Uu]ser(?: name:)? '?(?P<said_user>[\w.@\\\-]+)'? (?:logged (?:in|out)|failed)",
    r"\bfor user (?P<said_user>[\w.@\\\-]+)",
    r"\b(?:User name|user name): (?P<said_user>[^,\s]+)",
    r"\bby (?P<said_user>[\w.@\\\-]+)\.?\s*\Z",
    r"\bFrom: (?P<said_ip>[0-9A-Fa-f:.]*[0-9A-Fa-f])",
    r"\binitiated by: (?P<said_ip>[0-9A-Fa-f:.]*[0-9A-Fa-f])",
    r"\b(?:from|Login from:|IP:) (?P<said_ip>\d+\.\d+\.\d+\.\d+)",
    r"\binterface (?P<said_interface>[\w/.\-]+), ip (?P<said_ip>\d+\.\d+\.\d+\.\d+)",
    r"\bserver address '(?P<said_server>\d+\.\d+\.\d+\.\d+)'",
    r"\bserver address '(?P<said_domain>[\w.\-]*[A-Za-z][\w.\-]*)'",
    r"\bconnected to server (?P<said_server>\d+\.\d+\.\d+\.\d+)(?::(?P<said_port>\d+))?",
    r"\b(?:Cloud|server|host) (?P<said_domain>[\w\-]+(?:\.[\w\-]+)*\.[A-Za-z]{2,})\b",
    r"\bpackage: (?P<said_file>\S+\.\w+)",
    r"\bReason: (?P<reason_said>.+?\.)(?=\s+auth profile|\s*\Z)",
))  # fmt: skip
_THREAT = re.compile(r"(.*?)\s*\((\d+)\)\Z")
_OUTCOMES = outcomes({
    Disposition.STOPPED: "deny drop drop-packet drop-all drop-all-packets reset-client "
    "reset-server reset-both block block-url block-ip block-continue block-override random-drop "
    "sinkhole syncookie-sent blocked",
    Disposition.SEEN: "alert forward wildfire-upload-success",
    Disposition.LET_THROUGH: "allow continue override allowed",
})  # fmt: skip
_KINDS = {
    "virus": ThreatKind.MALWARE,
    "ml-virus": ThreatKind.MALWARE,
    "wildfire-virus": ThreatKind.MALWARE,
    "wildfire": ThreatKind.MALWARE,
    "spyware": ThreatKind.CALLBACK,
    "vulnerability": ThreatKind.EXPLOIT,
    "scan": ThreatKind.SCAN,
    "flood": ThreatKind.FLOOD,
    "packet": ThreatKind.INTRUSION,
    "data": ThreatKind.DATA_LEAVING,
    "dlp": ThreatKind.DATA_LEAVING,
    "url": ThreatKind.POLICY,
}
# What the column "URL/Filename" holds, where it is no file: a page, or the name that was asked for.
_MISC = {"url": "url", "spyware": "said_domain"}
_SITES = {
    "malware": ThreatKind.BAD_SITE,
    "phishing": ThreatKind.PHISHING,
    "command-and-control": ThreatKind.CALLBACK,
    "ransomware": ThreatKind.BAD_SITE,
    "compromised-website": ThreatKind.BAD_SITE,
    "scanning-activity": ThreatKind.BAD_SITE,
}
_WILDFIRE = {"grayware": ThreatKind.UNWANTED, "phishing": ThreatKind.PHISHING, "benign": None}
_MAIL_APPS = frozenset({"smtp", "pop3", "imap", "smtp-base"})


def _sniff(line: Line) -> bool:
    text = line.text
    if is_of(text, "Palo Alto Networks"):
        return True
    if line.header.body.lstrip()[:1] == "{":
        return '"LogType"' in text and ('"DeviceSN"' in text or '"LogSourceID"' in text)
    return bool(_LOOK.search(text[:300]))


def _parse(line: Line) -> Fields:
    text = line.text
    if is_of(text, "Palo Alto Networks"):
        fields = _of_marked(text)
    elif line.header.body.lstrip()[:1] == "{":
        fields = renamed(flatten(load_object(line.header.body.strip())), SERVICE)
    else:
        fields = _of_columns(text)
    if "type" not in fields:
        raise NotThisFormat("No log type.")
    _explain(fields)
    return fields


def _of_columns(text: str) -> Fields:
    found = _LOOK.search(text[:300])
    if not found:
        raise NotThisFormat("Not the columns of PAN-OS.")
    columns = split_columns(text[found.start(1) :].rstrip("\r\n"))
    if len(columns) < 4 or columns[3] not in COLUMNS:  # a quote swallowed the commas it looks for
        raise NotThisFormat("Not the columns of PAN-OS.")
    names = COLUMNS[columns[3]]
    if columns[3] == "CONFIG" and len(columns) > 16 and not columns[14].isdigit():
        names = (*names[:14], "before_change_detail", "after_change_detail", *names[14:])
    fields = name_columns(columns, names)
    if not _HIGH_RESOLUTION.match(fields.get("high_res_timestamp", "")):
        fields.pop("high_res_timestamp", None)
        exact = (value for value in columns[20:] if value[4:5] == "-" and "T" in value[10:11])
        if moment := next(filter(_HIGH_RESOLUTION.match, exact), ""):
            fields["high_res_timestamp"] = moment
    return fields


def _of_marked(text: str) -> Fields:
    found = without_labels(scan_marked(text))
    fields = renamed({key: value for key, value in found.items() if value}, _MARKED)
    kind, name = fields.get("DeviceEventClassID", ""), fields.get("Name", "")
    if kind.upper() in COLUMNS:
        fields |= {"type": kind.upper(), "subtype": name}
    elif name.upper() in COLUMNS:  # the firewall's own CEF has them the other way round
        fields |= {"type": name.upper(), "subtype": kind}
    elif "cat" in fields:
        fields.setdefault("type", fields["cat"].upper())
    if "THREAT" in fields.get("type", "") and fields.get("cat", "").isdigit():
        fields.setdefault("threatid", fields["cat"])
    if "dvchost" in fields and "LogSourceName" not in fields:
        fields["LogSourceName"] = fields["dvchost"]
    return fields


def _explain(fields: Fields) -> None:
    """Columns that hold two things, and what a SYSTEM log tells only in words."""
    kind = fields.get("type", "")
    if kind == "SYSTEM" and (said := fields.get("opaque", "")[:2_000]):
        for pattern in _SAID:
            if found := pattern.search(said):
                for name, value in found.groupdict().items():
                    if value:
                        fields.setdefault(name, value)
    if kind == "THREAT":
        if misc := fields.get("misc", ""):
            fields[_MISC.get(fields.get("subtype", ""), "file")] = misc.strip('"')
        if found := _THREAT.match(fields.get("threatid", "")[:1_000]):
            fields["threat_number"] = found[2]
            if found[1] and found[1] != found[2]:
                fields["threat_name"] = found[1]


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """The exact time with its zone when the version writes one; CEF says its zone in `dtz`, and
    Strata's times end in Z."""
    if fields.get("time_generated", "").endswith("Z"):
        return from_text(fields["time_generated"], zone, receive)
    exact = fields.get("high_res_timestamp", "")
    if exact[4:5] == "-" and (found := from_text(exact, zone, receive)):
        return Stated(found.at)
    own = UTC if fields.get("dtz") == "UTC" else None
    names = ("receive_time", "time_generated") if own else ("time_generated", "receive_time")
    for name in names:
        text = fields.get(name, "")
        if short := _SHORT_DATE.match(text):
            text = f"20{short[3]}-{short[1]}-{short[2]} {short[4]}:00"
        if found := from_text(text, own or zone, receive):
            return Stated(found.at) if own else found
    return None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Threat logs judge; a traffic log's action is the firewall's routing."""
    if fields.get("type") != "THREAT":
        return Disposition.UNKNOWN
    return _OUTCOMES.get(fields.get("action", "").lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = fields.get("type", "")
    if kind == "THREAT":
        return _threat(fields)
    event = fields.get("eventid", "")
    if kind in ("SYSTEM", "GLOBALPROTECT") and _is_failed_login(fields, event):
        return Verdict(ThreatKind.LOGIN_FAILED, event)
    if kind == "SYSTEM" and re.search(r"licen[cs]e.{0,80}expired|expired.{0,40}licen[cs]e",
                                      fields.get("opaque", "")[:500], re.IGNORECASE):  # fmt: skip
        return Verdict(ThreatKind.FAULT, event)
    if kind == "CORRELATION":
        return Verdict(ThreatKind.SUSPICIOUS, first(fields, ("object", "category")))
    return None


def _is_failed_login(fields: Mapping[str, str], event: str) -> bool:
    if fields.get("type") == "SYSTEM":
        return event == "auth-fail" or event.endswith(("-auth-fail", "-login-fail"))
    return fields.get("status") == "failure" and ("auth" in event or "login" in event)


def _threat(fields: Mapping[str, str]) -> Verdict | None:
    subtype, category = fields.get("subtype", ""), fields.get("category", "").lower()
    kind: ThreatKind | None = _KINDS.get(subtype)
    name = first(fields, ("threat_name", "threatid", "url", "file"))
    if subtype == "url":
        kind = _SITES.get(category, ThreatKind.POLICY)
        name = first(fields, ("url", "category"))
        if kind is ThreatKind.POLICY and _disposition(fields) is not Disposition.STOPPED:
            return None  # a site that somebody read, not a judgement
    elif subtype == "wildfire":
        kind = _WILDFIRE.get(category, kind)
    elif subtype == "vulnerability" and fields.get("thr_category") == "brute-force":
        kind = ThreatKind.BRUTE_FORCE
    elif fields.get("severity", "").lower() == "informational":
        kind = kind and ThreatKind.POLICY  # PAN-OS's own word for "worth noting, no threat"
    if kind is ThreatKind.MALWARE and fields.get("app") in _MAIL_APPS:
        kind = ThreatKind.MAIL_MALWARE
    return Verdict(kind, name) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if "LogSourceName" in fields and "dvchost" in fields:
        ecs.setdefault("host.hostname", fields["dvchost"])
    if "machinename" in fields and "DeviceVendor" in fields:
        ecs.setdefault("host.hostname", fields["machinename"])
    if version := fields.get("client_ver"):
        ecs.setdefault("observer.version", version)
    if url := fields.get("url"):
        _add_site(url, ecs)
    for side in ("user", "source.user"):
        _split_mail(ecs, side)
    seconds = fields.get("elapsed", "")
    if seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _add_site(url: str, ecs: Ecs) -> None:
    """PAN-OS writes a page without its scheme: `www.example.jp/path`."""
    if "://" in url:
        ecs_values.add_url(ecs, url)
    else:
        host, slash, path = url.partition("/")
        ecs.setdefault("url.domain", host.partition(":")[0])
        ecs_values.add_url(ecs, slash + path)
    ecs.setdefault("destination.domain", str(ecs.get("url.domain", "")))


def _split_mail(ecs: Ecs, side: str) -> None:
    """A user written as an address also has a domain; `source.user.name` stays as it is."""
    name = str(ecs.get(f"{side}.name", ""))
    user, at, domain = name.partition("@")
    if at and side == "user":
        ecs.setdefault("user.email", name)
        ecs["user.name"] = user
        ecs.setdefault("user.domain", domain)


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = fields.get("type", "")
    if kind == "THREAT":
        return 4002 if fields.get("subtype") == "url" else 2004
    if kind == "SYSTEM":
        return 3002 if "auth" in fields.get("eventid", "") else 0
    return {"TRAFFIC": 4001, "GLOBALPROTECT": 4014, "USERID": 3002, "AUTHENTICATION": 3002,
            "CONFIG": 6003, "DECRYPTION": 4001}.get(kind, 0)  # fmt: skip


FORMAT = Format(
    name="palo_alto",
    title_ja="Palo Alto Networks",
    title_en="Palo Alto Networks PAN-OS",
    shape="palo_alto",
    sniff=_sniff,
    marks=("|Palo Alto Networks|", '"LogType"', *(f",{kind}," for kind in COLUMNS)),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("device_name", "LogSourceName", "serial"),
    user=("srcuser", "said_user", "admin", "user"),
    serial=("serial",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Palo Alto Networks",
    product="PAN-OS",
    seen_ja=(
        "PAN-OS 8.1～11のsyslog（カンマ区切り）。TRAFFIC、THREAT、SYSTEM、CONFIGなど。",
        "Strata Logging Service（旧Cortex Data Lake）のJSONとCEF、機器のCEFとLEEF。",
    ),
    lost_ja=(
        "カンマ区切りの時刻には時差がありません（10.1以降の細かい時刻にはあります）。設定した時間帯で読みます。",
        "将来の版が足した列は、column_番号として残します。",
    ),
)
