"""The page behind a one-time sign-in link. Everything else about signing in is django-allauth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import public
from hinomi.portal.access.proxy import is_from_this_machine
from hinomi.portal.accounts.entrance import sign_in_by_link
from hinomi.portal.accounts.links import LinkRefused, is_usable

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public("the secret in the address is the right; opening it shows nobody's data")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The button signs in. Opening uses nothing (mail scanners open links), except on the tower's
    own machine, where a GET signs in at once: there is no mail scanner, but there are programs."""
    if request.method != "POST" and not _is_opened_here(request):
        return _page(request, is_usable=is_usable(secret))
    try:
        return sign_in_by_link(request, secret=secret)
    except LinkRefused:
        return _page(request, is_usable=False)


def _is_opened_here(request: HttpRequest) -> bool:
    """A browser that only looks ahead must not use the link up."""
    ahead = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    is_ahead = any("prefetch" in purpose for purpose in ahead)
    return request.method == "GET" and not is_ahead and is_from_this_machine(request)


def _page(request: HttpRequest, *, is_usable: bool) -> HttpResponse:
    status = 200 if is_usable else 410
    return render(request, "accounts/sign_in_link.html", {"is_usable": is_usable}, status=status)
