"""Staff of a firm reach customers' records only with a second factor in this very session, and
for one working day."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse

from hinomi.portal.accounts.second_factor import (
    has_second_factor,
    is_second_factor_page,
    is_set_up,
    is_too_old,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from hinomi.portal.access.guard import PortalRequest


class SecondFactorMiddleware:
    """Sends staff without a second factor to its set-up, or to proving it, before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        portal = cast("PortalRequest", request)
        if not portal.actor.is_firm_staff or is_second_factor_page(request.path):
            return self.get_response(request)
        if is_too_old(request):
            logout(request)
            return redirect("account_login")
        if not has_second_factor(request):
            return redirect(_what_is_missing(portal))
        return self.get_response(request)


def _what_is_missing(request: PortalRequest) -> str:
    if not is_set_up(request.user):
        return reverse("mfa_activate_totp")
    back = urlencode({"next": request.path if request.method == "GET" else "/"})
    return f"{reverse('mfa_reauthenticate')}?{back}"
