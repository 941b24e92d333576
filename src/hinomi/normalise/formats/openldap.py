"""OpenLDAP's slapd (loglevel stats): `conn=1 op=2 BIND dn="…"`, one line per step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.scanners.pairs import scan_pairs
from hinomi.normalise.sentences import IP, TEXT_ECS, fields_of_header, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_STEP = re.compile(
    r"(?:\w+ )?conn=(?P<conn>-?\d+)(?: op=(?P<op>\d+))?(?: fd=(?P<fd>\d+))? "
    r"(?P<action>[A-Z][A-Za-z ]*?|closed)(?=$| \w+=| \"| from| \(|,)"
)
_ACCEPT = re.compile(
    rf"from IP=\[?(?P<src_ip>{IP})\]?:(?P<src_port>\d+) \(IP=\[?(?P<dst_ip>{IP})\]?:"
    r"(?P<dst_port>\d+)\)"
)
_UID = re.compile(r'dn="(?:uid|cn|sAMAccountName)=([^,"]+)', re.IGNORECASE)
_DECLARED = (
    "host", "program", "pid", "message", "conn", "op", "fd", "action", "dn", "method", "mech",
    "ssf", "base", "scope", "filter", "attr", "err", "tag", "text", "nentries", "src_ip",
    "src_port", "dst_ip", "dst_port", "user", "outcome",
)  # fmt: skip
_INVALID_CREDENTIALS = "49"


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program == "slapd"
    body = line.header.body
    return "conn=" in body[:24] and _STEP.match(body[:200]) is not None


def _parse(line: Line) -> Fields:
    if not _sniff(line):
        raise NotThisFormat("No line of slapd's.")
    body = line.header.body.strip()
    fields = fields_of_header(line) | {"message": body}
    step = _STEP.match(body[:400])
    if step is None:
        return fields
    fields |= parts_of(step)
    rest = body[step.end() :]
    if accept := _ACCEPT.search(rest[:400]):
        fields |= parts_of(accept)
    elif "=" in rest:
        for name, value in scan_pairs(rest.strip()).items():
            fields.setdefault(name, value)
    if user := _UID.search(rest[:1_000]):
        fields["user"] = user[1]
    if "err" in fields and fields["action"].startswith(("RESULT", "SEARCH RESULT")):
        fields["outcome"] = "success" if fields["err"] == "0" else "failure"
    return fields


def _disposition(fields: Mapping[str, str]) -> Disposition:
    is_refused = fields.get("err") == _INVALID_CREDENTIALS
    return Disposition.STOPPED if is_refused else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("err") != _INVALID_CREDENTIALS:
        return None
    return Verdict(ThreatKind.LOGIN_FAILED, fields.get("text", ""))


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    if action := fields.get("action"):
        ecs["event.action"] = action.lower()


FORMAT = Format(
    name="openldap",
    title_ja="OpenLDAP (slapd)",
    title_en="OpenLDAP",
    shape="openldap",
    sniff=_sniff,
    marks=("slapd", "conn="),
    parse=_parse,
    declared=_DECLARED,
    ecs={**TEXT_ECS, "event.reason": ("text",), "event.code": ("err",), "event.action": ()},
    aliases={"username": "user"},
    device=("host",),
    user=("user",),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 3002 if fields.get("action", "").startswith("BIND") else 0,
    verdict=_verdict,
    vendor="OpenLDAP",
    product="slapd",
    seen_ja=("slapd 2.4〜2.6のloglevel stats（256）の行。",),
    lost_ja=("BINDの失敗は結果の行（err=49）にあり、利用者名は同じconnのBIND行にあります。",),
)
