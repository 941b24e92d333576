"""利用者の記録: asks for a reason first, and shows nothing without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.browsing import SHOWN, around, open_records
from hinomi.portal.incidents.forms import BrowsingForm
from hinomi.portal.incidents.models import Incident

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.BROWSING_OPEN)
def browsing(request: PortalRequest, number: str) -> HttpResponse:
    """One person's records around this incident."""
    found = one_or_404(Incident.objects.select_related("organisation"), request, number=number)
    form = BrowsingForm(request.POST or None)
    context: dict[str, object] = {"incident": found, "form": form}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "incidents/browsing.html", context, status=status)
    open_records(incident=found, reason=form.cleaned_data["reason"], user=request.user)
    context |= {"opened": around(found), "most": SHOWN, "reason": form.cleaned_data["reason"]}
    answer = render(request, "incidents/browsing.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer
