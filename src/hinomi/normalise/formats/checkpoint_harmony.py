"""Check Point Harmony: Email & Collaboration (security events with the mail they are about) and
Mobile (alerts of phones), both as JSON.

The two halves of a mail event come as `security.…` (what was decided) and `mail.…` (the message).
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.notations import is_json
from hinomi.normalise.rows import natives, outcomes
from hinomi.normalise.scanners.tree import flatten, load_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_SAID = "security.entity_payload."
_MAIL = "mail.entity_payload."
_DECLARED = (
    "time", f"{_SAID}category", f"{_SAID}current_state", f"{_SAID}confidence_indicator",
    f"{_SAID}severity", f"{_SAID}description_text", f"{_SAID}saas", f"{_SAID}remediation_actor",
    f"{_SAID}policy_rule_id", f"{_MAIL}from_email", f"{_MAIL}recipients", f"{_MAIL}subject",
    f"{_MAIL}internet_message_id", f"{_MAIL}sender_client_ip", f"{_MAIL}email_links",
    "security.security_event_action.0.action_type", "attack_vector", "details", "device_id",
    "device_model", "email", "event", "event_timestamp", "name", "severity", "threat_factors",
)  # fmt: skip
_ECS = natives({
    "event.action": "security.security_event_action.0.action_type action_type",
    "event.reason": f"{_SAID}description_text details description",
    "event.id": "security._id id",
    "log.level": "severity",
    "observer.name": "security.entity_info.entity_reporter mail.entity_info.entity_reporter",
    "rule.id": f"{_SAID}policy_rule_id {_SAID}event_trigger.id",
    "rule.category": f"{_SAID}category attack_vector",
    "source.ip": f"{_MAIL}sender_client_ip {_MAIL}sender_server_ip",
    "source.domain": f"{_MAIL}from_domain",
    "email.from.address": f"{_MAIL}from_email {_SAID}event_metadata.sender_address",
    "email.to.address": f"{_MAIL}recipients {_MAIL}to {_MAIL}orig_recipient",
    "email.cc.address": f"{_MAIL}cc",
    "email.subject": f"{_MAIL}subject",
    "email.message_id": f"{_MAIL}internet_message_id",
    "email.attachments.file.name": f"{_MAIL}attachments.0.name",
    "url.original": f"{_MAIL}email_links",
    "url.domain": f"{_MAIL}email_links_domains",
    "user.email": "security.saas_info.saas_actor_payload.email",
    "user.full_name": "security.saas_info.saas_actor_payload.full_name",
    "service.name": f"{_SAID}saas",
    "organization.name": "security.entity_info.customer_domain",
    "threat.indicator.name": "threat_factors",
    "host.id": "device_id mdm_uuid",
    "device.model.name": "device_model",
    "host.name": "name",
    "file.name": f"{_MAIL}name",
})  # fmt: skip
_OUTCOMES = outcomes({
    Disposition.STOPPED: "remediated quarantined blocked prevented",
    Disposition.SEEN: "detected new pending info",
    Disposition.LET_THROUGH: "dismissed allowed restored",
})  # fmt: skip
_KINDS = {
    "phishing": ThreatKind.PHISHING,
    "suspicious_phishing": ThreatKind.PHISHING,
    "user_reported_phishing": ThreatKind.PHISHING,
    "malware": ThreatKind.MAIL_MALWARE,
    "suspicious_malware": ThreatKind.MAIL_MALWARE,
    "malicious_url": ThreatKind.PHISHING,
    "malicious_url_click": ThreatKind.BAD_SITE,
    "dlp": ThreatKind.DATA_LEAVING,
    "shadow_it": ThreatKind.POLICY,
    "spam": ThreatKind.POLICY,
    "anomaly": ThreatKind.UNUSUAL_LOGIN,
}
_VECTORS = {
    "networksecurity": ThreatKind.BAD_SITE,
    "network": ThreatKind.BAD_SITE,
    "application": ThreatKind.MALWARE,
    "applications": ThreatKind.MALWARE,
    "device": ThreatKind.FAULT,
    "os": ThreatKind.FAULT,
}


def _sniff(line: Line) -> bool:
    text = line.text
    return is_json(line) and (
        ('"security_event"' in text and '"entity_info"' in text)
        or ('"attack_vector"' in text and '"threat_factors"' in text)
    )


def _parse(line: Line) -> Fields:
    tree = load_object(line.header.body.strip())
    inner = tree.get("event")
    if not isinstance(inner, dict):
        inner = tree
    said, mail = inner.get("security_event"), inner.get("entity")
    if not isinstance(said, dict):
        if "attack_vector" not in tree:
            raise NotThisFormat("Neither a security event nor a phone's alert.")
        return flatten(tree)
    return flatten({"security": said, "mail": mail if isinstance(mail, dict) else {}})


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """All of Harmony's times are UTC, whether or not they say so."""
    names = ("security.time", "security.entity_info.entity_created", "event_timestamp")
    found = (from_text(fields.get(name, ""), UTC, receive) for name in names)
    return next((Stated(one.at) for one in found if one), None)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    state = fields.get(f"{_SAID}current_state") or fields.get("event", "")
    return _OUTCOMES.get(state.lower(), Disposition.UNKNOWN)


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if "attack_vector" in fields:
        kind = _VECTORS.get(fields["attack_vector"].lower())
        if "phishing" in fields.get("threat_factors", "").lower():
            kind = ThreatKind.PHISHING
        return Verdict(kind, first(fields, ("details", "threat_factors"))) if kind else None
    kind = _KINDS.get(fields.get(f"{_SAID}category", "").lower())
    return Verdict(kind, fields.get(f"{_SAID}category", "")) if kind else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    for name in ("url.original", "url.domain"):
        if name in ecs:
            ecs[name] = ecs_values.as_list(str(ecs[name]))[0]
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


FORMAT = Format(
    name="checkpoint_harmony",
    title_ja="Check Point Harmony",
    title_en="Check Point Harmony (Email, Mobile)",
    shape="checkpoint_harmony",
    sniff=_sniff,
    marks=('"security_event"', '"attack_vector"'),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    device=("name", "security.entity_info.customer_domain"),
    user=("security.saas_info.saas_actor_payload.email", "email"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 2004,
    verdict=_verdict,
    vendor="Check Point",
    product="Harmony",
    seen_ja=(
        "Harmony Email & Collaboration（旧Avanan）のセキュリティイベント。Harmony MobileのJSON。",
    ),
    lost_ja=("メールの本文は読みません。リンクは最初の1つだけを見出しにします。",),
)
