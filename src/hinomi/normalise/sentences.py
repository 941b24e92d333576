"""What formats of plain text share: tables of sentences, and the names their parts get.

A text log has no field names of its own. All of ours use the same ones, so that one ECS table, the
rules' log-source map and intelligence read every one of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hinomi.normalise.format import Fields, Line

# Sentences are short. Beyond this a pattern could only waste time on a hostile line.
LONGEST = 2_048
V4 = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
IP = rf"(?:{V4}|[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}(?:{V4})?)"
MAC = r"(?:[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})"

_AGAIN = ("_2", "_3", "_4")

# ECS name: our names for the parts of a sentence.
TEXT_ECS: Mapping[str, tuple[str, ...]] = {
    "host.name": ("host",),
    "host.hostname": ("host",),
    "process.name": ("program",),
    "process.pid": ("pid",),
    "message": ("message",),
    "event.action": ("action",),
    "event.outcome": ("outcome",),
    "event.reason": ("reason",),
    "log.level": ("severity",),
    "source.ip": ("src_ip",),
    "source.port": ("src_port",),
    "source.mac": ("src_mac",),
    "source.domain": ("src_name",),
    "source.nat.ip": ("src_nat_ip",),
    "source.nat.port": ("src_nat_port",),
    "source.bytes": ("src_bytes",),
    "source.packets": ("src_packets",),
    "destination.ip": ("dst_ip",),
    "destination.port": ("dst_port",),
    "destination.mac": ("dst_mac",),
    "destination.domain": ("dst_name",),
    "destination.nat.ip": ("dst_nat_ip",),
    "destination.nat.port": ("dst_nat_port",),
    "destination.bytes": ("dst_bytes",),
    "destination.packets": ("dst_packets",),
    "network.transport": ("proto",),
    "network.protocol": ("app",),
    "network.direction": ("direction",),
    "network.bytes": ("bytes",),
    "network.packets": ("packets",),
    "observer.ingress.interface.name": ("src_if",),
    "observer.egress.interface.name": ("dst_if",),
    "user.name": ("user",),
    "user.domain": ("domain",),
    "group.name": ("group",),
    "process.command_line": ("command",),
    "rule.name": ("rule",),
    "rule.id": ("rule_id",),
    "url.original": ("url",),
    "file.name": ("file",),
    "file.path": ("path",),
    "file.size": ("size",),
    "dns.question.name": ("query",),
    "dns.question.type": ("record_type",),
    "dns.response_code": ("rcode",),
    "dns.resolved_ip": (),
    "event.duration": (),
}
# Sigma's names for a firewall's or server's records → ours.
TEXT_ALIASES: Mapping[str, str] = {
    "SourceIp": "src_ip", "SourcePort": "src_port", "DestinationIp": "dst_ip",
    "DestinationPort": "dst_port", "username": "user",
}  # fmt: skip


class Sentence(NamedTuple):
    """One sentence a program writes: what it tells, how it ended ("" when it does not say)."""

    kind: str
    outcome: str
    pattern: re.Pattern[str]


def sentences(rows: Iterable[tuple[str, str, str]]) -> tuple[Sentence, ...]:
    """The table of (kind, outcome, pattern); the named groups of a pattern become fields."""
    return tuple(Sentence(kind, outcome, re.compile(text)) for kind, outcome, text in rows)


def read_sentence(table: tuple[Sentence, ...], text: str) -> Fields:
    """The parts of the first sentence that fits, with its `kind` and `outcome`; else nothing."""
    text = text[:LONGEST]
    for kind, outcome, pattern in table:
        if found := pattern.match(text):
            fields = {"kind": kind} if kind else {}
            if outcome:
                fields["outcome"] = outcome
            fields.update(parts_of(found))
            return fields
    return {}


class Part(NamedTuple):
    """A part that any of a program's sentences may have. `needle` stands in every text it fits, so
    that most patterns cost one look for a word; "" is always tried."""

    needle: str
    pattern: re.Pattern[str]


def parts(rows: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    """The table of (needle, pattern)."""
    return tuple(Part(needle, re.compile(text)) for needle, text in rows)


def parts_in(table: tuple[Part, ...], text: str, fields: Fields) -> None:
    """Add every part the text has; what is known already stays, so the order says which counts."""
    text = text[:LONGEST]
    for needle, pattern in table:
        if needle in text and (found := pattern.search(text)):
            for name, value in parts_of(found).items():
                fields.setdefault(name, value)


def parts_of(found: re.Match[str]) -> Fields:
    """The groups that matched something; `user_2` is another place where `user` may stand."""
    return {
        name[:-2] if name[-2:] in _AGAIN else name: value
        for name, value in found.groupdict().items()
        if value
    }


def fields_of_header(line: Line) -> Fields:
    """`host`, `program` and `pid`, as far as the line has them."""
    header = line.header
    parts = (("host", header.host), ("program", header.program), ("pid", header.pid))
    return {name: value for name, value in parts if value}
