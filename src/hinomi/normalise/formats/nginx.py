"""nginx: access lines (combined, also with more behind), error.log, access logs as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.access_lines import is_common, scan_common
from hinomi.normalise.scanners.tree import flatten, load_object
from hinomi.normalise.sentences import fields_of_header
from hinomi.normalise.web_names import WEB_ALIASES, WEB_DECLARED, WEB_ECS, add_web, split_uri

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Ecs, Fields, Line

_ERROR = re.compile(
    r"(?:(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) )?\[(?P<severity>\w+)\] (?P<pid>\d+)#(?P<tid>\d+)"
    r": (?:\*(?P<connection>\d+) )?(?P<reason>.*)",
    re.DOTALL,
)
_NAMED = re.compile(
    r", (client|server|request|subrequest|upstream|host|referrer|responder|peer|certificate): "
    r"(?:\"((?:[^\"\\]|\\.)*)\"|([^,]*))"
)
_NAMES = {"client": "c-ip", "server": "server", "upstream": "upstream", "host": "http_host",
          "referrer": "cs-referer"}  # fmt: skip
# Variables of a JSON log format → the names of W3C.
_VARIABLES = {
    "remote_addr": "c-ip", "remote_user": "cs-username", "request_method": "cs-method",
    "request_uri": "c-uri", "uri": "cs-uri-stem", "args": "cs-uri-query", "status": "sc-status",
    "body_bytes_sent": "sc-bytes", "http_referer": "cs-referer", "http_referrer": "cs-referer",
    "http_user_agent": "cs-user-agent", "host": "cs-host", "http_host": "cs-host",
    "server_name": "server", "http_x_forwarded_for": "x-forwarded-for", "time_iso8601": "time",
    "time_local": "time", "msec": "time", "upstream_addr": "upstream", "remote_port": "src_port",
}  # fmt: skip


def _sniff(line: Line) -> bool:
    body = line.header.body
    if line.header.program == "nginx":
        return True
    if body[:1] == "{":
        return '"remote_addr"' in body and ('"request' in body or '"status"' in body)
    if "#" in body[:60] and _ERROR.match(body[:200]):
        return True
    # Combined lines alone are Apache's as well; only nginx's samples add quoted parts behind.
    return body.endswith('"') and body.count('"') > 6 and is_common(body)


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    fields = fields_of_header(line)
    if body[:1] == "{":
        return fields | _of_json(body)
    if found := _ERROR.match(body[:16_384]):
        return fields | _of_error(line, found) | {"message": body}
    if common := scan_common(body):
        fields |= common[0]
        fields |= {f"extra_{place}": text for place, text in enumerate(common[1][:9], 1)}
        return fields
    if line.header.program == "nginx":
        return fields | {"message": body}
    raise NotThisFormat("Neither an access line nor a line of error.log.")


def _of_json(body: str) -> Fields:
    native = flatten(load_object(body))
    fields = {_VARIABLES.get(name, name): value for name, value in native.items()}
    method, _, rest = native.get("request", "").partition(" ")
    if rest:
        fields.setdefault("cs-method", method)
        fields.setdefault("c-uri", rest.rpartition(" ")[0] or rest)
    split_uri(fields)
    return fields


def _of_error(line: Line, found: re.Match[str]) -> Fields:
    fields = {name: value for name, value in found.groupdict().items() if value}
    if line.header.time:
        fields.setdefault("time", line.header.time)
    rest = fields["reason"]
    if first := _NAMED.search(rest):
        fields["reason"] = rest[: first.start()]
    for name, quoted, bare in _NAMED.findall(rest):
        value = quoted or bare
        if name == "request":
            method, _, uri = value.partition(" ")
            fields |= {"cs-method": method, "c-uri": uri.rpartition(" ")[0] or uri}
        elif value.strip():
            fields[_NAMES.get(name, name)] = value.strip()
    split_uri(fields)
    return fields


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    text = fields.get("time") or fields.get("@timestamp") or fields.get("timestamp", "")
    return from_text(text, zone, receive) if text else None


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    add_web(fields, ecs)
    upstream = fields.get("upstream", "").partition("://")[2] or fields.get("peer", "")
    if upstream:
        ecs["url.domain"] = upstream.partition("/")[0].rpartition(":")[0] or upstream


FORMAT = Format(
    name="nginx",
    title_ja="nginx Webサーバー",
    title_en="nginx",
    shape="nginx",
    sniff=_sniff,
    marks=("nginx", '"remote_addr"', "#", '] "'),
    parse=_parse,
    declared=(*WEB_DECLARED, "server", "http_host", "reason"),
    ecs=WEB_ECS
    | {
        "destination.domain": ("cs-host", "server"),
        "host.name": ("http_host", "host"),
    },
    aliases=WEB_ALIASES,
    device=("host",),
    user=("cs-username",),
    stated_time=_stated_time,
    derive=_derive,
    ocsf_class=lambda fields: 4002 if "cs-method" in fields else 0,
    vendor="nginx",
    product="nginx",
    seen_ja=("combinedのアクセスログと、後ろに項目を足したもの。error.log。JSONのlog_format。",),
    lost_ja=("log_formatで後ろに足した項目は、名前がないため extra_1、extra_2 … になります。",),
)
