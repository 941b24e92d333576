"""Juniper SRX (Junos): structured syslog (`[junos@2636… name="value"]`), the same events as
sentences, the daemons' own messages, and a switch's packet filter log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.header import read_structured
from hinomi.normalise.judging import NO_DEED, kind_by_words
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.rows import natives, outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_LONGEST = 8_192
# Bounded, so that a long number is not tried from each of its digits to its end.
_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,45})"
_MAC = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
_TAG = re.compile(
    r"(?:^|\s)(?:RT_[A-Z]+: )?"
    r"(?P<tag>(?:RT_\w+|UI_\w+|SSHD?_\w+|LOGIN_\w+|KMD_\w+|IKED?_\w+|WEBFILTER_\w+|AV_\w+|"
    r"ANTISPAM_\w+|CONTENT_FILTERING_\w+|IDP_\w+|AAMW_\w+|SRX_AAMW_\w+|SECINTEL_\w+|FWAUTH_\w+|"
    r"JSRPD_\w+|APPTRACK_\w+|PFE_FW_SYSLOG_\w+|LICENSE_\w+|FLOW_\w+|CHASSISD_\w+|SNMPD?_\w+|"
    r"AUTH_\w+|DYNAMIC_VPN_\w+|REMOTE_ACCESS_\w+|SECURITY_\w+)): ?"
)
_MARKS = ("junos@2636.", "FW: ", "RT_", "UI_", "SSH_", "SSHD_", "LOGIN_", "KMD_", "IKE_", "IKED_",
          "WEBFILTER_", "AV_", "ANTISPAM_", "CONTENT_FILTERING_", "IDP_", "AAMW_", "SECINTEL_",
          "FWAUTH_", "JSRPD_", "APPTRACK_", "PFE_FW_SYSLOG_", "LICENSE_", "FLOW_", "CHASSISD_",
          "SNMP_", "SNMPD_", "AUTH_", "DYNAMIC_VPN_", "REMOTE_ACCESS_",
          "SECURITY_")  # fmt: skip
_CAPITALS = re.compile(r"[A-Z]_[A-Z]")  # every tag has them; most lines of others have not
_STRUCTURED = re.compile(r"\[junos@2636\.")
_FILTER = re.compile(
    rf"\bFW: (?P<packet_incoming_interface>\S+) +(?P<filter_action>[ADR])\w* +(?:\S+ "
    rf"(?P<source_mac>{_MAC}) -> (?P<destination_mac>{_MAC}) +)?(?P<protocol>\w+) "
    rf"(?P<source_address>{_IP}) +(?P<destination_address>{_IP}) +(?P<source_port>\d+) +"
    r"(?P<destination_port>\d+)(?: +\((?P<packets>\d+) packets\))?"
)
_FLOW = (
    rf"(?P<source_address>{_IP})/(?P<source_port>\d+)->"
    rf"(?P<destination_address>{_IP})/(?P<destination_port>\d+)"
)
_NAT = _FLOW.replace("P<source", "P<nat_source").replace("P<destination", "P<nat_destination")
_CONNECTION = r"(?: 0x[0-9a-f]+)? (?P<service_name>[\w\-]+)"
_RULES = (
    r"(?: 0x[0-9a-f]+)?(?: (?P<src_nat_rule_type>static rule|source rule|destination rule|N/A)"
    r" (?P<src_nat_rule_name>\S+)(?: (?:static rule|source rule|destination rule|N/A) \S+)??)??"
    r"(?: N/A)* (?P<protocol_id>\d+) (?P<policy_name>\S+) (?P<source_zone_name>\S+) "
    r"(?P<destination_zone_name>\S+) (?P<session_id_32>\d+)"
)
# What follows the tag of an event that is written as a sentence.
_SENTENCES = tuple(re.compile(text) for text in (
    (rf"session closed (?P<reason>[^:]+): {_FLOW}{_CONNECTION} {_NAT}{_RULES}"
    r" (?P<packets_from_client>\d+)\((?P<bytes_from_client>\d+)\)"
    r" (?P<packets_from_server>\d+)\((?P<bytes_from_server>\d+)\) (?P<elapsed_time>\d+)"
    r"(?: (?P<application>\S+) (?P<nested_application>\S+) (?P<username>[^\s(]+)"
    r"\((?P<roles>[^)]*)\) (?P<packet_incoming_interface>\S+))?"),
    (rf"session created {_FLOW}{_CONNECTION} {_NAT}{_RULES}"
    r"(?: (?P<username>[^\s(]+)\((?P<roles>[^)]*)\) (?P<packet_incoming_interface>\S+))?"),
    (rf"session denied {_FLOW}{_CONNECTION} (?P<protocol_id>\d+)(?:\((?P<icmp_type>\d+)\))? "
    r"(?P<policy_name>\S+) (?P<source_zone_name>\S+) (?P<destination_zone_name>\S+)"
    r"(?: (?P<application>\S+) (?P<nested_application>\S+) (?P<username>[^\s(]+)"
    r"\((?P<roles>[^)]*)\) (?P<packet_incoming_interface>\S+))?"),
    (rf"User '(?P<username>[^']*)' login, class '(?P<class_name>[^']*)'.*?(?:ssh-connection '"
    rf"(?P<source_address>{_IP}) (?P<source_port>\d+) (?P<destination_address>{_IP}) "
    r"(?P<destination_port>\d+)')?(?:, client-mode '(?P<client_mode>[^']*)')?\s*\Z"),
    r"User '(?P<username>[^']*)', command '(?P<command>.*)'\s*\Z",
    (r"User '(?P<username>[^']*)' requested '(?P<command>[^']*)' operation"
    r"(?: \(comment: (?P<comment>.*)\))?"),
    r"User '(?P<username>[^']*)' (?:logout|authenticated|exit)",
    r"[Aa]uthenticated user '(?P<username>[^']*)' at permission level '(?P<class_name>[^']*)'",
    r"User '(?P<username>[^']*)' used \w+ client to run command '(?P<command>.*)'\s*\Z",
    (rf"(?:Login failed|Failed login|Password failed) for user '?(?P<username>[^\s']+)'? "
    rf"from host '?(?P<source_address>{_IP})'?"),
    r"Cleanup child '(?P<process_name>[^']*)', PID (?P<process_id>\d+), status (?P<status>\S+)",
    r"(?:Starting|starting) child '(?P<process_name>[^']*)'",
    (rf"(?P<attack_name>[^!]+)! source: (?P<source_address>{_IP})(?::(?P<source_port>\d+))?, "
    rf"destination: (?P<destination_address>{_IP})(?::(?P<destination_port>\d+))?"
    r"(?:, protocol-id: (?P<protocol_id>\d+))?(?:, zone name: (?P<source_zone_name>[^,]+))?"
    r"(?:, interface name: (?P<interface_name>[^,]+))?(?:, action: (?P<action>\S+))?"),
))  # fmt: skip
# What every version writes of a session, when its columns are others than those above.
_PARTS = tuple(re.compile(text) for text in (
    rf"{_FLOW}(?:.{{0,80}}? {_NAT})?",
    r"session closed (?P<reason>[^:]{1,80}): ",
    (r" (?P<packets_from_client>\d+)\((?P<bytes_from_client>\d+)\)"
    r" (?P<packets_from_server>\d+)\((?P<bytes_from_server>\d+)\) "),
    r" (?P<packet_incoming_interface>(?:reth|ge|xe|et|fe|irb|st0|ae|lo|vlan)[\w/\-]*\.\d+)\b",
))  # fmt: skip
_DECLARED = (
    "tag", "reason", "source_address", "source_port", "destination_address", "destination_port",
    "service_name", "nat_source_address", "nat_source_port", "nat_destination_address",
    "nat_destination_port", "protocol_id", "protocol", "policy_name", "source_zone_name",
    "destination_zone_name", "session_id_32", "packets_from_client", "bytes_from_client",
    "packets_from_server", "bytes_from_server", "elapsed_time", "application",
    "nested_application", "username", "roles", "packet_incoming_interface", "interface_name",
    "action", "attack_name", "threat_severity", "url", "obj", "category", "filename", "name",
    "threat_name", "verdict_number", "command", "message", "process_name", "hostname", "rule_name",
    "source_address_of_mail", "profile_name", "status",
)  # fmt: skip
_ECS = natives({
    "event.action": "tag",
    "event.reason": "reason error_message message",
    "event.outcome": "status",
    "observer.name": "hostname",
    "observer.ingress.interface.name": "packet_incoming_interface interface_name "
    "source_interface_name",
    "observer.egress.interface.name": "destination_interface_name",
    "observer.ingress.zone": "source_zone_name source_zone",
    "observer.egress.zone": "destination_zone_name destination_zone",
    "source.ip": "source_address client_ip ssh_source_address remote_ip",
    "source.port": "source_port client_port",
    "source.mac": "source_mac",
    "source.bytes": "bytes_from_client outbound_bytes",
    "source.packets": "packets_from_client outbound_packets",
    "source.nat.ip": "nat_source_address",
    "source.nat.port": "nat_source_port",
    "destination.ip": "destination_address server_ip",
    "destination.port": "destination_port",
    "destination.mac": "destination_mac",
    "destination.bytes": "bytes_from_server inbound_bytes",
    "destination.packets": "packets_from_server inbound_packets",
    "destination.nat.ip": "nat_destination_address",
    "destination.nat.port": "nat_destination_port",
    "destination.domain": "hostname_asked http_host",
    "network.transport": "protocol_id protocol protocol_name",
    "network.protocol": "service_name",
    "network.application": "nested_application application application_name",
    "rule.name": "policy_name rule_name",
    "rule.category": "category attack_category",
    "rule.id": "rule",
    "user.name": "username user",
    "process.name": "process_name",
    "process.pid": "process_id",
    "process.command_line": "command",
    "url.original": "url http_url",
    "url.path": "obj",
    "file.name": "filename file_name",
    "file.hash.sha256": "sha256 sample_sha256",
    "threat.indicator.name": "threat_name attack_name malware_info",
    "email.from.address": "sender_email",
    "host.name": "source_host client_ip_str host",
})  # fmt: skip
_ALIASES = {
    "src_ip": "source_address", "dst_ip": "destination_address", "src_port": "source_port",
    "dst_port": "destination_port", "SourceIp": "source_address",
    "DestinationIp": "destination_address", "SourcePort": "source_port",
    "DestinationPort": "destination_port", "c-uri": "url", "Signature": "threat_name",
    "Filename": "filename",
}  # fmt: skip
_OUTCOMES = outcomes({
    Disposition.STOPPED: "block blocked drop dropped deny denied close close_client close_server "
    "reject rejected reset redirect",
    Disposition.SEEN: "none no-action ignore detect log permit-log mark",
    Disposition.LET_THROUGH: "permit permitted allow",
})  # fmt: skip
_kind_of_tag = kind_by_words(
    (r"^AV_(?:VIRUS|SCANNER).*DETECTED|^AAMW_MALWARE|^SRX_AAMW_ACTION", ThreatKind.MALWARE),
    (r"^AAMW_HOST_INFECTED|^SECINTEL_ACTION", ThreatKind.CALLBACK),
    (r"^IDP_(?:ATTACK|APPDDOS)|^RT_IDP_ATTACK", ThreatKind.EXPLOIT),
    (r"^RT_SCREEN", ThreatKind.INTRUSION),
    (r"^ANTISPAM_SPAM|^CONTENT_FILTERING_BLOCKED|^WEBFILTER_URL_BLOCKED", ThreatKind.POLICY),
    (r"LOGIN_FAILED|LOGIN_PASSWORD|LOGIN_ATTEMPTS|^FWAUTH.*FAIL|AUTH_FAIL|^LOGIN_PAM",
     ThreatKind.LOGIN_FAILED),
    (r"^LICENSE_EXPIRED|^IDP_.*UPDATE.*FAIL|^AV_.*(?:LICENSE|UPDATE_FAIL)", ThreatKind.FAULT),
    flags=re.NOFLAG,
)  # fmt: skip
_STOPPING_TAGS = re.compile(r"BLOCKED|DROPPED|_DENY|DETECTED_AND_DROPPED")
_kind_of_screen = kind_by_words(
    (r"scan|sweep", ThreatKind.SCAN), (r"flood|session limit", ThreatKind.FLOOD)
)
_BAD_SITES = re.compile(r"malicious|phish|malware|botnet|compromised|spyware", re.IGNORECASE)


def _sniff(line: Line) -> bool:
    text = line.text[:1_500]
    if "[junos@2636." in text or (_CAPITALS.search(text) and _TAG.search(text)):
        return True
    return " FW: " in f" {text[:200]}"


def _parse(line: Line) -> Fields:
    text = line.text
    if found := _STRUCTURED.search(text[:1_500]):
        return _structured(line, text[found.start() :])
    if (found := _TAG.search(text[:1_500])) is not None:
        return _sentence(line, found["tag"], text[found.end() :].strip())
    if (found := _FILTER.search(text[:_LONGEST])) is not None:
        parts = {name: value for name, value in found.groupdict().items() if value}
        return {"tag": "FW", **parts}
    raise NotThisFormat("No event of Junos.")


def _structured(line: Line, text: str) -> Fields:
    fields = {"tag": line.header.message_id} if line.header.message_id else {}
    for name, value in (line.header.data or read_structured(text)).items():
        fields.setdefault(name.replace("-", "_"), value)
    if "tag" not in fields and (found := _TAG.search(line.text[:1_500])):
        fields["tag"] = found["tag"]
    if line.header.body:
        fields.setdefault("message", line.header.body)
    return fields


def _sentence(line: Line, tag: str, said: str) -> Fields:
    fields: Fields = {"tag": tag}
    for pattern in _SENTENCES:
        if found := pattern.match(said[:_LONGEST]):
            fields |= {name: value for name, value in found.groupdict().items() if value}
            break
    else:
        fields |= _parts(said) if tag.startswith("RT_FLOW") else {}
        fields["message"] = said
    if line.header.program:
        fields["daemon"] = line.header.program
    return {name: value for name, value in fields.items() if value not in ("N/A", "UNKNOWN")}


def _parts(said: str) -> Fields:
    found = (pattern.search(said[:_LONGEST]) for pattern in _PARTS)
    return {name: value for one in found if one for name, value in one.groupdict().items() if value}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("epoch_time", ""), zone, receive)


def _kind(fields: Mapping[str, str]) -> ThreatKind | None:
    tag = fields.get("tag", "")
    kind = _kind_of_tag(tag)
    if kind is ThreatKind.INTRUSION:
        attack = fields.get("attack_name", "")
        return _kind_of_screen(attack) or kind
    if kind is ThreatKind.POLICY and _BAD_SITES.search(fields.get("category", "")):
        return ThreatKind.BAD_SITE
    return kind


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Of events that judge; a session's deny is the firewall's routing."""
    if _kind(fields) in NO_DEED:
        return Disposition.UNKNOWN
    done = _OUTCOMES.get(fields.get("action", "").lower(), Disposition.UNKNOWN)
    if done is Disposition.UNKNOWN and _STOPPING_TAGS.search(fields.get("tag", "")):
        return Disposition.STOPPED
    return done


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind(fields)
    names = ("threat_name", "attack_name", "name", "malware_info", "url", "category", "tag")
    return Verdict(kind, first(fields, names)) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if path := fields.get("process_name"):
        ecs["process.name"] = path
    if url := str(ecs.get("url.original", "")):
        if "://" not in url and url[:1] != "/":
            ecs.setdefault("url.domain", url.partition("/")[0])
        ecs_values.add_url(ecs, url)
    seconds = fields.get("elapsed_time", "")
    if seconds.isdecimal() and len(seconds) < 10:
        ecs["event.duration"] = int(seconds) * 1_000_000_000


def _ocsf_class(fields: Mapping[str, str]) -> int:
    tag, kind = fields.get("tag", ""), _kind(fields)
    if kind is ThreatKind.LOGIN_FAILED or "LOGIN" in tag or "LOGOUT" in tag:
        return 3002
    if tag.startswith("WEBFILTER"):
        return 4002
    if kind not in NO_DEED:
        return 2004
    return 4001 if tag.startswith(("RT_FLOW", "APPTRACK", "FW", "PFE_FW")) else 0


FORMAT = Format(
    name="juniper",
    title_ja="Juniper SRX",
    title_en="Juniper SRX (Junos)",
    shape="juniper",
    sniff=_sniff,
    marks=_MARKS,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases=_ALIASES,
    device=("hostname",),
    user=("username", "user"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Juniper Networks",
    product="SRX",
    seen_ja=(
        "Junosの構造化syslog（RT_FLOW、RT_IDP、RT_UTM、RT_SCREEN、AAMW、SECINTEL）と、その文の形。",
        "管理の記録（UI_…、SSHD_LOGIN_FAILEDなど）、スイッチのフィルターの記録（FW:）。",
    ),
    lost_ja=("文の形では、版によって列が増減します。読めない列は文のまま残します。",),
)
