"""Check Point security gateways (Log Exporter): structured data without an id, `a=b|c=d`, CEF,
LEEF and JSON, all under Check Point's own field names.

`loguid` is kept: a connection's log may be written again with more in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.rows import is_of, natives, outcomes, renamed, scan_marked, without_labels
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_PAIR = re.compile(r'(?<!\w)([A-Za-z_]\w*):"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r'\\(["\\\]\[=:;])')
_COMMON_NAME = re.compile(r"CN\\*=([^,\\]+)", re.IGNORECASE)
# The keys of CEF and LEEF → Check Point's own names (Log Exporter field mapping).
_RENAMED = {
    "act": "action", "rt": "time", "spt": "s_port", "dpt": "service",
    "sourceTranslatedAddress": "xlatesrc", "sourceTranslatedPort": "xlatesport",
    "destinationTranslatedAddress": "xlatedst", "destinationTranslatedPort": "xlatedport",
    "suser": "src_user_name", "duser": "dst_user_name", "shost": "src_machine_name",
    "dhost": "dst_machine_name", "in": "received_bytes", "out": "sent_bytes",
    "request": "resource", "requestMethod": "http_method",
    "requestClientApplication": "user_agent", "requestContext": "referrer", "fname": "file_name",
    "fsize": "file_size", "fileHash": "file_md5", "smac": "mac_source_address",
    "dmac": "mac_destination_address", "sntdom": "src_domain_name", "dntdom": "dst_domain_name",
    "cp_severity": "severity", "cp_app_risk": "app_risk", "Rule Name": "rule_name",
    "Protection Type": "protection_type", "Protection Name": "protection_name",
    "Threat Prevention Rule Name": "malware_rule_name",
    "Application Rule Name": "app_rule_name", "Matched Category": "matched_category",
    "Email Subject": "email_subject", "Email ID": "email_id", "Update Status": "update_status",
    "Malware Action": "malware_action", "Malware Family": "malware_family",
    "Industry Reference": "industry_reference", "Virus Name": "virus_name",
    "Application Name": "app_name", "Performance Impact": "performance_impact",
    "Confidence Level": "confidence_level", "Elapsed Time in Seconds": "elapsed",
    "DNS Query": "dns_query", "ICMP Type": "icmp_type", "ICMP Code": "icmp_code",
    # LEEF
    "srcPort": "s_port", "dstPort": "service", "srcPostNAT": "xlatesrc", "dstPostNAT": "xlatedst",
    "srcPostNATPort": "xlatesport", "dstPostNATPort": "xlatedport", "usrName": "src_user_name",
    "devTime": "time", "dstBytes": "received_bytes", "srcBytes": "sent_bytes",
    "origin_sic_name": "originsicname", "policy": "policy_name", "url": "resource",
}  # fmt: skip
_DECLARED = (
    "action", "product", "loguid", "origin", "originsicname", "time", "src", "s_port", "dst",
    "service", "service_id", "proto", "ifname", "ifdir", "inzone", "outzone", "rule", "rule_name",
    "rule_uid", "rule_action", "policy_name", "layer_name", "xlatesrc", "xlatesport", "xlatedst",
    "xlatedport", "src_user_name", "dst_user_name", "user", "src_machine_name",
    "dst_machine_name", "resource", "protection_name", "protection_type", "attack",
    "attack_info", "malware_family", "malware_action", "severity", "confidence_level",
    "app_risk", "app_name", "appi_name", "matched_category", "file_name", "file_md5",
    "verdict", "sent_bytes", "received_bytes", "reason", "administrator", "operation",
)  # fmt: skip
_ECS = natives({
    "event.action": "action operation",
    "event.outcome": "status audit_status outcome",
    "event.reason": "reason message_info description information alert msg additional_info",
    "event.id": "logid",
    "log.level": "severity",
    "observer.ip": "origin",
    "observer.hostname": "origin_name hostname dvchost",
    "observer.ingress.interface.name": "ifname deviceInboundInterface",
    "observer.egress.interface.name": "deviceOutboundInterface",
    "observer.ingress.zone": "inzone security_inzone",
    "observer.egress.zone": "outzone security_outzone",
    "source.ip": "src client_ip src_ip endpoint_ip ip_address",
    "source.port": "s_port",
    "source.mac": "mac_source_address",
    "source.domain": "src_machine_name client_name src_domain_name",
    "source.bytes": "sent_bytes client_outbound_bytes",
    "source.packets": "client_outbound_packets sent_packets",
    "source.nat.ip": "xlatesrc",
    "source.nat.port": "xlatesport",
    "source.user.name": "src_user_name",
    "destination.ip": "dst dst_ip server_ip",
    "destination.port": "service",
    "destination.mac": "mac_destination_address",
    "destination.domain": "dst_machine_name dst_domain_name tls_server_host_name sni",
    "destination.bytes": "received_bytes client_inbound_bytes",
    "destination.packets": "client_inbound_packets received_packets",
    "destination.nat.ip": "xlatedst",
    "destination.nat.port": "xlatedport",
    "destination.user.name": "dst_user_name",
    "network.transport": "proto",
    "network.direction": "conn_direction ifdir",
    "network.application": "appi_name app_name",
    "network.bytes": "bytes",
    "network.packets": "packets",
    "rule.id": "rule match_id",
    "rule.uuid": "rule_uid",
    "rule.name": "rule_name malware_rule_name app_rule_name policy_rule_name",
    "rule.ruleset": "policy_name layer_name",
    "rule.category": "matched_category app_category protection_type",
    "user.name": "user user_name src_user_name administrator username",
    "group.name": "src_user_group user_group snid",
    "url.original": "resource",
    "http.request.method": "http_method method",
    "http.response.status_code": "http_status",
    "http.request.referrer": "referrer",
    "user_agent.original": "user_agent",
    "dns.question.name": "domain_name dns_query",
    "dns.question.type": "dns_type",
    "file.name": "file_name",
    "file.size": "file_size",
    "file.type": "file_type",
    "file.hash.md5": "file_md5",
    "file.hash.sha1": "file_sha1",
    "file.hash.sha256": "file_sha256",
    "process.name": "process_name",
    "process.hash.md5": "process_md5",
    "process.parent.name": "parent_process_name",
    "process.command_line": "process_args",
    "threat.indicator.name": "protection_name attack virus_name malware_family signature",
    "email.from.address": "from original_email_sender sender",
    "email.to.address": "to email_recipients recipient",
    "email.cc.address": "cc",
    "email.subject": "email_subject subject",
    "email.message_id": "email_message_id",
    "host.name": "host_name",
    "host.os.name": "os_name",
    "host.os.version": "os_version",
    "vulnerability.id": "industry_reference",
})  # fmt: skip
_ALIASES = {
    "src_ip": "src", "dst_ip": "dst", "src_port": "s_port", "dst_port": "service",
    "SourceIp": "src", "DestinationIp": "dst", "SourcePort": "s_port",
    "DestinationPort": "service", "c-uri": "resource", "cs-method": "http_method",
    "c-useragent": "user_agent", "username": "src_user_name", "r-dns": "dst_machine_name",
    "query": "domain_name", "Filename": "file_name", "Signature": "protection_name",
}  # fmt: skip
_OUTCOMES = outcomes({
    Disposition.STOPPED: "prevent drop dropped reject rejected block blocked quarantine "
    "quarantined prevented deleted cure",
    Disposition.SEEN: "detect detected monitor monitored alert inform",
    Disposition.LET_THROUGH: "accept allow allowed bypass bypassed pass forwards",
})  # fmt: skip
# Blade → what it judges. A blade that only routes or signs in is not here.
_BLADES: tuple[tuple[str, ThreatKind], ...] = (
    ("ransomware", ThreatKind.RANSOMWARE),
    ("zero phishing", ThreatKind.PHISHING),
    ("anti-phishing", ThreatKind.PHISHING),
    ("anti-bot", ThreatKind.CALLBACK),
    ("anti malware", ThreatKind.CALLBACK),  # the gateway's name for its anti-bot blade
    ("anti-malware", ThreatKind.MALWARE),
    ("anti-virus", ThreatKind.MALWARE),
    ("anti virus", ThreatKind.MALWARE),
    ("threat emulation", ThreatKind.MALWARE),
    ("forensics", ThreatKind.SUSPICIOUS),
    ("behavioral guard", ThreatKind.SUSPICIOUS),
    ("anti-exploit", ThreatKind.EXPLOIT),
    ("smartdefense", ThreatKind.EXPLOIT),
    ("ips", ThreatKind.EXPLOIT),
    ("ddos", ThreatKind.FLOOD),
    ("dlp", ThreatKind.DATA_LEAVING),
    ("anti-spam", ThreatKind.POLICY),
    ("anti spam", ThreatKind.POLICY),
    ("url filtering", ThreatKind.POLICY),
    ("application control", ThreatKind.POLICY),
)
_SCANS = re.compile(r"port.?scan|host.?port|sweep|address.?scan", re.IGNORECASE)
_BAD_SITES = re.compile(r"phishing|malicious|spyware|botnet|suspicious|malware", re.IGNORECASE)
_OF_A_MAIL = ("email_subject", "email_recipients", "original_email_sender", "email_message_id")


def _sniff(line: Line) -> bool:
    text = line.text[:4_000]
    if is_of(text, "Check Point"):
        return True
    if "loguid" not in text and "originsicname" not in text and "origin_sic_name" not in text:
        return False
    return any(mark in text for mark in ('action:"', "loguid=", "origin=", "loguid:", '"loguid"'))


def _parse(line: Line) -> Fields:
    text = line.text
    if is_of(text, "Check Point"):
        fields = renamed(without_labels(scan_marked(text)), _RENAMED)
    elif line.header.body.lstrip()[:1] == "{":
        fields = renamed(_of_tree(line.header.body), _RENAMED)
    elif pairs := _PAIR.findall(text):
        fields = _of_pairs(pairs)
    else:
        fields = renamed(_of_bars(line.header.body), _RENAMED)
    if not any(name in fields for name in ("loguid", "product", "origin", "action")):
        raise NotThisFormat("No loguid, product or origin.")
    if "service" in fields and not fields["service"].isdigit():
        fields.setdefault("service_id", fields["service"])
    if found := _COMMON_NAME.search(fields.get("originsicname", "")):
        fields.setdefault("origin_name", found[1].strip())
    return fields


def _of_pairs(pairs: list[tuple[str, str]]) -> Fields:
    fields: Fields = {}
    for name, value in pairs:
        key = _RENAMED.get(name, name)
        text = _ESCAPE.sub(r"\1", value) if "\\" in value else value
        number = 2
        while key in fields and number < 10:
            key, number = f"{name}_{number}", number + 1
        fields[key] = text
    return fields


def _of_bars(text: str) -> Fields:
    """`a=b|c=d`; a bar without a key belongs to the value before it."""
    fields: Fields = {}
    last = ""
    if "|" not in text:
        return scan_pairs(text)
    for piece in text.split("|"):
        key, equals, value = piece.partition("=")
        key = key.strip()
        if equals and key.isidentifier():
            last = key
            fields.setdefault(key, value.strip().strip('"'))
        elif last and piece.strip():
            fields[last] += f"|{piece}"
    return fields


def _of_tree(text: str) -> Fields:
    tree = load_object(text.strip())
    inner = tree.get("event") or tree.get("result")
    return flatten(inner if isinstance(inner, dict) else tree)


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    for name in ("time", "creation_time", "start"):
        if found := from_text(fields.get(name, ""), zone, receive):
            return found
    return None


def _blade(fields: Mapping[str, str]) -> ThreatKind | None:
    product = fields.get("product") or fields.get("DeviceProduct", "")
    low = product.lower()
    if low == "ips" or not low.startswith("ips"):
        for name, kind in _BLADES:
            if (name == "ips" and low == "ips") or (name != "ips" and name in low):
                return kind
    is_attack = fields.get("attack") or fields.get("protection_name")
    return ThreatKind.EXPLOIT if is_attack else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Only a blade that judges has a verdict; the firewall's Accept and Drop only route."""
    if _blade(fields) is None:
        return Disposition.UNKNOWN
    return _OUTCOMES.get(fields.get("action", "").lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _blade(fields)
    if kind is None:
        return _operation(fields)
    name = first(fields, ("protection_name", "attack", "virus_name", "malware_family",
                          "signature", "file_name", "matched_category", "app_name"))  # fmt: skip
    if kind is ThreatKind.EXPLOIT and _SCANS.search(name + fields.get("attack_info", "")):
        kind = ThreatKind.SCAN
    elif kind is ThreatKind.POLICY and _BAD_SITES.search(fields.get("matched_category", "")):
        kind = ThreatKind.BAD_SITE
    elif kind is ThreatKind.MALWARE and any(fields.get(mark) for mark in _OF_A_MAIL):
        kind = ThreatKind.MAIL_MALWARE
    if fields.get("verdict", "").lower() in ("benign", "clean"):
        return None
    return Verdict(kind, name)


def _operation(fields: Mapping[str, str]) -> Verdict | None:
    """Sign-ins: an administrator's at the console, a user's at the VPN."""
    said = f"{fields.get('action', '')} {fields.get('operation', '')}".lower()
    failed = fields.get("status", fields.get("audit_status", "")).lower().startswith("fail")
    if "failed log in" in said or (failed and "log in" in said):
        return Verdict(ThreatKind.LOGIN_FAILED, first(fields, ("product",)))
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if code := fields.get("DeviceEventClassID") or fields.get("EventID") or fields.get("loguid"):
        ecs["event.code"] = code
    if "DeviceProduct" in fields:
        ecs_values.put(ecs, "observer.product", fields.get("product") or fields["DeviceProduct"])
    if app := fields.get("app"):
        ecs["network.protocol"] = app.lower()
    elif service := fields.get("service_id"):
        ecs["network.protocol"] = service.lower()
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
    if (seconds := fields.get("elapsed", "")).isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind = _blade(fields)
    if kind in (ThreatKind.POLICY, ThreatKind.BAD_SITE):
        return 4002
    if kind is not None:
        return 2004
    if "log in" in fields.get("action", "").lower() or "administrator" in fields:
        return 3002
    return 4001 if fields.get("src") else 0


FORMAT = Format(
    name="checkpoint",
    title_ja="Check Point",
    title_en="Check Point gateway",
    shape="checkpoint",
    sniff=_sniff,
    marks=("|Check Point|", "loguid", "originsicname", "origin_sic_name"),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("origin_name", "hostname", "origin"),
    user=("src_user_name", "user", "administrator"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Check Point",
    product="Quantum Security Gateway",
    seen_ja=(
        "Log Exporter（R80.10以降）の5つの書式。",
        "syslog（IDのない構造化データ）、generic（縦棒区切り）、CEF、LEEF、JSON。",
        "CEFのベンダー名が空で見出しが1つずれた行。CEFの目印が落ちた行。",
    ),
    lost_ja=(
        "1つの通信が何回かに分けて書かれます（同じloguid）。1回ごとに1件として保存し、同じ判断は1回だけ知らせます。",
        "シリアル番号は書かれません。",
    ),
)
