"""The screen on which a source's unreadable records are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.sources import queries
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.rereads import ask, reread_of
from hinomi.portal.ui import live

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def source_reread(request: PortalRequest, source_id: str) -> HttpResponse:
    """First only counts; then reads what was counted. Polled while it runs."""
    source = one_or_404(Source.objects.select_related("organisation"), request, pk=source_id)
    if request.method == "POST":
        is_trial = request.POST.get("act") != "read"
        ask(source=source, user_id=request.user.pk, is_trial=is_trial)
        return redirect("source_reread", source_id=source.id)
    sight = reread_of(source)
    context = {"source": source, "sight": sight, "arrival": queries.arrival(source)}
    if live.is_part(request):
        return live.part(
            request,
            "sources/reread_state.html",
            version=(source.id, sight),
            context=lambda: context,
        )
    return render(request, "sources/reread.html", context)
