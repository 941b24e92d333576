"""A ticket becomes an incident: the desk picks the case, reads the customer's text, opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.wording import told_text
from hinomi.portal.tickets import desk
from hinomi.portal.tickets.desk_forms import IncidentForm
from hinomi.portal.tickets.models import Ticket

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_TICKETS = Ticket.objects.select_related("organisation", "incident")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.TICKET_WORK)
def ticket_incident(request: PortalRequest, ticket_number: str) -> HttpResponse:
    """The text stands on the page before it is sent; 「案件を開く」 sends it."""
    found = one_or_404(_TICKETS.all(), request, number=ticket_number)
    if found.incident is not None:
        return redirect("case", number=found.incident.number)
    form = IncidentForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, form, status=422 if form.errors else 200)
    if request.POST.get("act") != "open":
        return _page(request, found, form)
    opened = desk.open_incident(ticket=found, **form.cleaned_data, user=request.user)
    messages.success(request, f"案件 {opened.number} を開き、お客様に知らせました。")
    return redirect("case", number=opened.number)


def _page(
    request: PortalRequest, found: Ticket, form: IncidentForm, *, status: int = 200
) -> HttpResponse:
    text = None
    if form.is_bound and form.is_valid():
        text = told_text(found.organisation, reference=found.number, **form.cleaned_data)
    context = {"ticket": found, "form": form, "text": text}
    return render(request, "tickets/incident.html", context, status=status)
