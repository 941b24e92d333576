"""Lets a person in by a one-time link, through django-allauth's own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpResponseRedirect

from hinomi.portal.access.proxy import is_from_this_machine
from hinomi.portal.accounts.links import use_link
from hinomi.portal.accounts.second_factor import MACHINE_METHOD, REHEARSAL_METHOD

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HOME = "/"


def sign_in_by_link(request: HttpRequest, *, secret: str) -> HttpResponse:
    """Use the link up and sign its person in; whoever was signed in before is signed out.

    Staff are still asked for their second factor: that is a step of `perform_login`. Not in a
    rehearsal folder, and not on the tower's own machine (decision 0013).
    """
    is_here = is_from_this_machine(request)
    link = use_link(secret, where="this machine" if is_here else "elsewhere")
    logout(request)
    if is_here or link.counts_fully:
        method = MACHINE_METHOD if is_here else REHEARSAL_METHOD
        record_authentication(request, link.user, method=method)
        get_adapter(request).login(request, link.user)
        return HttpResponseRedirect(HOME)
    record_authentication(request, link.user, method="link")
    login = Login(user=link.user, redirect_url=HOME, email=link.user.email)
    return cast("HttpResponse", perform_login(request, login))
