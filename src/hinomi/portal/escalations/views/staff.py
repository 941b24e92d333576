"""呼び出し: who was not reached yet, what comes next, and the note of who was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import configuration
from hinomi.portal.escalations.forms import ReachedForm
from hinomi.portal.escalations.queries import as_rows, rounds_of, running
from hinomi.portal.escalations.services import reached
from hinomi.portal.escalations.verdict import read_verdict
from hinomi.portal.incidents.models import Incident
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_safe
@needs(Permission.QUEUE_READ)
def escalations(request: PortalRequest) -> HttpResponse:
    """Everybody nobody reached yet, longest first, and what the auditor says."""
    search = request.GET.get("q", "").strip()[:100]
    rows = running(request.scope, search=search)
    page = pages.page_of(rows, number=pages.asked(request), question=request.GET)
    context = {
        "page": page,
        "rows": as_rows(page.items),
        "search": search,
        "verdict": read_verdict(configuration().data),
    }
    return render(request, "escalations/escalations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INCIDENT_WORK)
def escalation(request: PortalRequest, number: str) -> HttpResponse:
    """One incident's rounds, and 「電話で話せた」."""
    rows = Incident.objects.select_related("organisation")
    incident = one_or_404(rows.all(), request, number=number)
    form = ReachedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reached(
            incident=incident,
            who=form.cleaned_data["who"],
            said=form.cleaned_data["said"],
            user=request.user,
        )
        messages.success(request, "書きました。呼び出しを終えました。")
        return redirect("escalation", number=incident.number)
    context = {"incident": incident, "rounds": rounds_of(incident), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "escalations/escalation.html", context, status=status)
