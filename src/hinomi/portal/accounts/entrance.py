"""Lets a person in by a one-time link or a passkey, through django-allauth's own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django.contrib.auth import logout
from django.http import HttpResponseRedirect

from hinomi.portal.access.proxy import is_from_this_machine
from hinomi.portal.accounts.links import use_link
from hinomi.portal.accounts.passkeys import use
from hinomi.portal.accounts.second_factor import (
    MACHINE_METHOD,
    MAILBOX_PASSKEY_METHOD,
    PASSKEY_METHOD,
    REHEARSAL_METHOD,
)

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.accounts.models import User

HOME = "/"


def sign_in_by_link(request: HttpRequest, *, secret: str) -> HttpResponse:
    """Use the link up and sign its person in; whoever was signed in before is signed out.

    Staff are still asked for their second factor: that is a step of `perform_login`. Not in a
    rehearsal folder, and not on the tower's own machine (decision 0013).
    """
    is_here = is_from_this_machine(request)
    link = use_link(secret, where="this machine" if is_here else "elsewhere")
    if is_here or link.counts_fully:
        return _let_in(request, link.user, MACHINE_METHOD if is_here else REHEARSAL_METHOD)
    return _ask_for_more(request, link.user, "link")


def sign_in_by_passkey(request: HttpRequest, *, answer: str) -> HttpResponse:
    """Sign in whose device answered. Its finger, face or PIN is the second factor, unless the
    passkey was added when only the mailbox was proved. Raises PasskeyRefused."""
    onward = get_next_redirect_url(request) or HOME
    passkey = use(request, answer=answer)
    if passkey.counts_fully:
        return _let_in(request, passkey.user, PASSKEY_METHOD, onward)
    return _ask_for_more(request, passkey.user, MAILBOX_PASSKEY_METHOD, onward)


def _let_in(request: HttpRequest, user: User, method: str, onward: str = HOME) -> HttpResponse:
    logout(request)
    record_authentication(request, user, method=method)
    get_adapter(request).login(request, user)
    return HttpResponseRedirect(onward)


def _ask_for_more(
    request: HttpRequest, user: User, method: str, onward: str = HOME
) -> HttpResponse:
    """Whoever has an authenticator app is asked for its code."""
    logout(request)
    record_authentication(request, user, method=method)
    login = Login(user=user, redirect_url=onward, email=user.email)
    return cast("HttpResponse", perform_login(request, login))
