"""Staff of a firm reach customers' records only with a second factor in this very session."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.shortcuts import redirect

from hinomi.portal.accounts.second_factor import has_second_factor, is_second_factor_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from hinomi.portal.access.guard import PortalRequest


class SecondFactorMiddleware:
    """Sends staff without a second factor to its set-up before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor = cast("PortalRequest", request).actor
        if (
            actor.is_firm_staff
            and not is_second_factor_page(request.path)
            and not has_second_factor(request)
        ):
            return redirect("mfa_activate_totp")
        return self.get_response(request)
