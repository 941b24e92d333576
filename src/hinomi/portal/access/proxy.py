"""Believes X-Forwarded-* only from the one proxy named at start; strips it from everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class ProxyMiddleware:
    """Sets the sender's address and scheme from the proxy, so that rate limits count people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = {name: request.META.pop(name, "") for name in _FORWARDED}
        if settings.BEHIND_PROXY and request.META.get("REMOTE_ADDR") == settings.BEHIND_PROXY:
            _believe(request, told)
        return self.get_response(request)


def _believe(request: HttpRequest, told: dict[str, str]) -> None:
    """The last address is the one our proxy saw; those before it are anybody's words."""
    address = told["HTTP_X_FORWARDED_FOR"].rpartition(",")[2].strip()
    if address:
        request.META["REMOTE_ADDR"] = address
    if told["HTTP_X_FORWARDED_PROTO"] in ("http", "https"):
        request.META["wsgi.url_scheme"] = told["HTTP_X_FORWARDED_PROTO"]
        request.environ["wsgi.url_scheme"] = told["HTTP_X_FORWARDED_PROTO"]  # type: ignore[attr-defined]
