"""ESET PROTECT and ESET Inspect: JSON, LEEF and CEF over syslog. Its key is spelt `occured`; its
times are UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, is_leef_of, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "event_type", "ipv4", "hostname", "source_uuid", "occured", "severity", "os_name",
    "group_name", "threat_type", "threat_name", "scanner_id", "object_type", "object_uri",
    "action_taken", "action", "threat_handled", "handled", "username", "processname", "hash",
    "event", "source_address", "source_port", "target_address", "target_port", "protocol",
    "rule_name", "domain", "target", "detail", "user", "result", "circumstances",
    "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("action", "action_taken", "act", "operation"),
    "event.code": ("event_type", "cat"),
    "event.outcome": ("result", "Result"),
    "event.reason": ("cause", "detail", "event", "circumstances", "description", "msg"),
    "log.level": ("severity", "sev", "Severity"),
    "host.ip": ("ipv4", "ipv6", "dvc"),
    "host.name": ("hostname", "dvchost"),
    "host.id": ("source_uuid", "deviceExternalId"),
    "host.os.full": ("os_name", "ESETProtectDeviceOsName"),
    "group.name": ("group_name", "ESETProtectDeviceGroupName", "deviceGroupName"),
    "source.ip": ("source_address", "src"),
    "source.port": ("source_port", "spt", "srcPort"),
    "destination.ip": ("target_address", "dst"),
    "destination.port": ("target_port", "dpt", "dstPort"),
    "network.protocol": ("protocol", "proto"),
    "user.name": ("username", "user", "account", "suser", "usrName", "accountName"),
    "process.executable": ("processname", "process_name", "application", "deviceProcessName",
                           "Application"),
    "process.command_line": ("command_line", "process_cmdline"),
    "process.parent.executable": ("parent_process", "parentprocess"),
    "file.path": ("object_uri", "filePath", "Object URI"),
    "file.hash.sha1": ("hash", "fileHash", "ESETProtectHash", "Hash"),
    "rule.name": ("rule_name", "rulename", "Rule Name", "RuleName"),
    "rule.id": ("rule_id", "Rule ID", "RuleID"),
    "threat.indicator.name": ("threat_name", "Threat Name", "ThreatName", "threatName"),
    "event.severity": ("severity_score",),
    "event.id": ("detection_uuid", "eialarmid"),
    "event.url": ("eiconsolelink",),
    "observer.version": ("DeviceVersion",),
}  # fmt: skip
_ACTIONS = {
    "cleaned by deleting": Disposition.STOPPED, "cleaned": Disposition.STOPPED,
    "connection terminated": Disposition.STOPPED, "blocked": Disposition.STOPPED,
    "cleaned by deleting (after the next restart)": Disposition.LET_THROUGH,
    "retained": Disposition.LET_THROUGH, "some access blocked": Disposition.STOPPED,
    "unable to clean": Disposition.LET_THROUGH, "marked for removal": Disposition.LET_THROUGH,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text or "LEEF:" in line.text:
        return is_cef_of(line, "ESET") or is_leef_of(line, "ESET")
    text = line.text
    return is_json(line) and '"event_type"' in text and '"source_uuid"' in text


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if "DeviceVendor" not in fields and "event_type" not in fields:
        raise NotThisFormat("JSON, but not of ESET.")
    return fields


def _kind_of_record(fields: Mapping[str, str]) -> str:
    """Threat, Firewall, HIPS, Audit, Filtered, Inspect … whatever the notation calls it."""
    told = fields.get("event_type") or fields.get("cat", "") or fields.get("Name", "")
    return told.replace("ESET", "").strip().lower()


def _is_refused(fields: Mapping[str, str]) -> bool:
    """A sign-in to the console that did not work."""
    is_bad = first(fields, ("result", "Result")).lower().startswith("fail")
    return is_bad and fields.get("action", "").lower().startswith("login")


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    uri = first(fields, ("object_uri", "filePath", "Object URI", "request"))
    ecs.pop("file.path", None)
    if uri.startswith("file:///"):
        uri = uri[8:].replace("%20", " ")
        ecs["file.path"] = uri
    elif "://" in uri or uri.startswith("www."):
        ecs["url.original"] = uri
        ecs_values.add_url(ecs, uri)
    elif uri:
        ecs["file.path"] = uri
    kind = _kind_of_record(fields)
    if kind.startswith("audit") and fields.get("domain"):
        ecs.setdefault("event.category", fields["domain"])
    if fields.get("inbound"):
        is_in = fields["inbound"].lower() == "true"
        ecs["network.direction"] = "inbound" if is_in else "outbound"
    if protocol := str(ecs.get("network.protocol", "")):
        ecs.setdefault("network.transport", protocol)
    # "Fatal" of a firewall aggregate is ESET's word for a blocked attack, not for a disaster.


def _disposition(fields: Mapping[str, str]) -> Disposition:
    action = first(fields, ("action_taken", "action", "act")).lower()
    if _kind_of_record(fields).startswith("audit"):
        return Disposition.STOPPED if _is_refused(fields) else Disposition.UNKNOWN
    found = _ACTIONS.get(action) or outcome_of(action)
    if found is not Disposition.UNKNOWN:
        return found
    handled = first(fields, ("threat_handled", "handled", "Handled", "cn1")).lower()
    if handled in ("true", "1"):
        return Disposition.STOPPED
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = _kind_of_record(fields)
    threat = first(fields, ("threat_name", "Threat Name", "ThreatName", "threatName"))
    event = first(fields, ("event", "msg"))
    if kind.startswith("audit") and _is_refused(fields):
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("domain", ""))
    if kind.startswith("threat"):
        family = first(fields, ("threat_type", "Threat Type"))
        return Verdict(kind_of(ThreatKind.MALWARE, threat, family), threat)
    if kind.startswith(("firewall", "network")):
        return Verdict(kind_of(ThreatKind.INTRUSION, event, threat), threat or event)
    if kind.startswith("hips"):
        return Verdict(ThreatKind.SUSPICIOUS, first(fields, ("rule_name", "Rule Name")))
    if kind.startswith(("filtered", "web")):
        where = first(fields, ("object_uri", "request")) or event
        return Verdict(kind_of(ThreatKind.BAD_SITE, event), where)
    if "inspect" in kind or kind.startswith("enterprise"):
        rule = first(fields, ("rule_name", "rulename", "Rule Name"))
        return Verdict(kind_of(ThreatKind.SUSPICIOUS, rule), rule)
    if kind.startswith("blocked"):
        return Verdict(ThreatKind.POLICY, first(fields, ("object_uri", "processname")))
    return None


FORMAT = Format(
    name="eset",
    title_ja="ESET PROTECT・ESET Inspect",
    title_en="ESET PROTECT and ESET Inspect",
    shape="eset",
    sniff=_sniff,
    marks=("ESET", '"source_uuid"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "src_ip": "source_address",
        "dst_ip": "target_address",
        "Signature": "threat_name",
        "Filename": "object_uri",
        "action": "action_taken",
    },
    device=("hostname", "dvchost"),
    user=("username", "user", "account", "suser"),
    serial=(),
    stated_time=time_in("occured", "occurred", "rt", "devTime", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 6003,
    verdict=_verdict,
    vendor="ESET",
    product="PROTECT",
    seen_ja=("ESET PROTECTのsyslog（JSON、CEF、LEEF）", "ESET Inspectの警告"),
    lost_ja=(
        "ファイアウォールの集計は、重要度（Fatalなど）を緊急度としては使いません。",
        "CEFとLEEFは説明書をもとに作りました。",
    ),
)
