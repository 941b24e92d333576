"""Symantec (Blue Coat) proxies: Cloud SWG's JSON and Edge SWG's access log as key=value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict, first
from hinomi.normalise.judging import kind_of
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.notations import is_json, json_fields
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_DECLARED = (
    "date", "time", "c-ip", "cs-username", "cs-userdn", "cs-host", "cs-method", "cs-uri-scheme",
    "cs-uri-port", "cs-uri-path", "cs-uri-query", "cs(User-Agent)", "cs-bytes", "sc-bytes",
    "sc-status", "s-action", "s-ip", "r-ip", "sc-filter-result", "cs-categories", "x-virus-id",
    "application-name", "cs-threat-risk", "x-exception-id", "s-computername", "verdict.kind",
    "verdict.name", "verdict.disposition",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "event.action": ("s-action",),
    "event.reason": ("x-exception-reason", "x-exception-id", "x-exception-last-error"),
    "event.outcome": ("sc-filter-result",),
    "client.ip": ("c-ip",),
    "client.bytes": ("cs-bytes",),
    "client.user.name": ("cs-userdn", "cs-username", "cs-user"),
    "server.ip": ("s-ip",),
    "server.bytes": ("sc-bytes",),
    "destination.ip": ("r-ip",),
    "destination.port": ("cs-uri-port",),
    "source.ip": ("c-ip",),
    "user.name": ("cs-username", "cs-userdn"),
    "dns.question.name": ("x-dns-cs-dns",),
    "network.application": ("application-name", "x-bluecoat-application-name"),
    "http.request.method": ("cs-method",),
    "http.response.status_code": ("sc-status",),
    "http.request.referrer": ("cs(Referer)", "cs(referer)", "cs-Referer"),
    "http.response.mime_type": ("rs(Content-Type)", "rs(content-type)", "rs-Content-Type"),
    "user_agent.original": ("cs(User-Agent)", "cs-User-Agent", "cs(user-agent)"),
    "url.domain": ("cs-host",),
    "url.path": ("cs-uri-path", "c-uri-pathquery"),
    "url.query": ("cs-uri-query",),
    "url.scheme": ("cs-uri-scheme",),
    "url.port": ("cs-uri-port",),
    "url.original": ("c-url", "c-uri", "cs-uri"),
    "rule.category": ("cs-categories", "filter-category", "cs-category"),
    "observer.name": ("s-computername", "appliance"),
    "threat.indicator.name": ("x-virus-id",),
}  # fmt: skip
_START = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\s?([\w.\-]+) bluecoat\b")
_BAD = re.compile(r"malicious|malware|phish|botnet|suspicious|spam|scam|proxy avoidance", re.I)


def _sniff(line: Line) -> bool:
    text = line.text
    if is_json(line):
        return '"s-action"' in text and ('"cs-host"' in text or '"c-ip"' in text)
    return " s-action=" in text and (" c-ip=" in text or "c-ip=" in text) and "cs-host=" in text


def _parse(line: Line) -> Fields:
    if line.header.body.lstrip()[:1] == "{":
        fields = json_fields(line)
    else:
        # The appliance writes its name right behind the time, sometimes without a blank.
        found = _START.search(line.text[:200])
        start = line.text.find("c-ip=") if not found else found.end()
        text = line.text[start:].lstrip(" -")
        fields = scan_pairs(text[text.find("c-ip=") :] if "c-ip=" in text else text)
        if found:
            fields |= {"log-time": found[1], "appliance": found[2]}
    fields = {name: value for name, value in fields.items() if value not in ("", "-")}
    if "s-action" not in fields:
        raise NotThisFormat("No s-action: not of a Blue Coat proxy.")
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """W3C logs are in UTC; the name of the day stands apart from the time."""
    date, time = fields.get("date", ""), fields.get("time", "")
    if date and time and (stated := from_text(f"{date}T{time}Z", zone, receive)):
        return stated
    for name in ("gmttime", "x-timestamp-unix-utc", "x-timestamp-unix", "timestamp", "log-time"):
        if (text := fields.get(name, "")) and (found := from_text(text, zone, receive)):
            return found
    return None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if url := ecs.get("url.original"):
        ecs_values.add_url(ecs, str(url))


def _disposition(fields: Mapping[str, str]) -> Disposition:
    result = fields.get("sc-filter-result", "").upper()
    return {
        "DENIED": Disposition.STOPPED, "OBSERVED": Disposition.LET_THROUGH,
        "PROXIED": Disposition.LET_THROUGH, "ALLOWED": Disposition.LET_THROUGH,
    }.get(result, Disposition.UNKNOWN)  # fmt: skip


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """A virus, or a site of a dangerous category; a page of work is no verdict."""
    if virus := fields.get("x-virus-id"):
        return Verdict(ThreatKind.MALWARE, virus)
    category = first(fields, ("cs-categories", "x-exception-category", "filter-category"))
    if _BAD.search(category):
        return Verdict(
            kind_of(ThreatKind.BAD_SITE, "phish" if "hish" in category else ""), category
        )
    return None


FORMAT = Format(
    name="bluecoat",
    title_ja="Symantec（Blue Coat）プロキシ",
    title_en="Symantec (Blue Coat) Secure Web Gateway",
    shape="bluecoat",
    sniff=_sniff,
    marks=('"s-action"', " s-action="),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "c-useragent": "cs(User-Agent)",
        "c-uri": "c-url",
        "cs-user-agent": "cs(User-Agent)",
        "r-dns": "cs-host",
        "src_ip": "c-ip",
        "dst_ip": "r-ip",
    },
    device=("s-computername", "appliance"),
    user=("cs-username", "cs-userdn"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4002,
    verdict=_verdict,
    vendor="Broadcom",
    product="Secure Web Gateway",
    seen_ja=("Cloud SWGのJSON", "Edge SWG（ProxySG）のアクセスログ（名前=値）"),
    lost_ja=("列の見出しがないELFFの行は読めません。",),
)
