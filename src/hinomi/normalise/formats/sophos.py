"""Sophos Firewall: the current generation (timestamp=, device_serial_id=), the old one
(device="SFW" date= time=) and the still older UTM (sys="SecureNet").

Values with blanks may stand unquoted (`ether_type=IPv4 (0x0800)`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, first
from hinomi.normalise.moment import Stated, from_text, zone_of_offset
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_MARKS = ("device_serial_id=", "log_component=", 'device="SFW"', "device_model=", 'sys="Secure',
          "device_name=\"SF")  # fmt: skip
_DECLARED = (
    "log_id", "log_type", "log_component", "log_subtype", "severity", "priority",
    "device_serial_id", "device_id", "device_model", "device_name", "status", "fw_rule_id",
    "fw_rule_name", "policy_type", "user_name", "user", "user_group", "src_ip", "src_port",
    "src_mac", "in_interface", "dst_ip", "dst_port", "dst_mac", "out_interface", "protocol",
    "signature_id", "signature_msg", "classification", "category", "url", "domain", "virus",
    "malware", "filename", "file_name", "app_name", "app_risk", "message", "reason", "bytes_sent",
    "bytes_received", "action", "hb_status", "threatname",
)  # fmt: skip
_ALIASES = {
    "SourceIp": "src_ip", "SourcePort": "src_port", "DestinationIp": "dst_ip",
    "DestinationPort": "dst_port", "action": "log_subtype", "c-uri": "url", "cs-host": "domain",
    "c-useragent": "user_agent", "r-dns": "domain", "username": "user_name",
    "Signature": "virus", "Filename": "file_name",
}  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.code": ("log_id", "message_id"),
    "event.reason": ("message", "reason", "signature_msg", "additional_information"),
    "event.category": (),
    "event.outcome": ("auth_status",),
    "log.level": ("severity", "priority"),
    "observer.serial_number": ("device_serial_id", "device_id"),
    "observer.product": ("device_model",),
    "observer.hostname": ("device_name",),
    "observer.ingress.interface.name": ("in_interface", "in_display_interface", "initf"),
    "observer.egress.interface.name": ("out_interface", "out_display_interface", "outitf"),
    "source.ip": ("src_ip", "sourceip", "srcip", "ipaddress", "client_ip", "remote_ip",
                  "client_physical_address_ip", "source_ip", "local_ip", "start_ip"),
    "source.port": ("src_port", "srcport", "sourceport"),
    "source.mac": ("src_mac", "srcmac", "client_physical_address"),
    "source.bytes": ("bytes_sent", "sent_bytes", "sentbytes", "size"),
    "source.packets": ("packets_sent", "sent_pkts"),
    "source.nat.ip": ("src_trans_ip", "tran_src_ip"),
    "source.nat.port": ("src_trans_port", "tran_src_port"),
    "source.domain": ("src_domainname", "client_host_name"),
    "destination.ip": ("dst_ip", "destinationip", "dstip", "dest_ip", "destination_ip"),
    "destination.port": ("dst_port", "dstport", "destinationport"),
    "destination.mac": ("dst_mac", "dstmac"),
    "destination.bytes": ("bytes_received", "recv_bytes", "receivedbytes"),
    "destination.packets": ("packets_received", "recv_pkts"),
    "destination.nat.ip": ("dst_trans_ip", "tran_dst_ip"),
    "destination.nat.port": ("dst_trans_port", "tran_dst_port"),
    "destination.domain": ("domain", "dst_domainname", "domainname", "server"),
    "network.transport": ("protocol", "proto"),
    "network.application": ("app_name", "application", "application_name"),
    "rule.id": ("fw_rule_id", "fwrule", "nat_rule_id"),
    "rule.name": ("fw_rule_name", "fw_policy_name", "web_policy_name", "ips_policy_name",
                  "web_policy", "policy_name", "idp_policy_name", "app_filter_policy_name"),
    "rule.category": ("category", "app_category", "classification", "web_category"),
    "rule.ruleset": ("fw_rule_section", "policy_type"),
    "url.original": ("url", "URL"),
    "user_agent.original": ("user_agent", "useragent", "ua"),
    "http.request.method": ("http_method", "method"),
    "http.response.status_code": ("status_code", "http_status", "statuscode"),
    "http.request.referrer": ("referer", "ref"),
    "user.name": ("user_name", "username", "user"),
    "source.user.name": ("user_name", "username", "user"),
    "group.name": ("user_group", "usergroupname", "user_gp", "group"),
    "file.name": ("file_name", "filename"),
    "file.size": ("file_size",),
    "file.path": ("file_path",),
    "file.hash.sha1": ("sha1sum",),
    "file.hash.sha256": ("sha256", "sha256sum"),
    "process.executable": ("execution_path", "process_name"),
    "threat.indicator.name": ("virus", "malware", "threatname", "threat"),
    "email.from.address": ("sender", "from_email_address"),
    "email.to.address": ("recipient", "to_email_address"),
    "email.subject": ("subject", "email_subject"),
    "email.message_id": ("mailid",),
    "host.name": ("host", "hostname", "ep_name", "endpoint_name"),
    "event.duration": (),
}  # fmt: skip
_VERDICTS = {
    "denied": Disposition.STOPPED, "deny": Disposition.STOPPED, "drop": Disposition.STOPPED,
    "dropped": Disposition.STOPPED, "blocked": Disposition.STOPPED, "block": Disposition.STOPPED,
    "reset": Disposition.STOPPED, "reject": Disposition.STOPPED, "rejected": Disposition.STOPPED,
    "quarantine": Disposition.STOPPED, "quarantined": Disposition.STOPPED,
    "malicious": Disposition.SEEN, "virus": Disposition.SEEN, "detect": Disposition.SEEN,
    "detected": Disposition.SEEN, "alert": Disposition.SEEN, "log": Disposition.SEEN,
    "pending": Disposition.SEEN, "monitor": Disposition.SEEN, "warned": Disposition.SEEN,
    "allowed": Disposition.LET_THROUGH, "allow": Disposition.LET_THROUGH,
    "accept": Disposition.LET_THROUGH, "delivered": Disposition.LET_THROUGH,
}  # fmt: skip
# Functions that judge; "Firewall" only routes, so its Allowed is no verdict on a threat.
_JUDGES = ("IDP", "IPS", "Anti-Virus", "Anti-Spam", "Content Filtering", "Sandbox", "WAF", "ATP",
           "EATP", "Zero day protection", "Zero-day protection", "Active threat response",
           "Advanced Threat Protection", "SSL")  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    return body[:1] not in ("{", "[") and any(mark in body for mark in _MARKS)


def _parse(line: Line) -> Fields:
    fields = scan_pairs(line.header.body)
    if not any(key in fields for key in ("log_type", "log_id", "sys", "log_component")):
        raise NotThisFormat("No log_type or log_id.")
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """timestamp= carries its offset; the old generation's zone abbreviation is often ambiguous."""
    if stated := from_text(fields.get("timestamp", ""), zone, receive):
        return stated
    date, time = fields.get("date", ""), fields.get("time", "")
    own = zone_of_offset(fields.get("timezone", ""))
    stated = from_text(f"{date} {time}", own or zone, receive) if date and time else None
    return Stated(stated.at) if stated and own else stated


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """The subtype says what was done, never the category. IDP `Detect` is not a block."""
    if fields.get("sys", "").startswith("Secure"):
        return _VERDICTS.get(fields.get("action", "").lower(), Disposition.UNKNOWN)
    kind, subtype = fields.get("log_type", ""), fields.get("log_subtype", "").lower()
    if kind not in _JUDGES:
        return Disposition.UNKNOWN
    verdict = _VERDICTS.get(subtype, Disposition.UNKNOWN)
    if subtype in ("virus", "malicious", "pending", "alert") and fields.get("action"):
        return _VERDICTS.get(fields["action"].lower(), verdict)
    return verdict


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if fields.get("sys", "").startswith("Secure"):
        action = first(fields, ("name", "action"))
    else:
        action = first(fields, ("action", "log_subtype", "status"))
    if action:
        ecs["event.action"] = action
    if kind := fields.get("log_type"):
        ecs["event.dataset"] = kind
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    seconds = fields.get("con_duration") or fields.get("duration", "")
    if seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000
    if "network.transport" in ecs:
        ecs["network.transport"] = str(ecs["network.transport"]).lower()


def _ocsf_class(fields: Mapping[str, str]) -> int:
    kind, component = fields.get("log_type", ""), fields.get("log_component", "")
    if kind == "Event":
        is_login = "Auth" in component or component in ("GUI", "CLI", "SSH", "Console")
        return 3002 if is_login else (4014 if "VPN" in component else 0)
    return {"Firewall": 4001, "IDP": 2004, "Anti-Virus": 2004, "Content Filtering": 4002,
            "ATP": 2004, "WAF": 4002, "Sandbox": 2004}.get(kind, 0)  # fmt: skip


FORMAT = Format(
    name="sophos",
    title_ja="Sophos Firewall",
    title_en="Sophos Firewall",
    shape="sophos",
    sniff=_sniff,
    marks=_MARKS,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("device_name", "device_serial_id", "device_id"),
    user=("user_name", "username", "user"),
    serial=("device_serial_id", "device_id"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    vendor="Sophos",
    product="Sophos Firewall",
    seen_ja=(
        "Sophos Firewallの標準形式（timestamp=、device_serial_id=）。",
        '一世代前の形式（device="SFW"）と、それより前のSophos UTM（sys="SecureNet"）。',
    ),
    lost_ja=(
        "一世代前の形式の時間帯の略号のうち、二つの地域を指すもの（IST、BSTなど）は、登録した時間帯で読みます。",
    ),
)
