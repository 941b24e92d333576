"""How often passkeys may be asked for and tried; counted as django-allauth counts codes."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from allauth.core.internal import ratelimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    _Parameters = ParamSpec("_Parameters")

# A whole office may come from one address, each asking and answering once.
RATES = {"door": "60/m/ip", "change": "30/h/user"}
_Request = TypeVar("_Request", bound="HttpRequest")


def limited(
    action: str,
) -> Callable[
    [Callable[Concatenate[_Request, _Parameters], HttpResponse]],
    Callable[Concatenate[_Request, _Parameters], HttpResponse],
]:
    """429 with the page that says to wait; reading is never counted."""

    def decorate(
        view: Callable[Concatenate[_Request, _Parameters], HttpResponse],
    ) -> Callable[Concatenate[_Request, _Parameters], HttpResponse]:
        @wraps(view)
        def counted(
            request: _Request, *args: _Parameters.args, **kwargs: _Parameters.kwargs
        ) -> HttpResponse:
            app = "hinomi.portal.accounts"
            if ratelimit.consume(request, app=app, action=action, config=RATES):
                return view(request, *args, **kwargs)
            answer: HttpResponse = ratelimit.respond_429(request)
            return answer

        return cast("Callable[Concatenate[_Request, _Parameters], HttpResponse]", counted)

    return decorate
