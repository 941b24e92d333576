"""Squid's access.log: its own line, and the combined line with squid's result code at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.access_lines import is_common, scan_common, scan_squid
from hinomi.normalise.web_names import WEB_ALIASES, WEB_DECLARED, WEB_ECS, add_web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_WORDS = ("TCP_", "UDP_", "HIER_", "NONE")
_MARKS = ("TCP_", "UDP_", "NONE_", "NONE/", "NONE:", "HIER_", "MISS/", "HIT/")
_EPOCH = re.compile(r"(?<![\d.])\d{9,10}\.\d{3} +-?\d+ \S")
_STOPPED = ("TCP_DENIED", "TCP_DENIED_REPLY", "UDP_DENIED")


def _body(line: Line) -> str:
    """From the time on; the header reader takes an epoch for a header."""
    text = line.text.strip()
    if not text[:1].isdigit() and (found := _EPOCH.search(text, 0, 200)):
        return text[found.start() :]  # behind a relay's header
    return line.header.body.strip() if line.header.program else text


def _sniff(line: Line) -> bool:
    text = line.text
    if text[:1] == "{" or not any(word in text for word in _WORDS):
        return False
    body = _body(line)
    return scan_squid(body) is not None or (is_common(body) and _result(body) != "")


def _result(text: str) -> str:
    """`TCP_MISS:HIER_DIRECT` at the end of a combined line."""
    last = text.rstrip().rpartition(" ")[2]
    return last if last.startswith(_MARKS) and ":" in last else ""


def _parse(line: Line) -> Fields:
    body = _body(line)
    if found := scan_squid(body):
        fields = found[0]
    elif common := scan_common(body):
        fields, result = common[0], _result(body)
        fields["result"], _, fields["hierarchy"] = result.partition(":")
    else:
        raise NotThisFormat("No line of squid's access.log.")
    if line.header.program:
        fields["program"] = line.header.program
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    return from_text(fields.get("time", ""), zone, receive)


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Squid only says whether its access list let the request through."""
    result = fields.get("result", "")
    return Disposition.STOPPED if result.startswith(_STOPPED) else Disposition.UNKNOWN


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    result = fields.get("result", "")
    ecs["network.transport"] = "udp" if result.startswith("UDP") else "tcp"
    if peer := fields.get("peer"):
        side = "server" if fields.get("cs-method") == "CONNECT" else "destination"
        ecs_values.put(ecs, f"{side}.ip", peer)
        if not ecs_values.is_address(peer):
            ecs.setdefault("server.domain", peer)
    if fields.get("cs-method") == "CONNECT" and "://" not in fields.get("c-uri", ""):
        ecs.pop("url.original", None)
        ecs.setdefault("url.domain", fields.get("cs-host", ""))
        return
    add_web(fields, ecs)


FORMAT = Format(
    name="squid",
    title_ja="Squid プロキシ",
    title_en="Squid proxy",
    shape="squid",
    sniff=_sniff,
    marks=_WORDS,
    parse=_parse,
    declared=(*WEB_DECLARED, "elapsed", "dst_port"),
    ecs=WEB_ECS
    | {
        "event.action": ("result",),
        "destination.port": ("dst_port",),
        "network.bytes": ("sc-bytes",),
        "event.duration": (),
    },
    aliases=WEB_ALIASES,
    user=("cs-username",),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=_derive,
    ocsf_class=lambda fields: 4002,
    vendor="Squid",
    product="Squid",
    seen_ja=("Squid 3〜6の標準のaccess.logと、combined形式（末尾に結果）。",),
    lost_ja=(
        "標準の形にはブラウザー名がありません。logformat combinedなら残ります。",
        "cache.logは読みません（その他の機器として保存します）。",
    ),
)
