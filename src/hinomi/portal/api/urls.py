"""The addresses of this app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import URLPattern, path

from hinomi.portal.access.guard import public
from hinomi.portal.api import views
from hinomi.portal.api.operations import api

if TYPE_CHECKING:
    from django.urls import URLResolver

_by_key = public("a program's key is the right, looked at by the API itself in the same scopes")


def _declared() -> list[URLPattern]:
    """The API's own addresses, each saying who may call it."""
    patterns = [
        each
        for each in api.urls[0]
        if isinstance(each, URLPattern) and each.name != "api-root"  # its page stands beside
    ]
    for pattern in patterns:
        exempt = getattr(pattern.callback, "csrf_exempt", False)
        pattern.callback = _by_key(pattern.callback)
        pattern.callback.csrf_exempt = exempt  # type: ignore[attr-defined]
    return patterns


urlpatterns: list[URLPattern | URLResolver] = [
    path("account/keys/", views.keys, name="api_keys"),
    path("account/keys/stop/", views.key_revoke, name="api_key_revoke"),
    path("api/v1/openapi.json", views.openapi, name="api_openapi"),
    path("api/v1/docs/", views.docs, name="api_docs"),
    path("api/v1/", ([*_declared()], "api_v1", "api_v1")),
]
