"""Lets a person in by a one-time link, through django-allauth's own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpResponseRedirect

from hinomi.portal.accounts.links import use_link
from hinomi.portal.accounts.second_factor import REHEARSAL_METHOD

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HOME = "/"


def sign_in_by_link(request: HttpRequest, *, secret: str) -> HttpResponse:
    """Use the link up and sign its person in; whoever was signed in before is signed out.

    Outside rehearsal folders staff are still asked for their second factor: that is a step of
    `perform_login`.
    """
    link = use_link(secret)
    logout(request)
    if link.counts_fully:
        get_adapter(request).login(request, link.user)
        record_authentication(request, link.user, method=REHEARSAL_METHOD)
        return HttpResponseRedirect(HOME)
    record_authentication(request, link.user, method="link")
    login = Login(user=link.user, redirect_url=HOME, email=link.user.email)
    return cast("HttpResponse", perform_login(request, login))
