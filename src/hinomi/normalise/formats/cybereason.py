"""Cybereason: malicious operations as JSON and, from its forwarder, as CEF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "@class", "guid", "displayName", "malopDetectionType", "severity", "status", "priority",
    "decisionStatuses", "detectionTypes", "detectionEngines", "detectionValues", "ownerMachineName",
    "elementDisplayName", "correctedPath", "sha1String", "primaryRootCauseName", "creationTime",
    "lastUpdateTime", "detectionDecisionStatus", "DeviceEventClassID", "Name", "src", "dst",
    "dhost", "duser", "request", "MalopId", "verdict.kind", "verdict.name",
    "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("Name",),
    "event.code": ("DeviceEventClassID",),
    "event.id": ("guid", "metadata.malopGuid", "MalopId"),
    "event.reason": ("descriptions", "malopDescription", "msg"),
    "event.severity": (),
    "log.level": ("severity", "Severity"),
    "rule.name": ("malopDetectionType", "detectionTypes", "decisionFeature"),
    "host.name": ("ownerMachineName", "files.0.ownerMachineName", "machines.0.displayName",
                  "dhost", "destinationDnsDomain", "machineName",
                  "timelineEvents.0.data.machineName", "suspects.0.ownerMachineName"),
    "host.hostname": ("dhost", "destinationDnsDomain"),
    "host.id": ("CybereasonCEFgeneratorMachineGuid1", "ownerMachineGuid",
                "files.0.ownerMachineGuid"),
    "host.os.full": ("CybereasonCEFgeneratorOSandVersion1", "machines.0.osType"),
    "source.ip": ("src",),
    "destination.ip": ("dst", "connections.0.remoteAddress"),
    "destination.port": ("dpt", "connections.0.remotePort"),
    "destination.nat.ip": ("destinationTranslatedAddress",),
    "user.name": ("duser", "suser", "users.0.displayName"),
    "process.parent.name": ("deviceProcessName",),
    "process.name": ("sproc", "processes.0.elementDisplayName"),
    "process.command_line": ("request", "commandLines"),
    "file.name": ("elementDisplayName", "files.0.elementDisplayName", "primaryRootCauseName",
                  "fname"),
    "file.path": ("correctedPath", "filePath"),
    "file.hash.sha1": ("sha1String", "files.0.sha1String", "fileHash", "rootCauseElementHashes"),
    "threat.indicator.name": ("detectionValues", "malopDetectionType"),
    "observer.version": ("DeviceVersion",),
}  # fmt: skip
_DECISIONS = {
    "prevented": Disposition.STOPPED, "ddsprevented": Disposition.STOPPED,
    "ddsdisinfected": Disposition.STOPPED, "ddsquarantined": Disposition.STOPPED,
    "ddsdeleted": Disposition.STOPPED, "disinfected": Disposition.STOPPED,
    "quarantined": Disposition.STOPPED, "remediated": Disposition.STOPPED,
    "detected": Disposition.SEEN, "ddsdetected": Disposition.SEEN,
    "ddswhitelisted": Disposition.LET_THROUGH, "whitelisted": Disposition.LET_THROUGH,
    "ddsfailed": Disposition.LET_THROUGH, "ddsunknown": Disposition.SEEN,
}  # fmt: skip
_TYPES = {
    "KNOWN_MALWARE": ThreatKind.MALWARE, "UNKNOWN_MALWARE": ThreatKind.MALWARE,
    "FILELESS_MALWARE": ThreatKind.MALWARE, "RANSOMWARE": ThreatKind.RANSOMWARE,
    "CNC": ThreatKind.CALLBACK, "EXTENSION_MANIPULATION": ThreatKind.SUSPICIOUS,
    "CREDENTIAL_THEFT": ThreatKind.SUSPICIOUS, "DATA_THEFT": ThreatKind.DATA_LEAVING,
    "LATERAL_MOVEMENT": ThreatKind.INTRUSION, "SCANNING": ThreatKind.SCAN,
    "PUP": ThreatKind.UNWANTED,
}  # fmt: skip
_CONTEXT = ("connection", "machine", "user added", "logon", "login")


def _sniff(line: Line) -> bool:
    if "CEF:" in line.text:
        return is_cef_of(line, "Cybereason")
    text = line.text
    return is_json(line) and (
        ('"@class"' in text and ('Malop' in text or 'SuspectDetailsModel"' in text
                                 or '"ownerMachineName"' in text))
        or ('"malopGuid"' in text)
        or ('"malopDetectionType"' in text)
    )  # fmt: skip


def _parse(line: Line) -> Fields:
    fields = fields_of(line)
    if "DeviceVendor" not in fields and not any(
        name in fields for name in ("@class", "malopDetectionType", "metadata.malopGuid", "guid")
    ):
        raise NotThisFormat("JSON, but not of Cybereason.")
    return fields


# The class of a detail → what its display name is.
_MODELS = {"MachineDetails": "host.name", "UserDetails": "user.name",
           "ProcessDetails": "process.name", "ProcessSuspect": "process.name"}  # fmt: skip


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    kind = fields.get("@class", "")
    if "Malop" in kind and "malopDetectionType" in fields:
        ecs["event.code"] = "malop"
    elif kind:
        ecs.setdefault("event.code", kind.strip("."))
    if fields.get("dhost"):
        addresses = [
            value for name in ("dst", "destinationTranslatedAddress")
            if (value := fields.get(name, "")) and ecs_values.is_address(value)
        ]  # fmt: skip
        if addresses:
            ecs["host.ip"] = addresses
    for model, name in _MODELS.items():
        if model in kind and (told := first(fields, ("elementDisplayName", "displayName"))):
            ecs[name] = told
            if name != "file.name":
                ecs.pop("file.name", None)
    if paths := fields.get("filePaths"):
        ecs.setdefault("file.path", ecs_values.as_list(paths)[0])


def _disposition(fields: Mapping[str, str]) -> Disposition:
    for name in ("detectionDecisionStatus", "decisionStatuses",
                 "files.0.lastDetectionDecisionStatus", "act"):  # fmt: skip
        for value in ecs_values.as_list(fields.get(name, "")):
            word = value.lower().replace("_", "")
            if word in _DECISIONS:
                return _DECISIONS[word]
    return Disposition.SEEN if _verdict(fields) else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """A malop and its suspicious file; a connection or a machine added to it is context."""
    if "DeviceVendor" in fields:
        name = fields.get("Name", "")
        is_context = any(word in name.lower() for word in _CONTEXT) or "Malop" not in name
        return None if is_context else Verdict(kind_of(ThreatKind.SUSPICIOUS, name), name)
    name = first(fields, ("detectionValues", "displayName", "elementDisplayName"))
    kind = _TYPES.get(fields.get("malopDetectionType", ""))
    model = fields.get("@class", "")
    if kind is None and "Suspect" not in model and "MalopDetails" not in model:
        return None
    if fields.get("fileClassificationType") == "unwanted":
        return Verdict(ThreatKind.UNWANTED, name)
    return Verdict(kind or kind_of(ThreatKind.SUSPICIOUS, name), name)


FORMAT = Format(
    name="cybereason",
    title_ja="Cybereason",
    title_en="Cybereason",
    shape="cybereason",
    sniff=_sniff,
    marks=("Cybereason", '"@class"', '"malopGuid"', '"malopDetectionType"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"Signature": "detectionValues", "Filename": "correctedPath", "dst_ip": "dst"},
    device=(
        "ownerMachineName",
        "files.0.ownerMachineName",
        "machines.0.displayName",
        "dhost",
        "machineName",
    ),
    user=("duser", "users.0.displayName"),
    stated_time=time_in(
        "metadata.timestamp", "lastUpdateTime", "rt", "creationTime", "firstSeen", utc=True
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _verdict(fields) else 0,
    verdict=_verdict,
    vendor="Cybereason",
    product="Cybereason EDR",
    seen_ja=("MalOpの詳細（JSON）", "CEFの転送"),
    lost_ja=("MalOpに含まれる端末やファイルは、最初の一つだけに共通の名前が付きます。",),
)
