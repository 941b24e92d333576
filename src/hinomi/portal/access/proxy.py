"""Believes X-Forwarded-* only from the one proxy named at start; strips it from everybody else.
Also knows which requests were made on the tower's own machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_MARK = "hinomi.is_from_this_machine"


class ProxyMiddleware:
    """Sets the sender's address and scheme from the proxy, so that rate limits count people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.META[_MARK] = _is_direct(request) and _is_named_by_this_machine(request)
        told = {name: request.META.pop(name, "") for name in _FORWARDED}
        if settings.BEHIND_PROXY and request.META.get("REMOTE_ADDR") == settings.BEHIND_PROXY:
            _believe(request, told)
        return self.get_response(request)


def is_from_this_machine(request: HttpRequest) -> bool:
    """True when the request began here: whoever can make it may hold the data folder too."""
    return request.META.get(_MARK) is True


def _is_direct(request: HttpRequest) -> bool:
    """A loopback peer may be a proxy that carries a stranger's request: the one named at start, or
    one that says so in a header."""
    address = request.META.get("REMOTE_ADDR", "")
    if address == settings.BEHIND_PROXY or not _is_loopback(address):
        return False
    return not any(
        name in ("HTTP_FORWARDED", "HTTP_VIA") or name.startswith("HTTP_X_FORWARDED_")
        for name in request.META
    )


def _is_named_by_this_machine(request: HttpRequest) -> bool:
    """A proxy that says nothing of itself still passes on the public name it was asked for."""
    name = urlsplit(f"//{request.META.get('HTTP_HOST', '')}").hostname or ""
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _believe(request: HttpRequest, told: dict[str, str]) -> None:
    """The last address is the one our proxy saw; those before it are anybody's words."""
    address = told["HTTP_X_FORWARDED_FOR"].rpartition(",")[2].strip()
    if address:
        request.META["REMOTE_ADDR"] = address
    if told["HTTP_X_FORWARDED_PROTO"] in ("http", "https"):
        request.META["wsgi.url_scheme"] = told["HTTP_X_FORWARDED_PROTO"]
        request.environ["wsgi.url_scheme"] = told["HTTP_X_FORWARDED_PROTO"]  # type: ignore[attr-defined]
