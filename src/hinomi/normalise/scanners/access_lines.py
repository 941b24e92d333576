"""Access logs: NCSA common and combined lines with what servers put before and after, and squid's.

The patterns are anchored at both ends of each part, so that a long line costs one pass.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.normalise.web_names import split_uri

if TYPE_CHECKING:
    from hinomi.normalise.format import Fields

_LONGEST = 65_536
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_COMMON = re.compile(
    r"(?:(?=[\d.\-]{0,252}[A-Za-z])(?P<vhost>[\w.\-]{1,253}(?::\d{1,5})?) )?"
    r"(?P<ip>[0-9A-Fa-f.:]{3,45}|[A-Za-z0-9][\w.\-]{0,252}) (?P<ident>\S{1,128}) "
    r"(?P<user>-|[^\[\"]{1,128}?) \[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+\-]\d{4})\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}|-)(?: (?P<bytes>\d+|-))?'
)
_REST = re.compile(rf" {_QUOTED} {_QUOTED}")
_TOKENS = re.compile(rf"{_QUOTED}|(\S+)")
_SQUID = re.compile(
    r"(?:\w+: )?(?P<time>\d{9,10}\.\d{3}) +(?P<elapsed>-?\d+) (?P<ip>[0-9A-Fa-f.:]+|[\w.\-]+) "
    r"(?P<result>[A-Z_]+)/(?P<status>\d{3}|-) (?P<bytes>\d+|-) (?P<method>[A-Z_\-]+) "
    r"(?P<uri>\S+) (?P<user>\S+|\"[^\"]*\") (?P<hierarchy>[A-Z_]+)/(?P<peer>\S+)"
    r"(?: (?P<mime>\S+))?"
)


def is_common(text: str) -> bool:
    """Begins like an access line: `192.0.2.1 - - [20/Nov/2026:…] "GET …"`."""
    return '] "' in text[:400] and _COMMON.match(text[:_LONGEST]) is not None


def scan_common(text: str) -> tuple[Fields, list[str]] | None:
    """The line's parts, and what the server was told to add behind them, in order."""
    found = _COMMON.match(text[:_LONGEST])
    if found is None:
        return None
    parts = {
        "cs-host": (found["vhost"] or "").partition(":")[0], "c-ip": found["ip"],
        "cs-username": found["user"], "time": found["time"], "sc-status": found["status"],
        "sc-bytes": found["bytes"] or "",
    }  # fmt: skip
    method, _, rest = found["request"].partition(" ")
    uri, protocol = _uri(rest)
    if method.isalpha() and uri:
        parts |= {"cs-method": method, "c-uri": uri, "cs-version": protocol}
    else:
        parts["request"] = found["request"]  # what scanners send is often no HTTP at all
    place = found.end()
    if more := _REST.match(text, place):
        parts["cs-referer"], parts["cs-user-agent"] = more[1], more[2]
        place = more.end()
    fields = {name: value for name, value in parts.items() if value not in ("", "-")}
    split_uri(fields)
    tail = text[place : place + 2_048]
    return fields, [quoted or bare for quoted, bare in _TOKENS.findall(tail)]


def scan_squid(text: str) -> tuple[Fields, str] | None:
    """Squid's own access line, and what follows it (Cisco's appliance adds its decision)."""
    found = _SQUID.match(text[:_LONGEST])
    if found is None:
        return None
    parts = {
        "time": found["time"], "elapsed": found["elapsed"], "c-ip": found["ip"],
        "result": found["result"], "sc-status": found["status"], "sc-bytes": found["bytes"],
        "cs-method": found["method"], "c-uri": found["uri"], "hierarchy": found["hierarchy"],
        "cs-username": found["user"].strip('"'), "peer": found["peer"],
        "mime": found["mime"] or "",
    }  # fmt: skip
    fields = {name: value for name, value in parts.items() if value not in ("", "-")}
    if found["method"] == "CONNECT" and "://" not in found["uri"]:
        fields["cs-host"] = found["uri"].rpartition(":")[0] or found["uri"]
        fields["dst_port"] = found["uri"].rpartition(":")[2]
    split_uri(fields)
    return fields, text[found.end() : found.end() + 8_192]


def _uri(rest: str) -> tuple[str, str]:
    """`/a b HTTP/1.1` → (`/a b`, `HTTP/1.1`)."""
    uri, _, protocol = rest.rpartition(" ")
    return (uri, protocol) if protocol.startswith("HTTP/") else (rest, "")
