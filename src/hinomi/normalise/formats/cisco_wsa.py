"""Cisco Secure Web Appliance: squid's line, the decision and scan results behind it."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.access_lines import scan_squid
from hinomi.normalise.web_names import WEB_ALIASES, WEB_DECLARED, WEB_ECS, add_web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECISION = re.compile(
    r"\b(?P<decision>(?:DEFAULT_CASE|ALLOW|BLOCK|MONITOR|PASSTHRU|DECRYPT|DROP|NO_AUTHORIZATION|"
    r"SAAS_AUTH|REDIRECT|SAML_|CUSTOM|NO_PASSWORD|OTHER)[A-Z0-9_]*)-(?P<policies>[^<]{0,1000})<"
    r"(?P<results>.*)>"
)
_POLICIES = (
    "access_policy",
    "identity",
    "outbound_malware_policy",
    "data_policy",
    "external_dlp_policy",
    "routing_policy",
)
_SHA256 = re.compile(r'"([0-9a-f]{64})"')
_FILE = re.compile(r'"([^",]+\.\w{1,6})","[0-9a-f]{64}"')
_MARK = re.compile(r" (?:DEFAULT_CASE|[A-Z]{1,30}_[A-Z_]{1,40}\d{0,9})_?\d{0,9}-[\w\- ]{0,1000}<")


def _text(line: Line) -> str:
    text = line.text.strip()
    start = text.find("Info: ")
    return text[start + 6 :] if 0 <= start < 200 else text


def _sniff(line: Line) -> bool:
    if "<" not in line.text or "/" not in line.text[:400]:
        return False
    return scan_squid(_text(line)) is not None and bool(_MARK.search(line.text[:8_192]))


def _parse(line: Line) -> Fields:
    found = scan_squid(_text(line))
    decision = _DECISION.search(found[1]) if found else None
    if found is None or decision is None:
        raise NotThisFormat("No access line of a Cisco web appliance.")
    fields = found[0] | {"decision": decision["decision"]}
    names = decision["policies"].strip().split("-")
    fields |= {name: value for name, value in zip(_POLICIES, names, strict=False) if value}
    fields |= _results(decision["results"])
    return fields


def _results(text: str) -> Fields:
    """The columns inside <…>; those that everybody's version has in the same place are named."""
    try:
        row = next(iter(csv.reader([text.replace("\r", " ").replace("\n", " ")])), [])
    except csv.Error:
        row = []  # a value beyond csv's own limit; the rest of the line is read
    named = {
        0: "category",
        1: "reputation",
        2: "webroot_verdict",
        3: "webroot_name",
        8: "mcafee_verdict",
        9: "mcafee_file",
        12: "mcafee_name",
        13: "sophos_verdict",
        16: "sophos_name",
        19: "data_verdict",
    }
    fields = {
        named[place]: value
        for place, value in enumerate(row)
        if place in named and value not in ("", "-", "NONE")
    }
    if found := _SHA256.search(text):
        fields["sha256"] = found[1]
    if found := _FILE.search(text):
        fields["file"] = found[1]
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("time", ""), zone, receive)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    decision = fields.get("decision", "")
    if decision.startswith(("BLOCK", "DROP")) or fields.get("result", "").startswith("TCP_DENIED"):
        return Disposition.STOPPED
    if first(fields, ("webroot_name", "mcafee_name", "sophos_name")):
        return Disposition.LET_THROUGH if decision.startswith("ALLOW") else Disposition.SEEN
    return Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    decision = fields.get("decision", "")
    name = first(fields, ("webroot_name", "mcafee_name", "sophos_name"))
    if name or decision.startswith(("BLOCK_AMW", "BLOCK_AMP")):
        return Verdict(ThreatKind.MALWARE, name)
    if decision.startswith("BLOCK_WBRS"):
        return Verdict(ThreatKind.BAD_SITE, first(fields, ("cs-host", "category")))
    if decision.startswith("BLOCK_"):
        return Verdict(ThreatKind.POLICY, fields.get("category", ""))
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    ecs["network.transport"] = "udp" if fields.get("result", "").startswith("UDP") else "tcp"
    peer = fields.get("peer", "")
    if peer and not ecs_values.is_address(peer):
        ecs["destination.domain"] = peer
    elif peer:
        ecs_values.put(ecs, "destination.ip", peer)
    add_web(fields, ecs)


FORMAT = Format(
    name="cisco_wsa",
    title_ja="Cisco Secure Web Appliance (WSA)",
    title_en="Cisco Secure Web Appliance (WSA)",
    shape="cisco_wsa",
    sniff=_sniff,
    marks=("<",),
    parse=_parse,
    declared=(
        *WEB_DECLARED,
        "elapsed",
        "decision",
        *_POLICIES,
        "category",
        "reputation",
        "webroot_name",
        "mcafee_name",
        "sophos_name",
        "sha256",
        "file",
    ),
    ecs=WEB_ECS
    | {
        "event.action": ("result",),
        "rule.id": ("decision",),
        "rule.ruleset": ("identity",),
        "rule.name": ("access_policy",),
        "rule.category": ("category",),
        "file.hash.sha256": ("sha256",),
        "file.name": ("file",),
        "threat.indicator.name": ("webroot_name", "mcafee_name", "sophos_name"),
    },
    aliases=WEB_ALIASES,
    user=("cs-username",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4002,
    verdict=_verdict,
    vendor="Cisco",
    product="Secure Web Appliance",
    seen_ja=("AsyncOS 11〜15のアクセスログ（squidの形と、その後ろの判定）。",),
    lost_ja=("<…>の中は版により並びが変わるため、どの版でも同じ位置の項目だけに名前を付けます。",),
)
