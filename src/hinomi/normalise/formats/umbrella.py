"""Cisco Umbrella's exported CSV: DNS, proxy, IP and cloud firewall logs, by place."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.notations import time_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_DNS = ("timestamp", "identity", "identities", "internal_ip", "external_ip", "action",
        "query_type", "response_code", "domain", "categories", "identity_type",
        "identity_types", "blocked_categories", "rule_id", "country",
        "organization_id")  # fmt: skip
_PROXY = ("timestamp", "identity", "internal_ip", "external_ip", "destination_ip", "content_type",
          "action", "url", "referer", "user_agent", "status_code", "request_size",
          "response_size", "response_body_size", "sha256", "categories", "av_detections", "puas",
          "amp_disposition", "amp_malware_name", "amp_score", "identity_type",
          "blocked_categories", "identities", "identity_types", "request_method", "dlp_status",
          "certificate_errors", "file_name", "ruleset_id", "rule_id", "destination_list_ids",
          "isolate_action", "file_action", "warn_status", "forwarding_method", "producer",
          "test_", "msp_", "policy_", "host", "data_centre", "is_decrypted", "server_name",
          "egress_ip", "is_isolated", "x", "y", "organization_id")  # fmt: skip
_IP = ("timestamp", "identity", "source_ip", "source_port", "destination_ip", "destination_port",
       "categories", "identity_types")  # fmt: skip
_FIREWALL = ("timestamp", "origin_id", "identity", "identity_types", "direction", "protocol",
             "packet_size", "source_ip", "source_port", "destination_ip", "destination_port",
             "data_centre", "rule_id", "action")  # fmt: skip
_DECLARED = (
    "log", "timestamp", "identity", "identities", "internal_ip", "external_ip", "action",
    "query_type", "response_code", "domain", "categories", "blocked_categories",
    "destination_ip", "destination_port", "source_ip", "source_port", "url", "referer",
    "user_agent", "status_code", "sha256", "amp_malware_name", "request_method", "file_name",
    "rule_id", "host", "verdict.kind", "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("action",),
    "dns.question.name": ("domain",),
    "dns.response_code": ("response_code",),
    "source.ip": ("internal_ip", "source_ip"),
    "source.nat.ip": ("external_ip",),
    "source.port": ("source_port",),
    "source.bytes": ("request_size",),
    "destination.ip": ("destination_ip",),
    "destination.port": ("destination_port",),
    "destination.bytes": ("response_size",),
    "network.direction": ("direction",),
    "user.name": ("identity",),
    "host.name": ("host",),
    "url.original": ("url",),
    "http.request.method": ("request_method",),
    "http.request.referrer": ("referer",),
    "http.response.status_code": ("status_code",),
    "http.response.mime_type": ("content_type",),
    "user_agent.original": ("user_agent",),
    "file.name": ("file_name",),
    "file.hash.sha256": ("sha256",),
    "rule.id": ("rule_id",),
    "rule.category": ("categories",),
    "threat.indicator.name": ("amp_malware_name", "av_detections"),
    "organization.id": ("organization_id",),
}  # fmt: skip
_START = re.compile(r'\s*"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,"')
_QUERY = re.compile(r"\d+ \([A-Za-z0-9]+\)\Z")
_KINDS = (
    ("Command and Control", ThreatKind.CALLBACK), ("DNS Tunneling", ThreatKind.CALLBACK),
    ("Phishing", ThreatKind.PHISHING), ("Malware", ThreatKind.BAD_SITE),
    ("Cryptomining", ThreatKind.UNWANTED), ("Newly Seen", ThreatKind.BAD_SITE),
    ("Potentially Harmful", ThreatKind.BAD_SITE), ("Dynamic DNS", ThreatKind.POLICY),
)  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    return bool(_START.match(body)) and body.count('","') > 5


def _parse(line: Line) -> Fields:
    try:
        row = next(csv.reader([line.header.body.strip().replace("\n", " ")]), [])
    except csv.Error as error:
        raise NotThisFormat(f"Broken CSV: {error}") from error
    log, names = _names(row)
    fields = {name: cell for name, cell in zip(names, row, strict=False) if cell}
    rest = {f"column_{number}": cell for number, cell in enumerate(row, 1)
            if cell and number > len(names)}  # fmt: skip
    return {"log": log, **fields, **rest}


def _names(row: list[str]) -> tuple[str, tuple[str, ...]]:
    """The four logs are told apart by what stands where, not by how many columns there are."""
    if len(row) > 8 and _QUERY.match(row[6]):
        return "dns", _DNS
    if len(row) > 10 and ("://" in row[7] or row[6].upper() in ("ALLOWED", "BLOCKED")):
        return "proxy", _PROXY
    if len(row) > 12 and ecs_values.is_address(row[7]):
        return "firewall", _FIREWALL
    if len(row) > 5 and ecs_values.is_address(row[2]) and ecs_values.is_address(row[4]):
        return "ip", _IP
    raise NotThisFormat("CSV, but no log of Umbrella.")


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    log = fields.get("log", "")
    if domain := fields.get("domain"):
        ecs["dns.question.name"] = domain.rstrip(".")
    if kind := fields.get("query_type"):
        ecs["dns.question.type"] = kind.partition("(")[2].rstrip(")")
    who = fields.get("identity", "")
    if log in ("ip", "firewall"):
        ecs.pop("user.name", None)
    host = {"ip": who, "proxy": fields.get("host", ""), "firewall": who}.get(log, "")
    if host:
        ecs |= {"host.name": host, "host.hostname": host}
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))
        if domain := str(ecs.get("url.domain", "")):
            ecs.setdefault("destination.domain", domain)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if _verdict(fields) is None:
        return Disposition.UNKNOWN
    action = fields.get("action", "").lower()
    if action.startswith("block"):
        return Disposition.STOPPED
    allowed = action.startswith(("allow", "proxied"))
    return Disposition.LET_THROUGH if allowed else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """A dangerous category, or a file that its scanner knows; a blocked game is a house rule."""
    if malware := first(fields, ("amp_malware_name", "av_detections")):
        return Verdict(kind_of(ThreatKind.MALWARE, malware), malware)
    told = first(fields, ("blocked_categories", "categories"))
    for word, kind in _KINDS:
        if word in told:
            return Verdict(kind, fields.get("domain") or fields.get("url", ""))
    is_blocked = fields.get("action", "").lower().startswith("block")
    return Verdict(ThreatKind.POLICY, told) if is_blocked and told else None


FORMAT = Format(
    name="umbrella",
    title_ja="Cisco Umbrella",
    title_en="Cisco Umbrella",
    shape="umbrella",
    sniff=_sniff,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "query": "domain",
        "c-uri": "url",
        "c-useragent": "user_agent",
        "r-dns": "domain",
        "sc-status": "status_code",
        "cs-method": "request_method",
        "src_ip": "internal_ip",
        "dst_ip": "destination_ip",
        "dst_port": "destination_port",
        "answer": "response_code",
    },
    device=("host", "identity"),
    user=("identity",),
    stated_time=time_in("timestamp", utc=True),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: {"dns": 4003, "proxy": 4002}.get(fields.get("log", ""), 4001),
    verdict=_verdict,
    vendor="Cisco",
    product="Umbrella",
    seen_ja=("S3に書き出されるCSVのDNS、プロキシ、IP、ファイアウォールの記録",),
    lost_ja=("列の並びは版で増えます。知らない列はcolumn_Nとして残します。",),
)
