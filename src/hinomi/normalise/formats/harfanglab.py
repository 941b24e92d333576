"""HarfangLab EDR: alerts, telemetry (process, network, DNS, files), logins, forwarded Windows
events and threats, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import is_json, json_fields, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "log_type", "@event_create_date", "agent.hostname", "agent.agentid", "agent.ostype",
    "alert_type", "alert_unique_id", "rule_name", "rule_id", "level", "msg", "status",
    "image_name", "process_name", "commandline", "username", "parent_image", "pid",
    "process.image_name", "process.commandline", "process.username", "saddr", "sport", "daddr",
    "dport", "requested_name", "event_id", "object_type", "source_address", "target_username",
    "execution", "quarantine", "threat_key", "hashes.sha256", "verdict.kind", "verdict.name",
    "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("object_type", "eventlog.action", "action"),
    "event.code": ("event_id", "windows.event_id", "eventlog.event_id"),
    "event.id": ("alert_unique_id", "id"),
    "event.reason": ("windows.event_title", "msg", "message"),
    "log.level": ("level",),
    "rule.id": ("rule_id", "rules.0.rule_id"),
    "rule.name": ("rule_name", "rules.0.rule_name"),
    "rule.category": ("alert_type", "rules.0.rule_type"),
    "rule.description": ("msg",),
    "host.name": ("agent.hostname", "agents.0.agent_hostname"),
    "host.hostname": ("agent.hostname", "agents.0.agent_hostname"),
    "host.id": ("agent.agentid",),
    "host.ip": ("agent.ipaddress",),
    "host.domain": ("agent.domainname",),
    "host.os.type": ("agent.ostype",),
    "host.os.full": ("agent.osproducttype",),
    "host.os.version": ("agent.osversion",),
    "source.ip": ("saddr", "source_address", "windows.ip_address", "event_data.IpAddress",
                  "network.saddr"),
    "source.port": ("sport", "event_data.IpPort", "network.sport"),
    "destination.ip": ("daddr", "network.daddr"),
    "destination.port": ("dport", "network.dport"),
    "network.direction": ("direction",),
    "dns.question.name": ("requested_name", "dns_resolution.requested_name"),
    "dns.question.type": ("query_type",),
    "url.original": ("url_request.url", "url"),
    "user.name": ("username", "process.username", "source_username", "target_username",
                  "event_data.SubjectUserName", "event_data.TargetUserName",
                  "impacted_users.0.user_name"),
    "user.domain": ("event_data.SubjectDomainName",),
    "user.id": ("windows.source_sid", "usersid", "process.usersid"),
    "process.name": ("process.process_name", "process_name"),
    "process.executable": ("process.image_name", "image_name", "process_image",
                           "process_image_path", "process_imagename",
                           "related_process_image_path", "event_data.NewProcessName",
                           "event_data.ProcessName"),
    "process.command_line": ("process.commandline", "commandline", "process_commandline",
                             "event_data.CommandLine"),
    "process.pid": ("process.pid", "pid", "process_id"),
    "process.parent.pid": ("process.ppid", "ppid"),
    "process.parent.executable": ("process.parent_image", "parent_image"),
    "process.parent.command_line": ("process.parent_commandline", "parent_commandline"),
    "process.working_directory": ("process.current_directory", "current_directory"),
    "process.hash.md5": ("process.hashes.md5", "hashes.md5"),
    "process.hash.sha1": ("process.hashes.sha1", "hashes.sha1"),
    "process.hash.sha256": ("process.hashes.sha256", "hashes.sha256"),
    "file.hash.md5": ("process.hashes.md5", "hashes.md5", "driverload.hashes.md5"),
    "file.hash.sha1": ("process.hashes.sha1", "hashes.sha1", "driverload.hashes.sha1"),
    "file.hash.sha256": ("process.hashes.sha256", "hashes.sha256", "driverload.hashes.sha256"),
    "file.name": ("pe_info.original_filename",),
    "file.path": ("target_path", "filepath", "driverload.imagename"),
    "registry.path": ("details_registry.target_object",),
    "threat.tactic.name": ("tactic",),
    "threat.technique.name": ("technique",),
    "group.id": ("groups.0.id",),
    "group.name": ("groups.0.name",),
    "agent.version": ("agent.version",),
    "organization.id": ("tenant",),
}  # fmt: skip
_HIVES = ("HKU\\", "HKLM\\", "HKCU\\", "HKCR\\", "HKEY_LOCAL_MACHINE\\", "HKEY_USERS\\")
_ENGINES = {
    "ransom": ThreatKind.RANSOMWARE, "ransomguard": ThreatKind.RANSOMWARE,
    "yara": ThreatKind.MALWARE, "hlai": ThreatKind.MALWARE, "hibou": ThreatKind.MALWARE,
    "hash": ThreatKind.MALWARE, "ioc": ThreatKind.MALWARE, "vt": ThreatKind.MALWARE,
    "driver": ThreatKind.EXPLOIT, "orion": ThreatKind.MALWARE, "sidewatch": ThreatKind.EXPLOIT,
    "device_control": ThreatKind.POLICY,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    return (
        is_json(line)
        and ('"log_type"' in text or '"osproducttype"' in text)
        and ('"agentid"' in text or '"agent_hostname"' in text or '"agent.agentid"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = json_fields(line)
    if "log_type" not in fields and "agent.agentid" not in fields:
        raise NotThisFormat("JSON, but not of HarfangLab.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    path = fields.get("details_registry.target_object", "")
    for hive in _HIVES:
        if path.upper().startswith(hive):
            ecs["registry.hive"] = hive.rstrip("\\")
            ecs["registry.key"] = path[len(hive) :].rpartition("\\")[0]
    if fields.get("log_type") == "authentication":
        for name in ("user.name", "user.domain"):
            ecs.pop(name, None)
        who = first(fields, ("source_username", "target_username"))
        if who and "linux.tty" not in fields:
            ecs["user.name"] = who
        ecs["event.outcome"] = "success" if fields.get("success") == "true" else "failure"
        if target := fields.get("target_username"):
            ecs["user.target.name"] = target
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """`execution` and `quarantine` say what the agent did with the program: 1 and more is done,
    but 4 of `quarantine` is "not applicable"."""
    if fields.get("log_type") == "authentication" and fields.get("success") == "false":
        return Disposition.STOPPED
    if fields.get("log_type") != "alert":
        return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN
    if fields.get("status") == "false_positive":
        return Disposition.LET_THROUGH
    is_stopped = fields.get("execution") in ("1", "2") or fields.get("quarantine") == "1"
    return Disposition.STOPPED if is_stopped else Disposition.SEEN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("log_type") == "authentication" and fields.get("success") == "false":
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("auth_type", ""))
    if fields.get("log_type") not in ("alert", "threat"):
        return None
    name = first(fields, ("rule_name", "rules.0.rule_name", "slug"))
    engine = _ENGINES.get(fields.get("alert_type", "").lower())
    return Verdict(engine or kind_of(ThreatKind.SUSPICIOUS, name), name)


FORMAT = Format(
    name="harfanglab",
    title_ja="HarfangLab EDR",
    title_en="HarfangLab EDR",
    shape="harfanglab",
    sniff=_sniff,
    marks=('"log_type"', '"osproducttype"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "Image": "image_name",
        "CommandLine": "commandline",
        "ParentImage": "parent_image",
        "ParentCommandLine": "parent_commandline",
        "User": "username",
        "query": "requested_name",
        "src_ip": "saddr",
        "dst_ip": "daddr",
        "dst_port": "dport",
    },
    device=("agent.hostname", "agents.0.agent_hostname"),
    user=("username", "process.username", "source_username", "target_username"),
    stated_time=time_in(
        "@event_create_date",
        "alert_time",
        "event_date",
        "utc_time",
        "last_seen",
        "@timestamp",
        "timestamp",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        2004
        if _verdict(fields)
        else (
            {"process": 1007, "network": 4001, "authentication": 3002, "dns_resolution": 4003}.get(
                fields.get("log_type", ""), 0
            )
        )
    ),
    verdict=_verdict,
    vendor="HarfangLab",
    product="HarfangLab EDR",
    seen_ja=(
        "アラート、プロセス、通信、ログイン、PowerShell、Windowsイベントの転送、脅威のまとめ",
    ),
    lost_ja=(
        "転送されたWindowsイベントは、この形式のまま読みます（Windowsのルールは動きません）。",
    ),
)
