"""Microsoft IIS: W3C extended lines (with or without their `#Fields` line) and its own format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

# The columns IIS writes unless somebody chose others; the shorter sets are those of older versions.
_W3C = ("date", "time", "s-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "s-port",
        "cs-username", "c-ip", "cs-user-agent", "cs-referer", "sc-status", "sc-substatus",
        "sc-win32-status", "time-taken")  # fmt: skip
_SITED = (*_W3C[:2], "s-sitename", "s-computername", *_W3C[2:])
_NO_REFERER = tuple(name for name in _W3C if name != "cs-referer")
_OWN = ("c-ip", "cs-username", "date", "time", "s-sitename", "s-computername", "s-ip",
        "time-taken", "cs-bytes", "sc-bytes", "sc-status", "sc-win32-status", "cs-method",
        "cs-uri-stem", "cs-uri-query")  # fmt: skip
_DECLARED = (*_W3C, "s-sitename", "s-computername", "sc-bytes", "cs-bytes", "message")
_ECS: dict[str, tuple[str, ...]] = {
    "client.ip": ("c-ip",),
    "source.ip": ("c-ip",),
    "client.bytes": ("cs-bytes",),
    "server.ip": ("s-ip",),
    "server.bytes": ("sc-bytes",),
    "destination.ip": ("s-ip",),
    "destination.port": ("s-port",),
    "observer.name": ("s-computername",),
    "service.name": ("s-sitename",),
    "user.name": ("cs-username",),
    "http.request.method": ("cs-method",),
    "http.response.status_code": ("sc-status",),
    "http.request.referrer": ("cs-referer",),
    "user_agent.original": ("cs-user-agent",),
    "url.path": ("cs-uri-stem",),
    "url.query": ("cs-uri-query",),
}
_MOST = 40  # columns; W3C knows fewer
_METHODS = "GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND|RPC_IN_DATA|DEBUG"
_W3C_LINE = re.compile(
    rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d (?:\S+ \S+ )?[0-9A-Fa-f.:%]+ (?:{_METHODS}) /"
)
_OWN_LINE = re.compile(
    r"[0-9A-Fa-f.:%]+, [^,]*, \d{1,2}/\d{1,2}/\d{2,4}, \d{1,2}:\d\d:\d\d, W3SVC\d*, "
)


def _sniff(line: Line) -> bool:
    return any(
        _W3C_LINE.match(text) or _OWN_LINE.match(text) for text in (line.text, line.header.body)
    )


def _parse(line: Line) -> Fields:
    # A bare line begins as a syslog header does, with a date; one behind a header does not.
    is_bare = _W3C_LINE.match(line.text) or _OWN_LINE.match(line.text)
    text = (line.text if is_bare else line.header.body).strip()
    if _OWN_LINE.match(text):
        cells = [cell.strip() for cell in text.rstrip(" ,").split(", ", _MOST)]
        return _named(_OWN, [cell.rstrip(",") for cell in cells])
    cells = text.split(" ", _MOST)
    if not _W3C_LINE.match(text):
        raise NotThisFormat("No line of IIS.")
    if ecs_values.is_address(cells[2]):
        names = _W3C if len(cells) >= len(_W3C) else _NO_REFERER
    else:
        names = _SITED
    return _named(names, cells)


def _named(names: tuple[str, ...], cells: list[str]) -> Fields:
    fields = {name: cell for name, cell in zip(names, cells, strict=False) if cell not in ("", "-")}
    rest = cells[len(names) :]
    return fields | {f"column_{len(names) + n}": cell for n, cell in enumerate(rest, 1) if cell}


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """W3C lines are in UTC, the format of its own in the server's time."""
    date, time = fields.get("date", ""), fields.get("time", "")
    mark = "Z" if "-" in date else ""
    return from_text(f"{date} {time}{mark}", zone, receive) if date and time else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    path, query = fields.get("cs-uri-stem", ""), fields.get("cs-uri-query", "")
    if path:
        ecs["url.original"] = f"{path}?{query}" if query else path
    if agent := fields.get("cs-user-agent"):
        ecs["user_agent.original"] = agent.replace("+", " ")


FORMAT = Format(
    name="iis",
    title_ja="Microsoft IIS",
    title_en="Microsoft IIS",
    shape="iis",
    sniff=_sniff,
    marks=("W3SVC", *(f" {method} /" for method in _METHODS.split("|"))),
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={
        "c-uri": "cs-uri-stem",
        "c-useragent": "cs-user-agent",
        "cs(User-Agent)": "cs-user-agent",
        "cs(Referer)": "cs-referer",
        "src_ip": "c-ip",
        "dst_ip": "s-ip",
    },
    device=("s-computername",),
    user=("cs-username",),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: 4002,
    vendor="Microsoft",
    product="IIS",
    seen_ja=("W3C拡張形式（標準の列）と、IIS形式",),
    lost_ja=("列を選び直したW3Cの行は、列の名前がずれます。標準の列のまま送ってください。",),
)
