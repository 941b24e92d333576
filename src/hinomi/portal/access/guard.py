"""`@needs` and `@public`: every view says who may call it, beside its name.

Not signed in → the sign-in page. A thing of a company outside the person's reach → 404, as if it
did not exist, whatever right the page needs. Without the right, inside it or on a page of no
company → 403.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from hinomi.portal.access.actor import NOBODY, Actor
from hinomi.portal.access.scope import CustomersOf, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.access.permissions import Permission
    from hinomi.portal.accounts.models import User

    _Parameters = ParamSpec("_Parameters")
    _Row = TypeVar("_Row", bound="Model")


# Parameter of an address → whose row it names: app, model, field.
THINGS = {
    "bulk_id": ("incidents", "BulkRun", "pk"),
    "call_id": ("calls", "FirstCall", "pk"),
    "campaign_id": ("incidents", "Campaign", "pk"),
    "connection_id": ("connections", "Connection", "pk"),
    "contact_id": ("contacts", "Contact", "pk"),
    "draft_id": ("formats", "FormatDraft", "pk"),
    "exchange_id": ("calls", "Exchange", "pk"),
    "fax_id": ("tickets", "FaxReturn", "pk"),
    "file_id": ("tickets", "Attachment", "pk"),
    "format_id": ("formats", "TaughtFormat", "pk"),
    "hunt_id": ("hunts", "Hunt", "pk"),
    "letter_id": ("tickets", "IncomingMail", "pk"),
    "mailbox_id": ("mailboxes", "Mailbox", "pk"),
    "mass_id": ("incidents", "MassSilence", "pk"),
    "number": ("incidents", "Incident", "number"),
    "organisation_id": ("organisations", "Organisation", "pk"),
    "postal_id": ("ways", "Letter", "pk"),
    "rejudging_id": ("rejudgings", "Rejudging", "pk"),
    "ring_id": ("calls", "IncomingCall", "pk"),
    "roster_id": ("rosters", "Roster", "pk"),
    "run_id": ("practices", "Run", "pk"),
    "source_id": ("sources", "Source", "pk"),
    "ticket_number": ("tickets", "Ticket", "number"),
    "view_id": ("incidents", "SavedView", "pk"),
    "way_id": ("ways", "WayAccount", "pk"),
}


class PortalRequest(HttpRequest):
    """A request after our middleware. `scope` holds the companies for the view's permission."""

    actor: Actor
    scope: Scope
    user: User


def needs(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[PortalRequest, _Parameters], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase],
]:
    """Let in only people who hold the right, and put its companies into `request.scope`."""

    def decorate(
        view: Callable[Concatenate[PortalRequest, _Parameters], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: _Parameters.args, **kwargs: _Parameters.kwargs
        ) -> HttpResponseBase:
            known = cast("PortalRequest", request)
            if not known.actor.is_known:
                return _to_sign_in(request)
            if not known.actor.can(permission):
                _require_reach(known, kwargs)
                raise PermissionDenied
            known.scope = known.actor.scope(permission)
            return view(known, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast("Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase]", guarded)

    return decorate


def public(
    reason: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase],
]:
    """Let everybody in; `reason` says why that gives nothing away."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase]:
        @wraps(view)
        def opened(
            request: HttpRequest, *args: _Parameters.args, **kwargs: _Parameters.kwargs
        ) -> HttpResponseBase:
            cast("PortalRequest", request).scope = Scope()
            return view(request, *args, **kwargs)

        opened.public_reason = reason  # type: ignore[attr-defined]
        return cast("Callable[Concatenate[HttpRequest, _Parameters], HttpResponseBase]", opened)

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """A polling part of a page must not take the sign-in page into itself: htmx goes there."""
    answer = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request") != "true":
        return answer
    page = request.headers.get("HX-Current-URL", "")
    path = urlsplit(page).path or "/"
    return HttpResponse(headers={"HX-Redirect": redirect_to_login(path)["Location"]})


def _require_reach(request: PortalRequest, parameters: Mapping[str, object]) -> None:
    """404 when the address names something of a company the person has nothing to do with."""
    for name, value in parameters.items():
        if name not in THINGS:
            continue
        app, model, lookup = THINGS[name]
        rows: ScopedQuerySet[Model] = apps.get_model(app, model)._default_manager.all()
        if not rows.within(request.actor.reach()).filter(**{lookup: value}).exists():
            raise Http404


def one_or_404(rows: ScopedQuerySet[_Row], request: PortalRequest, **lookup: object) -> _Row:
    """The row, if it is in the view's scope. 403 when the person reaches its company without
    holding the right there, 404 in every other case: both existing and not existing look alike."""
    found = rows.within(request.scope).filter(**lookup).first()
    if found is not None:
        return found
    if rows.within(request.actor.reach()).filter(**lookup).exists():
        raise PermissionDenied
    raise Http404


def actor_of(request: HttpRequest) -> Actor:
    """The actor, or nobody before our middleware ran (error pages)."""
    return getattr(request, "actor", NOBODY)


def acting_firm(request: PortalRequest) -> str:
    """The firm in whose name the person acts: the first that gives the view's right."""
    return next(part.firm_id for part in request.scope.parts if isinstance(part, CustomersOf))
