"""さかのぼり調査: order one, see all, see what one found."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import acting_firm, needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.hunts import queries, services
from hinomi.portal.hunts.forms import HuntForm
from hinomi.portal.hunts.models import Hunt
from hinomi.portal.ui import live, pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_DAYS = 30
_HUNTS = Hunt.objects.select_related("ordered_by")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.HUNT_RUN)
def hunts(request: PortalRequest) -> HttpResponse:
    """The form of a new one, and those there were."""
    today = timezone.localdate(now())
    form = HuntForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        initial={"first": today - timedelta(days=_DAYS), "last": today},
    )
    if form.is_valid():
        made = services.order(firm_id=acting_firm(request), user=request.user, wish=_wish(form))
        return redirect("hunt", hunt_id=made.id)
    rows = queries.hunts(request.scope)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET, size=20)
    context = {"form": form, "page": page}
    return render(request, "hunts/hunts.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Permission.HUNT_RUN)
def hunt(request: PortalRequest, hunt_id: str) -> HttpResponse:
    """How far it is and what it found. Polled while it runs."""
    found = one_or_404(_HUNTS.all(), request, pk=hunt_id)
    seen = queries.sight(found, scope=request.scope)
    context = {"seen": seen, "hunt": found}
    if live.is_part(request):
        return live.part(request, "hunts/found.html", version=seen.version, context=lambda: context)
    return render(request, "hunts/hunt.html", context)


@require_POST
@needs(Permission.HUNT_RUN)
def stop(request: PortalRequest, hunt_id: str) -> HttpResponse:
    """止める."""
    found = one_or_404(_HUNTS.all(), request, pk=hunt_id)
    if found.is_open:
        services.stop(hunt=found, user=request.user)
        messages.success(request, "調査を止めます。見つけたことは残ります。")
    return redirect("hunt", hunt_id=found.id)


@require_POST
@needs(Permission.HUNT_RUN)
def resume(request: PortalRequest, hunt_id: str) -> HttpResponse:
    """続きから調べる."""
    found = one_or_404(_HUNTS.all(), request, pk=hunt_id)
    services.go_on(hunt=found, user=request.user)
    return redirect("hunt", hunt_id=found.id)


def _wish(form: HuntForm) -> services.Wish:
    cleaned = form.cleaned_data
    return services.Wish(
        rules=cleaned["sought"]["rules"],
        indicators=cleaned["sought"]["indicators"],
        organisation_ids=cleaned["companies"],
        since=cleaned["since"],
        until=cleaned["until"],
        hands_on=cleaned["hands_on"],
    )
