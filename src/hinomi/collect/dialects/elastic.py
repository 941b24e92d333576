"""Elasticsearch's `_bulk` and the start-up calls of Beats, so that these run unmodified.

Nothing is searched, indexed or configured here: questions about set-up are answered "it is there
already". The index says nothing about whose record it is; the token does.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hinomi.collect.answers import Answer, not_allowed
from hinomi.collect.dialects.bulk import read_bulk
from hinomi.collect.framing import Frame, open_envelopes
from hinomi.collect.request import api_key, bearer, password
from hinomi.core.words import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.collect.answers import Refusal
    from hinomi.collect.request import Desk, Request, Schemes
    from hinomi.core.directory import Source

_SCHEMES: Schemes = {"basic": password, "apikey": api_key, "bearer": bearer}
_PREFIX = "/elastic"  # for a proxy that shares the host name with the screens
_NAME = "hinomi"
_VERSION = "8.17.0"
_AGENT = re.compile(r"(?:Elastic-[A-Za-z]+|[a-z]+beat)/([0-9]+\.[0-9]+\.[0-9]+)")
_PRODUCT = (b"x-elastic-product", b"Elasticsearch")
_SCHEMES_WANTED = (b"www-authenticate", b'Basic realm="hinomi", ApiKey, Bearer')
_TYPES = {
    400: "illegal_argument_exception",
    401: "security_exception",
    413: "content_too_long_exception",
    415: "media_type_header_exception",
    429: "es_rejected_execution_exception",
}
_BULK = re.compile(r"(?:/[^/]+){0,2}/_bulk/?")
_DOCUMENT = re.compile(r"/([^/_][^/]*)/(?:_doc|_create)(?:/([^/]+))?/?")
_SETUP = re.compile(
    r"/_(?:license|xpack|ilm|index_template|component_template|template|data_stream|alias|aliases"
    r"|ingest|nodes|cluster|cat|security|resolve|lifecycle|settings)(?:/.*)?"
)


def reads(path: str) -> bool:
    """`/`, `_bulk`, single documents, and what shippers ask before they send."""
    inner = _inner(path)
    patterns = (_BULK, _DOCUMENT, _SETUP)
    return inner == "/" or any(each.fullmatch(inner) for each in patterns)


async def answer(request: Request, desk: Desk) -> Answer:
    """One item for each action once all are durable; set-up calls at once."""
    source = desk.source(request, schemes=_SCHEMES)
    inner = _inner(request.path)
    is_bulk = bool(_BULK.fullmatch(inner))
    if not is_bulk and not _DOCUMENT.fullmatch(inner):
        return await _set_up(request, desk, source)
    if request.method not in ("POST", "PUT"):
        return _signed(not_allowed(b"POST, PUT"))
    limits = desk.intake.limits
    if not is_bulk:
        frame = await desk.unpack(
            request, lambda body: _frame(body, cap=limits.record_bytes), source=source
        )
        await desk.keep(open_envelopes([frame], limits=limits), source=source, request=request)
        return _told(_created(inner), status=201)
    bulk = await desk.unpack(request, lambda body: read_bulk(body, limits=limits), source=source)
    frames = open_envelopes(bulk.frames, limits=limits)
    await desk.keep(frames, source=source, request=request)
    return _signed(Answer(200, bulk.answer))


def refuse(refusal: Refusal, request: Request) -> Answer:
    """As Elasticsearch says it; Beats send 429, 503 and 413 again, and stop on 401."""
    kind = _TYPES.get(refusal.status, "service_unavailable_exception")
    cause = {"type": kind, "reason": f"{refusal.message}. {refusal.advice}"}
    told = {"error": {"root_cause": [cause], **cause}, "status": refusal.status}
    headers = [pair for pair in refusal.headers if pair[0] != b"www-authenticate"]
    if refusal.status == 401:
        headers.append(_SCHEMES_WANTED)
    return _signed(Answer(refusal.status, json.dumps(told).encode(), tuple(headers)))


def _inner(path: str) -> str:
    inner = path.removeprefix(_PREFIX) if path.startswith(_PREFIX) else path
    return inner or "/"


def _frame(body: bytes, *, cap: int) -> Frame:
    raw = body.strip()
    return Frame(raw) if len(raw) <= cap else Frame(raw[:cap], SetAsideReason.TOO_LARGE)


def _created(path: str) -> dict[str, object]:
    found = _DOCUMENT.fullmatch(path)
    index, identity = (found[1], found[2] or "") if found else ("", "")
    return {"_index": index, "_id": identity, "_version": 1, "result": "created"}


async def _set_up(request: Request, desk: Desk, source: Source) -> Answer:
    """PUT: acknowledged and not kept. GET and HEAD: it is there already."""
    if request.method in ("PUT", "POST", "DELETE"):
        await desk.unpack(request, len, source=source)
        return _told({"acknowledged": True})
    if request.method not in ("GET", "HEAD"):
        return _signed(not_allowed(b"GET, HEAD, PUT, POST"))
    path = _inner(request.path)
    name = path.rstrip("/").rpartition("/")[2]
    tell = next((tell for start, tell in _TOLD if path.startswith(start)), _banner)
    return _told(tell(name, _version(request)))


def _version(request: Request) -> str:
    """The sender's own: Beats refuse a server that is older than themselves."""
    found = _AGENT.search(request.header(b"user-agent"))
    return found[1] if found else _VERSION


def _banner(_: str, version: str) -> dict[str, object]:
    return {
        "name": _NAME,
        "cluster_name": _NAME,
        "cluster_uuid": _NAME,
        "version": {
            "number": version,
            "build_flavor": "default",
            "build_type": "docker",
            "build_snapshot": False,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    }


_LICENSE = {"status": "active", "uid": _NAME, "type": "basic", "mode": "basic"}


def _license(_: str, __: str) -> dict[str, object]:
    return {"license": _LICENSE}


def _xpack(_: str, __: str) -> dict[str, object]:
    features = {"ilm": {"available": True, "enabled": True}}
    return {"license": _LICENSE, "features": features}


def _policy(name: str, _: str) -> dict[str, object]:
    return {name: {"version": 1, "policy": {"phases": {}}}}


def _index_template(name: str, _: str) -> dict[str, object]:
    template = {"index_patterns": [f"{name}*"], "composed_of": [], "data_stream": {}}
    return {"index_templates": [{"name": name, "index_template": template}]}


def _data_stream(name: str, _: str) -> dict[str, object]:
    return {"data_streams": [{"name": name, "status": "GREEN", "generation": 1}]}


def _alias(name: str, _: str) -> dict[str, object]:
    return {f"{name}-000001": {"aliases": {name: {"is_write_index": True}}}}


def _named(name: str, _: str) -> dict[str, object]:
    return {name: {}}


def _nodes(_: str, __: str) -> dict[str, object]:
    """None to find: who asks keeps the address it has."""
    counted = {"total": 0, "successful": 0, "failed": 0}
    return {"_nodes": counted, "cluster_name": _NAME, "nodes": {}}


def _health(_: str, __: str) -> dict[str, object]:
    return {"cluster_name": _NAME, "status": "green", "timed_out": False, "number_of_nodes": 1}


_TOLD: tuple[tuple[str, Callable[[str, str], dict[str, object]]], ...] = (
    ("/_license", _license),
    ("/_xpack", _xpack),
    ("/_ilm/policy", _policy),
    ("/_ilm", lambda _, __: {"operation_mode": "RUNNING"}),
    ("/_index_template", _index_template),
    ("/_component_template", _named),
    ("/_template", _named),
    ("/_data_stream", _data_stream),
    ("/_alias", _alias),
    ("/_ingest/pipeline", _named),
    ("/_nodes", _nodes),
    ("/_cluster/health", _health),
    ("/_", lambda _, __: {}),
)


def _told(told: dict[str, object], *, status: int = 200) -> Answer:
    return _signed(Answer(status, json.dumps(told).encode()))


def _signed(plain: Answer) -> Answer:
    """Clients refuse to talk to a server that does not call itself Elasticsearch."""
    return Answer(plain.status, plain.body, (*plain.headers, _PRODUCT), plain.content_type)
