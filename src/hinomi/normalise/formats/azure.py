"""Azure's platform logs: activity, flow logs, Key Vault, gateways, firewall, databases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of, outcome_in
from hinomi.normalise.moment import Stated, from_epoch
from hinomi.normalise.notations import is_json, json_fields, time_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "time", "resourceId", "category", "operationName", "resultType", "resultSignature",
    "callerIpAddress", "level", "correlationId", "caller", "operationName.value", "status.value",
    "properties.clientIP", "properties.action", "properties.requestUri", "properties.ruleName",
    "properties.msg", "rule", "macAddress", "flow", "src_ip", "src_port", "dst_ip", "dst_port",
    "protocol", "action", "direction", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("properties.action", "properties.Action", "properties.action_name",
                     "operationName.value",
                     "operationName", "OperationNameValue"),
    "event.code": (),
    "event.id": ("eventDataId", "properties.eventDataId"),
    "event.outcome": (),
    "event.reason": ("properties.details.msg", "properties.details.message", "description",
                     "properties.message", "properties.description", "properties.msg",
                     "properties.Msg", "properties.Message",
                     "resultDescription"),
    "event.category": (),
    "log.level": ("level", "Level"),
    "cloud.account.id": ("subscriptionId", "SubscriptionId"),
    "cloud.region": ("location",),
    "organization.id": ("tenantId",),
    "source.ip": ("src_ip", "properties.clientIP", "properties.clientIp", "properties.ip",
                  "properties.SourceIp", "callerIpAddress", "properties.socketIP",
                  "httpRequest.clientIpAddress", "claims.ipaddr", "CallerIpAddress",
                  "properties.client_ip"),
    "source.port": ("src_port", "properties.clientPort", "properties.SourcePort"),
    "source.mac": ("macAddress",),
    "source.bytes": ("source_bytes", "properties.receivedBytes", "properties.requestBytes"),
    "source.packets": ("source_packets",),
    "destination.ip": ("dst_ip", "properties.DestinationIp", "properties.serverRouted_ip"),
    "destination.port": ("dst_port", "properties.DestinationPort"),
    "destination.domain": ("properties.Fqdn",),
    "destination.bytes": ("destination_bytes", "properties.sentBytes",
                          "properties.responseBytes"),
    "destination.packets": ("destination_packets",),
    "network.transport": ("protocol", "properties.Protocol"),
    "network.direction": ("direction",),
    "user.name": ("properties.user", "identity.claim.upn", f"identity.claim.{_SOAP}upn",
                  "properties.server_principal_name"),
    "user.id": ("identity.claim.oid",),
    "source.user.name": ("caller", "Caller", f"identity.claims.{_SOAP}name",
                         f"identity.claims.{_SOAP}upn", "identity.claims.name"),
    "http.response.mime_type": ("properties.contentType",),

    "user_agent.original": ("properties.userAgent", "properties.clientInfo",
                            "properties.userAgentHeader"),
    "host.name": ("LogicalServerName", "properties.hostname", "properties.HostName",
                  "properties.Computer",
        "properties.server_instance_name"),
    "process.name": ("properties.ident", "properties.ProcessName"),
    "process.pid": ("properties.processId", "properties.ProcessID"),
    "network.protocol": ("properties.ApplicationProtocol",),
    "host.hostname": ("LogicalServerName",),
    "http.request.method": ("properties.httpMethod", "properties.method",
                            "httpRequest.method"),
    "http.response.status_code": ("properties.httpStatus", "properties.httpStatusCode",
                                  "statusCode"),
    "http.version": ("properties.httpVersion",),
    "http.request.referrer": ("properties.referer", "properties.referrerHeader"),
    "url.original": ("properties.requestUri", "properties.originalRequestUriWithArgs", "uri"),
    "url.domain": ("properties.host", "properties.hostName", "properties.hostname"),
    "url.query": ("properties.requestQuery",),
    "dns.question.name": ("properties.QueryName",),
    "dns.question.type": ("properties.QueryType",),
    "rule.name": ("rule", "properties.ruleName", "properties.RuleName", "properties.Rule",
                  "properties.routingRuleName", "properties.ruleId"),
    "rule.id": ("properties.ruleId",),
    "rule.ruleset": ("properties.policy", "properties.ruleSetType", "properties.Policy",
                     "properties.RuleCollection"),
    "tls.version": ("properties.tlsVersion", "properties.securityProtocol",
                    "properties.sslProtocol"),
    "network.name": ("properties.vnet",),
}  # fmt: skip
_FLOW = ("flow_time", "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "direction",
         "action", "source_packets", "source_bytes", "destination_packets",
         "destination_bytes")  # fmt: skip
_CODES = {"T": "tcp", "U": "udp", "I": "inbound", "O": "outbound"}
_ACTS = {"A": "allow", "D": "deny"}
# Azure Firewall's older sentence: "TCP request from a:p to b:p. Action: Deny. …"
_SENTENCE = re.compile(
    r"(?P<protocol>\w+) (?:Type=\d+ )?request from (?P<src_ip>[0-9A-Fa-f.:]+?):(?P<src_port>\d+)"
    r" to (?P<dst_ip>[\w.:\-]+?)(?::(?P<dst_port>\d+))?\. (?:Url: \S+ )?Action: (?P<action>\w+)"
)
_FLOWS = ("NetworkSecurityGroupFlowEvents", "FlowLogFlowEvent", "NetworkSecurityGroupFlowEvent")


def _sniff(line: Line) -> bool:
    text = line.text
    if not is_json(line):
        return False
    return (
        ('"resourceId"' in text and ('"category"' in text or '"operationName"' in text))
        or ('"operationName"' in text and '"resourceGroupName"' in text)
        or ('"flowLogVersion"' in text and '"macAddress"' in text)
        or ('"LogicalServerName"' in text and '"category"' in text)
        or ('"ResourceId"' in text and '"OperationNameValue"' in text)
    )


def _parse(line: Line) -> Fields:
    fields = json_fields(line, "properties")
    if not any(name in fields for name in _NEEDED):
        raise NotThisFormat("JSON, but not of Azure.")
    return fields | _flow(fields) | _sentence(fields)


_NEEDED = ("operationName", "operationName.value", "category", "OperationNameValue",
           "flowLogVersion", "resourceId")  # fmt: skip


def _flow(fields: Mapping[str, str]) -> Fields:
    """The first tuple of a flow record; both versions, the newer one has an encryption column."""
    text = first(
        fields,
        ("flow", "flow.0", "properties.flows.0.flows.0.flowTuples",
         "flowRecords.flows.0.flowGroups.0.flowTuples"),
    )  # fmt: skip
    parts = ecs_values.as_list(text)[0].split(",") if text else []
    if len(parts) < 8:
        return {}
    is_old = "T" in parts[5:6] or "U" in parts[5:6]
    head, rest = (parts[:8], parts[9:]) if is_old else (parts[:7], parts[9:])
    names = _FLOW if is_old else tuple(name for name in _FLOW if name != "action")
    found = {
        name: _CODES.get(value, value)
        for name, value in zip(names, head + rest, strict=False)
        if value
    }
    act = parts[7] if is_old else {"D": "D"}.get(parts[7], "A")
    return {"flow": text, **found, "action": _ACTS.get(act, act)}


def _sentence(fields: Mapping[str, str]) -> Fields:
    found = _SENTENCE.match(fields.get("properties.msg", "")[:2000])
    return {name: value for name, value in found.groupdict().items() if value} if found else {}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """A virtual network's flow says its own time to the millisecond; else the record's."""
    if "flowLogVersion" in fields and (at := from_epoch(fields.get("flow_time", ""))):
        return Stated(at)
    return _TIME(fields, zone, receive)


_TIME = time_in("eventTimestamp", "time", "TimeGenerated", "timeStamp", utc=True)


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    operation = fields.get("operationName", "")
    if str(ecs.get("network.transport", "")).upper() in ("HTTPS", "HTTP", "SMB", "REST"):
        ecs["network.protocol"] = str(ecs.pop("network.transport"))
    if operation in _FLOWS:
        ecs["event.code"] = operation
        ecs["event.action"] = fields.get("action", operation)
    if url := ecs.get("url.original"):
        domain = ecs.pop("url.domain", None)
        ecs_values.add_url(ecs, str(url))
        if domain is not None:
            ecs.setdefault("url.domain", domain)
    else:
        ecs.pop("url.domain", None)
    result = first(fields, ("resultType", "status.value", "resultSignature", "ActivityStatus"))
    if result:
        is_good = result.lower().startswith(("succ", "accepted", "start", "ok", "0"))
        ecs["event.outcome"] = "success" if is_good else "failure"


def _is_wall(fields: Mapping[str, str]) -> bool:
    """A function that judges traffic: web application firewall, threat intelligence, IDPS."""
    category = fields.get("category", "")
    return (
        "WebApplicationFirewall" in category
        or ("FirewallLog" in category and ("properties.ruleId" in fields))
        or category in ("AZFWThreatIntel", "AZFWIdpsSignature")
    )


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if not _is_wall(fields):
        return Disposition.UNKNOWN
    found = outcome_in(fields, ("properties.action", "properties.Action", "action"))
    matched = fields.get("properties.action", "").lower() == "matched"
    return Disposition.SEEN if matched else found


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if not _is_wall(fields):
        return None
    name = first(fields, ("properties.details.msg", "properties.message", "properties.ruleName",
                          "properties.Description", "properties.ThreatDescription"))  # fmt: skip
    if fields.get("category") == "AZFWThreatIntel":
        return Verdict(ThreatKind.CALLBACK, name)
    return Verdict(kind_of(ThreatKind.EXPLOIT, name), name)


FORMAT = Format(
    name="azure",
    title_ja="Azure（操作・通信・ゲートウェイなど）",
    title_en="Azure platform logs",
    shape="azure",
    sniff=_sniff,
    marks=(
        '"resourceId"',
        '"operationName"',
        '"flowLogVersion"',
        '"LogicalServerName"',
        '"ResourceId"',
    ),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "c-uri": "properties.requestUri",
        "cs-method": "properties.httpMethod",
        "sc-status": "properties.httpStatus",
        "c-useragent": "properties.userAgent",
    },
    device=("LogicalServerName", "properties.hostname"),
    user=("caller", "Caller", "identity.claim.upn", "properties.user"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: (
        4001 if "flow" in fields else (4002 if "properties.requestUri" in fields else 6003)
    ),
    verdict=_verdict,
    vendor="Microsoft",
    product="Azure",
    seen_ja=(
        "アクティビティログ、Key Vault、MySQL",
        "Application Gateway、Front Door、Azure Firewall",
        "NSGと仮想ネットワークのフローログ（版2と版4）",
    ),
    lost_ja=("1件に複数の通信が入ったフローログは、最初の一つだけに共通の名前が付きます。",),
)
