"""Microsoft Defender: the hunting tables that its streaming writes, alerts and incidents of Graph
and of Defender for Endpoint, and Defender for Identity's CEF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.defender_names import CREATED, ECS, EVIDENCE, INITIATOR, WRAP
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_of
from hinomi.normalise.notations import fields_of, is_cef_of, is_json, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_MORE = "properties.AdditionalFields"
_INNER = (_MORE, "AdditionalFields", "properties.RawEventData", "properties.IPAddresses",
          "properties.LoggedOnUsers")  # fmt: skip
_DECLARED = (
    "category", "tenantId", "properties.ActionType", "properties.DeviceName",
    "properties.DeviceId", "properties.AccountName", "properties.AccountDomain",
    "properties.AccountUpn", "properties.FileName", "properties.FolderPath", "properties.SHA256",
    "properties.SHA1", "properties.ProcessCommandLine", "properties.InitiatingProcessFileName",
    "properties.InitiatingProcessCommandLine", "properties.RemoteIP", "properties.RemoteUrl",
    "properties.RemotePort", "properties.Title", "properties.Severity", "properties.AlertId",
    "properties.EntityType", "title", "severity", "status", "computerDnsName", "threatName",
    "serviceSource", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip


_KINDS = {
    "malware": ThreatKind.MALWARE, "ransomware": ThreatKind.RANSOMWARE,
    "exploit": ThreatKind.EXPLOIT, "commandandcontrol": ThreatKind.CALLBACK,
    "unwantedsoftware": ThreatKind.UNWANTED, "exfiltration": ThreatKind.DATA_LEAVING,
    "lateralmovement": ThreatKind.INTRUSION, "phishing": ThreatKind.PHISHING,
}  # fmt: skip
# ActionType of DeviceEvents that is a judgement → kind; the ending says what became of it.
_ACTIONS: tuple[tuple[str, ThreatKind], ...] = (
    ("AntivirusDetection", ThreatKind.MALWARE),
    ("AntivirusReport", ThreatKind.MALWARE),
    ("AntivirusScanFailed", ThreatKind.FAULT),
    ("AntivirusDefinitionsUpdateFailed", ThreatKind.FAULT),
    ("TamperingAttempt", ThreatKind.TAMPERING),
    ("ControlledFolderAccess", ThreatKind.SUSPICIOUS),
    ("ExploitGuardNetworkProtection", ThreatKind.BAD_SITE),
    ("ExploitGuard", ThreatKind.EXPLOIT),
    ("SmartScreenUrlWarning", ThreatKind.BAD_SITE),
    ("SmartScreenAppWarning", ThreatKind.MALWARE),
    ("Asr", ThreatKind.SUSPICIOUS),
    ("AppControlExecutableBlocked", ThreatKind.POLICY),
    ("AppControlScriptBlocked", ThreatKind.POLICY),
    ("SecurityLogCleared", ThreatKind.TAMPERING),
)
_SAID = re.compile(r"\bwas (blocked|prevented|detected|quarantined|remediated)\b", re.IGNORECASE)
_MAX_KINDS = 32
# Defender's remediation actions by number: clean, quarantine, remove, allow, none, block.
_NUMBERED = {
    "1": Disposition.STOPPED, "2": Disposition.STOPPED, "3": Disposition.STOPPED,
    "6": Disposition.LET_THROUGH, "9": Disposition.SEEN, "10": Disposition.STOPPED,
}  # fmt: skip
_ALERTS = ("AdvancedHunting-AlertInfo", "AdvancedHunting-AlertEvidence")


def _sniff(line: Line) -> bool:
    if is_cef_of(line, "Microsoft"):
        return any(word in line.text for word in ("|Azure ATP|", "|ATA|", "for Identity|"))
    text = line.text
    return is_json(line) and (
        '"AdvancedHunting-' in text
        or (
            '"incidentId"' in text and ('"threatFamilyName"' in text or '"detectionSource"' in text)
        )
        or "microsoft.graph.security." in text
        or ('"vendorInformation"' in text and '"azureTenantId"' in text)
        or ('"incidentId"' in text and '"incidentName"' in text and '"alerts"' in text)
        or ('"ReportId"' in text and '"DeviceId"' in text and '"InitiatingProcess' in text)
    )


def _parse(line: Line) -> Fields:
    fields = fields_of(line, *_INNER)
    if "DeviceProduct" not in fields and not (
        any(name in fields for name in ("incidentId", "title", "ReportId", "displayName"))
        or fields.get("category", "").startswith("AdvancedHunting-")
    ):
        raise NotThisFormat("JSON, but not of Microsoft Defender.")
    return fields | _lift(fields)


def _lift(fields: Mapping[str, str]) -> Fields:
    """The first piece of evidence of each type under the type's name, whatever its place in the
    list: `evidence.3.imageFile.sha1` says nothing, `processEvidence.imageFile.sha1` does."""
    lifted: Fields = {}
    places: dict[str, str] = {}
    for name, value in fields.items():
        start, _, last = name.rpartition("@odata.type" if "@odata" in name else "entityType")
        is_new = len(places) < _MAX_KINDS  # a list of invented types must not cost a second
        if start and not last and is_new and ("vidence." in start or "entities." in start):
            places.setdefault(value.rpartition(".")[2].removeprefix("#"), start)
    for kind, start in places.items():
        for name, value in fields.items():
            if name.startswith(start):
                lifted[f"{kind}.{name[len(start) :]}"] = value
    return lifted


def _get(fields: Mapping[str, str], name: str) -> str:
    return fields.get(WRAP + name) or fields.get(name, "")


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    category = fields.get("category", "")
    is_created = category == "AdvancedHunting-DeviceProcessEvents"
    if not is_created and category == "":
        is_created = _get(fields, "ActionType") == "ProcessCreated"
    is_evidence = category in _ALERTS or "evidence" in "".join(fields)[:4096].lower()
    for name, native in (CREATED if is_created else INITIATOR).items():
        if value := _get(fields, native):
            ecs_values.put(ecs, name, value)
    if is_evidence:
        _derive_evidence(fields, ecs)
    elif not is_created and (path := _get(fields, "FolderPath")):
        ecs["file.path"] = path
    for name in ("process.name", "process.parent.name"):
        if "\\" in (path := str(ecs.get(name, ""))):
            ecs[name] = ecs_values.base_name(path)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    if addresses := [
        value for name, value in fields.items()
        if name.startswith("properties.IPAddresses.") and name.endswith(".IPAddress")
    ]:  # fmt: skip
        ecs.setdefault("host.ip", addresses)


def _derive_evidence(fields: Mapping[str, str], ecs: Ecs) -> None:
    for name, natives in EVIDENCE.items():
        if value := first(fields, tuple(natives.split())):
            ecs_values.put(ecs, name, value)
    if _get(fields, "EntityType") == "Process" and (name := _get(fields, "FileName")):
        ecs.setdefault("process.name", name)
    if _get(fields, "EntityType") in ("Process", "File") and (path := _get(fields, "FolderPath")):
        ecs.setdefault("file.directory", path)
    if email := first(fields, ("properties.AdditionalFields.UserPrincipalName",)):
        ecs.setdefault("user.email", email)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """What Defender says it did: remediation states first, then the sentence of the title."""
    for name in ("properties.DeliveryAction", "DeliveryAction", "properties.ActionType",
                 "ActionType", "properties.AdditionalFields.DetectionStatus",
                 "properties.AdditionalFields.LastRemediationState",
                 "processEvidence.detectionStatus", "processEvidence.remediationStatus",
                 "fileEvidence.detectionStatus", "fileEvidence.remediationStatus",
                 "analyzedMessageEvidence.deliveryAction", "File.remediationStatus",
                 "Process.remediationStatus"):  # fmt: skip
        found = outcome_of(fields.get(name, ""))
        if found is not Disposition.UNKNOWN and found is not Disposition.SEEN:
            return found
    action = _get(fields, "ActionType")
    if action.startswith("AntivirusDetection"):
        return _antivirus(fields)
    if action.endswith(("Blocked", "ClickBlocked")):
        return Disposition.STOPPED
    if action.endswith(("Audited", "Warned", "Warning")):
        return Disposition.SEEN
    if said := _SAID.search(_get(fields, "Title") or fields.get("title", "")):
        return outcome_of(said[1])
    return Disposition.SEEN if _is_alert(fields) else Disposition.UNKNOWN


def _antivirus(fields: Mapping[str, str]) -> Disposition:
    """The detection's own columns; without them it was seen, no more."""
    done = fields.get(f"{_MORE}.WasRemediated", "").lower()
    if done in ("true", "1"):
        return Disposition.STOPPED
    told = fields.get(f"{_MORE}.Action", "")
    found = _NUMBERED.get(told) or outcome_of(told)
    return Disposition.SEEN if found is Disposition.UNKNOWN else found


def _is_alert(fields: Mapping[str, str]) -> bool:
    return (
        fields.get("category") in _ALERTS
        or "detectionSource" in fields
        or "vendorInformation.provider" in fields
        or "DeviceEventClassID" in fields
        or ("incidentId" in fields and "severity" in fields)
    )


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if _is_alert(fields):
        title = _get(fields, "Title") or first(fields, ("title", "incidentName", "Name"))
        area = (
            fields.get("properties.Categories")
            or _get(fields, "Category")
            or fields.get("category", "")
        )
        default = _KINDS.get(area.strip('[]"').lower(), ThreatKind.SUSPICIOUS)
        named = kind_of(default, title) if default in _LOOSE else default
        return Verdict(named, first(fields, ("threatName", "threatDisplayName")) or title)
    if threats := _get(fields, "ThreatTypes"):
        return _of_mail_or_link(fields, threats)
    action = _get(fields, "ActionType")
    for start, kind in _ACTIONS:
        if action.startswith(start):
            threat = fields.get(f"{_MORE}.ThreatName", "")
            return Verdict(kind_of(kind, threat), threat or action)
    return None


_LOOSE = (ThreatKind.SUSPICIOUS, ThreatKind.MALWARE)


def _of_mail_or_link(fields: Mapping[str, str], threats: str) -> Verdict | None:
    """EmailEvents and UrlClickEvents; spam alone is no danger."""
    name = _get(fields, "ThreatNames") or threats
    is_mail = bool(_get(fields, "SenderFromAddress") or _get(fields, "RecipientEmailAddress"))
    if "Malware" in threats:
        return Verdict(ThreatKind.MAIL_MALWARE if is_mail else ThreatKind.BAD_SITE, name)
    if "Phish" in threats:
        return Verdict(ThreatKind.PHISHING, name)
    return None


FORMAT = Format(
    name="microsoft_defender",
    title_ja="Microsoft Defender",
    title_en="Microsoft Defender (XDR, for Endpoint, for Office, for Identity)",
    shape="microsoft_defender",
    sniff=_sniff,
    marks=(
        "|Azure ATP|",
        "|ATA|",
        "for Identity|",
        '"AdvancedHunting-',
        '"incidentId"',
        "microsoft.graph.security.",
        '"vendorInformation"',
        '"ReportId"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=ECS,
    aliases={
        "Signature": "properties.AdditionalFields.ThreatName",
        "Filename": "properties.FileName",
        "Image": "properties.FolderPath",
        "CommandLine": "properties.ProcessCommandLine",
        "ParentImage": "properties.InitiatingProcessFolderPath",
        "ParentCommandLine": "properties.InitiatingProcessCommandLine",
        "src_ip": "properties.LocalIP",
        "dst_ip": "properties.RemoteIP",
    },
    device=(
        "properties.DeviceName",
        "DeviceName",
        "computerDnsName",
        "deviceEvidence.deviceDnsName",
        "hostStates.0.fqdn",
        "shost",
    ),
    user=(
        "properties.AccountUpn",
        "properties.AccountName",
        "AccountName",
        "userEvidence.userAccount.userPrincipalName",
        "relatedUser.userName",
        "User.userPrincipalName",
        "userStates.0.userPrincipalName",
        "suser",
        "properties.InitiatingProcessAccountName",
    ),
    stated_time=time_in(
        "properties.Timestamp",
        "Timestamp",
        "alertCreationTime",
        "createdDateTime",
        "createdTime",
        "lastUpdateTime",
        "eventDateTime",
        "time",
        "start",
        "rt",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004 if _is_alert(fields) else 0,
    verdict=_verdict,
    vendor="Microsoft",
    product="Defender",
    seen_ja=(
        "ストリーミングAPI（AdvancedHunting-*）とハンティング画面の書き出し",
        "Microsoft Graphのalerts_v2とincidents、Defender for Endpointのalerts",
        "Defender for IdentityのCEF",
    ),
    lost_ja=(
        "証拠が同じ種類で二つ以上あるとき、一覧の列に出るのは最初の一つです（残りは元の名前で残ります）。",
    ),
)
