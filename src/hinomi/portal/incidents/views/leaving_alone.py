"""例外 from a case: "this is fine here because …", until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hinomi.core.errors import UsageError
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents.forms import LeaveAloneForm
from hinomi.portal.incidents.leaving_alone import NoSuchProposal, leave_alone, offers
from hinomi.portal.incidents.models import Incident

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_INCIDENTS = Incident.objects.select_related("organisation")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EXCEPTION_WRITE)
def open_exception(request: PortalRequest, number: str) -> HttpResponse:
    """What would be left alone, why, and until when."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form = LeaveAloneForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, form)
    try:
        leave_alone(
            incident=found,
            rule_id=form.cleaned_data["rule"],
            reason=form.cleaned_data["reason"],
            days=int(form.cleaned_data["days"]),
            user=request.user,
        )
    except NoSuchProposal:
        form.add_error("rule", "その条件では作れません。下から選びなおしてください。")
        return _page(request, found, form)
    except UsageError:
        form.add_error("reason", "例外の責任者になれるのは、この会社を見守る事業者の人だけです。")
        return _page(request, found, form)
    messages.success(request, "期限つきの例外を作りました。案件は、このまま開いています。")
    return redirect("case", number=found.number)


def _page(request: PortalRequest, found: Incident, form: LeaveAloneForm) -> HttpResponse:
    context = {"incident": found, "form": form, "offers": offers(found)}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/open_exception.html", context, status=status)
