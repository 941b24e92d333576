"""dnsmasq: its DNS queries and answers (log-queries), its DHCP, and Pi-hole's additions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.sentences import (
    IP,
    MAC,
    TEXT_ECS,
    fields_of_header,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_EXTRA = r"(?:(?P<serial>\d+) (?P<client>\S+?)/(?P<client_port>\d+) )?"
_SENTENCES = sentences(
    (
        (
            "query",
            "",
            rf"{_EXTRA}query\[(?P<record_type>[^\]]+)\] (?P<query>\S+) from (?P<src_ip>{IP})$",
        ),
        (
            "forwarded",
            "",
            rf"{_EXTRA}forwarded (?P<query>\S+) to (?P<dst_ip>{IP})(?:#(?P<dst_port>\d+))?$",
        ),
        (
            "answer",
            "",
            (
                rf"{_EXTRA}(?P<origin>reply|cached|/\S+|config|DHCP|validation|dnssec-\w+(?:\[\w+\])?|"
                r"gravity blocked|exactly blacklisted|regex blacklisted|exactly denied|"
                r"regex denied|special domain|Rate-limiting|cached-stale) "
                r"(?P<query>\S+) is (?P<answer>.+)$"
            ),
        ),
        ("rebind", "failure", r"possible DNS-rebind attack detected: (?P<query>\S+)"),
        (
            "dhcp",
            "",
            (
                rf"(?:(?P<serial>\d+) )?(?P<action>DHCP\w+)\((?P<src_if>[^)]+)\) "
                rf"(?:(?P<src_ip>{IP}) )?(?P<src_mac>{MAC})?(?: (?P<src_name>\S.*))?$"
            ),
        ),
        (
            "dhcp_detail",
            "",
            (
                r"(?:(?P<serial>\d+) )?(?P<detail>available DHCP range|vendor class|user class|"
                r"requested options|tags|next server|sent size|client provides name)"
                r":? ?(?P<text>.*)$"
            ),
        ),
        ("server", "", rf"using nameserver (?P<dst_ip>{IP})#(?P<dst_port>\d+)"),
        ("start", "", r"started, version (?P<version>\S+)"),
    )
)
_DECLARED = (
    "host", "program", "pid", "message", "kind", "query", "record_type", "answer", "origin",
    "src_ip", "dst_ip", "dst_port", "client", "client_port", "serial", "action", "src_if",
    "src_mac", "src_name", "outcome", "text",
)  # fmt: skip
_BLOCKED = ("gravity", "exactly", "regex")


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program in ("dnsmasq", "dnsmasq-dhcp", "dnsmasq-tftp", "pihole-FTL")
    body = line.header.body
    return body.startswith("query[") and " from " in body


def _parse(line: Line) -> Fields:
    if not _sniff(line):
        raise NotThisFormat("No line of dnsmasq's.")
    body = line.header.body.strip()
    fields = fields_of_header(line) | {"message": body} | read_sentence(_SENTENCES, body)
    if client := fields.get("client"):
        fields.setdefault("src_ip", client)
    return fields


def _is_blocked(fields: Mapping[str, str]) -> bool:
    return fields.get("origin", "").startswith(_BLOCKED)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    if _is_blocked(fields) or fields.get("kind") == "rebind":
        return Disposition.STOPPED
    return Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    """Pi-hole's lists hold advertising as well as danger, so what they stop is policy."""
    if fields.get("kind") == "rebind":
        return Verdict(ThreatKind.SUSPICIOUS, fields.get("query", ""))
    return Verdict(ThreatKind.POLICY, fields.get("query", "")) if _is_blocked(fields) else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    answer = fields.get("answer", "")
    if ecs_values.is_address(answer):
        ecs["dns.resolved_ip"] = [answer]
    if answer in ("NXDOMAIN", "NODATA", "NODATA-IPv4", "NODATA-IPv6"):
        ecs["dns.response_code"] = "NXDOMAIN" if answer == "NXDOMAIN" else "NOERROR"
    if answer:
        ecs["dns.answers.data"] = answer


FORMAT = Format(
    name="dnsmasq",
    title_ja="dnsmasq (DNS・DHCP)、Pi-hole",
    title_en="dnsmasq and Pi-hole",
    shape="dnsmasq",
    sniff=_sniff,
    marks=("dnsmasq", "pihole-FTL", "query["),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "event.action": ("action", "kind")},
    device=("host",),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4004 if fields.get("kind") == "dhcp" else 4003,
    verdict=_verdict,
    vendor="dnsmasq",
    product="dnsmasq",
    seen_ja=("dnsmasq 2.7x〜2.9xのlog-queries（extraを含む）、log-dhcp、Pi-hole 5・6のFTL。",),
    lost_ja=("問いと答えは別の行です。log-queries=extraなら通し番号で結び付きます。",),
)
