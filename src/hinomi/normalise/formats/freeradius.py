"""FreeRADIUS: sign-ins of its radius.log, accepted and refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.format import Format, Verdict
from hinomi.normalise.notations import time_in
from hinomi.normalise.sentences import IP, LONGEST, TEXT_ECS, fields_of_header, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_TIME = re.compile(r"(?:(?P<time>\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d \d{4}) : )")
_LEAD = re.compile(r"(?:(?P<severity>Auth|Info|Error|Warning|Debug|ERROR|WARNING): )?"
                   r"(?:\((?P<request>\d+)\) )?")  # fmt: skip
_LOGIN = re.compile(
    r"(?:(?P<module>[\w\-]+): )?(?P<action>Login OK|Login incorrect|Invalid user|Multiple logins|"
    r"Password Has Expired|User is locked out)(?: \((?P<reason>.*?)\))?(?: \[[^\]]*\])?: "
    r"\[(?P<user>[^\]/]*)(?:/(?P<password>[^\]]*))?\] "
    r"\(from client (?P<client>\S+)(?: port (?P<port>\d+))?(?: cli (?P<station>[^)\s]+))?"
    r"(?P<via> via TLS tunnel)?\)"
)
_CLIENT = re.compile(
    rf"(?:from (?:unknown )?client|client) (?P<client>[\w.\-]+)?(?: \(?(?P<src_ip>{IP})\)?)?"
    r"(?: port (?P<port>\d+))?"
)
_MARKS = ("Login OK: [", "Login incorrect", "Invalid user: [", "Invalid user (")
_DECLARED = (
    "host", "program", "pid", "message", "time", "severity", "request", "module", "action", "user",
    "client", "port", "station", "reason", "outcome", "src_ip",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    **TEXT_ECS,
    "host.name": ("client", "host"),
    "source.port": ("port",),
}


def _sniff(line: Line) -> bool:
    if line.header.program:
        return line.header.program in ("radiusd", "freeradius")
    text = line.text[:200]
    return any(mark in text for mark in _MARKS) and "(from client " in line.text[:600]


def _parse(line: Line) -> Fields:
    if not _sniff(line):
        raise NotThisFormat("No line of FreeRADIUS.")
    fields = fields_of_header(line)
    text = line.header.body.strip() if line.header.program else line.text.strip()
    fields["message"] = text
    if found := _TIME.match(text):
        fields["time"], text = found["time"], text[found.end() :]
    if lead := _LEAD.match(text):
        fields |= parts_of(lead)
        text = text[lead.end() :]
    if login := _LOGIN.match(text[:LONGEST]):
        fields |= parts_of(login)
        fields["outcome"] = "success" if login["action"] == "Login OK" else "failure"
        _without_password(fields)
    elif client := _CLIENT.search(text[:LONGEST]):
        fields |= parts_of(client)
    return fields


def _without_password(fields: Fields) -> None:
    """`[name/password]`: kept from the parts, because nobody needs it to find an attack."""
    if password := fields.pop("password", ""):
        fields["message"] = fields["message"].replace(f"/{password}]", "/…]", 1)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    is_refused = fields.get("outcome") == "failure"
    return Disposition.STOPPED if is_refused else Disposition.UNKNOWN


def _verdict(fields: Mapping[str, str]) -> Verdict | None:
    if fields.get("outcome") != "failure":
        return None
    return Verdict(ThreatKind.LOGIN_FAILED, fields.get("reason", ""))


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    station = fields.get("station", "")
    if re.fullmatch(r"[0-9A-Fa-f]{2}(?:[:\-.]?[0-9A-Fa-f]{2}){5}", station):
        ecs["source.mac"] = station
    elif station.count(".") == 3:
        ecs["source.ip"] = station


FORMAT = Format(
    name="freeradius",
    title_ja="FreeRADIUS (認証サーバー)",
    title_en="FreeRADIUS",
    shape="freeradius",
    sniff=_sniff,
    marks=("radiusd", "freeradius", "(from client "),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"username": "user"},
    device=("host",),
    user=("user",),
    stated_time=time_in("time"),
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 3002,
    verdict=_verdict,
    vendor="FreeRADIUS",
    product="FreeRADIUS",
    seen_ja=("FreeRADIUS 2・3のradius.log（auth = yes）。",),
    lost_ja=("auth_badpassの設定で書かれるパスワードは、項目には残しません。",),
)
