"""Microsoft 365's unified audit log (Office 365 Management Activity API, Purview)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_in
from hinomi.normalise.notations import is_json, json_fields, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_INNER = ("Data", "Actions", "AuditData", "ExtendedProperties.additionalDetails")
_DECLARED = (
    "CreationTime", "Id", "Operation", "OrganizationId", "RecordType", "ResultStatus", "UserKey",
    "UserType", "Workload", "ClientIP", "UserId", "ObjectId", "ClientIPAddress",
    "ClientInfoString", "UserAgent", "ExtendedProperties.UserAgent", "ActorIpAddress",
    "MailboxOwnerUPN", "SourceFileName", "SiteUrl", "Parameters.ForwardTo", "Name", "Severity",
    "Category", "PolicyId", "AlertId", "Subject", "SenderIp", "P2Sender", "DeliveryAction",
    "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("DeliveryAction", "Operation", "Status"),
    "event.code": ("RecordType",),
    "event.id": ("Id",),
    "event.provider": ("Workload",),
    "event.reason": ("LogonError", "ActionName", "ExceptionInfo.Reason",
                     "FailureReason", "ExtendedProperties.ResultDescription"),
    "log.level": ("Severity",),
    "organization.id": ("OrganizationId",),
    "source.ip": ("ClientIP", "ClientIPAddress", "ActorIpAddress", "SenderIp", "UserIp",
                  "ConsumerClientIp", "Data.cip", "Data.sip", "FromIP"),
    "destination.ip": ("ToIP",),
    "user.name": ("Data.trc", "Data.suid", "UserId"),
    "user.id": ("UserKey", "UserId"),
    "user.target.name": ("TargetUserOrGroupName", "MailboxOwnerUPN"),
    "user_agent.original": ("UserAgent", "ExtendedProperties.UserAgent",
                            "AppAccessContext.UserAgent"),
    "host.name": ("DeviceProperties.DisplayName", "DeviceName"),
    "host.id": ("DeviceProperties.Id", "MDATPDeviceId"),
    "host.os.full": ("DeviceProperties.OS",),
    "process.name": ("ClientProcessName", "Application"),
    "file.path": ("TargetFilePath",),
    "network.application": ("AppAccessContext.ClientAppName", "ApplicationDisplayName",
                            "AppName"),
    "file.name": ("SourceFileName", "AttachmentData.0.FileName", "FileName"),
    "file.extension": ("SourceFileExtension", "FileExtension"),
    "file.size": ("FileSize", "FileSizeBytes"),
    "file.hash.sha1": ("Sha1",),
    "file.hash.sha256": ("AttachmentData.0.SHA256", "Sha256"),
    "file.directory": ("SourceRelativeUrl",),
    "rule.id": ("PolicyId", "PolicyDetails.0.PolicyId"),
    "rule.name": ("Policy", "PolicyDetails.0.PolicyName", "Name"),
    "rule.ruleset": ("PolicyDetails.0.Rules.0.RuleName",),
    "email.subject": ("Subject", "Item.Subject", "ExchangeMetaData.Subject", "Data.ms",
                      "Data.von", "AffectedItems.0.Subject"),
    "email.from.address": ("P2Sender", "ExchangeMetaData.From", "Data.tsd", "P1Sender",
                           "Data.mfrm", "SenderAddress"),
    "email.to.address": ("Recipients", "ExchangeMetaData.To", "Data.trc", "Data.to",
                         "RecipientAddress"),
    "email.cc.address": ("ExchangeMetaData.CC",),
    "email.message_id": ("InternetMessageId", "Item.InternetMessageId", "MessageId", "Data.imsgid",
                         "ExchangeMetaData.MessageID"),
    "email.local_id": ("NetworkMessageId", "MessageTraceId"),
    "url.original": ("Url", "EventDeepLink", "Data.zu"),
    "threat.indicator.name": ("VirusInfo", "AttachmentData.0.MalwareFamily", "Data.mf"),
    "service.name": ("Workload",),
}  # fmt: skip
# What the log itself judges; what people did is read by rules of their own.
_JUDGED = {
    "TIMailData": ThreatKind.PHISHING, "TIUrlClickData": ThreatKind.BAD_SITE,
    "FileMalwareDetected": ThreatKind.MALWARE, "AlertTriggered": ThreatKind.SUSPICIOUS,
    "AlertEntityGenerated": ThreatKind.SUSPICIOUS, "AirInvestigationData": ThreatKind.SUSPICIOUS,
    "DlpRuleMatch": ThreatKind.DATA_LEAVING, "DLPRuleMatch": ThreatKind.DATA_LEAVING,
}  # fmt: skip
_AREAS = {
    "DataLossPrevention": ThreatKind.DATA_LEAVING, "ThreatManagement": ThreatKind.SUSPICIOUS,
    "AccessGovernance": ThreatKind.POLICY, "MailFlow": ThreatKind.SUSPICIOUS,
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    return (
        is_json(line)
        and '"Operation"' in text
        and ('"RecordType"' in text or '"Workload"' in text)
        and ('"CreationTime"' in text or '"UserId"' in text)
        and '"AdvancedHunting-' not in text[:400]
    ) or ('"MessageTraceId"' in text and '"SenderAddress"' in text and is_json(line))


def _parse(line: Line) -> Fields:
    fields = json_fields(line, *_INNER)
    if "Operation" not in fields and "MessageTraceId" not in fields:
        raise NotThisFormat("JSON, but not of the Microsoft 365 audit log.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if action := ecs.get("event.action"):
        ecs["event.action"] = str(action).rstrip(".")
    if "RecordType" in fields:
        ecs["event.code"] = fields["RecordType"]
    result = fields.get("ResultStatus", "").lower()
    if result:
        is_bad = result.startswith(("fail", "false"))
        ecs["event.outcome"] = "failure" if is_bad else "success"
    _derive_alert(fields, ecs)
    at = fields.get("ObjectId", "")
    if "url.original" not in ecs and at.startswith("http"):
        ecs["url.original"] = at
    elif at[1:3] == ":\\" and fields.get("Workload") == "Endpoint":
        ecs.setdefault("file.path", at)
    if url := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, url)
        if "://" not in url and (host := url.partition("/")[0]):
            ecs.setdefault("url.domain", host)
            ecs.setdefault("url.path", url[len(host) :] or "/")
    elif site := fields.get("SiteUrl"):
        ecs_values.add_url(ecs, site)


def _derive_alert(fields: Mapping[str, str], ecs: Ecs) -> None:
    """An alert's user is the one it is about, not the service that wrote the record."""
    if fields.get("UserId") != "SecurityComplianceAlerts":
        return
    for name in ("user.name", "user.id"):
        ecs.pop(name, None)
    about = first(fields, _ABOUT)
    name, at, domain = about.partition("@")
    if at:
        ecs |= {"user.email": about, "user.name": name, "user.domain": domain}


_ABOUT = ("Data.trc", "Data.f3u", "Data.suid", "Data.tuc", "Data.userprincipalname", "Data.upn",
          "Data.ut", "ObjectId", "AlertEntityId")  # fmt: skip


def _disposition(fields: Mapping[str, str]) -> Disposition:
    found = outcome_in(fields, ("DeliveryAction", "PolicyAction", "Data.da", "UrlClickAction",
                                "PolicyDetails.0.Rules.0.Actions"))  # fmt: skip
    if found is not Disposition.UNKNOWN:
        return found
    if fields.get("Data.ttr", "").startswith("Success_"):  # taken out after it was delivered
        return Disposition.STOPPED
    if fields.get("Operation") == "AirInvestigationData":
        is_done = fields.get("Status") in ("Remediated", "FullyRemediated")
        return Disposition.STOPPED if is_done else Disposition.SEEN
    return Disposition.SEEN if fields.get("Operation") in _JUDGED else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    operation = fields.get("Operation", "")
    kind = _JUDGED.get(operation)
    if kind is None:
        return None
    name = first(fields, ("VirusInfo", "AttachmentData.0.MalwareFamily", "Name",
                          "InvestigationName", "Verdict", "PolicyDetails.0.PolicyName",
                          "Url"))  # fmt: skip
    if operation == "TIMailData":
        is_file = "Malware" in fields.get("Verdict", "")
        return Verdict(ThreatKind.MAIL_MALWARE if is_file else ThreatKind.PHISHING, name)
    if kind is ThreatKind.SUSPICIOUS:
        area = _AREAS.get(fields.get("Category", ""), kind)
        kind = kind_of(area, fields.get("Data.tht", ""), name)
    return Verdict(kind, name)


FORMAT = Format(
    name="office_365",
    title_ja="Microsoft 365 監査ログ",
    title_en="Microsoft 365 audit log",
    shape="office_365",
    sniff=_sniff,
    marks=('"Operation"', '"MessageTraceId"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"src_ip": "ClientIP"},
    device=("DeviceProperties.DisplayName", "DeviceName"),
    user=("Data.trc", "Data.suid", "UserId", "UserKey"),
    stated_time=time_in("CreationTime", "CreationDate", "TimeGenerated", "Received", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        2004
        if fields.get("Operation") in _JUDGED
        else (3002 if fields.get("Operation", "").startswith("UserLog") else 6001)
    ),
    verdict=_verdict,
    vendor="Microsoft",
    product="Microsoft 365",
    seen_ja=(
        "Office 365 Management Activity API（Exchange、SharePoint、OneDrive、Teams、Entra）",
        "同じAPIのアラート、DLP、自動調査、脅威インテリジェンスの記録",
        "監査ログの検索結果のJSON",
    ),
    lost_ja=("警告の中身（Data）はMicrosoftの短い名前のまま残ります。",),
)
