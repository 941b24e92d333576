"""What records of web servers and proxies share: W3C's names for their parts, which SigmaHQ's rules
use, and their ECS names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.normalise import ecs_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields

WEB_DECLARED = (
    "host", "program", "pid", "c-ip", "cs-username", "cs-method", "c-uri", "cs-uri-stem",
    "cs-uri-query", "cs-host", "sc-status", "sc-bytes", "cs-referer", "cs-user-agent", "message",
    "severity", "module", "error_code", "src_port", "upstream", "result", "hierarchy", "peer",
    "mime", "x-forwarded-for", "time",
)  # fmt: skip
WEB_ALIASES = {
    "c-useragent": "cs-user-agent", "cs-uri": "c-uri", "r-dns": "cs-host",
    "SourceIp": "c-ip", "cs-referrer": "cs-referer",
}  # fmt: skip
WEB_ECS: dict[str, tuple[str, ...]] = {
    "source.ip": ("c-ip",),
    "source.port": ("src_port",),
    "destination.domain": ("cs-host",),
    "user.name": ("cs-username",),
    "http.request.method": ("cs-method",),
    "http.response.status_code": ("sc-status",),
    "http.response.bytes": ("sc-bytes",),
    "http.request.referrer": ("cs-referer",),
    "http.response.mime_type": ("mime",),
    "user_agent.original": ("cs-user-agent",),
    "url.original": ("c-uri",),
    "log.level": ("severity",),
    "event.code": ("error_code",),
    "event.provider": ("module",),
    "event.reason": ("reason",),
    "host.name": ("host",),
    "process.name": ("program",),
    "process.pid": ("pid",),
    "message": ("message",),
}


def split_uri(fields: Fields) -> None:
    """`cs-uri-stem`, `cs-uri-query` and `cs-host` out of `c-uri`, as the rules ask for them."""
    uri = fields.get("c-uri", "")
    _scheme, mark, rest = uri.partition("://")
    if mark:
        host, slash, path = rest.partition("/")
        name = host.rpartition("@")[2].partition(":")[0]
        if name:
            fields.setdefault("cs-host", name)
        uri = slash + path
    stem, question, query = uri.partition("?")
    if stem:
        fields["cs-uri-stem"] = stem
    if question and query:
        fields["cs-uri-query"] = query


def add_web(fields: Mapping[str, str], ecs: Ecs) -> None:
    """The parts of the address."""
    if uri := str(ecs.get("url.original", "")):
        ecs_values.add_url(ecs, uri)
