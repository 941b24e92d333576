"""Screens about how a source is watched: its try (試験), and what is expected of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.sources import queries
from hinomi.portal.sources.forms import WatchForm
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import expect_of
from hinomi.portal.sources.tries import make_try, try_state
from hinomi.portal.sources.try_steps import steps_for
from hinomi.portal.ui import live

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_STOPPED = "受け取りを止めた機器は、試験できません。"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SOURCE_TRY)
def source_try(request: PortalRequest, source_id: str) -> HttpResponse:
    """What to do for the try, and whether it came back. Polled while it is out."""
    source = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    if source.revoked_at is not None:
        messages.warning(request, _STOPPED)
        return redirect("source", source_id=source.id)
    if request.method == "POST":
        make_try(source=source, user_id=request.user.pk)
        publish_if_changed()
        return redirect("source_try", source_id=source.id)
    tries = try_state(source)
    steps = steps_for(source, name=tries.open.name) if tries.open else None
    context = {"source": source, "tries": tries, "steps": steps}
    if live.is_part(request):
        version = (source.id, tries.open, tries.open and tries.open.event_id, tries.past)
        return live.part(
            request, "sources/try_state.html", version=version, context=lambda: context
        )
    return render(request, "sources/try.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SOURCE_WRITE)
def source_watching(request: PortalRequest, source_id: str) -> HttpResponse:
    """What the source is and how often it should speak."""
    source = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    card = queries.card(source)
    start = {"source_class": source.source_class, "expect_every_s": source.expect_every_s}
    form = WatchForm(request.POST or None, initial=start, present=source.expect_every_s)
    if request.method != "POST" or not form.is_valid():
        context = {"source": source, "card": card, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "sources/watching.html", context, status=status)
    expect_of(
        source=source,
        source_class=form.cleaned_data["source_class"],
        expect_every_s=form.cleaned_data["expect_every_s"],
        user_id=request.user.pk,
    )
    publish_if_changed()
    messages.success(request, "見守り方を保存しました。")
    return redirect("source", source_id=source.id)
