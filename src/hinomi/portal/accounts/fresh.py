"""Changing how one signs in needs a proof of the last quarter of an hour: an open screen must not
be enough to add a key to the house."""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.shortcuts import redirect, render
from django.urls import reverse

from hinomi.portal.accounts.second_factor import has_second_factor, is_set_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

    _Parameters = ParamSpec("_Parameters")

FRESH_S = 15 * 60


def fresh(
    view: Callable[Concatenate[PortalRequest, _Parameters], HttpResponse],
) -> Callable[Concatenate[PortalRequest, _Parameters], HttpResponse]:
    """Let in only people who just proved themselves; others do so first and come back."""

    @wraps(view)
    def guarded(
        request: PortalRequest, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> HttpResponse:
        return view(request, *args, **kwargs) if _is_fresh(request) else _prove(request)

    return cast("Callable[Concatenate[PortalRequest, _Parameters], HttpResponse]", guarded)


def _is_fresh(request: PortalRequest) -> bool:
    """Whoever has an authenticator app has used it in this session, too."""
    records = get_authentication_records(request, request.user)
    newest = max((record["at"] for record in records), default=0.0)
    is_whole = has_second_factor(request) or not is_set_up(request.user)
    return is_whole and time.time() - newest <= FRESH_S


def _prove(request: PortalRequest) -> HttpResponse:
    """By the authenticator app; without one by signing in anew, which only a page can offer."""
    back = request.path.removesuffix("question/")
    if is_set_up(request.user):
        return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")
    if request.method == "POST":
        return redirect(back)
    again = f"{reverse('account_login')}?{urlencode({'next': back})}"
    return render(request, "accounts/again.html", {"again": again})
