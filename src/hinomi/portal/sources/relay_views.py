"""Screens about relays: placing one, its one-time code; and the address where a box enrols."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from hinomi.portal.access.guard import needs, one_or_404, public
from hinomi.portal.access.permissions import Permission
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.endpoints import web_address
from hinomi.portal.sources.forms import RelayForm
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.relays import KIND, CodeRefused, add_relay, enrol, make_code

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_MOST_BYTES = 2_000


@require_http_methods(["GET", "POST"])
@never_cache
@needs(Permission.SOURCE_WRITE)
def relay_new(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Its name; then its code, shown once."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = RelayForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"company": company, "form": form}
        status = 422 if form.errors else 200
        return render(request, "sources/relay_new.html", context, status=status)
    relay = add_relay(
        organisation_id=company.id,
        name=form.cleaned_data["name"],
        user_id=request.user.pk,
    )
    publish_if_changed()
    return _shown_code(request, relay)


@require_http_methods(["GET", "POST"])
@never_cache
@needs(Permission.SOURCE_WRITE)
def relay_code(request: PortalRequest, source_id: str) -> HttpResponse:
    """Asks once: a new code ends the one before, and a box that uses it replaces the box before."""
    relay = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    if relay.kind != KIND or relay.revoked_at is not None:
        messages.error(request, "コードを作れるのは、使っている中継機だけです。")
        return redirect("source", source_id=relay.id)
    if request.method == "GET":
        return render(request, "sources/relay_code.html", {"relay": relay})
    return _shown_code(request, relay)


@csrf_exempt
@public("the code in the request is the right; a wrong one is told nothing")
@never_cache
@require_POST
def relay_enrol(request: HttpRequest) -> HttpResponse:
    """`{"code": …}` → `{"relay", "name", "token", "ingest"}`, once. No browser asks this."""
    try:
        told = json.loads(request.body[:_MOST_BYTES])
        found = enrol(code=str(told["code"])[:100])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "unreadable", "message": "コードがありません。"}, status=400)
    except CodeRefused as error:
        return JsonResponse({"error": "code_refused", "message": error.message}, status=403)
    publish_if_changed()
    return JsonResponse(
        {
            "relay": found.relay.id,
            "name": found.relay.name,
            "token": found.token,
            "ingest": found.ingest,
        }
    )


def _shown_code(request: PortalRequest, relay: Source) -> HttpResponse:
    code = make_code(relay=relay, user_id=request.user.pk)
    context = {"relay": relay, "code": code, "address": web_address()}
    return render(request, "sources/relay_code.html", context)
