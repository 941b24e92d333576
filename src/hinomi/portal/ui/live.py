"""Answers of polled pages: the same address gives the whole page or, to htmx, one part of it.

A part carries an ETag of its version, so that an unchanged part costs one 304 and no rendering.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def is_part(request: HttpRequest) -> bool:
    """True when htmx asks for a part."""
    return request.headers.get("HX-Request") == "true"


def _has(request: HttpRequest, etag: str) -> bool:
    """True when the browser names this version. Compression makes the tag weak on its way out."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return etag in {tag.removeprefix("W/") for tag in known}


def part(
    request: HttpRequest,
    template: str,
    *,
    version: tuple[object, ...],
    context: Callable[[], Mapping[str, object]],
) -> HttpResponse:
    """The part, or 304 when the browser already has this version. `context` runs only when needed.

    `version` must change whenever the part would look different to this person.
    """
    text = "\0".join(map(str, (template, *version)))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    response: HttpResponse
    if _has(request, etag):
        response = HttpResponseNotModified()
    else:
        response = render(request, template, dict(context()))
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    return response
