"""Suricata: EVE (one JSON object per event, of every type) and fast.log, Snort's too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import flatten, load_object
from hinomi.normalise.sentences import IP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_FAST = re.compile(
    r"(?:(?P<timestamp>\d\d/\d\d(?:/\d{2,4})?-\d\d:\d\d:\d\d\.\d+) +)?"
    r"(?:\[(?P<action>Drop|wDrop|Block|Reject|drop|block)\] )?(?:\[\*\*\] )?"
    r"\[(?P<gid>\d+):(?P<sid>\d+):(?P<rev>\d+)\]:? (?P<signature>.{1,300}?)"
    r"(?: \[\*\*\])?(?: \[Classification: (?P<category>[^\]]+)\])?"
    r"(?: \[Priority: (?P<severity>\d+)\])?"
    rf":? \{{(?P<proto>[^}}]+)\}} (?P<src_ip>{IP})(?::(?P<src_port>\d+))? -> "
    rf"(?P<dest_ip>{IP})(?::(?P<dest_port>\d+))?"
)
_FAST_NAMES = {"action": "alert.action", "gid": "alert.gid", "sid": "alert.signature_id",
               "rev": "alert.rev", "signature": "alert.signature", "category": "alert.category",
               "severity": "alert.severity"}  # fmt: skip
_DECLARED = (
    "timestamp", "flow_id", "event_type", "in_iface", "src_ip", "src_port", "dest_ip", "dest_port",
    "proto", "app_proto", "community_id", "host", "alert.action", "alert.signature_id",
    "alert.signature", "alert.category", "alert.severity", "http.hostname", "http.url",
    "http.http_method", "http.status", "http.http_user_agent", "http.http_refer", "dns.type",
    "dns.rrname", "dns.rrtype", "dns.rcode", "tls.sni", "tls.subject", "tls.issuerdn",
    "tls.fingerprint", "tls.ja3.hash", "fileinfo.filename", "fileinfo.sha256", "fileinfo.md5",
    "fileinfo.size", "flow.bytes_toserver", "flow.bytes_toclient", "flow.state", "ssh.client",
    "smb.command", "smb.filename", "email.from", "email.to", "dhcp.type", "dhcp.assigned_ip",
    "anomaly.event",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("alert.signature_id",),
    "event.category": ("event_type",),
    "event.action": ("alert.action", "dns.type", "smb.command", "dhcp.dhcp_type", "flow.state"),
    "event.reason": ("flow.reason", "anomaly.event", "verdict.reason"),
    "event.severity": ("alert.severity",),
    "event.start": ("flow.start",),
    "event.end": ("flow.end",),
    "source.ip": ("src_ip",),
    "source.port": ("src_port",),
    "source.mac": ("ether.src_mac", "dhcp.client_mac"),
    "source.bytes": ("flow.bytes_toserver", "netflow.bytes"),
    "source.packets": ("flow.pkts_toserver", "netflow.pkts"),
    "destination.ip": ("dest_ip",),
    "destination.port": ("dest_port",),
    "destination.bytes": ("flow.bytes_toclient",),
    "destination.packets": ("flow.pkts_toclient",),
    "destination.domain": ("http.hostname", "tls.sni"),
    "network.transport": ("proto",),
    "network.protocol": ("proto",),
    "network.application": ("app_proto",),
    "network.community_id": ("community_id",),
    "network.vlan.id": ("vlan",),
    "observer.ingress.interface.name": ("in_iface",),
    "observer.hostname": ("host",),
    "host.name": ("host",),
    "host.ip": ("src_ip",),  # whom the event is about, as other readers of EVE fill it
    "rule.id": ("alert.signature_id",),
    "rule.name": ("alert.signature",),
    "rule.category": ("alert.category",),
    "rule.version": ("alert.rev",),
    "url.original": ("http.url",),
    "http.request.method": ("http.http_method",),
    "http.response.status_code": ("http.status",),
    "http.response.bytes": ("http.length",),
    "http.response.mime_type": ("http.http_content_type",),
    "http.request.referrer": ("http.http_refer",),
    "user_agent.original": ("http.http_user_agent",),
    "dns.question.name": ("dns.rrname", "dns.query.0.rrname", "dns.queries.0.rrname"),
    "dns.question.type": ("dns.rrtype", "dns.query.0.rrtype", "dns.queries.0.rrtype"),
    "dns.response_code": ("dns.rcode",),
    "dns.type": ("dns.type",),
    "dns.id": ("dns.id",),
    "dns.resolved_ip": ("dns.grouped.A", "dns.grouped.AAAA"),
    "tls.client.server_name": ("tls.sni",),
    "tls.server.subject": ("tls.subject",),
    "tls.server.issuer": ("tls.issuerdn",),
    "tls.server.hash.sha1": ("tls.fingerprint",),
    "tls.server.not_before": ("tls.notbefore",),
    "tls.server.not_after": ("tls.notafter",),
    "tls.client.ja3": ("tls.ja3.hash",),
    "tls.server.ja3s": ("tls.ja3s.hash",),
    "tls.version": ("tls.version",),
    "file.name": ("fileinfo.filename", "smb.filename", "tftp.file"),
    "file.size": ("fileinfo.size",),
    "file.hash.md5": ("fileinfo.md5",),
    "file.hash.sha1": ("fileinfo.sha1",),
    "file.hash.sha256": ("fileinfo.sha256",),
    "email.from.address": ("email.from", "smtp.mail_from"),
    "email.to.address": ("email.to", "smtp.rcpt_to"),
    "email.subject": ("email.subject",),
    "user.name": ("ftp.user", "smb.ntlmssp.user", "rdp.cookie", "krb5.cname"),
    "threat.technique.id": ("alert.metadata.mitre_technique_id",),
    "network.bytes": (),
}
_ALIASES = {
    "dst_ip": "dest_ip", "dst_port": "dest_port", "action": "alert.action",
    "c-uri": "http.url", "c-useragent": "http.http_user_agent", "cs-host": "http.hostname",
    "cs-method": "http.http_method", "cs-referer": "http.http_refer", "sc-status": "http.status",
    "cs-user-agent": "http.http_user_agent", "query": "dns.rrname", "record_type": "dns.rrtype",
    "r-dns": "http.hostname",
}  # fmt: skip
# Suricata's classes (classification.config) → what they mean to a person. First that fits.
_CLASSES: tuple[tuple[str, ThreatKind], ...] = (
    ("scan", ThreatKind.SCAN),
    ("denial of service", ThreatKind.FLOOD),
    ("command and control", ThreatKind.CALLBACK),
    ("trojan", ThreatKind.CALLBACK),
    ("malware", ThreatKind.CALLBACK),
    ("crypto currency", ThreatKind.UNWANTED),
    ("coin", ThreatKind.UNWANTED),
    ("phish", ThreatKind.PHISHING),
    ("social engineering", ThreatKind.PHISHING),
    ("credential theft", ThreatKind.PHISHING),
    ("exploit kit", ThreatKind.EXPLOIT),
    ("web application attack", ThreatKind.EXPLOIT),
    ("shellcode", ThreatKind.EXPLOIT),
    ("executable code", ThreatKind.EXPLOIT),
    ("privilege gain", ThreatKind.EXPLOIT),
    ("login", ThreatKind.BRUTE_FORCE),
    ("default username", ThreatKind.BRUTE_FORCE),
    ("policy", ThreatKind.POLICY),
    ("inappropriate", ThreatKind.POLICY),
    ("unwanted program", ThreatKind.UNWANTED),
    ("sensitive data", ThreatKind.DATA_LEAVING),
    ("information leak", ThreatKind.INTRUSION),
    ("attempted", ThreatKind.INTRUSION),
    ("successful", ThreatKind.INTRUSION),
)
_HARMLESS = ("not suspicious", "unknown traffic", "generic protocol command", "icmp event",
             "misc activity", "tcp connection was detected", "event")  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    if body[:1] == "{":
        return ('"flow_id"' in body and '"src_ip"' in body) or (
            '"event_type"' in body[:400] and ('"in_iface"' in body or '"stats"' in body)
        )
    return "[" in body[:60] and "} " in body[:600] and _FAST.search(body[:700]) is not None


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if body[:1] == "{":
        fields = flatten(load_object(body))
        if "src_ip" not in fields and "event_type" not in fields:
            raise NotThisFormat("No event of EVE.")
        return fields
    found = _FAST.search(line.text[:2_000])
    if found is None:
        raise NotThisFormat("Neither EVE nor a line of fast.log.")
    parts = {_FAST_NAMES.get(name, name): value for name, value in found.groupdict().items()}
    fields = {name: value for name, value in parts.items() if value}
    fields["event_type"] = "alert"
    if "timestamp" in fields:  # 11/20/2026-18:00:00.1 or without the year
        fields["timestamp"] = fields["timestamp"].replace("-", " ")
    return fields | ({"host": line.header.host} if line.header.host else {})


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("timestamp", "")
    if text[2:3] == "/" and text[5:6] == " ":
        year = receive.astimezone(zone).year
        text = f"{text[:5]}/{year}{text[5:]}"
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """A sensor beside the line also writes "allowed": it has only seen."""
    if fields.get("event_type") not in ("alert", "drop", None) and "alert.action" not in fields:
        return Disposition.UNKNOWN
    action = fields.get("verdict.action") or fields.get("alert.action", "")
    if action.lower() in ("blocked", "drop", "reject", "block", "wdrop") or (
        fields.get("event_type") == "drop"
    ):
        return Disposition.SEEN if action == "wDrop" else Disposition.STOPPED
    return Disposition.SEEN if "alert.signature" in fields else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    name = fields.get("alert.signature", "")
    if not name:
        return None
    category = fields.get("alert.category", "").lower()
    for word, kind in _CLASSES:
        if word in category:
            return Verdict(kind, name)
    if category.endswith(_HARMLESS) or category.startswith(_HARMLESS):
        return None
    return Verdict(ThreatKind.SUSPICIOUS, name)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    url, host = fields.get("http.url", ""), fields.get("http.hostname", "")
    if url:
        ecs_values.add_url(ecs, url)
    if name := first(fields, ("http.hostname", "tls.sni")):
        ecs.setdefault("url.domain", name)
    if url[:1] == "/" and host:
        ecs.setdefault("url.full", f"http://{host}{url}")


FORMAT = Format(
    name="suricata",
    title_ja="Suricata (侵入検知)",
    title_en="Suricata",
    shape="suricata",
    sniff=_sniff,
    marks=('"flow_id"', '"event_type"', " -> "),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("host",),
    user=("ftp.user", "smb.ntlmssp.user"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: {"alert": 2004, "dns": 4003, "http": 4002, "dhcp": 4004}.get(
        fields.get("event_type", ""), 4001
    ),
    verdict=_verdict,
    vendor="OISF",
    product="Suricata",
    seen_ja=("Suricata 4〜7のEVE（全種類）と、Suricata・Snortのfast.log。",),
    lost_ja=(
        "線の横で見るだけの置き方では「allowed」は「見ただけ」と読みます（止めたかは分かりません）。",
    ),
)
