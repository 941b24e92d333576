"""連携の鍵: making, seeing and stopping one's keys; and what the API can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, public
from hinomi.portal.access.permissions import ROLE_PERMISSIONS, Permission
from hinomi.portal.access.time import now
from hinomi.portal.api import document, services
from hinomi.portal.api.forms import KeyForm
from hinomi.portal.api.models import AccessKey
from hinomi.portal.api.problems import KINDS
from hinomi.portal.api.rights import OFFERED
from hinomi.portal.organisations.models import Firm, Organisation

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hinomi.portal.access.actor import Actor, Grant
    from hinomi.portal.access.guard import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.API_USE)
def keys(request: PortalRequest) -> HttpResponse:
    """One's own keys, and a new one; its secret stands on the answer and nowhere else."""
    grants = _grants(request.actor)
    form = KeyForm(request.POST if request.method == "POST" else None, grants=grants)
    if form.is_bound and form.is_valid():
        try:
            key, secret = services.make_key(
                user=request.user,
                grant=form.grant,
                name=form.cleaned_data["name"],
                permissions=form.rights,
                days=form.cleaned_data["days"],
            )
        except services.NameTaken:
            form.add_error("name", "同じ名前の鍵があります。別の名前にしてください。")
        else:
            answer = render(request, "api/made.html", {"key": key, "secret": secret})
            answer["Cache-Control"] = "private, no-store"
            return answer
    context = {"form": form, "rows": _rows(request), "now": now()}
    return render(request, "api/keys.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.API_USE)
def key_revoke(request: PortalRequest) -> HttpResponse:
    """Stops one of one's own keys at once."""
    if "key" not in request.POST:
        return redirect("api_keys")
    if not services.revoke_key(user=request.user, key_id=request.POST["key"].replace("\0", "")):
        messages.info(request, "もう使えなくなっています。")
        return redirect("api_keys")
    messages.success(request, "鍵を止めました。もう使えません。")
    return redirect("api_keys")


@public("says what the API can do; shows nobody's data")
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document for programs."""
    return JsonResponse(document.document())


@public("says what the API can do; shows nobody's data")
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document for people."""
    context = {
        "operations": list(document.operations()),
        "schemas": document.schemas(),
        "problems": KINDS,
        "about": document.document()["info"]["description"],
    }
    return render(request, "api/docs.html", context)


def _grants(actor: Actor) -> dict[str, tuple[str, Grant]]:
    """What the person may make keys for: each membership that lets them, with its name."""
    found = {}
    for place, grant in enumerate(actor.grants):
        if Permission.API_USE in ROLE_PERMISSIONS[grant.role]:
            found[str(place)] = (_name_of(grant), grant)
    return found


def _name_of(grant: Grant) -> str:
    if grant.organisation_id is not None:
        company = Organisation.objects.of(grant.organisation_id).first()
        if company is None:
            raise Http404
        return company.name
    return f"{Firm.objects.get(pk=grant.firm_id).name}のお客様すべて"


def _rows(request: PortalRequest) -> list[tuple[AccessKey, str]]:
    mine = AccessKey.objects.of_person(request.user.pk).filter(revoked_at=None)
    return [
        (row, "・".join(OFFERED[Permission(each)] for each in row.permissions))
        for row in mine.select_related("organisation", "firm").order_by("-created_at")
    ]
