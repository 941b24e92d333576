"""CrowdStrike Falcon: event streams (JSON), alerts API, sensor telemetry (FDR), CEF and LEEF."""

from __future__ import annotations

import re
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
    "metadata.eventType", "metadata.customerIDString", "event.ComputerName", "event.Hostname",
    "event.UserName", "event.DetectName", "event.Name", "event.DetectDescription",
    "event.SeverityName", "event.FileName", "event.FilePath", "event.CommandLine",
    "event.SHA256String", "event.Tactic", "event.Technique",
    "event.PatternDispositionDescription", "event.LocalIP", "event.OperationName",
    "event.UserId", "event.UserIp", "event.ServiceName", "event_simpleName", "aid", "aip", "cid",
    "ImageFileName", "ContextProcessId", "TargetProcessId", "DomainName", "RemoteAddressIP4",
    "RemotePort", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip


def _named(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Names with a capital stand in `event.` of the streams and bare in telemetry; `-` before a
    name means: of telemetry alone."""
    rows = {}
    for name, natives in table.items():
        found: list[str] = []
        for native in natives.split():
            if native[0] == "-":
                found.append(native[1:])
            else:
                found += [f"event.{native}", native] if native[:1].isupper() else [native]
        rows[name] = tuple(found)
    return rows


_ECS = _named(
    {
        "event.action": "EventType NetworkDetectionType -event_simpleName OperationName act",
        "event.code": "metadata.eventType externalId",
        "event.id": "CompositeId DetectId IdentityProtectionIncidentId -id",
        "event.reason": "DetectDescription Description IncidentDescription msg",
        "event.outcome": "",
        "event.url": "FalconHostLink",
        "log.level": "SeverityName Severity",
        "organization.id": "metadata.customerIDString cid CustomerId",
        "host.name": "Hostname HostName ComputerName HostnameField SourceEndpointHostName "
        "dvchost dhost shost "
        "device.hostname",
        "host.id": "SensorId DeviceId AgentIdString AgentId aid device.device_id",
        "host.ip": "LocalIP -aip dvc device.local_ip",
        "host.mac": "MACAddress -MAC device.mac_address",
        "host.os.full": "device.os_version",
        "host.os.type": "Platform event_platform",
        "source.ip": "UserIp LocalAddress -LocalAddressIP4 -LocalAddressIP6 "
        "SourceEndpointIpAddress src",
        "source.port": "LocalPort spt",
        "source.nat.ip": "-aip",
        "destination.ip": "RemoteAddress -RemoteAddressIP4 -RemoteAddressIP6 dst",
        "destination.port": "RemotePort dpt",
        "network.application": "ApplicationName",
        "network.iana_number": "Protocol",
        "dns.question.name": "-DomainName",
        "dns.resolved_ip": "-FirstIP4Record",
        "url.domain": "-DomainName -DownloadServer",
        "url.path": "-DownloadPath",
        "url.original": "-HttpUrl -Url request",
        "user.name": "UserName SourceAccountName -RegisteredUser duser suser usrName",
        "user.domain": "SourceAccountDomain -LogonDomain",
        "user.id": "UserId -UserSid user_id",
        "user.email": "UserPrincipal",
        "process.pid": "ProcessId PID -RawProcessId",
        "process.command_line": "CommandLine cmdline",
        "process.executable": "-ImageFileName filepath",
        "process.parent.pid": "ParentProcessId -SourceProcessId parent_details.process_id",
        "process.parent.name": "-ParentBaseFileName ParentImageFileName parent_details.filename",
        "process.parent.executable": "ParentImageFilePath parent_details.filepath",
        "process.parent.command_line": "ParentCommandLine parent_details.cmdline",
        "file.name": "FileName filename fname",
        "file.path": "FilePath filePath -TargetFileName",
        "file.hash.md5": "MD5String -MD5HashData md5",
        "file.hash.sha1": "SHA1String -SHA1HashData sha1",
        "file.hash.sha256": "SHA256String -SHA256HashData -AuthenticodeHashData sha256",
        "rule.id": "RuleId",
        "rule.name": "RuleName",
        "rule.category": "RuleGroupName",
        "rule.ruleset": "PolicyName",
        "rule.description": "RuleDescription",
        "threat.tactic.id": "TacticId TacticIds tactic_id",
        "threat.tactic.name": "Tactic Tactics tactic",
        "threat.technique.id": "TechniqueId TechniqueIds technique_id",
        "threat.technique.name": "Technique Techniques technique",
        "threat.indicator.description": "PatternDispositionDescription",
        "threat.indicator.name": "IOCValue ioc_value",
        "observer.version": "DeviceVersion ConfigBuild",
    }
)
_IOC_TYPES = {"hash_sha256": "sha256", "hash_md5": "md5", "hash_sha1": "sha1"}
_STOPPING = ("KillProcess", "KillSubProcess", "KillParent", "QuarantineMachine", "QuarantineFile",
             "OperationBlocked", "ProcessBlocked", "RegistryOperationBlocked",
             "FsOperationBlocked", "HandleOperationDowngraded")  # fmt: skip
_FLAGS = (
    *(f"event.PatternDispositionFlags.{flag}" for flag in _STOPPING),
    *(
        "pattern_disposition_details." + re.sub(r"(?<=[a-z])([A-Z])", r"_\1", flag).lower()
        for flag in _STOPPING
    ),
)
_KINDS = {
    "DetectionSummaryEvent": ThreatKind.SUSPICIOUS,
    "EppDetectionSummaryEvent": ThreatKind.SUSPICIOUS,
    "XdrDetectionSummaryEvent": ThreatKind.SUSPICIOUS,
    "MobileDetectionSummaryEvent": ThreatKind.SUSPICIOUS,
    "IdpDetectionSummaryEvent": ThreatKind.UNUSUAL_LOGIN,
    "IdentityProtectionEvent": ThreatKind.UNUSUAL_LOGIN,
    "DataProtectionDetectionSummaryEvent": ThreatKind.DATA_LEAVING,
    "CustomerIOCEvent": ThreatKind.SUSPICIOUS,
    "IncidentSummaryEvent": ThreatKind.SUSPICIOUS,
}
_SIGN_INS = ("userAuthenticate", "twoFactorAuthenticate")
_TACTICS = {
    "malware": ThreatKind.MALWARE, "command and control": ThreatKind.CALLBACK,
    "exploit": ThreatKind.EXPLOIT, "exfiltration": ThreatKind.DATA_LEAVING,
    "lateral movement": ThreatKind.INTRUSION, "machine learning": ThreatKind.MALWARE,
}  # fmt: skip
_REGISTRY = re.compile(r"\\REGISTRY\\(?:MACHINE|USER)\\(.+)", re.IGNORECASE)


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text or "LEEF:" in line.text:
        return is_cef_of(line, "CrowdStrike") or is_leef_of(line, "CrowdStrike")
    text = line.text
    return is_json(line) and (
        ('"customerIDString"' in text and '"eventType"' in text)
        or ('"event_simpleName"' in text and ('"aid"' in text or '"cid"' in text))
        or ('"aid"' in text and '"cid"' in text and '"_time"' in text)
        or ('"composite_id"' in text and '"cid"' in text)
        or "falcon.crowdstrike.com" in text
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if "DeviceVendor" not in fields and not any(
        name in fields for name in ("metadata.eventType", "aid", "cid", "composite_id")
    ):
        raise NotThisFormat("JSON, but not of CrowdStrike.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    name = fields.get("event.FileName") or fields.get("event.ImageFileName", "")
    if name:
        ecs.setdefault("process.name", name)
    if path := fields.get("TargetFileName"):
        ecs["file.path"] = path
        ecs["file.name"] = ecs_values.base_name(path)
    elif path := first(fields, ("event.FilePath", "filePath")):
        ecs.setdefault("file.path", path)
    if fields.get("ParentBaseFileName") and "ImageFileName" not in fields:
        ecs.setdefault("process.name", fields["ParentBaseFileName"])
    _derive_direction(fields, ecs)
    _derive_indicator(fields, ecs)
    if found := _REGISTRY.match(fields.get("RegObjectName", "")):
        ecs["registry.path"] = fields["RegObjectName"]
        ecs["registry.key"] = found[1]
        ecs["registry.value"] = fields.get("RegValueName", "")
    outcome = fields.get("event.Success", "")
    if outcome:
        ecs["event.outcome"] = "success" if outcome == "true" else "failure"
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    if host := ecs.pop("host.mac", None):
        ecs["host.mac"] = host


def _derive_direction(fields: Mapping[str, str], ecs: Ecs) -> None:
    """Local and remote say nothing of who called whom; 1 is a connection from outside."""
    if first(fields, ("event.ConnectionDirection", "ConnectionDirection")) != "1":
        return
    for part in ("ip", "port"):
        near, far = ecs.pop(f"source.{part}", None), ecs.pop(f"destination.{part}", None)
        if far is not None:
            ecs[f"source.{part}"] = far
        if near is not None:
            ecs[f"destination.{part}"] = near
    ecs["network.direction"] = "inbound"


def _derive_indicator(fields: Mapping[str, str], ecs: Ecs) -> None:
    told = fields.get("event.IOCType", "")
    if kind := _IOC_TYPES.get(told):
        ecs["threat.indicator.type"] = "file"
        ecs[f"threat.indicator.file.hash.{kind}"] = fields.get("event.IOCValue", "")
    elif told:
        ecs["threat.indicator.type"] = {"domain": "domain-name", "ipv4": "ipv4-addr"}.get(
            told, told
        )


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """The flags first; "would have been blocked" is a detection."""
    told = first(
        fields,
        ("event.PatternDispositionDescription", "pattern_disposition_description", "act"),
    )
    if fields.get("event.Success") == "false" and _verdict(fields):
        return Disposition.STOPPED  # a sign-in that was refused
    if any(fields.get(flag) == "true" for flag in _FLAGS):
        return Disposition.STOPPED
    if told:
        is_done = told.startswith("Prevention") and "would have" not in told
        return Disposition.STOPPED if is_done else Disposition.SEEN
    found = outcome_of(first(fields, ("event.NetworkDetectionType", "act", "event.ResponseAction")))
    if found is not Disposition.UNKNOWN:
        return found
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("event.Success") == "false" and fields.get("event.OperationName") in _SIGN_INS:
        return Verdict(ThreatKind.LOGIN_FAILED, fields.get("event.ServiceName", ""))
    kind = _KINDS.get(fields.get("metadata.eventType", ""))
    if kind is None and not ("composite_id" in fields or _is_detection_text(fields)):
        return None
    kind = kind or ThreatKind.SUSPICIOUS
    name = first(fields, ("event.DetectName", "event.Name", "display_name", "name", "Name",
                          "event.IncidentType"))  # fmt: skip
    tactic = first(fields, ("event.Tactic", "event.Tactics", "tactic", "cs4")).lower()
    technique = first(fields, ("event.Technique", "event.Techniques", "technique")).lower()
    if kind is ThreatKind.SUSPICIOUS:
        kind = kind_of(_TACTICS.get(tactic, kind), technique, name)
    return Verdict(kind, name or technique)


def _is_detection_text(fields: Mapping[str, str]) -> bool:
    """CEF and LEEF name the kind of record in their header."""
    told = fields.get("DeviceEventClassID", "") + fields.get("cat", "")
    return "DeviceVendor" in fields and "Detection" in told


FORMAT = Format(
    name="crowdstrike",
    title_ja="CrowdStrike Falcon",
    title_en="CrowdStrike Falcon",
    shape="crowdstrike",
    sniff=_sniff,
    marks=(
        "CrowdStrike",
        '"customerIDString"',
        '"event_simpleName"',
        '"aid"',
        '"composite_id"',
        "falcon.crowdstrike.com",
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "CommandLine": "event.CommandLine",
        "Signature": "event.DetectName",
        "Filename": "event.FileName",
        "dst_ip": "event.RemoteAddress",
        "src_ip": "event.LocalAddress",
        "QueryName": "DomainName",
        "query": "DomainName",
    },
    device=(
        "event.ComputerName",
        "event.Hostname",
        "event.HostName",
        "device.hostname",
        "dvchost",
        "shost",
        "ComputerName",
    ),
    user=("event.UserName", "event.UserId", "UserName", "suser", "duser", "usrName"),
    stated_time=time_in(
        "metadata.eventCreationTime",
        "timestamp",
        "_time",
        "ContextTimeStamp",
        "created_timestamp",
        "event.UTCTimestamp",
        "rt",
        "devTime",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        2004
        if _verdict(fields)
        else (1007 if "ProcessRollup2" in fields.get("event_simpleName", "") else 0)
    ),
    verdict=_verdict,
    vendor="CrowdStrike",
    product="Falcon",
    seen_ja=(
        "Event StreamsのJSON（検知、ファイアウォール、ID保護、操作の記録）",
        "Falcon Data Replicatorの端末の記録",
    ),
    lost_ja=("CEFとLEEFは説明書をもとに読みます。",),
)
