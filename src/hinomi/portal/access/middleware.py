"""Puts the actor on each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hinomi.portal.access.actor import NOBODY, load_actor
from hinomi.portal.access.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from hinomi.portal.access.guard import PortalRequest


class ActorMiddleware:
    """Sets `request.actor`; the scope stays empty until a view's permission fills it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        portal = cast("PortalRequest", request)
        portal.scope = Scope()
        portal.actor = NOBODY
        if portal.user.is_authenticated:
            portal.actor = load_actor(user_id=portal.user.pk, name=portal.user.shown_name)
        return self.get_response(request)
