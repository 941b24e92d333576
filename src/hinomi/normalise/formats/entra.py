"""Microsoft Entra ID and Intune: sign-ins, audit, risk and devices, as Azure Monitor exports them
(`category`, `properties`), as Log Analytics names them and as Graph answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.notations import is_json, json_fields, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_P = "properties."
_INNER = ("properties.additionalInfo", "additionalInfo", "DeviceDetail", "LocationDetails",
          "Status", "InitiatedBy", "TargetResources", "properties.AdditionalDetails")  # fmt: skip
_DECLARED = (
    "category", "operationName", "resultType", "resultDescription", "callerIpAddress", "location",
    "properties.userPrincipalName", "properties.appDisplayName", "properties.clientAppUsed",
    "properties.riskState", "properties.riskLevelDuringSignIn",
    "properties.autonomousSystemNumber", "properties.deviceDetail.displayName",
    "properties.initiatedBy.user.userPrincipalName", "userPrincipalName", "appDisplayName",
    "ipAddress", "status.errorCode", "status.failureReason", "location.countryOrRegion",
    "activityDisplayName", "result", "initiatedBy.user.userPrincipalName", "loggedByService",
    "riskEventType", "riskLevelDuringSignIn", "autonomousSystemNumber", "verdict.kind",
    "verdict.name", "verdict.disposition",
)  # fmt: skip


def _both(*names: str) -> tuple[str, ...]:
    """Under `properties` in an export, bare in what Graph answers."""
    return tuple(found for name in names for found in (_P + name, name))


_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("activityDisplayName", "properties.activityDisplayName", "operationName",
                     "OperationName", "ActivityDisplayName"),
    "event.id": ("properties.id", "id"),
    "event.category": (),
    "event.code": ("ResultType",),
    "event.provider": _both("loggedByService",),
    "event.reason": (
        "properties.riskEventType", "riskEventType", "properties.riskType",
        "properties.Description", "resultDescription", "ResultDescription",
        "properties.status.failureReason", "status.failureReason", "properties.resultReason",
        "resultReason", "properties.AlertDisplayName",
    ),
    "log.level": ("Level", "level"),
    "error.code": ("ResultType", "properties.status.errorCode", "status.errorCode"),
    "error.message": ("properties.status.failureReason", "status.failureReason"),
    "organization.id": ("tenantId", "AADTenantId"),
    "source.ip": ("callerIpAddress", "properties.ipAddress", "ipAddress", "IPAddress",
                  *_both("initiatedBy.user.ipAddress", "initiatedBy.app.ipAddress",
                         "clientIpAddress", "SourceIp")),
    "destination.ip": _both("DestinationIp", "destinationIp"),
    "destination.domain": _both("DestinationFqdn", "destinationFQDN"),
    "destination.port": _both("DestinationPort", "destinationPort"),
    "source.as.number": _both("autonomousSystemNumber",),
    "source.geo.country_iso_code": (
        "properties.location.countryOrRegion", "location.countryOrRegion", "location", "Location",
    ),
    "source.geo.city_name": _both("location.city",),
    "user.id": (
        *_both("initiatedBy.user.id", "userId", "UserPrincipalObjectID"), "UserId",
        "properties.IntuneAccountId", "properties.servicePrincipalId", "servicePrincipalId",
    ),
    "user.name": (
        "properties.UserName", "properties.Actor.UPN", "initiatedBy.user.displayName",
        "initiatedBy.user.userPrincipalName", "properties.initiatedBy.user.userPrincipalName",
        "properties.userPrincipalName", "userPrincipalName", "UserPrincipalName",
    ),
    "user.domain": ("properties.UPNSuffix",),
    "user.email": (
        "properties.initiatedBy.user.userPrincipalName", "properties.userPrincipalName",
        "initiatedBy.user.userPrincipalName", "userPrincipalName", "UserPrincipalName",
    ),
    "user.full_name": (*_both("userDisplayName"), "UserDisplayName",
                       "properties.UserDisplayName"),
    "user_agent.original": (*_both("userAgent", "additionalInfo.userAgent"), "UserAgent"),
    "host.id": (*_both("deviceDetail.deviceId"), "properties.IntuneDeviceId",
                "properties.DeviceId"),
    "host.name": (*_both("deviceDetail.displayName"), "properties.DeviceHostName",
                  "properties.DeviceName"),
    "host.hostname": (*_both("deviceDetail.displayName"), "properties.DeviceHostName"),
    "host.os.name": (*_both("deviceDetail.operatingSystem"), "properties.OS",
                     "properties.DeviceOperatingSystem"),
    "host.os.version": ("properties.OSVersion",),
    "network.application": (
        *_both("appDisplayName"), "AppDisplayName", "properties.Actor.ApplicationName",
        *_both("initiatedBy.app.displayName",),
    ),
    "http.request.method": ("properties.requestMethod", "RequestMethod"),
    "http.response.status_code": ("properties.responseStatusCode", "ResponseStatusCode"),
    "url.original": ("properties.requestUri", "RequestUri"),
    "rule.name": ("properties.conditionalAccessPolicies.0.displayName",
                  "appliedConditionalAccessPolicies.0.displayName"),
    "service.name": _both("resourceDisplayName", "servicePrincipalName"),
}  # fmt: skip
_MARKS = (
    '"SignInLogs"', 'UserSignInLogs"', 'PrincipalSignInLogs"', 'IdentitySignInLogs"',
    '"SigninLogs"', '"ADFSSignInLogs"', '"UserRiskEvents"', '"RiskyUsers"',
    '"MicrosoftGraphActivityLogs"', '"ProvisioningLogs"', '"RiskyServicePrincipals"',
    '"ServicePrincipalRiskEvents"', '"IntuneAccountId"', '"NetworkAccessTrafficLogs"',
    '"AADManagedIdentitySignInLogs"',
)  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    if not is_json(line):
        return False
    is_named = '"category"' in text or '"Type"' in text or '"Category"' in text
    if is_named and any(mark in text for mark in _MARKS):
        return True
    if is_named and '"AuditLogs"' in text:
        return '"initiatedBy"' in text or '"ActivityResultStatus"' in text
    if '"activityDisplayName"' in text:
        return '"loggedByService"' in text
    if '"userPrincipalName"' not in text:
        return '"riskEventType"' in text and '"riskState"' in text
    return '"riskEventType"' in text or ('"appDisplayName"' in text and '"status"' in text)


def _parse(line: Line) -> Fields:
    fields = json_fields(line, *_INNER)
    if not any(name in fields for name in _NEEDED):
        raise NotThisFormat("JSON, but not of Microsoft Entra.")
    return fields


_NEEDED = ("category", "Category", "Type", "activityDisplayName", "appDisplayName",
           "riskEventType", "userPrincipalName", "operationName", "OperationName")  # fmt: skip


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    start = (
        "properties.targetResources."
        if "category" in fields and _is_export(fields)
        else ("targetResources.")
    )
    for number in range(4):
        _add_target(fields, f"{start}{number}.", ecs)
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
    result = first(fields, ("properties.result", "result", "resultType", "ResultType",
                            "status.errorCode", "properties.status.errorCode"))  # fmt: skip
    if result:
        ecs["event.outcome"] = "success" if result.lower() in ("0", "success") else "failure"


def _is_export(fields: Mapping[str, str]) -> bool:
    return any(name.startswith(_P) for name in fields)


def _add_target(fields: Mapping[str, str], start: str, ecs: Ecs) -> None:
    """What was changed: a device is a host; a person is the user where nobody else is named."""
    kind = fields.get(f"{start}type") or fields.get(f"{start}Type", "")
    if kind == "Device":
        for name, native in (("host.id", "id"), ("host.name", "displayName")):
            if value := fields.get(start + native):
                ecs.setdefault(name, value)
    elif kind == "User" and (mail := fields.get(f"{start}userPrincipalName")):
        ecs.setdefault("user.email", mail)
        ecs.setdefault("user.target.email", mail)
        if identity := fields.get(f"{start}id"):
            ecs.setdefault("user.target.id", identity)
    elif kind == "Group" and (group := fields.get(f"{start}displayName")):
        ecs.setdefault("group.name", group)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """Identity Protection's own detections; sign-ins and audit are read by rules of their own."""
    if fields.get("category") not in ("UserRiskEvents", "ServicePrincipalRiskEvents") and not (
        "riskEventType" in fields and "detectedDateTime" in fields
    ):
        return None
    name = first(fields, ("properties.riskEventType", "riskEventType", "properties.riskType"))
    return Verdict(ThreatKind.UNUSUAL_LOGIN, name)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    state = first(fields, ("properties.riskState", "riskState"))
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    return Disposition.STOPPED if state == "remediated" else Disposition.SEEN


def _ocsf_class(fields: Mapping[str, str]) -> int:
    if "SignIn" in fields.get("category", "") or "appDisplayName" in fields:
        return 3002
    return 2004 if "riskEventType" in fields else 3001


FORMAT = Format(
    name="entra",
    title_ja="Microsoft Entra ID・Intune",
    title_en="Microsoft Entra ID and Intune",
    shape="entra",
    sniff=_sniff,
    marks=(
        *_MARKS,
        '"AuditLogs"',
        '"activityDisplayName"',
        '"riskEventType"',
        '"userPrincipalName"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=(
        "properties.deviceDetail.displayName",
        "deviceDetail.displayName",
        "properties.DeviceHostName",
    ),
    user=(
        "properties.userPrincipalName",
        "userPrincipalName",
        "UserPrincipalName",
        "properties.initiatedBy.user.userPrincipalName",
        "initiatedBy.user.userPrincipalName",
        "properties.UserName",
        "properties.Actor.UPN",
    ),
    stated_time=time_in(
        "activityDateTime",
        "detectedDateTime",
        "createdDateTime",
        "time",
        "TimeGenerated",
        "properties.activityDateTime",
        "properties.createdDateTime",
        utc=True,
    ),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=_ocsf_class,
    verdict=_verdict,
    vendor="Microsoft",
    product="Entra ID",
    seen_ja=(
        "Azure Monitorの書き出し（SignInLogs、AuditLogs、UserRiskEventsなど）",
        "Microsoft GraphのsignIns、directoryAudits、riskDetections",
        "IntuneのAuditLogsとOperationalLogs",
    ),
    lost_ja=("変更された値（modifiedProperties）は元の名前のままで、共通の名前は付きません。",),
)
