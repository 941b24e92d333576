"""Zeek: its logs as JSON, and the tab-separated ones (a file's `#fields` line names the columns).

A line of a tab-separated log alone has no names; the file reader hands such a line on as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "ts", "uid", "_log", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service",
    "duration", "orig_bytes", "resp_bytes", "conn_state", "history", "query", "qtype_name",
    "rcode_name", "answers", "method", "host", "uri", "referrer", "user_agent", "status_code",
    "server_name", "version", "cipher", "subject", "issuer", "validation_status", "note", "msg",
    "sub", "src", "dst", "p", "actions", "fuid", "filename", "mime_type", "md5", "sha1", "sha256",
    "user", "username", "mac", "assigned_addr", "mailfrom", "rcptto", "name", "path", "action",
    "endpoint", "operation", "request_type", "client", "auth_success",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "source.ip": ("id.orig_h", "src", "client_addr", "tx_hosts"),
    "source.port": ("id.orig_p",),
    "source.mac": ("orig_l2_addr", "mac"),
    "source.bytes": ("orig_bytes", "request_body_len"),
    "source.packets": ("orig_pkts",),
    "source.domain": ("host_name", "client_fqdn"),
    "destination.ip": ("id.resp_h", "dst", "server_addr", "rx_hosts"),
    "destination.port": ("id.resp_p", "p"),
    "destination.mac": ("resp_l2_addr",),
    "destination.bytes": ("resp_bytes", "response_body_len"),
    "destination.packets": ("resp_pkts",),
    "destination.domain": ("server_name", "host"),
    "network.transport": ("proto",),
    "network.protocol": ("service", "_log"),
    "network.community_id": ("community_id",),
    "network.vlan.id": ("vlan",),
    "event.id": ("uid",),
    "event.dataset": ("_log",),
    "event.action": ("conn_state", "operation", "action", "request_type"),
    "event.reason": ("msg", "error_msg", "failure_reason", "info"),
    "event.duration": (),
    "event.outcome": (),
    "rule.name": ("note",),
    "rule.description": ("sub",),
    "dns.question.name": ("query",),
    "dns.question.type": ("qtype_name",),
    "dns.question.class": ("qclass_name",),
    "dns.response_code": ("rcode_name",),
    "dns.id": ("trans_id",),
    "http.request.method": ("method",),
    "http.request.referrer": ("referrer",),
    "http.response.status_code": ("status_code",),
    "http.version": (),
    "url.original": ("uri",),
    "user_agent.original": ("user_agent",),
    "user.name": ("username", "user", "client"),
    "tls.version": ("version",),
    "tls.cipher": ("cipher",),
    "tls.client.server_name": ("server_name",),
    "tls.server.subject": ("subject", "certificate.subject"),
    "tls.server.issuer": ("issuer", "certificate.issuer"),
    "tls.client.ja3": ("ja3",),
    "tls.server.ja3s": ("ja3s",),
    "file.name": ("filename", "name"),
    "file.path": ("path",),
    "file.mime_type": ("mime_type",),
    "file.size": ("total_bytes", "size"),
    "file.hash.md5": ("md5",),
    "file.hash.sha1": ("sha1",),
    "file.hash.sha256": ("sha256",),
    "email.from.address": ("mailfrom",),
    "email.to.address": ("rcptto",),
    "email.subject": (),
    "client.ip": ("assigned_addr", "requested_addr"),
    "dhcp.message_type": ("msg_types",),
    "threat.indicator.name": ("seen.indicator",),
}
_ALIASES = {
    "src_ip": "id.orig_h", "dst_ip": "id.resp_h", "src_port": "id.orig_p", "dst_port": "id.resp_p",
    "record_type": "qtype_name", "answer": "answers", "c-uri": "uri", "cs-uri": "uri",
    "c-useragent": "user_agent", "cs-user-agent": "user_agent", "cs-method": "method",
    "cs-host": "host", "sc-status": "status_code", "cs-referer": "referrer", "r-dns": "host",
}  # fmt: skip
# Notices of Zeek's own policy scripts that judge; the rest (packet loss, capture …) is its health.
_NOTICES: tuple[tuple[str, ThreatKind], ...] = (
    ("Scan::", ThreatKind.SCAN),
    ("SSH::Password_Guessing", ThreatKind.BRUTE_FORCE),
    ("FTP::Bruteforcing", ThreatKind.BRUTE_FORCE),
    ("SSH::Login_By_Password_Guesser", ThreatKind.UNUSUAL_LOGIN),
    ("SSH::Interesting_Hostname_Login", ThreatKind.UNUSUAL_LOGIN),
    ("HTTP::SQL_Injection", ThreatKind.EXPLOIT),
    ("Heartbleed::", ThreatKind.EXPLOIT),
    ("EternalSafety::", ThreatKind.EXPLOIT),
    ("CVE", ThreatKind.EXPLOIT),
    ("TeamCymruMalwareHashRegistry::Match", ThreatKind.MALWARE),
    ("Intel::Notice", ThreatKind.CALLBACK),
    ("ATTACK::", ThreatKind.INTRUSION),
    ("Signatures::", ThreatKind.INTRUSION),
    ("SMTP::Blocklist", ThreatKind.SUSPICIOUS),
    ("Traceroute::", ThreatKind.SCAN),
)
# Which log a record is of, by a field that only that log has; Zeek's JSON does not say it.
_LOGS = (
    ("conn_state", "conn"), ("qtype", "dns"), ("query", "dns"), ("status_msg", "http"),
    ("uri", "http"), ("cipher", "ssl"), ("validation_status", "ssl"), ("note", "notice"),
    ("mime_type", "files"), ("fuid", "files"), ("certificate.serial", "x509"),
    ("auth_success", "ssh"), ("endpoint", "dce_rpc"), ("request_type", "kerberos"),
    ("mailfrom", "smtp"), ("assigned_addr", "dhcp"), ("security_protocol", "rdp"),
    ("share_type", "smb_mapping"), ("times.modified", "smb_files"), ("seen.indicator", "intel"),
)  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    if body[:1] != "{":
        return False
    return (
        '"id.orig_h"' in body
        or ('"uid":"C' in body and '"ts":' in body)
        or ('"_path"' in body and '"ts"' in body)
    )


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if body[:1] != "{":
        raise NotThisFormat("No JSON of Zeek's.")
    fields = flatten(load_object(body))
    if "ts" not in fields and "uid" not in fields:
        raise NotThisFormat("Neither ts nor uid.")
    log = fields.get("_path") or next((log for name, log in _LOGS if name in fields), "")
    if log:
        fields["_log"] = log
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("ts", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Zeek looks on; only the NetControl framework drops."""
    if "note" not in fields and "seen.indicator" not in fields:
        return Disposition.UNKNOWN
    return Disposition.STOPPED if "ACTION_DROP" in fields.get("actions", "") else Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    note = fields.get("note", "")
    for word, kind in _NOTICES:
        if note.startswith(word):
            return Verdict(kind, note)
    if "seen.indicator" in fields:
        return Verdict(ThreatKind.CALLBACK, fields["seen.indicator"])
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    answers = ecs_values.as_list(fields.get("answers", ""))
    if addresses := [item for item in answers if ecs_values.is_address(item)]:
        ecs["dns.resolved_ip"] = addresses
    uri, host = fields.get("uri", ""), fields.get("host", "")
    if uri:
        ecs_values.add_url(ecs, uri)
    if uri and host:
        ecs.setdefault("url.domain", host)
    if success := fields.get("auth_success") or fields.get("success"):
        ecs["event.outcome"] = "success" if success in ("true", "T") else "failure"


FORMAT = Format(
    name="zeek",
    title_ja="Zeek (ネットワーク監視)",
    title_en="Zeek",
    shape="zeek",
    sniff=_sniff,
    marks=('"id.orig_h"', '"uid":"C', '"_path"'),
    parse=_parse,
    declared=tuple(name for name in _DECLARED if name != "_log"),
    ecs=_ECS,
    aliases=_ALIASES,
    device=("_system_name",),
    user=("username", "user", "client"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: {
        "dns": 4003,
        "http": 4002,
        "dhcp": 4004,
        "notice": 2004,
        "smtp": 4009,
        "ssh": 4007,
    }.get(fields.get("_log", ""), 4001),
    verdict=_verdict,
    vendor="Zeek",
    product="Zeek",
    seen_ja=("Zeek 3〜6のJSONと、#fieldsの見出しを持つTSVのファイル。",),
    lost_ja=("TSVを1行ずつ送ると列の名前がないため、その他の機器として読みます。",),
)
