"""pfSense and OPNsense: filterlog's columns, and what their web interfaces and sshguard say.

Columns: Netgate's "Raw Filter Log Format" and OPNsense's description of filterlog.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.sentences import (
    IP,
    TEXT_ALIASES,
    TEXT_ECS,
    fields_of_header,
    read_sentence,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Fields, Line

_COMMON = ("rule_number", "sub_rule", "anchor", "tracker", "interface", "log_reason", "verb",
           "direction", "ip_version")  # fmt: skip
_V4 = ("tos", "ecn", "ttl", "id", "offset", "flags", "proto_number", "proto", "length", "src_ip",
       "dst_ip")  # fmt: skip
_V6 = ("class", "flow_label", "hop_limit", "proto", "proto_number", "length", "src_ip", "dst_ip")
_TCP = ("src_port", "dst_port", "data_length", "tcp_flags", "sequence", "acknowledged", "window",
        "urgent", "options")  # fmt: skip
_UDP = _TCP[:3]
_ENDS = {"tcp": _TCP, "udp": _UDP, "icmp": ("icmp_type",), "carp": ("carp_type", "carp_ttl")}
_SENTENCES = sentences(
    (
        (
            "web_login",
            "failure",
            (
                r".*?(?:webConfigurator authentication error|Web GUI authentication error|"
                rf"authentication error) for (?:user )?'(?P<user>[^']*)' from:? (?P<src_ip>{IP})"
            ),
        ),
        (
            "web_login",
            "success",
            (
                r".*?[Ss]uccessful login for (?:user )?'(?P<user>[^']*)' from:? "
                rf"(?P<src_ip>{IP})"
            ),
        ),
        (
            "web_logout",
            "",
            rf".*?[Uu]ser logged out for user '(?P<user>[^']*)' from:? (?P<src_ip>{IP})",
        ),
        ("blocked", "", rf'Blocking "(?P<src_ip>{IP})(?:/\d+)?" for (?P<reason>.+)$'),
        (
            "config_changed",
            "",
            (
                rf".*?(?:Configuration Change|configuration change(?:d)?):? (?P<user>\S+?)@"
                rf"(?P<src_ip>{IP})(?: \([^)]*\))?:? ?(?P<reason>.*)$"
            ),
        ),
    )
)
_DECLARED = (
    "host", "program", "pid", "message", "kind", "rule_number", "sub_rule", "anchor", "tracker",
    "interface", "log_reason", "verb", "direction", "ip_version", "proto", "src_ip", "src_port",
    "dst_ip", "dst_port", "length", "tcp_flags", "user", "outcome", "reason",
)  # fmt: skip
_PROGRAMS = frozenset({"filterlog", "php-fpm", "php", "sshguard", "opnsense", "audit", "configd.py",
                       "lockout_handler"})  # fmt: skip
_KINDS = {"web_login": ThreatKind.LOGIN_FAILED, "blocked": ThreatKind.BRUTE_FORCE,
          "config_changed": ThreatKind.SETTING_CHANGED}  # fmt: skip


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program in _PROGRAMS and not line.header.body.startswith("type=")
    body = line.header.body
    return body.startswith("filterlog") or (body.count(",") > 17 and ",match," in body[:80])


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    fields = fields_of_header(line)
    if body.startswith("filterlog"):
        body, fields["program"] = body.partition(": ")[2] or body, "filterlog"
    if fields.get("program") == "filterlog" or ",match," in body[:80]:
        return fields | _columns(body) | {"message": body}
    if not _sniff(line):
        raise NotThisFormat("No line of pfSense or OPNsense.")
    return fields | {"message": body} | read_sentence(_SENTENCES, body)


def _columns(body: str) -> Fields:
    cells = body.split(",")
    if len(cells) < len(_COMMON):
        raise NotThisFormat("Too few columns for filterlog.")
    names = [*_COMMON, *(_V6 if cells[8] == "6" else _V4)]
    found = dict(zip(names, cells, strict=False))
    proto = found.get("proto", "").lower()
    names += _ENDS.get(proto, ())
    fields = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    if proto:
        fields["proto"] = proto
    return fields


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """A rule's block is traffic; sign-ins and sshguard's blocks are what the box judged."""
    if fields.get("kind") == "config_changed":
        return Disposition.SEEN
    is_refused = fields.get("outcome") == "failure" or fields.get("kind") == "blocked"
    return Disposition.STOPPED if is_refused else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    kind = fields.get("kind", "")
    if kind == "web_login" and fields.get("outcome") != "failure":
        return None
    return Verdict(_KINDS[kind], fields.get("reason", "")) if kind in _KINDS else None


FORMAT = Format(
    name="pfsense",
    title_ja="pfSense・OPNsense",
    title_en="pfSense and OPNsense",
    shape="pfsense",
    sniff=_sniff,
    marks=(*_PROGRAMS, ",match,"),
    parse=_parse,
    declared=_DECLARED,
    ecs={
        **TEXT_ECS,
        "event.action": ("verb", "kind"),
        "event.reason": ("reason", "log_reason"),
        "rule.id": ("tracker", "rule_number"),
        "rule.ruleset": ("anchor",),
        "observer.ingress.interface.name": ("interface",),
        "network.bytes": ("length",),
    },
    aliases={**TEXT_ALIASES, "action": "verb"},
    device=("host",),
    user=("user",),
    disposition=_disposition,
    ocsf_class=lambda fields: 4001 if "src_port" in fields or "proto" in fields else 0,
    verdict=_verdict,
    vendor="Netgate / Deciso",
    product="pfSense / OPNsense",
    seen_ja=(
        "公開マニュアルのfilterlog（IPv4・IPv6、TCP・UDP・ICMP・CARP）と管理画面のログイン。",
    ),
    lost_ja=(
        "ルールの名前は記録にありません（番号とtrackerだけ）。",
        "SuricataやOpenVPNの記録は、それぞれの形式として読みます。",
    ),
    is_from_manual=True,
)
