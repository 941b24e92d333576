"""Google Workspace: the Reports API's activities and the Alert Center's alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import is_json, json_fields, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_PARAMETERS = "events.0.parameters."
_DECLARED = (
    "id.time", "id.applicationName", "id.uniqueQualifier", "id.customerId", "actor.email",
    "actor.profileId", "ipAddress", "ownerDomain", "events.0.type", "events.0.name",
    "events.0.parameters.USER_EMAIL", "events.0.parameters.login_type",
    "events.0.parameters.is_suspicious", "events.0.parameters.doc_title",
    "events.0.parameters.visibility", "events.0.parameters.email_forwarding_destination_address",
    "alertId", "type", "source", "createTime", "securityInvestigationToolLink",
    "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip


def _told(*names: str) -> tuple[str, ...]:
    return tuple(_PARAMETERS + name for name in names)


_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("events.0.name",),
    "event.category": (),
    "event.code": ("events.0.type",),
    "event.id": ("id.uniqueQualifier", "alertId"),
    "event.provider": ("id.applicationName", "source"),
    "event.reason": ("type",),
    "log.level": ("metadata.severity",),
    "organization.id": ("id.customerId", "customerId"),
    "source.ip": ("ipAddress", "data.loginDetails.ipAddress", *_told("ip_address")),
    "source.user.email": ("actor.email",),
    "user.email": ("actor.email", "data.email"),
    "user.id": ("actor.profileId",),
    "user.name": ("actor.email", "data.email"),
    "user.target.email": _told("USER_EMAIL", "target_user", "target", "affected_email_address"),
    "user.domain": ("ownerDomain",),
    "group.name": _told("GROUP_EMAIL", "group_email"),
    "file.name": _told("doc_title", "attachment_name"),
    "file.owner": _told("owner"),
    "file.type": _told("doc_type"),
    "email.from.address": _told("message_info.source.address", "sender"),
    "email.to.address": _told("message_info.destination", "receiver"),
    "email.subject": _told("message_info.subject", "subject"),
    "network.application": _told("app_name", "APPLICATION_NAME"),
    "host.id": _told("DEVICE_ID", "device_id"),
    "host.name": _told("DEVICE_MODEL"),
    "host.os.full": _told("OS_VERSION"),
    "url.original": _told("URL", "url"),
    "rule.name": _told("rule_name", "RULE_NAME"),
    "rule.id": _told("rule_id",),
}  # fmt: skip


def _sniff(line: Line) -> bool:
    text = line.text
    return is_json(line) and (
        '"admin#reports#activity"' in text
        or ('"applicationName"' in text and '"events"' in text and '"actor"' in text)
        or ('"alertId"' in text and '"customerId"' in text and '"createTime"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = json_fields(line)
    if not any(name in fields for name in ("id.applicationName", "events.0.name", "alertId")):
        raise NotThisFormat("JSON, but not of Google Workspace.")
    return fields


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    name, at, domain = str(ecs.get("user.name", "")).partition("@")
    if at:
        ecs |= {"user.name": name, "user.domain": domain}
    action = fields.get("events.0.name", "")
    if fields.get("id.applicationName") == "login":
        ecs["event.outcome"] = "failure" if "failure" in action else "success"
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """Alerts of the Alert Center; activities are read by rules of their own."""
    if "alertId" not in fields:
        return None
    told = fields.get("type", "")
    low = told.lower()
    if "login" in low or "leaked password" in low or "suspended" in low:
        return Verdict(ThreatKind.UNUSUAL_LOGIN, told)
    if "dlp" in low or "takeout" in low:
        return Verdict(ThreatKind.DATA_LEAVING, told)
    if "malware" in low:
        return Verdict(ThreatKind.MAIL_MALWARE, told)
    return Verdict(kind_of(ThreatKind.SUSPICIOUS, told), told)


FORMAT = Format(
    name="google_workspace",
    title_ja="Google Workspace",
    title_en="Google Workspace",
    shape="google_workspace",
    sniff=_sniff,
    marks=('"admin#reports#activity"', '"applicationName"', '"alertId"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=(),
    user=("actor.email", "data.email"),
    stated_time=time_in("id.time", "startTime", "createTime", utc=True),
    disposition=lambda fields: Disposition.SEEN if "alertId" in fields else Disposition.UNKNOWN,
    derive=_derive,
    ocsf_class=lambda fields: 3002 if fields.get("id.applicationName") == "login" else 6003,
    verdict=_verdict,
    vendor="Google",
    product="Workspace",
    seen_ja=("Reports APIのactivities（説明書から）", "Alert Center APIのalerts（説明書から）"),
    lost_ja=("一つの記録に二つ以上の出来事があると、共通の名前が付くのは最初の一つだけです。",),
    is_from_manual=True,
)
